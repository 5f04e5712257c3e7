//! Message and line, there and back.

use serde_json::{Map, Value, json};

use super::*;
use crate::intent::Intent;

/// Every field, by name, as a line has it.
fn whole() -> Map<String, Value> {
    let value = json!({"v": 1, "id": "my-7", "kind": "copy",
        "market": format!("0x{}", "11".repeat(32)), "token": "7", "side": "BUY",
        "price": "0.41", "shares": "12.5", "tick": "0.01", "order_type": "FAK",
        "strategy": "default", "neg_risk": true, "leader": format!("0x{}", "22".repeat(20)),
        "leader_price": "0.40", "leader_time_ms": 1_795_132_800_000_u64});
    value.as_object().unwrap().clone()
}

fn text(fields: &Map<String, Value>) -> String {
    Value::Object(fields.clone()).to_string()
}

/// M4: a message is its line and nothing else: whichever optional fields are
/// there, both are the same intent, and the way back is the same bytes.
#[test]
fn message_and_line_are_the_same_intent_whatever_of_it_is_there() {
    let optional = [
        "strategy",
        "neg_risk",
        "leader",
        "leader_price",
        "leader_time_ms",
    ];
    let mut read = 0;
    for left_out in 0_u32..32 {
        let mut fields = whole();
        for (nth, name) in (0..).zip(optional) {
            if left_out >> nth & 1 == 1 {
                fields.remove(name);
            }
        }
        let line = text(&fields);
        let message = message_of(&line).unwrap();
        let again = line_of(&message).unwrap();
        assert_eq!(message_of(&again).unwrap(), message);
        assert_eq!(
            serde_json::from_str::<Value>(&again).unwrap(),
            Value::Object(fields)
        );
        assert_eq!(Intent::parse(&again), Intent::parse(&line));
        read += u32::from(Intent::parse(&again).is_ok());
    }
    assert!(read >= 2, "some of them are intents");
    for required in [
        "v", "id", "kind", "market", "token", "side", "price", "shares", "tick",
    ] {
        let mut fields = whole();
        fields.remove(required);
        let line = line_of(&message_of(&text(&fields)).unwrap()).unwrap();
        let said = Intent::parse(&line).unwrap_err();
        assert!(said.starts_with(required), "{said}");
    }
}

/// M4: another version is refused as in a line, and a field that the schema does
/// not have is refused and not skipped.
#[test]
fn an_unknown_field_or_version_is_refused() {
    let mut message = message_of(&text(&whole())).unwrap();
    // Field 16, a number: one.
    message.extend([0x80, 0x01, 0x01]);
    let said = line_of(&message).unwrap_err();
    assert!(said.contains("fields that the schema has not"), "{said}");
    for cut in 1..message.len() - 3 {
        // A message cut between two fields is a shorter message; elsewhere none.
        if let Ok(line) = line_of(&message[..cut]) {
            let fields: Map<String, Value> = serde_json::from_str(&line).unwrap();
            let known = whole();
            assert!(
                fields.iter().all(|(name, value)| known[name] == *value),
                "{line}"
            );
        }
    }
    let mut other = whole();
    other.insert("v".to_owned(), json!(2));
    let line = line_of(&message_of(&text(&other)).unwrap()).unwrap();
    assert_eq!(
        Intent::parse(&line).unwrap_err(),
        "v: 2 is not known; write 1"
    );
    let mut more = whole();
    more.insert("digest".to_owned(), json!("00"));
    assert!(message_of(&text(&more)).is_err());
}

/// M4: the schema in the repository is the message: same fields, same numbers.
#[test]
fn the_schema_says_what_the_message_is() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/proto");
    let compiled = protox::compile(["intent/v1/intent.proto"], [folder]).unwrap();
    let message = &compiled.file[0].message_type[0];
    assert_eq!(message.name(), "TradeIntent");
    let fields = whole();
    assert_eq!(message.field.len(), fields.len());
    for field in &message.field {
        let only = json!({ field.name(): fields[field.name()] });
        let bytes = message_of(&only.to_string()).unwrap();
        // All numbers are below 16: one byte, the kind in its last three bits.
        assert_eq!(i32::from(bytes[0] >> 3), field.number(), "{}", field.name());
    }
}
