//! The signature of a notification of Flux: `X-Signature: sha256=<hex>`, an HMAC over the received bytes of
//! the body. <https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac>

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384, Sha512};
use thiserror::Error;

use super::secret::Secret;

/// The header that carries it.
pub(super) const HEADER: &str = "x-signature";

/// The reason why a signature is not valid.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Unproven {
    /// There is no header, or more than one.
    #[error("the header X-Signature has to be sent once")]
    Absent,
    /// It is not an algorithm and digits.
    #[error("the signature is not written as sha256=<hexadecimal digits>")]
    Malformed,
    /// The algorithm is unknown, or too weak.
    #[error("the algorithm of the signature is not sha256, sha384 or sha512")]
    Algorithm,
    /// The signature does not match the body and the secret.
    #[error("the signature does not match the body and the secret")]
    Wrong,
}

/// Verifies the signature of a body. The time that the comparison takes does not depend on the signature.
///
/// # Errors
/// [`Unproven`] in all other cases.
pub(super) fn verify(secret: &Secret, signature: &str, body: &[u8]) -> Result<(), Unproven> {
    let (algorithm, digits) = signature.trim().split_once('=').ok_or(Unproven::Malformed)?;
    let check = match algorithm {
        "sha256" => is_of::<Hmac<Sha256>>,
        "sha384" => is_of::<Hmac<Sha384>>,
        "sha512" => is_of::<Hmac<Sha512>>,
        _ => return Err(Unproven::Algorithm),
    };
    let code = bytes(digits).ok_or(Unproven::Malformed)?;
    if check(secret.key(), body, &code) { Ok(()) } else { Err(Unproven::Wrong) }
}

fn is_of<M: Mac + KeyInit>(key: &[u8], body: &[u8], code: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
    mac.update(body);
    mac.verify_slice(code).is_ok()
}

/// The bytes of hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.as_bytes().chunks(2) {
        let &[high, low] = pair else { return None };
        let (high, low) = (char::from(high).to_digit(16)?, char::from(low).to_digit(16)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies and signatures of Flux's notification-controller; the key is `s3cret`.
    const CAPTURED: [(&[u8], &str); 3] = [
        (
            include_bytes!("../../crates/notification/tests/fixtures/flux-1.json"),
            include_str!("../../crates/notification/tests/fixtures/flux-1.sig"),
        ),
        (
            include_bytes!("../../crates/notification/tests/fixtures/flux-2.json"),
            include_str!("../../crates/notification/tests/fixtures/flux-2.sig"),
        ),
        (
            include_bytes!("../../crates/notification/tests/fixtures/flux-3.json"),
            include_str!("../../crates/notification/tests/fixtures/flux-3.sig"),
        ),
    ];

    fn secret() -> Secret {
        Secret::new(b"s3cret\n").unwrap()
    }

    #[test]
    fn captured_notifications_verify() {
        for (body, signature) in CAPTURED {
            assert_eq!(verify(&secret(), signature, body), Ok(()), "{signature}");
        }
    }

    #[test]
    fn one_changed_byte_does_not_verify() {
        let (body, signature) = CAPTURED[0];
        for at in 0..body.len() {
            let mut changed = body.to_vec();
            changed[at] ^= 1;
            assert_eq!(verify(&secret(), signature, &changed), Err(Unproven::Wrong), "byte {at} of the body");
        }
        for at in "sha256=".len()..signature.len() {
            let mut changed = signature.to_owned().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            if changed != signature {
                assert_eq!(verify(&secret(), &changed, body), Err(Unproven::Wrong), "{changed}");
            }
        }
        let other = Secret::new(b"s3cret ").unwrap();
        assert_eq!(verify(&other, signature, body), Err(Unproven::Wrong));
    }

    #[test]
    fn every_algorithm_that_flux_may_use() {
        fn signed<M: Mac + KeyInit>(name: &str) -> String {
            let mut mac = <M as KeyInit>::new_from_slice(b"s3cret").unwrap();
            mac.update(b"body");
            let code = mac.finalize().into_bytes();
            let digits: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{name}={digits}")
        }
        let all = [
            signed::<Hmac<Sha256>>("sha256"),
            signed::<Hmac<Sha384>>("sha384"),
            signed::<Hmac<Sha512>>("sha512"),
        ];
        for signature in &all {
            assert_eq!(verify(&secret(), signature, b"body"), Ok(()), "{signature}");
            assert_eq!(verify(&secret(), signature, b"Body"), Err(Unproven::Wrong), "{signature}");
            let shorter = &signature[..signature.len() - 2];
            assert_eq!(verify(&secret(), shorter, b"body"), Err(Unproven::Wrong), "a part of a signature");
        }
        let renamed = all[0].replace("sha256", "sha512");
        assert_eq!(verify(&secret(), &renamed, b"body"), Err(Unproven::Wrong));
    }

    #[test]
    fn other_forms_prove_nothing() {
        for (signature, expected) in [
            ("", Unproven::Malformed),
            ("sha256", Unproven::Malformed),
            ("sha256=", Unproven::Wrong),
            ("sha256=0", Unproven::Malformed),
            ("sha256=zz", Unproven::Malformed),
            ("sha256=+1", Unproven::Malformed),
            ("sha1=00", Unproven::Algorithm),
            ("sha224=00", Unproven::Algorithm),
            ("SHA256=00", Unproven::Algorithm),
            ("none=", Unproven::Algorithm),
            ("=00", Unproven::Algorithm),
        ] {
            assert_eq!(verify(&secret(), signature, b"body"), Err(expected), "{signature:?}");
        }
    }
}
