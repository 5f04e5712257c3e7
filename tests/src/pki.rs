//! Certificates made for one run. Each is its own issuer: only its public key
//! counts.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use sha2::{Digest, Sha256};

/// A certificate with its private key, as files.
#[derive(Clone, Debug)]
pub struct Pair {
    /// PEM certificate.
    pub certificate: PathBuf,
    /// PEM private key, mode 0400.
    pub private_key: PathBuf,
    /// `sha256/…` of the public key.
    pub pin: String,
}

/// Makes a pair called `name` in `folder`.
pub fn pair(folder: &Path, name: &str) -> Pair {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("P-256 is there");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a plain name");
    let certificate = params.self_signed(&key).expect("signing works");
    let pair = Pair {
        certificate: folder.join(format!("{name}.pem")),
        private_key: folder.join(format!("{name}.key")),
        pin: format!(
            "sha256/{}",
            hex::encode(Sha256::digest(key.subject_public_key_info()))
        ),
    };
    fs::write(&pair.certificate, certificate.pem()).expect("the folder is ours");
    secret_file(&pair.private_key, key.serialize_pem().as_bytes());
    pair
}

/// Writes a file that only its owner can read.
pub fn secret_file(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(path)
        .expect("the folder is ours");
    file.write_all(bytes).expect("the folder is ours");
}
