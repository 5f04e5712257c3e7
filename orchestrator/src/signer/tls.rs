//! The TLS side of the way to the signer: 1.3 only, our certificate, its pin.

use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use crate::files;
use crate::pin::Pin;

/// Our side of the connection to a signer whose public key has `pin`.
///
/// # Errors
///
/// A sentence that names the file, its problem and the fix.
pub(super) fn client_config(
    certificate: &Path,
    private_key: &Path,
    pin: Pin,
) -> Result<ClientConfig, String> {
    let not_pem = |path: &Path, problem: &str| {
        format!(
            "TLS {}: {problem}; give PEM as made by deploy/README.md",
            path.display()
        )
    };
    let pem = |path: &Path, e: rustls_pki_types::pem::Error| {
        // The crate's own words do not say what was looked for.
        if matches!(e, rustls_pki_types::pem::Error::NoItemsFound) {
            not_pem(path, "there is no private key in it")
        } else {
            not_pem(path, &e.to_string())
        }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| pem(certificate, e))?;
    if chain.is_empty() {
        return Err(not_pem(certificate, "there is no certificate in it"));
    }
    let key_text = files::read_secret(private_key)?;
    let key = PrivateKeyDer::from_pem_slice(&key_text).map_err(|e| pem(private_key, e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = PinnedSigner {
        pin,
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(chain, key)
        .map_err(|e| {
            format!("TLS certificate and private key cannot be used together: {e}; make a new pair")
        })?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Believes one public key, whatever its certificate says of itself.
#[derive(Debug)]
struct PinnedSigner {
    pin: Pin,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for PinnedSigner {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if Pin::of(end_entity) == Some(self.pin) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(
                rustls::CertificateError::ApplicationVerificationFailure,
            ))
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
