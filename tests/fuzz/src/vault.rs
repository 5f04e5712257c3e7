//! As much of the vault as the configuration names.

#[expect(
    dead_code,
    reason = "the vault's own file, of which the roles are asked"
)]
#[path = "../../../signer/src/vault/callers.rs"]
pub(crate) mod callers;
