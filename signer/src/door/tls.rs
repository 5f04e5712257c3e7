//! TLS 1.3 with a client certificate, and nothing older or looser.
//!
//! Invariant: no resumption, no tickets, no early data: each connection proves
//! possession of a pinned key again, so removing a pin ends at the next
//! connection.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use child::files;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};

use super::pin::Pin;

/// Why the door could not be fitted.
#[derive(Debug)]
pub(super) enum TlsError {
    /// A file could not be used.
    File(files::FileError),
    /// A file is not what it should be.
    Pem { path: String, problem: String },
    /// rustls refuses the pair of certificate and key.
    Rustls(Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(e) => write!(f, "{e}"),
            Self::Pem { path, problem } => {
                write!(
                    f,
                    "TLS {path}: {problem}; give PEM as made by deploy/README.md"
                )
            }
            Self::Rustls(e) => {
                write!(
                    f,
                    "TLS certificate and private key cannot be used together: {e}; make a new pair"
                )
            }
        }
    }
}

/// The door's side of every connection.
pub(super) fn server_config(
    certificate: &Path,
    private_key: &Path,
    callers: &BTreeMap<Pin, String>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pem = |path: &Path, e: rustls_pki_types::pem::Error| TlsError::Pem {
        path: path.display().to_string(),
        // The crate's own words do not say what was looked for.
        problem: if matches!(e, rustls_pki_types::pem::Error::NoItemsFound) {
            "there is no private key in it".to_owned()
        } else {
            e.to_string()
        },
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| pem(certificate, e))?;
    if chain.is_empty() {
        return Err(TlsError::Pem {
            path: certificate.display().to_string(),
            problem: "there is no certificate in it".to_owned(),
        });
    }
    let key_text = files::read_secret(private_key).map_err(TlsError::File)?;
    let key = PrivateKeyDer::from_pem_slice(&key_text).map_err(|e| pem(private_key, e))?;
    let verifier = PinnedCallers {
        pins: callers.keys().copied().collect(),
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Rustls)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(chain, key)
        .map_err(TlsError::Rustls)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(config)
}

/// Lets in whoever holds the key of a pinned certificate.
#[derive(Debug)]
struct PinnedCallers {
    pins: Vec<Pin>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for PinnedCallers {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match Pin::of(end_entity) {
            Some(pin) if self.pins.contains(&pin) => Ok(ClientCertVerified::assertion()),
            Some(_) => Err(Error::InvalidCertificate(
                rustls::CertificateError::ApplicationVerificationFailure,
            )),
            None => Err(Error::InvalidCertificate(
                rustls::CertificateError::BadEncoding,
            )),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken here".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
