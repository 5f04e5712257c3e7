//! A monitor of the standard kind asks the signer whether it serves.
//!
//! It needs a pinned key and nothing else; the answer is about the vault, and
//! not about the key: a locked signer serves, a vault that does not answer does not.

use frame::local::Verb;
use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use tests::desk::Desk;
use tests::session::run;
use tests::{client, pki};
use tonic::Code;
use tonic::transport::Channel;
use tower::ServiceExt;
use wire::health::HealthCheckRequest;
use wire::health::health_check_response::ServingStatus;
use wire::health::health_client::HealthClient;

async fn check(channel: &Channel, service: &str) -> Result<ServingStatus, Code> {
    let question = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(channel.clone()).check(question).await;
    answer
        .map(|answer| answer.into_inner().status())
        .map_err(|status| status.code())
}

#[test]
fn every_pinned_role_is_told_that_it_serves_even_while_it_is_locked() {
    let desk = Desk::standard();
    let mut callers = vec![desk.orchestrator_pair.clone()];
    for (n, role) in ["operator", "monitor"].into_iter().enumerate() {
        let pair = pki::pair(&desk.folder, role);
        let key = [u8::try_from(n).expect("small"); 32];
        desk.add_caller(role, role, &pair.pin, &key);
        callers.push(pair);
    }
    let signer = desk.start_signer();
    run(async {
        for pair in &callers {
            let channel = client::channel(&signer.address, pair).await.expect("in");
            for service in ["", "signer.v1.Signer"] {
                let said = check(&channel, service).await;
                assert_eq!(said, Ok(ServingStatus::Serving), "{service:?}");
            }
        }
        desk.ask(Verb::Lock, &[]).expect("locked");
        let channel = client::channel(&signer.address, &callers[0])
            .await
            .expect("in");
        let said = check(&channel, "").await;
        assert_eq!(said, Ok(ServingStatus::Serving), "locked is not dead");
    });
}

#[test]
fn an_unpinned_caller_is_told_nothing() {
    let desk = Desk::standard();
    let signer = desk.start_locked();
    let other = tempfile::tempdir().expect("a folder");
    let impostor = pki::pair(other.path(), "orchestrator");
    run(async {
        // The refusal comes with the handshake, or with the first question.
        if let Ok(channel) = client::channel(&signer.address, &impostor).await {
            check(&channel, "").await.expect_err("no pinned key");
        }
    });
}

#[test]
fn an_unknown_service_is_not_found_and_a_watch_is_not_implemented() {
    let desk = Desk::standard();
    let signer = desk.start_locked();
    run(async {
        let channel = client::channel(&signer.address, &desk.orchestrator_pair)
            .await
            .expect("in");
        for service in ["signer.v1.signer", "grpc.health.v1.Health", "x"] {
            assert_eq!(check(&channel, service).await, Err(Code::NotFound));
        }
        let long = "x".repeat(2_000);
        assert_eq!(check(&channel, &long).await, Err(Code::OutOfRange));
        for path in [
            "/grpc.health.v1.Health/Watch",
            "/grpc.health.v1.Health/",
            "/grpc.health.v1.HealthCheck/Check",
            "/signer.v1.Signer/Check",
        ] {
            let request = tonic::codegen::http::Request::post(path)
                .header("content-type", "application/grpc")
                .body(tonic::body::Body::empty())
                .expect("a request");
            let answer = channel.clone().oneshot(request).await.expect("an answer");
            let status = &answer.headers()["grpc-status"];
            assert_eq!(status, "12", "UNIMPLEMENTED: {path}");
        }
    });
}

#[test]
fn a_vault_that_does_not_answer_is_not_serving_until_it_does() {
    let desk = Desk::standard();
    let signer = desk.start_locked();
    run(async {
        let channel = client::channel(&signer.address, &desk.orchestrator_pair)
            .await
            .expect("in");
        assert_eq!(check(&channel, "").await, Ok(ServingStatus::Serving));
        let vault = signer.child("vault").expect("it answered");
        let vault = Pid::from_raw(vault.try_into().expect("a process id"));
        ptrace::seize(vault, ptrace::Options::empty()).expect("our own child's thread");
        ptrace::interrupt(vault).expect("seized");
        waitpid(vault, Some(WaitPidFlag::__WALL)).expect("it stands");
        assert_eq!(check(&channel, "").await, Ok(ServingStatus::NotServing));
        ptrace::detach(vault, None).expect("it goes on");
        assert_eq!(check(&channel, "").await, Ok(ServingStatus::Serving));
    });
    assert!(signer.stop().success());
}
