//! Frames between the signer's processes: what is written is read back, and
//! what anyone else wrote is one of these or nothing.

use frame::channel::{DoorPart, Message, VaultPart};
use frame::hop::{
    ANSWER_BYTES_MAX, ATTESTATION_BYTES_MAX, Asked, HEAD_BYTES, Proof, QUESTION_BYTES_MAX,
    Question, REASON_BYTES_MAX, Reply, Unproven, length,
};
use frame::intent::{Intent, Kind, MOMENT_MS_MAX, Observed, Size};
use frame::intent_id::IntentId;
use frame::label::Label;
use frame::{Answer, Approval, Line, Standing};
use order::strict::AMOUNT_UNITS_MAX;
use order::{
    Address, B256, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, TickSize, U256, Venue, raw,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn exchanges() -> impl Strategy<Value = Exchange> {
    prop_oneof![
        Just(Exchange::V2Standard),
        Just(Exchange::V2NegRisk),
        Just(Exchange::V3)
    ]
}

fn prices() -> impl Strategy<Value = PriceE4> {
    (1_u16..10_000).prop_map(|e4| PriceE4::new(e4).unwrap())
}

fn observed() -> impl Strategy<Value = Observed> {
    (
        any::<([u8; 20], [u8; 32])>(),
        prices(),
        1..=AMOUNT_UNITS_MAX,
        (0..=MOMENT_MS_MAX, 0..=MOMENT_MS_MAX),
    )
        .prop_map(
            |((leader, fill), price, size, (traded_ms, observed_ms))| Observed {
                leader: Address::from(leader),
                fill: B256::from(fill),
                price,
                size: ShareUnits::new(size),
                traded_ms,
                observed_ms,
            },
        )
}

fn intents() -> impl Strategy<Value = Intent> {
    let kinds = prop_oneof![
        observed().prop_map(Kind::Copy),
        Just(Kind::Exit),
        Just(Kind::Strategy)
    ];
    let sizes = (1..=AMOUNT_UNITS_MAX, any::<bool>()).prop_map(|(units, shares)| {
        if shares {
            Size::Shares(ShareUnits::new(units))
        } else {
            Size::Collateral(CollateralUnits::new(units))
        }
    });
    let ticks = prop::sample::select(vec![1000_u16, 100, 50, 25, 10, 1]);
    (
        (kinds, "20261120-[a-z0-9-]{1,55}", any::<u16>(), exchanges()),
        any::<([u8; 32], [u8; 32])>(),
        (any::<bool>(), prices(), sizes, ticks),
        (0..=MOMENT_MS_MAX, "[a-z0-9._-]{1,32}"),
    )
        .prop_map(
            |(
                (kind, id, attempt, exchange),
                (market, token),
                (buy, limit_price, size, tick),
                (deadline_ms, strategy),
            )| Intent {
                kind,
                id: IntentId::parse(&id).unwrap(),
                attempt,
                market: B256::from(market),
                token_id: U256::from_be_bytes(token),
                exchange,
                side: if buy { Side::Buy } else { Side::Sell },
                limit_price,
                size,
                tick_size: TickSize::from_e4(tick).unwrap(),
                deadline_ms,
                strategy: Label::parse(&strategy).unwrap(),
            },
        )
}

fn questions() -> impl Strategy<Value = Question> {
    let asked = prop_oneof![
        intents().prop_map(|intent| Asked::Sign(Box::new(intent), Vec::new())),
        (intents(), observed(), vec(any::<u8>(), 1..300)).prop_map(|(intent, seen, note)| {
            let kind = Kind::Copy(seen);
            Asked::Sign(Box::new(Intent { kind, ..intent }), note)
        }),
        intents().prop_map(|intent| Asked::Explain(Box::new(intent))),
        Just(Asked::Status),
        vec(any::<u8>(), 0..300).prop_map(Asked::Note),
        "\\PC{0,40}".prop_map(Asked::Freeze),
    ];
    let proof = any::<([u8; 16], u64, [u8; 32])>().prop_map(|(epoch, counter, mac)| Proof {
        epoch,
        counter,
        mac,
    });
    let caller = "[a-z0-9._-]{1,32}";
    prop_oneof![
        (caller, any::<([u8; 32], [u8; 32])>()).prop_map(|(caller, (challenge, mac))| {
            Question::Hello {
                caller,
                challenge,
                mac,
            }
        }),
        (caller, proof, asked).prop_map(|(caller, proof, asked)| Question::Proven {
            caller,
            proof,
            asked,
        }),
        Just(Question::Ping),
        Just(Question::Metrics),
        Just(Question::GiveUp),
    ]
}

fn approvals() -> impl Strategy<Value = Approval> {
    (
        prop::sample::select(Venue::ALL.to_vec()),
        any::<([[u8; 32]; 7], [u8; 20], [u8; 20], u8, u8)>(),
        vec(any::<u8>(), 0..200),
        any::<(u64, u64)>(),
    )
        .prop_map(
            |(venue, (words, maker, signer, side, kind), signature, (leaf_index, charge_units))| {
                let [salt, token, making, taking, time, metadata, builder] = words;
                let word = U256::from_be_bytes::<32>;
                Approval {
                    venue,
                    order: raw::Order {
                        salt: word(salt),
                        maker: maker.into(),
                        signer: signer.into(),
                        tokenId: word(token),
                        makerAmount: word(making),
                        takerAmount: word(taking),
                        side,
                        signatureType: kind,
                        timestamp: word(time),
                        metadata: metadata.into(),
                        builder: builder.into(),
                    },
                    order_hash: B256::from(salt),
                    signature,
                    leaf_index,
                    charge_units,
                }
            },
        )
}

fn answers() -> impl Strategy<Value = Answer> {
    let text = "\\PC{0,30}";
    let line = (text, text).prop_map(|(name, value)| Line { name, value });
    prop_oneof![
        approvals().prop_map(|approval| Answer::Approved(Box::new(approval))),
        any::<(u64, u64, u64)>().prop_map(|(maker_amount, taker_amount, charge_units)| {
            Answer::WouldApprove {
                maker_amount,
                taker_amount,
                charge_units,
            }
        }),
        (
            text,
            text,
            option::of(any::<u64>()),
            option::of(any::<u64>())
        )
            .prop_map(|(code, sentence, retry_at_ms, leaf_index)| Answer::Denied {
                code,
                sentence,
                retry_at_ms,
                leaf_index,
            }),
        (any::<([u8; 16], u64, [u8; 20])>(), vec(line, 0..8)).prop_map(
            |((journal_id, journal_size, signing_address), lines)| {
                Answer::Status(Standing {
                    journal_id,
                    journal_size,
                    signing_address,
                    lines,
                })
            }
        ),
        (text, option::of(any::<u64>()), any::<u64>()).prop_map(
            |(kind, effective_at_s, leaf_index)| Answer::Noted {
                kind,
                effective_at_s,
                leaf_index,
            }
        ),
        any::<u64>().prop_map(|leaf_index| Answer::Frozen { leaf_index }),
    ]
}

fn replies() -> impl Strategy<Value = Reply> {
    prop_oneof![
        any::<([u8; 16], [u8; 32])>().prop_map(|(epoch, mac)| Reply::Welcome { epoch, mac }),
        (answers(), any::<[u8; 32]>()).prop_map(|(answer, mac)| Reply::Proven {
            answer: Box::new(answer),
            mac,
        }),
        Just(Reply::Unproven(Unproven::NotYou)),
        Just(Reply::Unproven(Unproven::Replayed)),
        Just(Reply::Unproven(Unproven::NotYours)),
        "\\PC{0,200}".prop_map(Reply::Text),
        Just(Reply::Failed),
    ]
}

fn messages() -> impl Strategy<Value = Message> {
    let bytes = || vec(any::<u8>(), 0..60);
    let word = "[a-z]{0,12}";
    prop_oneof![
        (
            (bytes(), bytes(), bytes(), bytes()),
            vec((word, word), 0..5),
            any::<(u64, u64)>()
        )
            .prop_map(
                |((journal, sealed_key, credential, callers), roles, (rate, reserve))| {
                    Message::Vault(VaultPart {
                        journal,
                        sealed_key,
                        credential,
                        callers,
                        roles,
                        questions_per_second: rate,
                        reserve_bytes: reserve,
                    })
                }
            ),
        (bytes(), bytes(), vec((word, any::<[u8; 32]>()), 0..5)).prop_map(
            |(tls_certificate, tls_private_key, pins)| Message::Door(DoorPart {
                tls_certificate,
                tls_private_key,
                pins,
            })
        ),
        Just(Message::Begin),
        Just(Message::Hop),
        Just(Message::Stop),
        Just(Message::Ready),
        Just(Message::Begun),
        "\\PC{0,60}".prop_map(Message::Refused),
        (any::<u64>(), "\\PC{0,60}").prop_map(|(hop, why)| Message::Lost { hop, why }),
    ]
}

/// A frame's body, and that its length is the one before it.
fn body(frame: &[u8], max: u32) -> &[u8] {
    let (head, body) = frame.split_first_chunk::<HEAD_BYTES>().unwrap();
    assert_eq!(length(*head, max), Some(body.len()));
    body
}

/// One byte of `bytes` changed, or cut off, or put behind.
fn bent(mut bytes: Vec<u8>, place: usize, byte: u8) -> Vec<u8> {
    let place = place % (bytes.len() + 2);
    match bytes.len().checked_sub(place) {
        Some(0) => bytes.push(byte),
        Some(_) if byte.is_multiple_of(5) => bytes.truncate(place),
        Some(_) => bytes[place] ^= byte,
        None => bytes.clear(),
    }
    bytes
}

proptest! {
    #[test]
    fn an_intent_is_read_back_from_its_frame(intent in intents()) {
        prop_assert_eq!(Intent::parse(&intent.frame()), Some(intent));
    }

    #[test]
    fn a_question_is_read_back_with_its_number(question in questions(), number: u64) {
        let frame = question.frame(number).unwrap();
        let body = body(&frame, QUESTION_BYTES_MAX);
        prop_assert_eq!(Question::parse(body), Some((number, question)));
    }

    #[test]
    fn a_reply_is_read_back_with_its_number(reply in replies(), number: u64) {
        let frame = reply.frame(number).unwrap();
        let body = body(&frame, ANSWER_BYTES_MAX);
        prop_assert_eq!(Reply::parse(body), Some((number, reply)));
    }

    #[test]
    fn a_message_is_read_back(message in messages()) {
        prop_assert_eq!(Message::parse(&message.to_bytes()), Some(message));
    }

    /// M225: what is no intent is not even asked about.
    #[test]
    fn any_bytes_are_one_of_these_in_its_one_spelling_or_nothing(bytes in vec(any::<u8>(), 0..400)) {
        is_one_spelling(&bytes);
    }

    #[test]
    fn what_is_bent_is_another_one_or_nothing(
        question in questions(),
        reply in replies(),
        message in messages(),
        place: usize,
        byte in 1_u8..,
    ) {
        let question = question.frame(7).unwrap();
        let reply = reply.frame(7).unwrap();
        for bytes in [&question[HEAD_BYTES..], &reply[HEAD_BYTES..], &message.to_bytes()] {
            is_one_spelling(&bent(bytes.to_vec(), place, byte));
        }
    }

    #[test]
    fn an_intent_bent_anywhere_is_another_one_or_nothing(
        intent in intents(),
        place: usize,
        byte in 1_u8..,
    ) {
        let bytes = bent(intent.frame(), place, byte);
        if let Some(other) = Intent::parse(&bytes) {
            prop_assert_eq!(other.frame(), bytes);
            prop_assert_ne!(other, intent);
        }
    }
}

/// Whatever parses is written as it stood.
fn is_one_spelling(bytes: &[u8]) {
    if let Some((number, question)) = Question::parse(bytes) {
        assert_eq!(question.frame(number).unwrap()[HEAD_BYTES..], *bytes);
    }
    if let Some((number, reply)) = Reply::parse(bytes) {
        assert_eq!(reply.frame(number).unwrap()[HEAD_BYTES..], *bytes);
    }
    if let Some(message) = Message::parse(bytes) {
        assert_eq!(message.to_bytes(), bytes);
    }
}

#[test]
fn each_length_has_both_its_edges() {
    for max in [QUESTION_BYTES_MAX, ANSWER_BYTES_MAX] {
        let fits = usize::try_from(max).unwrap();
        assert_eq!(length(max.to_be_bytes(), max), Some(fits));
        assert_eq!(length((max + 1).to_be_bytes(), max), None);
        assert_eq!(length([0xff; 4], max), None);
    }
    let note = |bytes: usize| Question::Proven {
        caller: "a".to_owned(),
        proof: Proof {
            epoch: [0; 16],
            counter: 1,
            mac: [0; 32],
        },
        asked: Asked::Note(vec![0; bytes]),
    };
    // Whatever the door lets in, 96 KiB of a message, has room.
    assert!(note(96 * 1024).frame(u64::MAX).is_some());
    let around = note(0).frame(1).unwrap().len() - HEAD_BYTES;
    let most = usize::try_from(QUESTION_BYTES_MAX).unwrap() - around;
    assert!(note(most).frame(1).is_some());
    assert_eq!(note(most + 1).frame(1), None);
}

/// Whether the vault takes it for a question.
fn is_heard(asked: Asked) -> bool {
    let proof = Proof {
        epoch: [0; 16],
        counter: 1,
        mac: [0; 32],
    };
    let caller = "a".to_owned();
    let question = Question::Proven {
        caller,
        proof,
        asked,
    };
    Question::parse(&question.frame(1).unwrap()[HEAD_BYTES..]).is_some()
}

fn copied() -> Kind {
    Kind::Copy(Observed {
        leader: Address::ZERO,
        fill: B256::ZERO,
        price: PriceE4::new(1).unwrap(),
        size: ShareUnits::new(1),
        traded_ms: 0,
        observed_ms: 0,
    })
}

#[test]
fn a_door_that_lets_more_in_than_it_may_is_not_believed() {
    let mut intent = {
        use proptest::strategy::ValueTree;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        intents().new_tree(&mut runner).unwrap().current()
    };
    intent.kind = Kind::Exit;
    for (units, is_one) in [
        (0, false),
        (1, true),
        (AMOUNT_UNITS_MAX, true),
        (AMOUNT_UNITS_MAX + 1, false),
    ] {
        intent.size = Size::Shares(ShareUnits::new(units));
        assert_eq!(Intent::parse(&intent.frame()).is_some(), is_one, "{units}");
    }
    intent.size = Size::Shares(ShareUnits::new(1));
    for (ms, is_one) in [(MOMENT_MS_MAX, true), (MOMENT_MS_MAX + 1, false)] {
        intent.deadline_ms = ms;
        assert_eq!(Intent::parse(&intent.frame()).is_some(), is_one, "{ms}");
    }
    intent.deadline_ms = 0;
    for (kind, bytes, is_one) in [
        (Kind::Exit, 0, true),
        (Kind::Exit, 1, false),
        (copied(), ATTESTATION_BYTES_MAX, true),
        (copied(), ATTESTATION_BYTES_MAX + 1, false),
    ] {
        intent.kind = kind;
        let asked = Asked::Sign(Box::new(intent.clone()), vec![b'a'; bytes]);
        assert_eq!(is_heard(asked), is_one, "{bytes}");
    }
    for (bytes, is_one) in [(REASON_BYTES_MAX, true), (REASON_BYTES_MAX + 1, false)] {
        let asked = Asked::Freeze("a".repeat(bytes));
        assert_eq!(is_heard(asked), is_one, "{bytes}");
    }
}
