//! A certificate's pin, as configurations name it.

use std::path::Path;

use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// `sha256/` and the SHA-256 of the certificate's public key, in hex.
pub(crate) fn of_file(path: &Path) -> Result<String, String> {
    let error = |problem: String| {
        format!(
            "CERTIFICATE {}: {problem}; give a PEM certificate",
            path.display()
        )
    };
    let certificate = CertificateDer::from_pem_file(path).map_err(|e| {
        // The crate's own words do not say what was looked for.
        error(if matches!(e, rustls_pki_types::pem::Error::NoItemsFound) {
            "there is none in it".to_owned()
        } else {
            e.to_string()
        })
    })?;
    let parsed = ParsedCertificate::try_from(&certificate).map_err(|e| error(e.to_string()))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &parsed.subject_public_key_info());
    Ok(format!("sha256/{}", hex::encode(digest)))
}
