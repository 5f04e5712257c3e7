//! What holds of each parser.

pub(crate) mod config;
pub(crate) mod frame;
pub(crate) mod intent;
pub(crate) mod keystore;
pub(crate) mod note;
