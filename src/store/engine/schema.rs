//! The tables, for both databases: written by hand and compared with the migrations by the parity test.
//!
//! Only types that mean the same on both: `Timestamp` is UTC, JSON is `Text`, a hash `Binary`. The migrations say what columns mean.

diesel::table! {
    cases (id) {
        id -> Text,
        acceptance_number -> Text,
        case_type -> Text,
        edition -> Integer,
        workflow -> Text,
        workflow_edition -> Integer,
        state -> Text,
        version -> BigInt,
        outlet -> Text,
        organization_code -> Text,
        organization_name -> Text,
        certificate_serial -> Nullable<Text>,
        opened_by -> Text,
        client_id -> Nullable<Text>,
        opened_at -> Timestamp,
        updated_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        ready_from -> Nullable<Timestamp>,
        limit_at -> Nullable<Timestamp>,
        paused_since -> Nullable<Timestamp>,
        provisional -> Bool,
        work_by -> Timestamp,
        queue -> Nullable<Text>,
        assignee -> Nullable<Text>,
        assignee_name -> Nullable<Text>,
        uncollected_since -> Nullable<Timestamp>,
        commitment_due -> Nullable<Timestamp>,
        box_number -> Nullable<Text>,
        look_at -> Nullable<Timestamp>,
        ledger -> Nullable<Text>,
        document -> Text,
        names_key -> Nullable<Text>,
    }
}

diesel::table! {
    events (number) {
        subject_kind -> Text,
        subject_id -> Text,
        sequence -> BigInt,
        kind -> Text,
        at -> Timestamp,
        actor_id -> Text,
        actor_name -> Text,
        action -> Text,
        data -> Text,
        number -> BigInt,
        hash -> Nullable<Binary>,
    }
}

diesel::table! {
    data_keys (id) {
        id -> Text,
        suite -> Text,
        check_value -> Text,
        in_force -> Bool,
    }
}

diesel::table! {
    person_keys (subject_kind, subject_id) {
        subject_kind -> Text,
        subject_id -> Text,
        suite -> Text,
        wrapped -> Nullable<Text>,
        data_key -> Nullable<Text>,
        destroyed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    compatibility (id) {
        id -> Integer,
        since -> Text,
    }
}

diesel::table! {
    encryption_progress (id) {
        id -> Integer,
        part -> Text,
        position -> Text,
    }
}

diesel::table! {
    report_facts (kind, day, case_id, sequence) {
        kind -> Text,
        day -> Date,
        case_id -> Text,
        sequence -> BigInt,
        at -> Timestamp,
        outlet -> Text,
        case_type -> Text,
        actor_id -> Text,
        workflow -> Nullable<Text>,
        place -> Nullable<Text>,
        queue -> Nullable<Text>,
        seconds -> Nullable<BigInt>,
        working_days -> Nullable<Integer>,
        notices -> Nullable<Integer>,
        overlooked -> Nullable<Integer>,
        by_ready -> Nullable<Integer>,
        by_limit -> Nullable<Integer>,
        in_time -> Nullable<Integer>,
        provisional -> Nullable<Integer>,
    }
}

diesel::table! {
    notice_defects (day, case_id, notice, position) {
        day -> Date,
        case_id -> Text,
        notice -> Integer,
        position -> Integer,
        document -> Text,
        defect -> Text,
        reason -> Nullable<Text>,
        outlet -> Text,
        case_type -> Text,
        actor_id -> Text,
    }
}

diesel::table! {
    cash_journal (day, outlet, kind, number) {
        day -> Date,
        outlet -> Text,
        kind -> Text,
        number -> Integer,
        case_id -> Text,
        sequence -> BigInt,
        at -> Timestamp,
        acceptance_number -> Text,
        case_type -> Text,
        actor_id -> Text,
        amount_fen -> BigInt,
        method -> Nullable<Text>,
        at_window -> Nullable<Text>,
        reference -> Nullable<Text>,
        of_receipt -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    claims (kind, subject) {
        kind -> Text,
        subject -> Text,
        holder_kind -> Text,
        holder -> Text,
        taken_at -> Timestamp,
    }
}

diesel::table! {
    certificates (id) {
        id -> Text,
        serial -> Text,
        medium_number -> Text,
        organization_code -> Text,
        stage -> Text,
        version -> BigInt,
        valid_until -> Timestamp,
        locked_at -> Nullable<Timestamp>,
        suspended_since -> Nullable<Timestamp>,
        kept_at -> Nullable<Text>,
        box_number -> Nullable<Text>,
        name_key -> Text,
        handler_key -> Nullable<Text>,
        correction_asked_at -> Nullable<Timestamp>,
        document -> Text,
        import_id -> Nullable<Text>,
    }
}

diesel::table! {
    certificate_imports (id) {
        id -> Text,
        state -> Text,
        lines -> BigInt,
        entered_by -> Text,
        entered_by_name -> Text,
        started_at -> Timestamp,
        touched_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_by_name -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        reason -> Nullable<Text>,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    former_serials (serial, certificate_id) {
        serial -> Text,
        certificate_id -> Text,
    }
}

diesel::table! {
    name_parts (field, part, subject_id) {
        field -> Text,
        part -> Text,
        subject_id -> Text,
    }
}

diesel::table! {
    acceptance_sequences (day) {
        day -> Date,
        last -> Integer,
    }
}

diesel::table! {
    receipt_sequences (day, outlet, kind) {
        day -> Date,
        outlet -> Text,
        kind -> Text,
        last -> Integer,
    }
}

diesel::table! {
    editions (kind, code, edition) {
        kind -> Text,
        code -> Text,
        edition -> Integer,
        content_hash -> Text,
        content -> Text,
        first_seen_at -> Timestamp,
    }
}

diesel::table! {
    calendar_years (year, edition) {
        year -> Integer,
        edition -> BigInt,
        content -> Text,
        source -> Text,
        recorded_at -> Timestamp,
        recorded_by -> Text,
        recorded_by_name -> Text,
    }
}

diesel::table! {
    calendar_state (id) {
        id -> Integer,
        edition -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        display_name -> Text,
        password_hash -> Text,
        roles -> Text,
        outlet -> Nullable<Text>,
        active -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
        one_time_until -> Nullable<Timestamp>,
        signed_in_at -> Nullable<Timestamp>,
        totp_secret -> Nullable<Text>,
        totp_enrolled_at -> Nullable<Timestamp>,
        totp_last_step -> BigInt,
        former_password_hash -> Nullable<Text>,
    }
}

diesel::table! {
    recovery_codes (user_id, hash) {
        user_id -> Text,
        hash -> Text,
        binding -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        address -> Text,
        started_at -> Timestamp,
        refreshed_at -> Timestamp,
        expires_at -> Timestamp,
        family_hash -> Text,
        token_hash -> Text,
        binding -> Text,
    }
}

diesel::table! {
    clients (client_id) {
        client_id -> Text,
        name -> Text,
        scopes -> Text,
        outlet -> Nullable<Text>,
        active -> Bool,
        created_at -> Timestamp,
        secrets -> Text,
        keys -> Text,
        epoch -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    used_assertions (client_id, digest) {
        client_id -> Text,
        digest -> Text,
        valid_until -> Timestamp,
    }
}

diesel::table! {
    sign_in_attempts (username, address) {
        username -> Text,
        address -> Text,
        attempts -> Integer,
        last_at -> Timestamp,
        locked_until -> Nullable<Timestamp>,
        right_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sign_in_attacks (username) {
        username -> Text,
        attempts -> Integer,
        last_at -> Timestamp,
        next_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    audit (number) {
        number -> BigInt,
        kind -> Text,
        at -> Timestamp,
        actor_id -> Text,
        actor_name -> Text,
        address -> Nullable<Text>,
        system_user -> Nullable<Text>,
        subject_kind -> Nullable<Text>,
        subject_id -> Nullable<Text>,
        details -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    leaves (position) {
        position -> BigInt,
        seal -> BigInt,
        source -> Text,
        number -> BigInt,
        node -> Binary,
    }
}

diesel::table! {
    seals (number) {
        number -> BigInt,
        at -> Timestamp,
        suite -> Text,
        starts_at -> BigInt,
        size -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    idempotency_keys (actor_id, key) {
        actor_id -> Text,
        key -> Text,
        fingerprint -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(cases, report_facts, notice_defects, person_keys);
diesel::allow_tables_to_appear_in_same_query!(certificates, name_parts, former_serials);
diesel::allow_tables_to_appear_in_same_query!(users, sign_in_attempts, sign_in_attacks, sessions);
diesel::allow_tables_to_appear_in_same_query!(leaves, events, audit, cases);
