//! Answers the test vectors with the crates httpsig and httpsig-hyper.

mod keys;
mod message;
mod protocol;

use httpsig::prelude::{HttpSignatureBase, HttpSignatureHeaders, HttpSignatureParams};
use httpsig_hyper::{
    MessageSignatureReq, MessageSignatureReqSync, MessageSignatureRes, MessageSignatureResSync,
};
use message::Refusal;
use protocol::{Answer, Head, Key, Message, Test};
use std::collections::HashMap;
use std::io::{BufRead, stdin};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Keys = HashMap<String, Key>;
type Fields = Vec<(String, String)>;

fn main() {
    let mut lines = stdin()
        .lock()
        .lines()
        .map(|line| line.expect("standard input"));
    let head: Head = serde_json::from_str(&lines.next().expect("keys")).expect("keys");
    std::panic::set_hook(Box::new(|_| {}));
    for line in lines {
        let test: Test = match serde_json::from_str(&line) {
            Ok(test) => test,
            Err(error) => {
                eprintln!("the runner does not understand {line}: {error}");
                std::process::exit(1);
            }
        };
        println!(
            "{}",
            serde_json::to_string(&answer(&test, &head.keys)).expect("an answer")
        );
    }
}

/// A panic of the library refuses too; it says so.
fn answer(test: &Test, keys: &Keys) -> Answer {
    if test.kind == "sign" && !test.can_ask() {
        return Answer {
            id: test.id.clone(),
            result: "skip",
            reason: None,
            fields: Fields::new(),
        };
    }
    let answered = catch_unwind(AssertUnwindSafe(|| match test.kind.as_str() {
        "base" => base(test, keys),
        "sign" => sign(test, keys),
        _ => verify(test, keys),
    }));
    let (result, reason, fields) = match answered {
        Ok(Ok(fields)) => ("accept", None, fields),
        Ok(Err(refusal)) => ("reject", Some(refusal.to_string()), Fields::new()),
        Err(_) => ("reject", Some("panic".to_string()), Fields::new()),
    };
    Answer {
        id: test.id.clone(),
        result,
        reason,
        fields,
    }
}

/// The signatures of which the library can make a base, with their labels. It leaves the others out.
fn signatures(
    message: &Message,
) -> Result<Vec<(String, HttpSignatureBase, HttpSignatureHeaders)>, Refusal> {
    let (request, response) = message::both(message)?;
    let extracted = match response {
        Some(response) => response.extract_signatures(Some(&request))?,
        None => request.extract_signatures()?,
    };
    Ok(extracted
        .into_iter()
        .map(|(label, (base, headers))| (label, base, headers))
        .collect())
}

fn base(test: &Test, keys: &Keys) -> Result<Fields, Refusal> {
    let found = signatures(&test.signed())?;
    let (_, base, headers) = found.into_iter().next().ok_or("it makes no base of it")?;
    if test.expect.result == "reject" {
        return Ok(Fields::new());
    }
    base.verify_signature_headers(&keys::verifying(&keys[&test.key])?, &headers)?;
    Ok(Fields::new())
}

fn verify(test: &Test, keys: &Keys) -> Result<Fields, Refusal> {
    let chosen = test
        .policy
        .as_ref()
        .and_then(|policy| policy.label.as_ref());
    let mut refusal: Refusal = "no signature".into();
    for (label, base, headers) in signatures(&test.message)? {
        if chosen.is_some_and(|wanted| *wanted != label) {
            continue;
        }
        let Some(key) = known(test, keys, base.keyid(), base.alg()) else {
            refusal = "unknown key".into();
            continue;
        };
        match base.verify_signature_headers(&keys::verifying(key)?, &headers) {
            Ok(()) => return Ok(Fields::new()),
            Err(error) => refusal = error.into(),
        }
    }
    Err(refusal)
}

/// The key that a signature names; without a name, the only one that the verifier knows. The library hands the `alg` of
/// a signature to the application, which looks for a key of that algorithm.
fn known<'a>(
    test: &Test,
    keys: &'a Keys,
    keyid: Option<&str>,
    alg: Option<&str>,
) -> Option<&'a Key> {
    let mut entries = test.keys.iter().map(|name| &keys[name]);
    let found = match keyid {
        None if test.keys.len() == 1 => entries.next(),
        None => None,
        Some(keyid) => entries.find(|key| key.keyid == keyid),
    };
    found.filter(|key| alg.is_none_or(|alg| alg == key.algorithm))
}

fn sign(test: &Test, keys: &Keys) -> Result<Fields, Refusal> {
    let key = keys::signing(&keys[&test.key])?;
    let parameters = HttpSignatureParams::try_from(test.input().as_str())?;
    let (mut request, response) = message::both(&test.message)?;
    let headers = match response {
        Some(mut response) => {
            response.set_message_signature_sync(
                &parameters,
                &key,
                Some(test.label()),
                Some(&request),
            )?;
            response.headers().clone()
        }
        None => {
            request.set_message_signature_sync(&parameters, &key, Some(test.label()))?;
            request.headers().clone()
        }
    };
    let mut fields = Fields::new();
    for name in ["Signature-Input", "Signature"] {
        for value in headers.get_all(name) {
            fields.push((name.to_string(), value.to_str()?.to_string()));
        }
    }
    Ok(fields)
}
