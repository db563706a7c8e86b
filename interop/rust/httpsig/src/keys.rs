//! Keys of any algorithm behind the library's two traits.

use crate::protocol::Key;
use httpsig::prelude::{
    AlgorithmName, HttpSigResult, PublicKey, SecretKey, SharedKey, SigningKey, VerifyingKey,
};
use std::str::FromStr;

/// A key that signs or verifies, symmetric or not.
pub enum AnyKey {
    Shared(SharedKey),
    Public(PublicKey),
    Secret(SecretKey),
}

/// The key of a verifier.
pub fn verifying(key: &Key) -> HttpSigResult<AnyKey> {
    let algorithm = AlgorithmName::from_str(&key.algorithm)?;
    match (&key.secret, &key.public_pem) {
        (Some(secret), _) => SharedKey::from_base64(&algorithm, secret).map(AnyKey::Shared),
        (None, pem) => {
            PublicKey::from_pem(&algorithm, pem.as_deref().unwrap_or_default()).map(AnyKey::Public)
        }
    }
}

/// The key of a signer.
pub fn signing(key: &Key) -> HttpSigResult<AnyKey> {
    let algorithm = AlgorithmName::from_str(&key.algorithm)?;
    match (&key.secret, &key.private_pem) {
        (Some(secret), _) => SharedKey::from_base64(&algorithm, secret).map(AnyKey::Shared),
        (None, pem) => {
            SecretKey::from_pem(&algorithm, pem.as_deref().unwrap_or_default()).map(AnyKey::Secret)
        }
    }
}

impl VerifyingKey for AnyKey {
    fn verify(&self, data: &[u8], signature: &[u8]) -> HttpSigResult<()> {
        match self {
            AnyKey::Shared(key) => key.verify(data, signature),
            AnyKey::Public(key) => key.verify(data, signature),
            AnyKey::Secret(key) => key.verify(data, signature),
        }
    }

    fn key_id(&self) -> String {
        match self {
            AnyKey::Shared(key) => VerifyingKey::key_id(key),
            AnyKey::Public(key) => key.key_id(),
            AnyKey::Secret(key) => VerifyingKey::key_id(key),
        }
    }

    fn alg(&self) -> AlgorithmName {
        match self {
            AnyKey::Shared(key) => VerifyingKey::alg(key),
            AnyKey::Public(key) => key.alg(),
            AnyKey::Secret(key) => VerifyingKey::alg(key),
        }
    }
}

impl SigningKey for AnyKey {
    fn sign(&self, data: &[u8]) -> HttpSigResult<Vec<u8>> {
        match self {
            AnyKey::Shared(key) => key.sign(data),
            AnyKey::Secret(key) => key.sign(data),
            AnyKey::Public(_) => unreachable!("a public key does not sign"),
        }
    }

    fn key_id(&self) -> String {
        VerifyingKey::key_id(self)
    }

    fn alg(&self) -> AlgorithmName {
        VerifyingKey::alg(self)
    }
}
