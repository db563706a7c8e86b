//! The tests and answers of packages/vectors/README.md, "Runners".

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// What stands on the first line: the keys by name.
#[derive(Deserialize)]
pub struct Head {
    pub keys: HashMap<String, Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    pub algorithm: String,
    pub keyid: String,
    pub secret: Option<String>,
    pub private_pem: Option<String>,
    pub public_pem: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub message: Message,
    pub label: Option<String>,
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub keys: Vec<String>,
    #[serde(default)]
    pub components: Vec<Component>,
    #[serde(default)]
    pub parameters: Vec<(String, Value)>,
    pub signature_input: Option<String>,
    pub signature: Option<String>,
    pub policy: Option<Policy>,
    pub expect: Expect,
}

#[derive(Deserialize)]
pub struct Policy {
    pub label: Option<String>,
}

#[derive(Deserialize)]
pub struct Expect {
    pub result: String,
}

#[derive(Deserialize)]
pub struct Component {
    pub name: String,
    #[serde(default)]
    pub parameters: Vec<(String, Value)>,
}

#[derive(Deserialize, Clone)]
pub struct Message {
    pub request: Request,
    pub response: Option<Response>,
}

#[derive(Deserialize, Clone)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
}

#[derive(Deserialize, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

#[derive(Serialize)]
pub struct Answer {
    pub id: String,
    pub result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
}

impl Test {
    /// The member of Signature-Input: that of the vector, or what its components and parameters say.
    pub fn input(&self) -> String {
        if let Some(input) = &self.signature_input {
            return input.clone();
        }
        let identifiers: Vec<String> = self
            .components
            .iter()
            .map(|component| {
                format!(
                    "{}{}",
                    quoted(&component.name),
                    serialized(&component.parameters)
                )
            })
            .collect();
        format!(
            "({}){}",
            identifiers.join(" "),
            serialized(&self.parameters)
        )
    }

    /// The label that the vector gives its signature.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or("sig")
    }

    /// Whether the library's types can say the signature parameters of the test.
    pub fn can_ask(&self) -> bool {
        self.parameters
            .iter()
            .all(|(name, value)| match name.as_str() {
                "created" | "expires" => value.is_u64(),
                "keyid" | "nonce" | "tag" | "alg" => value.is_string(),
                _ => false,
            })
    }

    /// The message with the fields of its signature. A vector of which no base can be made has none: any will do.
    pub fn signed(&self) -> Message {
        let signature = self
            .signature
            .clone()
            .unwrap_or_else(|| STANDARD.encode([0; 64]));
        let fields = [
            (
                "Signature-Input".to_string(),
                format!("{}={}", self.label(), self.input()),
            ),
            (
                "Signature".to_string(),
                format!("{}=:{signature}:", self.label()),
            ),
        ];
        let mut message = self.message.clone();
        match &mut message.response {
            Some(response) => response.headers.extend(fields),
            None => message.request.headers.extend(fields),
        }
        message
    }
}

fn serialized(parameters: &[(String, Value)]) -> String {
    let text = parameters.iter().map(|(name, value)| match value {
        Value::Bool(true) => format!(";{name}"),
        Value::Bool(false) => format!(";{name}=?0"),
        Value::String(text) => format!(";{name}={}", quoted(text)),
        other => format!(";{name}={other}"),
    });
    text.collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
