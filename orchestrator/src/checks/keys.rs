//! Whether anything that looks like a wallet's key can be reached from here.
//!
//! Invariant: what was found is named by its place, never told.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The largest file that is looked into, in bytes.
const BYTES_MAX: u64 = 64 * 1024;
/// How the file begins that `signerctl import` seals a wallet's key in.
const SEALED: &[u8] = b"countersign/sealed/";
/// Words in a variable's name that say it holds a key.
const NAMES: [&str; 5] = [
    "PRIVATE_KEY",
    "PRIVKEY",
    "MNEMONIC",
    "SEED_PHRASE",
    "WALLET_KEY",
];

/// What can be reached from this process.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The environment.
    pub env: Vec<(String, String)>,
    /// Files that are known for what they are: our own identity, by path.
    pub known: Vec<PathBuf>,
    /// Folders whose files are looked into.
    pub folders: Vec<PathBuf>,
}

/// Places that hold what looks like a wallet's key, or lead to one.
///
/// # Errors
///
/// When a folder or a file could not be looked into.
pub fn found(reach: &Reach) -> Result<Vec<String>, String> {
    let mut places = Vec::new();
    for (name, value) in &reach.env {
        let named = NAMES.iter().any(|word| name.to_uppercase().contains(word));
        if name == "SSH_AUTH_SOCK" && !value.is_empty() {
            places.push("an ssh agent (SSH_AUTH_SOCK)".to_owned());
        } else if (named && !value.is_empty()) || is_key(value) {
            places.push(format!("the variable {name}"));
        }
    }
    for folder in &reach.folders {
        let told = |e: std::io::Error| format!("{}: {e}", folder.display());
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(told)? {
            files.push(entry.map_err(told)?.path());
        }
        files.sort();
        for path in files {
            if holds_key(&path, &reach.known)? {
                places.push(path.display().to_string());
            }
        }
    }
    Ok(places)
}

fn holds_key(path: &Path, known: &[PathBuf]) -> Result<bool, String> {
    let told = |e: std::io::Error| format!("{}: {e}", path.display());
    // A file of this folder is `./name` to us and may be `name` to the configuration.
    let is_known = known.iter().any(|known| plain(known) == plain(path));
    let meta = fs::metadata(path).map_err(told)?;
    if !meta.is_file() || meta.len() > BYTES_MAX {
        return Ok(false);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let file = fs::File::open(path).map_err(told)?;
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(told)?;
    if bytes.starts_with(SEALED) {
        return Ok(true);
    }
    let Ok(text) = std::str::from_utf8(&bytes) else {
        // Thirty-two bytes that are no text, and nobody says whose.
        return Ok(bytes.len() == 32 && !is_known);
    };
    // Our own identity is a key too, but never a wallet's store.
    if is_known {
        return Ok(is_store(text));
    }
    Ok(is_store(text) || text.split_whitespace().any(is_key))
}

/// The path without a leading `./`.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// Sixty-four hex digits, as wallets write a key. Nothing but zeros is nobody's:
/// it stands for no builder.
fn is_key(text: &str) -> bool {
    let text = text.trim().trim_matches('"');
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    digits.len() == 64 && is_hex && digits.bytes().any(|b| b != b'0')
}

/// A sealed key as wallets keep it, or an elliptic curve's private key.
fn is_store(text: &str) -> bool {
    if text.contains("BEGIN EC PRIVATE KEY") {
        return true;
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return false;
    };
    let crypto = value.get("crypto").or_else(|| value.get("Crypto"));
    crypto.is_some_and(|crypto| crypto.get("ciphertext").is_some() || crypto.get("kdf").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_this_folder_is_known_by_its_bare_name() {
        assert_eq!(plain(Path::new("./request.key")), Path::new("request.key"));
        assert_eq!(plain(Path::new("request.key")), Path::new("request.key"));
        assert_ne!(plain(Path::new("/a/request.key")), Path::new("request.key"));
    }
}
