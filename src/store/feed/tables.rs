//! The tables of webhooks, for both databases; as those in the engine's `schema`.

diesel::table! {
    webhooks (id) {
        id -> Text,
        client_id -> Text,
        url -> Text,
        types -> Text,
        active -> Bool,
        disabled_reason -> Nullable<Text>,
        secrets -> Text,
        position -> BigInt,
        replay_position -> Nullable<BigInt>,
        replay_end -> Nullable<BigInt>,
        replay_from -> Nullable<Timestamp>,
        replay_to -> Nullable<Timestamp>,
        leased_by -> Nullable<Text>,
        leased_until -> Nullable<Timestamp>,
        created_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    webhook_queue (webhook_id, number) {
        webhook_id -> Text,
        number -> BigInt,
        case_id -> Nullable<Text>,
        certificate_id -> Nullable<Text>,
        attempts -> Integer,
        next_at -> Timestamp,
        queued_at -> Timestamp,
    }
}

diesel::table! {
    webhook_attempts (webhook_id, id) {
        webhook_id -> Text,
        id -> Text,
        number -> BigInt,
        event_type -> Nullable<Text>,
        attempt -> Integer,
        at -> Timestamp,
        duration_ms -> BigInt,
        outcome -> Text,
        http_status -> Nullable<Integer>,
        error -> Nullable<Text>,
    }
}
