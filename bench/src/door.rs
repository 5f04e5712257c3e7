//! A door like the signer's, and nothing behind it: TLS 1.3 with a client's
//! certificate, HTTP/2 by hyper with the signer's limits, one thread.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tests::pki::Pair;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wire::signer_server::{Signer, SignerServer};

/// Serves `signer` on `listener` until the process ends.
pub(crate) async fn serve<S: Signer>(listener: TcpListener, pair: &Pair, signer: S) {
    let acceptor = TlsAcceptor::from(Arc::new(config(pair)));
    let signer = Arc::new(signer);
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        let (acceptor, signer) = (acceptor.clone(), Arc::clone(&signer));
        let serving = async move {
            socket.set_nodelay(true).ok();
            let Ok(tls) = acceptor.accept(socket).await else {
                return;
            };
            let service = TowerToHyperService::new(SignerServer::from_arc(signer));
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(256)
                .max_header_list_size(8 * 1024)
                .keep_alive_interval(Duration::from_secs(30))
                .serve_connection(TokioIo::new(tls), service);
            // A client that went away is how each of them ends.
            connection.await.ok();
        };
        drop(tokio::spawn(serving));
    }
}

fn config(pair: &Pair) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Holder(provider.signature_verification_algorithms));
    let chain = vec![CertificateDer::from_pem_file(&pair.certificate).expect("PEM made for us")];
    let key = PrivateKeyDer::from_pem_file(&pair.private_key).expect("PEM made for us");
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring speaks TLS 1.3")
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .expect("a pair made for us");
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config
}

/// Whoever holds the key of the certificate they show.
#[derive(Debug)]
struct Holder(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for Holder {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
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
