//! Runs the target that `COUNTERSIGN_FUZZ` names: libFuzzer's own command line
//! is all that a program around it has.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("COUNTERSIGN_FUZZ").unwrap_or_default();
    fuzz::target(&name).expect("COUNTERSIGN_FUZZ names no target")
});

fuzz_target!(|bytes: &[u8]| {
    TARGET(bytes);
});
