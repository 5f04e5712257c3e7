//! Compiles signer.proto with protox, so that no protoc is needed.
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let proto = "../signer/v1/signer.proto";
    let include = "..";
    println!("cargo:rerun-if-changed={proto}");
    let descriptors = protox::compile([proto], [include])?;
    tonic_prost_build::configure()
        .build_transport(false)
        .compile_fds(descriptors)?;
    Ok(())
}
