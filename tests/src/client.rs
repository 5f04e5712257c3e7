//! A client of our own: talks to the signer as anyone with a certificate can.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use wire::signer_client::SignerClient;

use crate::pki::Pair;

/// Opens a connection to the signer at `address`, as `caller`.
///
/// # Errors
///
/// What the transport says: a refused certificate ends here or at the first
/// request.
pub async fn connect(
    address: &str,
    caller: &Pair,
) -> Result<SignerClient<Channel>, tonic::transport::Error> {
    Ok(SignerClient::new(channel(address, caller).await?))
}

/// The connection alone, for questions of another service.
///
/// # Errors
///
/// As [`connect`].
pub async fn channel(address: &str, caller: &Pair) -> Result<Channel, tonic::transport::Error> {
    channel_by(address, config(Some(caller))).await
}

/// The same, by TLS of the caller's own.
///
/// # Errors
///
/// As [`connect`].
pub async fn channel_by(
    address: &str,
    tls: ClientConfig,
) -> Result<Channel, tonic::transport::Error> {
    let connector = TlsConnector::from(Arc::new(tls));
    let address = address.to_owned();
    let dial = tower::service_fn(move |_: Uri| {
        let (connector, address) = (connector.clone(), address.clone());
        async move {
            let socket = TcpStream::connect(&address).await?;
            socket.set_nodelay(true)?;
            let name = ServerName::try_from("signer").map_err(io::Error::other)?;
            Ok::<_, io::Error>(TokioIo::new(connector.connect(name, socket).await?))
        }
    });
    Endpoint::from_static("http://signer")
        .timeout(Duration::from_secs(30))
        .connect_with_connector(dial)
        .await
}

/// TLS 1.3 with `caller`'s certificate, or none, believing any server.
pub fn config(caller: Option<&Pair>) -> ClientConfig {
    let Some(pair) = caller else {
        return for_http2(bare().with_no_client_auth());
    };
    let (chain, key) = read(&pair.certificate, &pair.private_key);
    let config = bare().with_client_auth_cert(chain, key);
    for_http2(config.expect("a pair made for us"))
}

/// TLS 1.3 with whatever `resolver` shows, fitting or not.
pub fn config_by(resolver: Arc<dyn ResolvesClientCert>) -> ClientConfig {
    for_http2(bare().with_client_cert_resolver(resolver))
}

fn for_http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn bare() -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Anyone(provider.signature_verification_algorithms));
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring speaks TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
}

fn read(certificate: &Path, key: &Path) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = vec![CertificateDer::from_pem_file(certificate).expect("PEM made for us")];
    (
        chain,
        PrivateKeyDer::from_pem_file(key).expect("PEM made for us"),
    )
}

/// Any server will do: these clients test what the server lets in.
#[derive(Debug)]
struct Anyone(rustls::crypto::WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
