//! Where secrets come in: a terminal without echo, or a descriptor. Never
//! the command line, which every user of the machine can read.
//!
//! Invariant: a secret stands in buffers of fixed capacity that are wiped.

use std::fs::File;
use std::io::IsTerminal;

use zeroize::Zeroizing;

use crate::files;
use crate::say::Refusal;
use crate::tty::{self, TYPED_BYTES_MAX};

/// The shortest passphrase that a new seal takes. Argon2id makes each guess
/// dear; it cannot make few guesses many.
const PASSPHRASE_BYTES_MIN: usize = 12;

/// Bytes that nobody may see.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// Reads one secret line from a descriptor, or asks for it.
pub(crate) fn read(what: &str, flag: &str, fd: Option<u32>) -> Result<Secret, Refusal> {
    match fd {
        Some(fd) => descriptor(what, flag, fd),
        None if std::io::stdin().is_terminal() => tty::ask_secret(&format!("{what}: ")),
        None => Err(Refusal::new(
            "TERMINAL",
            flag,
            format_args!("there is no terminal to ask for the {what}"),
            format_args!("give {flag} a descriptor to read it from"),
        )),
    }
}

/// The passphrase of a new seal: typed twice, or read once from a descriptor.
pub(crate) fn new_passphrase(flag: &str, fd: Option<u32>) -> Result<Secret, Refusal> {
    let what = format!("new passphrase, at least {PASSPHRASE_BYTES_MIN} bytes");
    let first = read(&what, flag, fd)?;
    if first.len() < PASSPHRASE_BYTES_MIN {
        return Err(Refusal::new(
            "PASSPHRASE",
            flag,
            format_args!("is shorter than {PASSPHRASE_BYTES_MIN} bytes"),
            "choose a longer one, such as six words drawn by dice",
        ));
    }
    if fd.is_none() && *read("the same again", flag, fd)? != *first {
        return Err(Refusal::new(
            "PASSPHRASE",
            "terminal",
            "was not typed the same twice",
            "try again",
        ));
    }
    Ok(first)
}

fn descriptor(what: &str, flag: &str, fd: u32) -> Result<Secret, Refusal> {
    let refuse = |problem: String| {
        Refusal::new(
            "DESCRIPTOR",
            format_args!("{flag} {fd}"),
            problem,
            "open it for reading on a file or a pipe, such as 3<FILE",
        )
    };
    let mut bytes = if fd == 0 {
        if std::io::stdin().is_terminal() {
            return tty::ask_secret(&format!("{what}: "));
        }
        files::fill(&mut tty::Unbuffered, TYPED_BYTES_MAX)
    } else {
        // The kernel's own name for it, since taking a descriptor by its
        // number is a promise that nobody here could keep.
        let mut file = File::open(format!("/proc/self/fd/{fd}"))
            .map_err(|e| refuse(format!("cannot be opened: {e}")))?;
        files::fill(&mut file, TYPED_BYTES_MAX)
    }
    .map_err(refuse)?;
    // One line's end is the shell's, not the secret's.
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    if bytes.is_empty() {
        return Err(refuse("holds nothing".to_owned()));
    }
    Ok(bytes)
}

/// The 32 bytes of 64 hex digits, with or without `0x`.
pub(crate) fn unhex(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let mut bytes = Zeroizing::new([0_u8; 32]);
    if pairs.len() != bytes.len() {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let value = (nibble(*high)? << 4) | nibble(*low)?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_key_is_sixty_four_digits() {
        let digits = "7A28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
        let bytes = unhex(digits.as_bytes()).unwrap();
        assert_eq!(hex::encode(*bytes), digits.to_lowercase());
        assert_eq!(unhex(format!("0x{digits}").as_bytes()).unwrap(), bytes);
        for bad in [
            "",
            "0x",
            "7a28",
            &format!("{digits}0"),
            &format!("{digits}00"),
        ] {
            assert!(unhex(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(unhex(digits.replace('7', "g").as_bytes()).is_none());
        assert!(unhex(digits.replace('7', "+").as_bytes()).is_none());
    }
}
