//! Every kind of certificate that somebody may come with.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData,
    SignatureAlgorithm, date_time_ymd,
};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tests::pki::Pair;

/// One of them.
pub(super) struct Kind {
    /// In words, for the table.
    pub(super) name: &'static str,
    /// The caller that its key is pinned for; `None`: it stays outside.
    pub(super) caller: Option<&'static str>,
    /// What it shows and signs with; `None`: no certificate at all.
    pub(super) shown: Option<Shown>,
}

/// A chain, and a key that fits it or does not.
#[derive(Clone, Debug)]
pub(super) struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A key of this kind, and its pin.
pub(super) fn key(kind: &'static SignatureAlgorithm) -> (KeyPair, String) {
    let key = KeyPair::generate_for(kind).expect("ring makes it");
    let hash = Sha256::digest(key.subject_public_key_info());
    let pin = format!("sha256/{}", hex::encode(hash));
    (key, pin)
}

fn shown(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Shown {
    let der = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS #8");
    let signing = any_supported_type(&der).expect("ring signs with it");
    Shown(Arc::new(CertifiedKey::new(chain, signing)))
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("a plain name")
}

/// An authority of its own.
struct Authority(Issuer<'static, KeyPair>, CertificateDer<'static>);

impl Authority {
    fn new(name: &str) -> Self {
        let (key, _) = key(&PKCS_ECDSA_P256_SHA256);
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed");
        let der = certificate.der().clone();
        Self(Issuer::new(params, key), der)
    }

    /// A certificate of `key`, and its issuer's behind it.
    fn issues(&self, params: &CertificateParams, key: &KeyPair) -> Vec<CertificateDer<'static>> {
        let leaf = params.signed_by(key, &self.0).expect("signed");
        vec![leaf.der().clone(), self.1.clone()]
    }
}

/// The keys beside the orchestrator's that callers are pinned by.
pub(super) struct Pinned {
    pub(super) p384: KeyPair,
    pub(super) ed25519: KeyPair,
}

type Bend = (&'static str, fn(&mut CertificateParams));

/// What a certificate says beside its key, each bent once.
const BENT: [Bend; 6] = [
    ("expired", |p| {
        p.not_after = date_time_ymd(2001, 1, 1);
    }),
    ("not yet valid", |p| {
        p.not_before = date_time_ymd(2999, 1, 1);
    }),
    ("for servers alone", |p| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    }),
    ("an authority's", |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }),
    ("in another name", |p| *p = params("somebody-else")),
    ("as it should be", |_| {}),
];

/// All of them. `ours` is the orchestrator's pair, `signers` the signer's.
pub(super) fn all(ours: &Pair, signers: &Pair, pinned: &Pinned) -> Vec<Kind> {
    let (own, right) = (read(ours), Authority::new("the desk"));
    let (unknown, _) = key(&PKCS_ECDSA_P256_SHA256);
    let mut kinds = vec![kind("none", None, None)];
    kinds.extend(bent(&own, &unknown, &right));
    kinds.extend(of_other_types(pinned));
    kinds.extend(misfits(&own, &unknown, &right));
    let signers_own = CertificateDer::from_pem_file(&signers.certificate).expect("PEM");
    let signers_own = shown(vec![signers_own], &read(signers));
    kinds.push(kind("the signer's own", None, Some(signers_own)));
    kinds
}

fn read(pair: &Pair) -> KeyPair {
    let pem = std::fs::read_to_string(&pair.private_key).expect("ours");
    KeyPair::from_pem(&pem).expect("made for us")
}

fn leaf(key: &KeyPair) -> CertificateDer<'static> {
    let leaf = params("orchestrator").self_signed(key).expect("signed");
    leaf.der().clone()
}

/// Each word of a certificate bent, by each issuer, over both keys.
fn bent(own: &KeyPair, unknown: &KeyPair, right: &Authority) -> Vec<Kind> {
    let other = Authority::new("the desk");
    let issuers = [
        (Some(right), "its own authority"),
        (Some(&other), "another"),
        (None, "itself"),
    ];
    let holders = [
        ("the pinned key", own, Some(tests::desk::CALLER)),
        ("an unknown key", unknown, None),
    ];
    let mut kinds = Vec::new();
    for (name, bend) in BENT {
        let mut params = params("orchestrator");
        bend(&mut params);
        for ((authority, issuer), (holder, key, caller)) in issuers
            .iter()
            .flat_map(|issuer| holders.iter().map(move |holder| (issuer, holder)))
        {
            let chain = match authority {
                Some(authority) => authority.issues(&params, key),
                None => vec![params.self_signed(key).expect("signed").der().clone()],
            };
            let name = format!("{holder}, {name}, issued by {issuer}");
            kinds.push(kind(name.leak(), *caller, Some(shown(chain, key))));
        }
    }
    kinds
}

/// Keys of other types and sizes, pinned and not.
fn of_other_types(pinned: &Pinned) -> [Kind; 4] {
    let (p384, ed25519) = (key(&PKCS_ECDSA_P384_SHA384).0, key(&PKCS_ED25519).0);
    let of = |key| Some(shown(vec![leaf(key)], key));
    [
        kind("P-384, pinned", Some("p384"), of(&pinned.p384)),
        kind("Ed25519, pinned", Some("ed25519"), of(&pinned.ed25519)),
        kind("P-384, unknown", None, of(&p384)),
        kind("Ed25519, unknown", None, of(&ed25519)),
    ]
}

/// Chains that do not fit the key that signs, or are none.
fn misfits(own: &KeyPair, unknown: &KeyPair, right: &Authority) -> Vec<Kind> {
    let ed25519 = key(&PKCS_ED25519).0;
    let none = CertificateDer::from(vec![0x30, 0x03, 1, 2, 3]);
    let misfits = [
        ("a pinned certificate, no key", vec![leaf(own)], unknown),
        (
            "a pinned certificate, another type of key",
            vec![leaf(own)],
            &ed25519,
        ),
        (
            "a pinned one behind an unknown",
            vec![leaf(unknown), leaf(own)],
            unknown,
        ),
        (
            "a pinned one behind its authority's",
            vec![right.1.clone(), leaf(own)],
            own,
        ),
        ("bytes that are no certificate", vec![none], own),
        ("a pinned certificate cut short", vec![cut(&leaf(own))], own),
    ];
    let kinds = misfits.into_iter();
    kinds
        .map(|(name, chain, key)| kind(name, None, Some(shown(chain, key))))
        .collect()
}

fn cut(whole: &CertificateDer<'_>) -> CertificateDer<'static> {
    let (_, short) = whole.split_last().expect("bytes");
    CertificateDer::from(short.to_vec())
}

fn kind(name: &'static str, caller: Option<&'static str>, shown: Option<Shown>) -> Kind {
    Kind {
        name,
        caller,
        shown,
    }
}
