//! The wire, as generated from the schemas beside this folder, and nothing else.
//!
//! Invariant: no hand-written line here knows what a message means; that is the
//! business of one file in `signer` and one in `orchestrator`.
#![expect(
    missing_docs,
    unused_qualifications,
    clippy::pedantic,
    clippy::as_conversions,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code keeps its generator's style; the schema carries the documentation"
)]

tonic::include_proto!("signer.v1");

/// The standard health question.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
