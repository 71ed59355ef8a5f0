//! A property of any JSON: it is read as another one.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_as_another_one(json in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&json).unwrap() } else { json.to_string() };
        for values in ALL {
            for is_gentle in [false, true] {
                let alteration = Alteration { is_gentle, ..of(values) };
                let other: Value = alteration.read(text.as_bytes(), &PollMemory::new(ROOM, 0)).unwrap();
                prop_assert!(values != AlteredValues::OTHER || is_gentle || other != json || !has_value(&json), "{}", other);
            }
        }
    }
}

/// Returns true if the JSON contains a value that `OTHER` always alters.
fn has_value(json: &Value) -> bool {
    match json {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(all) => all.iter().any(has_value),
        Value::Object(all) => all.values().any(has_value),
    }
}
