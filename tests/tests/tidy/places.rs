//! Places that a file may name: hosts of the venue and of examples, and no
//! folder of one machine.

/// First folders of paths that exist on one person's machine, or on one CI's.
pub(crate) const ONE_MACHINE: [&str; 10] = [
    "home",
    "root",
    "Users",
    "work",
    "workspace",
    "builds",
    "github",
    "mnt",
    "media",
    "srv",
];

/// Hosts that a file may name; whatever it builds from has no other address.
pub(crate) const HOSTS: &[(&str, &str)] = &[
    ("127.0.0.1", "loopback"),
    ("localhost", "the same, which is no host of a witness"),
    ("totp", "a kind of secret: an otpauth address names no host"),
    ("signer", "the name in a request whose connection is pinned"),
    (
        "polymarket.com",
        "where a host is told whether it may trade, and the terms",
    ),
    ("clob.polymarket.com", "the exchange"),
    (
        "ws-subscriptions-clob.polymarket.com",
        "the exchange's market feed",
    ),
    ("data-api.polymarket.com", "what anyone traded"),
    ("gamma-api.polymarket.com", "the catalogue of markets"),
    ("www.apache.org", "the licence's own text"),
    (
        "github.com",
        "the index that Cargo.lock names, and no other",
    ),
];

/// Names and addresses that nobody has: RFC 2606 and RFC 5737.
pub(crate) fn is_for_examples(host: &str) -> bool {
    host.ends_with(".example") || host.starts_with("192.0.2.")
}

pub(crate) const INDEX: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
