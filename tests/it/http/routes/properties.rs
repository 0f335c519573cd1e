//! Whatever comes in, the service refuses or takes it; it never fails.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{get, post, post_text, thing_with};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_the_service_fail(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let status = post_text("/things", body).status().as_u16();
        prop_assert!((400..500).contains(&status), "{}", status);
    }

    #[test]
    fn no_json_makes_the_service_fail(
        member in prop_oneof![
            Just("name"), Just("quantity"), Just("price_fen"), Just("colour"), Just("period"),
            Just("owner"), Just("parts"), Just("payment"), Just("other")
        ],
        value in any_json(),
    ) {
        let status = post("/things", &thing_with(member, value)).status().as_u16();
        prop_assert!(status == 422 || status == 201, "{}", status);
    }

    #[test]
    fn no_query_makes_the_service_fail(query in "[a-z=&%+0-9\\[\\].~-]{0,60}") {
        let status = get(&format!("/things?since=2014-04-04&{query}")).status().as_u16();
        prop_assert!(status == 200 || status == 400, "{}", status);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        Just("name".to_owned()),
        Just("code".to_owned()),
        Just("kind".to_owned()),
        Just("start".to_owned()),
        Just("amount_fen".to_owned()),
        any::<String>()
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("cash")),
        Just(json!("2014-04-04")),
    ];
    leaf.prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(names.clone(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
