//! An intent's whole way in: the message as the door reads it, the frame that
//! the vault reads, the decision, and the way of an answer back.

use std::sync::LazyLock;

use frame::hop::{Asked, HEAD_BYTES, Question, Reply};
use frame::intent::Intent;
use order::Side;
use policy::{Denial, Facts};
use prost::Message as _;
use tonic::Code;

use crate::door::sign_order;
use crate::policy_kit::{Desk, NOON, ONE, TOKEN, buy};

/// A desk that holds shares and has signed one order, and what it judges by.
static DESK: LazyLock<(Desk, Facts)> = LazyLock::new(|| {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 1_000 * ONE)]);
    desk.sign(buy(1)).expect("the starter values let it");
    desk.ticket(3, TOKEN, 50 * ONE, 100);
    let facts = desk.facts();
    (desk, facts)
});

/// The first two bytes say how much of the rest is the message; what follows
/// it is what the vault answers.
pub(crate) fn holds(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (message, reply) = rest.split_at(length);
    let Ok(request) = wire::SignOrderRequest::decode(message) else {
        return false;
    };
    let reply = Reply::parse(reply).map(|(_, reply)| reply);
    let given = request.intent.clone();
    let (asked, answer) = sign_order(request, reply);
    match asked.as_slice() {
        [] => {
            let status = answer.expect_err("nothing was asked, so nothing is answered");
            if status.code() != Code::Unauthenticated {
                names_a_field(status.message());
            }
            false
        }
        [question] => {
            let intent = carried(question);
            is_what_was_given(&intent, &given.expect("no intent is made up"));
            is_decided_once(&intent);
            true
        }
        _ => panic!("one request is one question"),
    }
}

/// What a caller is told of its message: the field, the problem, the fix.
fn names_a_field(text: &str) {
    let (field, rest) = text.split_once(": ").expect(text);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    assert!(
        !field.is_empty() && field.bytes().all(|b| plain(b) || matches!(b, b'_' | b'.')),
        "{text}"
    );
    let (problem, fix) = rest.split_once("; ").expect(text);
    assert!(!problem.is_empty() && !fix.is_empty(), "{text}");
}

/// The intent as the vault reads it off the hop.
fn carried(question: &Question) -> Intent {
    let frame = question.frame(7).expect("what the door lets in has room");
    let read = Question::parse(&frame[HEAD_BYTES..]).expect("the vault reads what the door writes");
    assert_eq!(
        &read,
        &(7, question.clone()),
        "the vault reads what was asked"
    );
    let (_, Question::Proven { asked, .. }) = read else {
        panic!("a request to sign is to be proven")
    };
    let Asked::Sign(intent, _) = asked else {
        panic!("a request to sign asks for nothing else")
    };
    let again = Intent::parse(&intent.frame());
    assert_eq!(
        again.as_ref(),
        Some(&*intent),
        "a frame is read as it was written"
    );
    *intent
}

/// No field is read as another's, or altered on the way.
fn is_what_was_given(intent: &Intent, given: &wire::Intent) {
    assert_eq!(intent.id.as_str(), given.intent_id);
    assert_eq!(u32::from(intent.attempt), given.attempt);
    assert_eq!(intent.market.as_slice(), given.market);
    assert_eq!(
        intent.token_id.to_be_bytes::<32>().as_slice(),
        given.token_id
    );
    assert_eq!(u32::from(intent.limit_price.get()), given.limit_price_e4);
    assert_eq!(u32::from(intent.tick_size.e4()), given.tick_size_e4);
    assert_eq!(intent.deadline_ms, given.deadline_ms);
    assert_eq!(intent.strategy.as_str(), given.strategy);
    let side = match intent.side {
        Side::Buy => wire::Side::Buy,
        Side::Sell => wire::Side::Sell,
    };
    assert_eq!(side, given.side());
}

/// The same facts, state and time give the same answer; what is approved is
/// within the limits that stand in the policy, as integers.
fn is_decided_once(intent: &Intent) {
    let (desk, facts) = &*DESK;
    let first = desk.judge_by(facts, intent.clone());
    let second = desk.clone().judge_by(&desk.facts(), intent.clone());
    match (first, second) {
        (Ok(first), Ok(second)) => {
            let of = |approved: &policy::Approved| approved.approval([0; 32]);
            assert_eq!(of(&first), of(&second), "one question has one answer");
            let amounts = first.order().amounts();
            let most = desk.policy.order.order_usdc_max;
            if intent.side == Side::Buy {
                assert!(
                    amounts.collateral(Side::Buy) <= most,
                    "an order is too large"
                );
                assert!(
                    of(&first).charge.units() >= amounts.collateral(Side::Buy),
                    "charged too little"
                );
                assert!(
                    intent.limit_price <= desk.policy.order.buy_price_max,
                    "a buy is too dear"
                );
            } else {
                assert_eq!(of(&first).charge.units().get(), 0, "a sell costs nothing");
            }
            assert!(intent.deadline_ms >= NOON, "an intent's time was over");
        }
        (Err(first), Err(second)) => {
            let code = |denial: &Denial| denial.code();
            assert_eq!(code(&first), code(&second), "one question has one answer");
            assert_eq!(first.to_string(), second.to_string());
        }
        _ => panic!("one question has two answers"),
    }
}
