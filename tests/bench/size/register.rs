//! A register of many certificates, and what people look for in it: by numbers, by organization, by parts of names.
//!
//! Names are made as companies' are: a city, two characters of their own, a trade, a legal form; so that some pairs of
//! characters stand in every name, some in a few hundred of a million, and some in ten.

use std::time::Instant;

use crate::Figure;
use crate::questions::figure;
use crate::templates::caller;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::search_key;
use casehall::domain::certificates::state::CertificateState;
use casehall::service::Service;
use casehall::service::certificates::certificate::{CertificateFilter, CertificatePage};

/// Characters of which companies make their own two; and those of given names.
const OWN: &str = "安邦宝昌诚达德鼎东方富刚高广国海恒宏华汇嘉建江金锦京景巨凯康";
const TRADES: [&str; 8] =
    ["建筑工程", "工程监理", "工程咨询", "建设开发", "装饰设计", "市政园林", "机电安装", "房产测绘"];
const SURNAMES: &str = "陈李黄张梁林刘吴罗杨";

/// The statements that make so many certificates, with what they are found by.
pub(crate) fn statements(postgres: bool, certificates: u64) -> Vec<String> {
    let trades = TRADES.concat();
    let one = |of: &str, index: &str| format!("substr('{of}', 1 + ({index}) % {}, 1)", of.chars().count());
    let (series, id, number, ends) = if postgres {
        (
            format!("generate_series(1, {certificates}) AS series(i)"),
            "lpad(to_hex(27000000 + i / 100), 8, '0') || '-' || lpad(to_hex(i % 100), 4, '0') || '-7000-8000-000000000000'",
            "lpad(i::text, 8, '0')",
            "TIMESTAMP '2026-01-01 00:00:00' + (i % 700) * INTERVAL '1 day'",
        )
    } else {
        (
            format!(
                "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {certificates}) SELECT i FROM s) AS series"
            ),
            "printf('%08x-%04x-7000-8000-000000000000', 27000000 + i / 100, i % 100)",
            "printf('%08d', i)",
            "datetime('2026-01-01 00:00:00', '+' || (i % 700) || ' days')",
        )
    };
    let name = format!(
        "'广州市' || CASE WHEN i % 100000 = 777 THEN '翾翀' ELSE {} || {} END || substr('{trades}', 1 + 4 * (i % 8), 4) || '有限公司'",
        one(OWN, "i / 8"),
        one(OWN, "i / 240"),
    );
    let handler = format!("{} || {} || {}", one(SURNAMES, "i / 3"), one(OWN, "i / 5"), one(OWN, "i / 150"));
    let columns = "id, serial, medium_number, organization_code, stage, version, valid_until, locked_at, name_key, \
                   handler_key, document";
    let begins = if postgres { "TIMESTAMP '2025-01-01 00:00:00'" } else { "'2025-01-01 00:00:00'" };
    let locked = format!("CASE WHEN i % 5000 = 3 THEN {begins} END");
    let iso = |at: &str| {
        if postgres {
            format!("to_char({at}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
        } else {
            format!("replace({at}, ' ', 'T') || 'Z'")
        }
    };
    let (begun, ended) = (iso(begins), iso("ends"));
    let document = format!(
        "'{{\"id\":\"' || id || '\",\"serial\":\"REG-' || number || '\",\"medium_number\":\"MEDIUM-' || number || \
         '\",\"organization_code\":\"R' || number || '\",\"unified_code\":null,\"organization_name\":\"' || name || \
         '\",\"handler\":\"' || handler || '\",\"seal\":null,\"stage\":\"active\",\"valid_from\":\"' || {begun} || \
         '\",\"valid_until\":\"' || {ended} || '\",\"source\":\"imported\",\"case_id\":null,\"lock\":' || \
         CASE WHEN locked IS NULL THEN 'null' ELSE '{{\"at\":\"' || {begun} || '\",\"source\":\"import\",\"reported_by\":\"import\"}}' END || \
         ',\"suspension\":null,\"revoked_at\":null,\"stay\":null,\"correction\":null,\"services\":[{{\"kind\":\"application\",' || \
         '\"code\":\"urban-construction\",\"opened_at\":\"' || {begun} || '\",\"usable_from\":\"' || {begun} || \
         '\",\"case_id\":null,\"suspended_at\":null,\"closed_at\":null}}],\"version\":1}}'"
    );
    let pairs = |field: &str, column: &str| {
        let places = (1..=13).map(|place| format!("SELECT {place} AS place")).collect::<Vec<_>>().join(" UNION ALL ");
        format!(
            "INSERT INTO name_parts (field, part, subject_id) SELECT DISTINCT '{field}', \
             substr({column}, place, 2) AS part, id FROM certificates, ({places}) AS places \
             WHERE place < length({column}) AND serial LIKE 'REG-%' ORDER BY part, id"
        )
    };
    vec![
        format!(
            "INSERT INTO certificates ({columns}) SELECT id, 'REG-' || number, 'MEDIUM-' || number, 'R' || number, 'active', 1, \
             ends, locked, name, handler, {document} FROM (SELECT {id} AS id, {number} AS number, {name} AS name, \
             {handler} AS handler, {ends} AS ends, {locked} AS locked FROM {series}) AS made"
        ),
        pairs("name", "name_key"),
        pairs("handler", "handler_key"),
        if postgres { "VACUUM ANALYZE".to_owned() } else { "ANALYZE".to_owned() },
    ]
}

/// What clerks look for, each with the first page and one after it.
pub(crate) async fn of_seekers(service: &Service, certificates: u64, times: usize) -> Vec<Figure> {
    let everyone = caller(&[Role::Clerk]);
    let name = |text: &str| CertificateFilter { name: Some(search_key::key(text)), ..CertificateFilter::default() };
    let handler =
        |text: &str| CertificateFilter { handler: Some(search_key::key(text)), ..CertificateFilter::default() };
    let some = |what: &str| Some(format!("{what}{:08}", certificates * 2 / 5));
    let (states, at) = (vec![CertificateState::Locked], service.now());
    let filters = [
        ("the newest", CertificateFilter::default()),
        ("a serial", CertificateFilter { serial: some("REG-"), ..CertificateFilter::default() }),
        ("a medium", CertificateFilter { medium_number: some("MEDIUM-"), ..CertificateFilter::default() }),
        ("an organization", CertificateFilter { organization_code: some("R"), ..CertificateFilter::default() }),
        ("a name of its own, two characters of ten in a million (翾翀)", name("翾翀")),
        ("two characters of a thousand in a million (安邦)", name("安邦")),
        ("a whole name (广州市安邦建筑工程有限公司)", name("广州市安邦建筑工程有限公司")),
        ("two characters of every eighth (建筑)", name("建筑")),
        ("what stands in every name (有限公司)", name("有限公司")),
        ("words that are common, but together nowhere (建筑工程监理)", name("建筑工程监理")),
        ("a handler (陈安邦)", handler("陈安邦")),
        ("a handler's surname and a character (陈安)", handler("陈安")),
        ("a trade and a handler (建筑, 陈安)", CertificateFilter { handler: Some("陈安".to_owned()), ..name("建筑") }),
        ("a trade, locked (建筑)", CertificateFilter { states, at, ..name("建筑") }),
    ];
    let mut figures = Vec::new();
    for (what, filter) in filters {
        let (mut first, mut later) = (Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..times {
            let mut after = None;
            for page in 0..3 {
                let began = Instant::now();
                let asked = (filter.clone(), CertificatePage { after, limit: 50 });
                let listing = service.search_certificates(&everyone, asked).await.unwrap();
                if page == 0 { &mut first } else { &mut later }.push(began.elapsed());
                found = if page == 0 { listing.certificates.len() } else { found };
                after = listing.next;
                if after.is_none() {
                    break;
                }
            }
        }
        figures.push(figure(format!("certificates by {what}: {found} on the first page"), first));
        if !later.is_empty() {
            figures.push(figure(format!("certificates by {what}: pages after it"), later));
        }
    }
    figures
}
