//! The signer's settings.

use crate::{Row, ZERO_PIN};

const CALLER: &str = "callers/orchestrator-a.toml";
pub(crate) const ROWS: &[Row] = &[
    (
        "signer.toml",
        "listen =",
        "#",
        "CONFIG listen: missing field `listen`; write it as",
    ),
    (
        "signer.toml",
        "\"127.0.0.1:0\"",
        "7443",
        "CONFIG listen: invalid type: integer `7443`",
    ),
    (
        "signer.toml",
        "127.0.0.1:0",
        "7443",
        "CONFIG listen: \"7443\" cannot be read; write an address and port, 127.0.0.1:7443",
    ),
    (
        "signer.toml",
        "control =",
        "#",
        "CONFIG control: missing field",
    ),
    (
        "signer.toml",
        "\"signer.sock\"",
        "\"none/signer.sock\"",
        "CONFIG control: cannot listen at none/signer.sock: No such file or directory",
    ),
    (
        "signer.toml",
        "journal =",
        "#",
        "CONFIG journal: missing field",
    ),
    (
        "signer.toml",
        "journal.sqlite",
        "none.sqlite",
        "JOURNAL none.sqlite: there is none; restore it, or make the first one with `signerctl init`",
    ),
    (
        "signer.toml",
        "journal.sqlite",
        "signer.pem",
        "JOURNAL signer.pem: the journal failed: file is not a database; ",
    ),
    (
        "signer.toml",
        "sealed_key =",
        "#",
        "CONFIG sealed_key: missing field",
    ),
    (
        "signer.toml",
        "callers =",
        "#",
        "CONFIG callers: missing field",
    ),
    (
        "signer.toml",
        "\"callers\"",
        "\"none\"",
        "CONFIG callers: cannot read none: No such file or directory",
    ),
    (
        "signer.toml",
        "questions_per_second = 100000",
        "questions_per_second = 0",
        "CONFIG questions_per_second: 0 is out of range; use 1 to 100000; 50 is ample",
    ),
    (
        "signer.toml",
        "questions_per_second = 100000",
        "questions_per_second = \"many\"",
        "CONFIG questions_per_second: invalid type: string \"many\", expected u64; write it as",
    ),
    (
        "signer.toml",
        "reserve_mib = 16",
        "reserve_mib = 65537",
        "CONFIG reserve_mib: 65537 is out of range; use 16 to 65536; 64 is ample",
    ),
    (
        "signer.toml",
        "reserve_mib = 16",
        "reserve_mib = 1.5",
        "CONFIG reserve_mib: invalid type",
    ),
    (
        "signer.toml",
        "[tls]",
        "metrics = \"here\"\n[tls]",
        "CONFIG metrics: \"here\" cannot be read; write 127.0.0.1:9464, or leave it out",
    ),
    (
        "signer.toml",
        "[tls]",
        "credential = 7\n[tls]",
        "CONFIG credential: invalid type: integer `7`",
    ),
    (
        "signer.toml",
        "[tls]",
        "surprise = 1\n[tls]",
        "CONFIG surprise: unknown field `surprise`, expected one of `listen`",
    ),
    (
        "signer.toml",
        "[tls]",
        "[tsl]",
        "CONFIG line 9: unknown field `tsl`",
    ),
    (
        "signer.toml",
        "certificate =",
        "#",
        "CONFIG tls.certificate: missing field",
    ),
    (
        "signer.toml",
        "\"signer.pem\"",
        "\"none.pem\"",
        "TLS none.pem: I/O error: No such file or directory",
    ),
    (
        "signer.toml",
        "\"signer.pem\"",
        "\"clob.json\"",
        "TLS clob.json: there is no certificate in it; give PEM as made by deploy/README.md",
    ),
    (
        "signer.toml",
        "\"signer.key\"",
        "\"clob.json\"",
        "TLS clob.json: there is no private key in it; give PEM as made by deploy/README.md",
    ),
    (
        "signer.toml",
        "\"signer.key\"",
        "\"orchestrator.key\"",
        "TLS certificate and private key cannot be used together: ",
    ),
    (
        "signer.toml",
        "\"signer.key\"",
        "\"none.key\"",
        "FILE none.key: cannot be opened: No such file or directory",
    ),
    (
        CALLER,
        "role =",
        "#",
        "CONFIG role: missing field `role` in callers/orchestrator-a.toml; ",
    ),
    (
        CALLER,
        "\"orchestrator\"",
        "\"root\"",
        "CONFIG role: \"root\" in callers/orchestrator-a.toml is no role; use orchestrator, operator or monitor",
    ),
    (
        CALLER,
        "role",
        "hue = 1\nrole",
        "CONFIG hue: unknown field `hue`, expected `role` or `pin`",
    ),
    (CALLER, "sha256/", "sha256/0", "CONFIG pin: \"sha256/0"),
    (
        CALLER,
        "pin =",
        ZERO_PIN,
        "CONFIG pin: \"sha256/0000000000000000000000000000000000000000000000000000000000000000\" \
         in callers/orchestrator-a.toml is not a pin; write what `signerctl pin CERTIFICATE` \
         prints: sha256/ and 64 lower-case hex digits, not all of them zero",
    ),
];
