//! What answers since version 1 were changed on purpose.

use serde_json::{Map, Value, json};

use super::list;

/// Where an answer differs from that of version 1, but for what was changed on purpose.
pub(super) fn changed(path: &str, before: &Value, now: &Value) -> Option<String> {
    let now = &without_new_members(now);
    let mut before = before.clone();
    rows_as_items(&mut before, now);
    // A history has pages; those of then fit one.
    if path.ends_with("/events") && before["items"].is_array() {
        before["next"] = Value::Null;
    }
    // A case is named only to those who see it.
    if path.ends_with("/eligibility") && now["alternatives"] == json!([]) {
        before["alternatives"] = json!([]);
    }
    let before = &before;
    let is_timeline = path.starts_with("/cases/") && path.ends_with("/events");
    if !is_timeline {
        // What is no JSON, such as the event log as CSV, is compared to the letter.
        let is_text = before.is_string();
        return if is_text {
            let named = |text: &str| text.replacen("原收据", "原票据号", 1).replacen("凭证号", "流水号", 1);
            difference("", &before.as_str().map(named).into(), now)
        } else {
            difference("", &without_words(before), &without_words(now))
        };
    }
    let (before, now) = (list(&before["items"]), list(&now["items"]));
    let moved = |(before, now): (&Value, &Value)| difference("", &in_one_vocabulary(before, now), now);
    if before.len() == now.len() { before.iter().zip(now).find_map(moved) } else { Some("its length".to_owned()) }
}

/// Each list had a name of its own for its rows.
fn rows_as_items(before: &mut Value, now: &Value) {
    if let (Some(members), true) = (before.as_object_mut(), now["items"].is_array())
        && let Some(own) = members.iter().find(|(_, rows)| rows.is_array()).map(|(name, _)| name.clone())
        && let Some(rows) = members.remove(&own)
    {
        members.insert("items".to_owned(), rows);
    }
}

/// An answer without the members that there were none of, after they have the value of what was stored before them.
pub(super) fn without_new_members(answer: &Value) -> Value {
    let before = [
        ("kind", json!("enterprise"), "organization_code"),
        ("document_type", json!("resident_identity_card"), "identity_number"),
        ("document_country", Value::Null, "identity_number"),
        ("responsibility_letter", Value::Null, "payment_method"),
        ("declined", json!(0), "rejected"),
        ("import", Value::Null, "medium_number"),
        ("registration", Value::Null, "medium_number"),
        ("reference", Value::Null, "reported_by"),
        ("reference", Value::Null, "payment_method"),
        ("reference", Value::Null, "commitment_due"),
        ("metadata", json!({}), "payment_method"),
        ("holds", json!([]), "acceptance_number"),
        ("persons_erased_at", Value::Null, "acceptance_number"),
        ("persons_erased_at", Value::Null, "medium_number"),
    ];
    // Reports count what was declined, and a limit that has passed is extended no more.
    let is_column = |value: &Value| match value["kind"].as_str() {
        Some("integer") => value["code"] == "declined",
        // Beside the codes of workflows and case types there are their names.
        Some("text") => value["code"] == "workflow_name" || value["code"] == "case_type_name",
        _ => false,
    };
    // Whoever took a payment is told besides that somebody else cancels it.
    let is_new_reason = |value: &Value| value["code"] == "second_person_needed";
    // What is told whenever the case was stored: it stands in the settings, the definitions or the timeline.
    let told_besides = [
        ("id", "medium_number"),
        ("hall", "acceptance_number"),
        ("handover", "acceptance_number"),
        ("address", "telephone"),
        ("telephone", "telephone"),
        ("opening_hours", "telephone"),
        ("map", "telephone"),
        ("login_address", "support_line"),
        ("support_line", "support_line"),
        ("extensions", "pauses"),
        ("also_called", "copies_go_to"),
        ("name_for_other_kinds", "copies_go_to"),
        ("application_notes", "asks"),
        ("opened_by", "asks"),
        ("responsibility_letter", "asks"),
        ("workflow_name", "workflow"),
        ("case_type_name", "document"),
    ];
    match answer {
        // An addition asks for no letter and no collection method any more.
        Value::Array(values) if *answer == json!(["applications", "service_years", "payment_method"]) => {
            values.iter().cloned().chain(["collection_method", "responsibility_letter"].map(Value::from)).collect()
        }
        Value::Array(values) => {
            let kept = values.iter().filter(|value| !is_column(value) && !is_new_reason(value));
            kept.map(without_new_members).collect()
        }
        // Nor does whoever took a payment end the case with which it is given back.
        Value::Object(members)
            if ["limit_passed", "second_person_needed"].map(Value::from).contains(&answer["blocked_by"][0]["code"]) =>
        {
            let mut offer = members.clone();
            offer.extend([("allowed".to_owned(), json!(true)), ("blocked_by".to_owned(), json!([]))]);
            offer.into()
        }
        // A list has its dates as the case itself has them, a day with its instant.
        Value::Object(members)
            if ["acceptance_number", "overdue", "limit"].iter().all(|it| members.contains_key(*it)) =>
        {
            let at = |name: &str| members[name].get("at").cloned().unwrap_or_default();
            let mut before = members.clone();
            before.remove("limit");
            before.extend([("limit_at".to_owned(), at("limit")), ("ready_from".to_owned(), at("ready_from"))]);
            without_new_members(&before.into())
        }
        Value::Object(members) => {
            let is_new = |name: &str, value: &Value| {
                let stored = before
                    .iter()
                    .any(|(new, default, beside)| name == *new && value == default && members.contains_key(*beside));
                stored || told_besides.iter().any(|(new, beside)| name == *new && members.contains_key(*beside))
            };
            let kept = members.iter().filter(|(name, value)| !is_new(name, value));
            // The second person's paper had the number of the first one's.
            let is_second =
                |name: &str, value: &Value| name == "number" && *value == 9 && members.contains_key("material");
            let before = |(name, value): (&String, &Value)| {
                let value = if is_second(name, value) { json!(8) } else { without_new_members(value) };
                (name.clone(), value)
            };
            kept.map(before).collect::<Map<_, _>>().into()
        }
        // The second person's paper had the number of the first one's.
        Value::String(words) => words.replace('⑨', "⑧").into(),
        _ => answer.clone(),
    }
}

/// An event of a case as it is now: what a case did to a certificate has the kind and the data that it has in the
/// certificate's own record, with `id` and `serial` of the certificate. What was said before must still be said.
fn in_one_vocabulary(before: &Value, now: &Value) -> Value {
    let kinds = [
        ("certificate_made", "certificate_made"),
        ("certificate_voided", "certificate_revoked"),
        ("certificate_issued", "certificate_issued"),
        ("certificate_activated", "certificate_activated"),
        ("medium_boxed", "certificate_boxed"),
        ("held_medium_taken", "certificate_taken_in"),
        ("held_medium_returned", "certificate_given_back"),
        ("held_medium_retired", "certificate_medium_retired"),
        ("held_certificate_unlocked", "certificate_unlocked"),
        ("held_certificate_renewed", "certificate_renewed"),
        ("held_certificate_changed", "certificate_changed"),
        ("held_certificate_suspended", "certificate_suspended"),
        ("held_certificate_revoked", "certificate_revoked"),
        ("service_opened", "certificate_service_opened"),
    ];
    let mut expected = before.clone();
    let Some((old, new)) = kinds.iter().find(|(old, _)| before["kind"] == *old) else { return expected };
    expected["kind"] = (*new).into();
    expected["data"] = now["data"].clone();
    let mut said = before["data"].as_object().unwrap().clone();
    said.remove("years"); // the two ends say it
    if let Some(certificate) = said.remove("certificate") {
        for name in ["id", "serial"] {
            expected["data"][name] = certificate[name].clone();
        }
        for name in ["serial", "medium_number", "valid_from", "valid_until"] {
            if *old == "certificate_made" {
                expected["data"]["certificate"][name] = certificate[name].clone();
            }
        }
    }
    for (name, value) in said {
        expected["data"][name] = value;
    }
    expected
}

/// An answer without its sentences, which may be put better, and with the names that are used now; every fact and code stays.
pub(super) fn without_words(answer: &Value) -> Value {
    let renamed = [
        ("督办", "督办人员"),
        ("流程", "流程代码"),
        ("缺陷数", "材料问题数"),
        ("未领取证书", "待领取证书"),
        ("已超期", "已逾期"),
        ("其中超期", "其中逾期"),
        ("超期工作日", "逾期工作日"),
        ("超期办件", "逾期办件"),
        ("超期占比", "逾期占比"),
        ("当前在手超期", "当前在手逾期"),
        ("领办", "认领"),
        ("退回待领", "退回待认领"),
        ("待发放", "待发放激活"),
        ("经办人员", "承办人"),
        ("受理号", "受理编号"),
        ("首张收据", "首张票据"),
        ("末张收据", "末张票据"),
        ("原收据", "原票据号"),
        ("凭证号", "流水号"),
        ("材料缺陷排行", "材料问题排行"),
    ];
    match answer {
        Value::String(text) if text.contains(' ') || text.ends_with('。') || text.starts_with("合计：") => {
            Value::Null
        }
        // A remark stands behind every lack of its row, not only behind a reason.
        Value::String(text) if text.contains("（末份缺章）") => {
            without_words(&text.replace("（末份缺章）", "").into())
        }
        // What identifies a person no longer stands in the brackets of titles, but before a colon.
        Value::String(text) if text.contains("有效身份证件") => text.replace(['《', '》', '：'], "").into(),
        Value::String(text) => renamed.iter().find(|(old, _)| text == old).map_or(text.as_str(), |(_, new)| new).into(),
        Value::Object(members) if members.contains_key("code") && members.contains_key("message") => {
            let facts = members.iter().filter(|(name, _)| *name != "message");
            facts.map(|(name, value)| (name.clone(), without_words(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(values) => values.iter().map(without_words).collect(),
        // What can be applied for is a newer edition.
        Value::Object(members) if members.contains_key("asks") => {
            let facts = members.iter().filter(|(name, _)| *name != "edition");
            facts.map(|(name, value)| (name.clone(), without_words(value))).collect::<Map<_, _>>().into()
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), without_words(value))).collect::<Map<_, _>>().into()
        }
        _ => answer.clone(),
    }
}

/// The first place where two answers differ, with both values.
pub(super) fn difference(at: &str, before: &Value, now: &Value) -> Option<String> {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            let keys: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            let member =
                |object: &Map<String, Value>, key: &String| object.get(key).cloned().unwrap_or(json!("(missing)"));
            keys.into_iter().find_map(|key| difference(&format!("{at}/{key}"), &member(before, key), &member(now, key)))
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            let pairs = before.iter().zip(now).enumerate();
            pairs.into_iter().find_map(|(index, (before, now))| difference(&format!("{at}/{index}"), before, now))
        }
        _ => (before != now).then(|| format!("{at}: {before} became {now}")),
    }
}
