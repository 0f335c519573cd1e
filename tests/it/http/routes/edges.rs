//! What other programs do to requests on their way: marks on versions, marks of byte order, names of encodings.

use reqwest::Method;
use serde_json::Value;

use super::{THING, get, header, post_text, problem, request, thing};

#[test]
fn a_version_may_have_the_mark_of_a_proxy_that_compresses() {
    let put = |tag: &str| request(Method::PUT, THING).json(&thing()).header("If-Match", tag).send().unwrap();
    let codings = ["gzip", "br", "brotli", "deflate", "zstd"];
    let answered = header(&get(THING), "ETag").trim_matches('"').to_owned();
    for coding in codings {
        for mark in ["-", ";", "--", ":"] {
            for weak in ["", "W/"] {
                let tag = |version: &str| format!("{weak}\"{version}{mark}{coding}\"");
                assert_eq!(put(&tag("7")).status(), 204, "{}", tag("7"));
                problem(put(&tag("6")), 412, "version_stale");
                problem(put(&tag("07")), 400, "invalid_header");
                problem(put(&tag("")), 400, "invalid_header");
                assert_eq!(put(&tag(&answered)).status(), 204, "{}", tag(&answered));
                let seen = format!("\"1\", {}", tag(&answered));
                let seen = request(Method::GET, THING).header("If-None-Match", &seen).send().unwrap();
                assert_eq!(seen.status(), 304, "{}", tag(&answered));
            }
        }
    }
    for odd in ["\"7-\"", "\"7-x\"", "\"7gzip\"", "\"7-gzip-gzip\"", "\"7\"-gzip", "7-gzip", "\"gzip\"", "\"7-gzip"] {
        problem(put(odd), 400, "invalid_header");
    }
}

#[test]
fn json_may_begin_with_a_mark_of_its_byte_order() {
    let sent = |body: Vec<u8>| {
        request(Method::POST, "/things").header("Content-Type", "application/json").body(body).send().unwrap()
    };
    let marked = |text: &str| [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    assert_eq!(sent(marked(&thing().to_string())).status(), 201);
    let broken = problem(sent(marked("{\n  \"name\": oops\n}")), 400, "malformed_json");
    assert_eq!((&broken["line"], &broken["column"]), (&Value::from(2), &Value::from(11)));
    problem(sent(marked("")), 400, "malformed_json");
    problem(sent(marked(&format!("\u{feff}{}", thing()))), 400, "malformed_json");
    let wide: Vec<u8> = format!("\u{feff}{}", thing()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    problem(sent(wide), 400, "malformed_json");
}

#[test]
fn utf_8_is_understood_under_the_names_that_people_give_it() {
    for charset in ["utf-8", "UTF-8", "utf8", "UTF8", "Utf8", "\"utf-8\"", "\"utf8\""] {
        for media_type in ["application/json", "application/merge-patch+json"] {
            let sent =
                request(Method::POST, "/things").header("Content-Type", format!("{media_type}; charset={charset}"));
            assert_eq!(sent.body(thing().to_string()).send().unwrap().status(), 201, "{charset}");
        }
    }
    for media_type in ["application/json;", "application/json ; charset=utf-8", "application/json;charset=utf8"] {
        let sent = request(Method::POST, "/things").header("Content-Type", media_type).body(thing().to_string());
        assert_eq!(sent.send().unwrap().status(), 201, "{media_type}");
    }
    for charset in ["utf-16", "utf-7", "gb18030", "utf", "8"] {
        let sent =
            request(Method::POST, "/things").header("Content-Type", format!("application/json; charset={charset}"));
        problem(sent.body(thing().to_string()).send().unwrap(), 415, "unsupported_media_type");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_named_where_they_stand() {
    for odd in ["%ff", "%E5%8D", "%ED%A0%80", "%C0%AF", "a%80b"] {
        let refused = problem(get(&format!("/things?since=2014-04-04&name={odd}")), 400, "invalid_query");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("UTF-8")), "{refused}");
        let refused = problem(get(&format!("/things/{odd}")), 400, "invalid_path");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("UTF-8")), "{refused}");
        problem(get(&format!("/nowhere/{odd}?{odd}")), 404, "not_found");
    }
    let chinese: Value = get("/things?since=2014-04-04&name=%E5%8D%B0%E7%AB%A0").json().unwrap();
    assert_eq!(chinese["name"], "印章");
    let percent = get("/things?since=2014-04-04&name=100%&colour=red");
    assert_eq!((percent.status().as_u16(), header(&percent, "Content-Type")), (200, "application/json"));
}

#[test]
fn what_is_not_json_is_told_in_chinese_as_well() {
    for (body, said) in [
        ("{\n  \"name\": oops\n}".to_owned(), "第2行第11列：此处不符合JSON语法。"),
        ("{\"name\":".to_owned(), "第1行第8列：内容不完整，到此中断。"),
        ("[".repeat(200), "第1行第128列：嵌套层次过深。"),
    ] {
        let chinese = problem(post_text("/things", body), 400, "malformed_json");
        assert_eq!(chinese["detail"], said);
    }
}

#[test]
fn a_valid_request_id_is_kept_and_others_are_replaced() {
    let sent = |id: &str| {
        let response = request(Method::GET, "/healthz").header("X-Request-Id", id).send().unwrap();
        header(&response, "X-Request-Id").to_owned()
    };
    assert_eq!(sent("abc-12345678"), "abc-12345678");
    for odd in
        ["short", &"x".repeat(65), "with space 123", "semi;colon-1234", "", "138-0013-8000", "id-440199196412310694-1"]
    {
        let given = sent(odd);
        assert_ne!(given, odd);
        assert_eq!(uuid::Uuid::parse_str(&given).unwrap().get_version_num(), 7);
    }
    let own = "0196d1a0-1234-7000-8000-123456789012";
    assert_eq!(sent(own), own);
}
