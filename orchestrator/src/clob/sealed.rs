//! API credentials at rest: AES-256-GCM under a key that the host brings at
//! each start, a systemd credential say.
//!
//! Invariant: what is sealed is bound to its signing address; beside another
//! wallet it does not open.

use order::Address;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// What a sealed file begins with; also bound to what is sealed.
const LABEL: &[u8; 32] = b"countersign/api-credentials/v1\n\0";
/// Bytes of the sealing key.
const KEY_LEN: usize = 32;

/// Whether `bytes` are a sealed file rather than the plain JSON.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(LABEL)
}

/// Seals `plain` for `address`. Each nonce seals once under one key.
///
/// # Errors
///
/// A sentence, when `key` has another length.
pub(super) fn seal(
    key: &[u8],
    nonce: [u8; NONCE_LEN],
    address: &Address,
    plain: &[u8],
) -> Result<Vec<u8>, String> {
    let key = sealing_key(key)?;
    let mut text = Zeroizing::new(plain.to_vec());
    let tag = key
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound(address)),
            &mut text,
        )
        .map_err(|_ignored| "the credentials are too long to seal; give the venue's".to_owned())?;
    Ok([LABEL, nonce.as_slice(), &text, tag.as_ref()].concat())
}

/// Opens what [`seal`] made for the same address.
///
/// # Errors
///
/// A sentence with the problem and the fix.
pub(super) fn open(
    key: &[u8],
    address: &Address,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, String> {
    let key = sealing_key(key)?;
    let cut = "sealed credentials that are cut short; import them again";
    let rest = sealed.strip_prefix(LABEL).ok_or(cut)?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(cut)?;
    let mut text = Zeroizing::new(rest.to_vec());
    let length = key
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(bound(address)),
            &mut text,
        )
        .map_err(|_ignored| {
            "not sealed by this clob.sealing_key for this signer.signing_address; name the right key, or import again"
        })?
        .len();
    text.truncate(length);
    Ok(text)
}

fn bound(address: &Address) -> Vec<u8> {
    [LABEL.as_slice(), address.as_slice()].concat()
}

fn sealing_key(bytes: &[u8]) -> Result<LessSafeKey, String> {
    let problem = || {
        format!(
            "clob.sealing_key is {} bytes; it must be exactly {KEY_LEN} random ones",
            bytes.len()
        )
    };
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|_ignored| problem())
}

#[cfg(test)]
mod tests {
    use order::Address;

    use super::{LABEL, is_sealed, open, seal};

    const PLAIN: &[u8] = br#"{"apiKey":"a","secret":"c2VjcmV0","passphrase":"p"}"#;

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_address_alone() {
        let (here, there) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let sealed = seal(&[7; 32], [9; 12], &here, PLAIN).expect("a key of 32 bytes");
        assert!(is_sealed(&sealed) && !is_sealed(PLAIN));
        assert!(!sealed.windows(6).any(|w| w == b"apiKey"));
        let opened = open(&[7; 32], &here, &sealed).expect("its own");
        assert_eq!(opened.as_slice(), PLAIN);
        assert!(open(&[8; 32], &here, &sealed).is_err());
        assert!(open(&[7; 32], &there, &sealed).is_err());
        assert!(open(&[7; 31], &here, &sealed).is_err());
    }

    #[test]
    fn whatever_is_cut_or_changed_does_not_open() {
        let here = Address::repeat_byte(1);
        let sealed = seal(&[7; 32], [9; 12], &here, PLAIN).expect("a key of 32 bytes");
        for end in LABEL.len()..sealed.len() {
            assert!(open(&[7; 32], &here, &sealed[..end]).is_err(), "{end}");
        }
        for place in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[place] ^= 1;
            assert!(open(&[7; 32], &here, &bent).is_err(), "{place}");
        }
    }
}
