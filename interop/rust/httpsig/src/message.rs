//! Messages as the crate `http` has them, which the library sits on. What it cannot hold, the library refuses.

use crate::protocol::{Message, Request, Response};
use http::{HeaderName, HeaderValue};
use http_body_util::Empty;
use std::collections::VecDeque;

pub type Body = Empty<VecDeque<u8>>;
pub type Refusal = Box<dyn std::error::Error>;

pub fn request(request: &Request) -> Result<http::Request<Body>, Refusal> {
    let mut message = http::Request::builder()
        .method(request.method.as_str())
        .uri(request.url.as_str())
        .body(Body::new())?;
    append(message.headers_mut(), &request.headers)?;
    Ok(message)
}

pub fn response(response: &Response) -> Result<http::Response<Body>, Refusal> {
    let mut message = http::Response::builder()
        .status(response.status)
        .body(Body::new())?;
    append(message.headers_mut(), &response.headers)?;
    Ok(message)
}

/// Both messages, where the message is a response.
pub fn both(
    message: &Message,
) -> Result<(http::Request<Body>, Option<http::Response<Body>>), Refusal> {
    let response = message.response.as_ref().map(response).transpose()?;
    Ok((request(&message.request)?, response))
}

/// An HTTP/1.1 parser has unfolded (RFC 9112 5.2) and trimmed the values.
fn append(headers: &mut http::HeaderMap, lines: &[(String, String)]) -> Result<(), Refusal> {
    for (name, value) in lines {
        let bytes: Vec<u8> = unfolded(value)
            .trim_matches([' ', '\t'])
            .chars()
            .map(|character| character as u8)
            .collect();
        headers.append(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_bytes(&bytes)?,
        );
    }
    Ok(())
}

fn unfolded(value: &str) -> String {
    let mut parts = value.split("\r\n");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches([' ', '\t']);
        // A line break before anything but white space folds nothing: it stays, and is refused.
        let joint = if rest.len() < part.len() { " " } else { "\r\n" };
        format!("{}{joint}{rest}", text.trim_end_matches([' ', '\t']))
    })
}
