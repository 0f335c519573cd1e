//! Lists by several values, by days and in any order: whatever is asked for, the pages together are the plain sort of what fits.

use casehall::domain::accounts::role::Role;
use casehall::domain::calendar::span::Span;
use casehall::store::StoreError;
use casehall::store::cases::{self, Bounds, CaseFilter, CaseOrder, CasePage};
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, TWO_OUTLETS, application, organization_code};

on_both!(
    pages_of_any_order_are_the_plain_sort_of_what_fits,
    lists_take_several_values,
    days_are_those_of_the_hall,
    what_is_sorted_goes_on_in_the_same_order,
    certificates_that_expire_in_some_days_are_found,
);

const CASES: usize = 30;
const ROUNDS: usize = 6;
const FILTERS: usize = 8;
const STATES: [&str; 3] = ["submitted", "materials_checked", "activated"];
const OUTLETS: [&str; 2] = ["guangzhou-center", "panyu"];
const TYPES: [&str; 2] = ["new-certificate", "renew"];
const ORDERS: [CaseOrder; 6] = [
    CaseOrder::NewestFirst,
    CaseOrder::EarliestOpened,
    CaseOrder::LatestOpened,
    CaseOrder::EarliestLimit,
    CaseOrder::LatestChanged,
    CaseOrder::LongestUnchanged,
];

/// What is in the columns of a case: hours, of which few are different, and places in the lists above.
#[derive(Debug, Clone)]
struct Row {
    id: Uuid,
    opened: i64,
    changed: i64,
    limit: Option<i64>,
    closed: Option<i64>,
    state: usize,
    case_type: usize,
    outlet: usize,
    organization: usize,
}

fn instant(hour: i64) -> DateTime<Utc> {
    "2026-03-02T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::hours(hour)
}

fn rows(ids: Vec<Uuid>) -> impl Strategy<Value = Vec<Row>> {
    let hour = || 0..9_i64;
    let some = || proptest::option::of(hour());
    let of_case = (hour(), hour(), some(), some(), 0..STATES.len(), 0..TYPES.len(), 0..OUTLETS.len(), 0..4_usize);
    prop::collection::vec(of_case, ids.len()).prop_map(move |rows| {
        // Ids follow the receipts, and clocks differ.
        let with_ids = ids.iter().zip(rows).map(|(id, row)| {
            let (opened, changed, limit, closed, state, case_type, outlet, organization) = row;
            // Only what hasn't ended has a running limit.
            let limit = limit.filter(|_| closed.is_none());
            Row { id: *id, opened, changed, limit, closed, state, case_type, outlet, organization }
        });
        with_ids.collect()
    })
}

fn span() -> impl Strategy<Value = Span> {
    let end = || proptest::option::weighted(0.3, (0..9_i64).prop_map(instant));
    (end(), end()).prop_map(|(from, before)| Span { from, before })
}

fn filter() -> impl Strategy<Value = CaseFilter> {
    let codes = |codes: &[&str]| {
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        let many = 0..=codes.len();
        prop_oneof![2 => Just(Vec::new()), 1 => subsequence(codes, many)]
    };
    let closed = proptest::option::weighted(0.3, any::<bool>());
    let overdue = proptest::option::weighted(0.2, (any::<bool>(), (0..9_i64).prop_map(instant)));
    let organization = proptest::option::weighted(0.2, (0..4_u32).prop_map(organization_code));
    let spans = (span(), span(), span(), span());
    let codes = (codes(&STATES), codes(&TYPES), codes(&OUTLETS));
    (codes, closed, overdue, organization, spans).prop_map(
        |((states, case_types, outlets), closed, overdue, organization_code, (opened, closed_in, limit, updated))| {
            CaseFilter {
                states,
                case_types,
                outlets,
                closed,
                overdue,
                organization_code,
                opened,
                closed_in,
                limit,
                updated,
                ..CaseFilter::default()
            }
        },
    )
}

/// Whether a case is let through, as the words of the filter say.
fn fits(row: &Row, filter: &CaseFilter) -> bool {
    let in_span = |span: Span, hour: Option<i64>| match hour.map(instant) {
        Some(at) => span.from.is_none_or(|from| from <= at) && span.before.is_none_or(|before| at < before),
        None => span == Span::ALWAYS,
    };
    let one_of = |codes: &[String], code: &str| codes.is_empty() || codes.iter().any(|known| known == code);
    let is_overdue = |now: DateTime<Utc>| row.limit.is_some_and(|limit| instant(limit) < now);
    let organization = organization_code(u32::try_from(row.organization).unwrap());
    one_of(&filter.states, STATES[row.state])
        && one_of(&filter.case_types, TYPES[row.case_type])
        && one_of(&filter.outlets, OUTLETS[row.outlet])
        && filter.organization_code.as_ref().is_none_or(|code| *code == organization)
        && filter.closed.is_none_or(|closed| closed == row.closed.is_some())
        && filter.overdue.is_none_or(|(overdue, now)| overdue == is_overdue(now))
        && in_span(filter.opened, Some(row.opened))
        && in_span(filter.updated, Some(row.changed))
        && in_span(filter.closed_in, row.closed)
        && in_span(filter.limit, row.limit)
}

/// The ids of what fits, sorted in memory.
fn sorted(rows: &[Row], filter: &CaseFilter, order: CaseOrder) -> Vec<Uuid> {
    let mut found: Vec<&Row> = rows.iter().filter(|row| fits(row, filter)).collect();
    let key = |row: &Row| match order {
        // Days of receipt are those of the opening.
        CaseOrder::NewestFirst if filter.opened == Span::ALWAYS => (0, row.id),
        CaseOrder::NewestFirst | CaseOrder::EarliestOpened | CaseOrder::LatestOpened => (row.opened, row.id),
        CaseOrder::LatestChanged | CaseOrder::LongestUnchanged => (row.changed, row.id),
        CaseOrder::EarliestLimit => (row.limit.unwrap_or(i64::MAX), row.id),
    };
    found.sort_by_key(|row| key(row));
    if matches!(order, CaseOrder::NewestFirst | CaseOrder::LatestOpened | CaseOrder::LatestChanged) {
        found.reverse();
    }
    found.into_iter().map(|row| row.id).collect()
}

fn columns(row: &Row) -> String {
    let text = |hour: i64| format!("'{}'", instant(hour).format("%F %T"));
    let or_null = |hour: Option<i64>| hour.map_or("NULL".to_owned(), text);
    format!(
        "UPDATE cases SET opened_at = {}, updated_at = {}, limit_at = {}, closed_at = {}, state = '{}', case_type = '{}', outlet = '{}', \
         organization_code = '{}' WHERE id = '{}';",
        text(row.opened),
        text(row.changed),
        or_null(row.limit),
        or_null(row.closed),
        STATES[row.state],
        TYPES[row.case_type],
        OUTLETS[row.outlet],
        organization_code(u32::try_from(row.organization).unwrap()),
        row.id,
    )
}

async fn pages_of_any_order_are_the_plain_sort_of_what_fits(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 0..CASES {
        clerk.post("/cases", &application(u32::try_from(number).unwrap())).await.expect(201);
    }
    let ids: Vec<Uuid> = again.rows("SELECT id FROM cases ORDER BY id").iter().map(|id| id.parse().unwrap()).collect();
    assert_eq!(ids.len(), CASES);
    let db = again.open();
    let mut runner = TestRunner::deterministic();
    let mut drawn = |strategy: BoxedStrategy<_>| strategy.new_tree(&mut runner).unwrap().current();
    let limits = (1..9_i64, 1..9_i64, 1..9_i64);
    let everything = (rows(ids), prop::collection::vec((filter(), limits), FILTERS)).boxed();
    for _ in 0..ROUNDS {
        let (rows, asked) = drawn(everything.clone());
        again.tamper(&rows.iter().map(columns).collect::<String>());
        for ((filter, (limit, few, looked_at)), order) in asked.iter().flat_map(|one| ORDERS.map(|order| (one, order)))
        {
            let mut bounds = Bounds { few: *few, looked_at: *looked_at };
            if limit % 2 == 0 {
                bounds = Bounds { few: 2_000, looked_at: 20_000 };
            }
            let (mut page, mut met) = (CasePage { order, after: None, limit: *limit }, Vec::new());
            for turned in 0.. {
                assert!(turned < 4 * CASES, "{filter:?} by {order:?} doesn't end");
                let (filter, asked) = (filter.clone(), page.clone());
                let read = db.read_long("list", move |tx| cases::list_within(tx, &filter, &asked, bounds));
                let listing = Result::<_, StoreError>::unwrap(read.await);
                assert!(listing.cases.len() <= usize::try_from(*limit).unwrap());
                met.extend(listing.cases.iter().map(|case| case.id));
                page.after = listing.next;
                if page.after.is_none() {
                    break;
                }
            }
            assert_eq!(met, sorted(&rows, filter, order), "{filter:?} by {order:?}, {limit} at a time, {bounds:?}");
            assert!(page.after.is_none_or(|after| order.has_cursor(filter, after)));
        }
    }
}

fn numbers(list: &Value) -> Vec<String> {
    let cases = list["items"].as_array().unwrap().iter();
    cases.map(|case| case["acceptance_number"].as_str().unwrap().to_owned()).collect()
}

async fn lists_take_several_values(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let (auditor, panyu) = (hall.staff(Role::Auditor).await, hall.person(&[Role::Clerk], Some("panyu")).await);
    let mut cases = Vec::new();
    for number in 1..=3 {
        let mut asked = application(number);
        if number == 3 {
            asked["outlet"] = json!("panyu");
        }
        let case = clerk.post("/cases", &asked).await.expect(201);
        cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
    }
    clerk.act(&cases[0], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let listed = async |query: &str| numbers(&clerk.get(&format!("/cases?{query}")).await.expect(200));
    let named = |places: &[usize]| places.iter().map(|at| cases[*at].clone()).collect::<Vec<_>>();
    assert_eq!(listed("state=withdrawn").await, named(&[0]), "one value is as good");
    assert_eq!(listed("state=withdrawn&state=submitted").await, named(&[2, 1, 0]));
    assert_eq!(listed("state=withdrawn&state=activated").await, named(&[0]));
    assert_eq!(listed("state=submitted&state=submitted&outlet=panyu&outlet=guangzhou-center").await, named(&[2, 1]));
    assert_eq!(listed("outlet=panyu&state=withdrawn&state=submitted").await, named(&[2]));
    assert_eq!(listed("case_type=renew&case_type=revoke").await, named(&[]));
    assert_eq!(listed("case_type=renew&case_type=new-certificate&limit=1").await, named(&[2]));
    let own = async |query: &str| numbers(&panyu.get(&format!("/cases?{query}")).await.expect(200));
    assert_eq!(own("outlet=panyu&outlet=guangzhou-center").await, named(&[2]), "of the own outlet only");
    assert_eq!(own("outlet=guangzhou-center").await, named(&[]));
    let refused = clerk.get("/cases?state=submitted&state=lost&outlet=nowhere").await;
    let at = |pointer: &str| (pointer.to_owned(), "not_one_of".to_owned());
    assert_eq!(refused.faults(), [at("/outlet/0"), at("/state/1")]);
    let many = vec!["state=submitted"; 21].join("&");
    assert_eq!(clerk.get(&format!("/cases?{many}")).await.faults()[0].0, "/state");
    let trail = auditor.get("/audit?kind=signed_in&kind=trail_read&limit=200").await.expect(200);
    let kinds: Vec<&str> =
        trail["items"].as_array().unwrap().iter().map(|entry| entry["kind"]["code"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"trail_read"), "{kinds:?}");
    assert!(kinds.iter().all(|kind| ["signed_in", "trail_read"].contains(kind)), "{kinds:?}");
}

async fn days_are_those_of_the_hall(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    // In Guangzhou the second of these is on the next day.
    for (number, now) in [(1, "2026-03-02T15:59:59Z"), (2, "2026-03-02T16:00:00Z"), (3, "2026-03-05T02:00:00Z")] {
        hall.set_time(now);
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
    }
    hall.set_time("2026-03-06T02:00:00Z");
    clerk.act(&cases[1], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let listed = async |query: &str| numbers(&clerk.get(&format!("/cases?{query}")).await.expect(200));
    let named = |places: &[usize]| places.iter().map(|at| cases[*at].clone()).collect::<Vec<_>>();
    assert_eq!(listed("opened_from=2026-03-02&opened_to=2026-03-02").await, named(&[0]));
    assert_eq!(listed("opened_from=2026-03-03").await, named(&[2, 1]));
    assert_eq!(listed("opened_to=2026-03-03&sort=opened_at").await, named(&[0, 1]));
    assert_eq!(listed("opened_from=0000-01-01&opened_to=9999-12-31").await, named(&[2, 1, 0]));
    assert_eq!(listed("closed_from=2026-03-06&closed_to=2026-03-06").await, named(&[1]));
    assert_eq!(listed("closed_to=2026-03-05").await, named(&[]));
    let limits = clerk.get(&format!("/cases/{}", cases[0])).await.expect(200)["deadlines"]["limit"]["date"].clone();
    let limit = limits.as_str().unwrap();
    assert_eq!(listed(&format!("limit_from={limit}&limit_to={limit}")).await.last(), Some(&cases[0]));
    assert_eq!(listed(&format!("limit_to={limit}&sort=limit")).await.first(), Some(&cases[0]));
    assert_eq!(listed("limit_from=2027-03-02").await, named(&[]));
    for name in ["opened", "closed", "limit"] {
        let turned = clerk.get(&format!("/cases?{name}_from=2026-03-03&{name}_to=2026-03-02")).await;
        assert_eq!(turned.faults(), [(format!("/{name}_to"), "invalid_value".to_owned())]);
        turned.refused(400, "invalid_query");
    }
}

async fn what_is_sorted_goes_on_in_the_same_order(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    for number in 1..=4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
        hall.advance(Duration::days(1));
    }
    clerk.act(&cases[1], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let walked = async |sort: &str| {
        let (mut met, mut path) = (Vec::new(), format!("/cases?sort={sort}&limit=1"));
        loop {
            let page = clerk.get(&path).await.expect(200);
            met.extend(numbers(&page));
            let Some(next) = page["next"].as_str() else { break met };
            path = format!("/cases?sort={sort}&limit=1&after={next}");
        }
    };
    let named = |places: &[usize]| places.iter().map(|at| cases[*at].clone()).collect::<Vec<_>>();
    assert_eq!(walked("opened_at").await, named(&[0, 1, 2, 3]));
    assert_eq!(walked("-opened_at").await, named(&[3, 2, 1, 0]));
    assert_eq!(walked("limit").await, named(&[0, 2, 3, 1]), "what has no running limit comes last");
    assert_eq!(walked("updated_at").await, named(&[0, 2, 3, 1]));
    assert_eq!(walked("-updated_at").await, named(&[1, 3, 2, 0]));
    let next = |page: Value| page["next"].as_str().unwrap().to_owned();
    // Where a page goes on is said in its own order only, whichever two are taken.
    let sorts = ["-opened_at", "opened_at", "limit", "updated_at", "-updated_at"].map(|sort| format!("&sort={sort}"));
    let orders: Vec<String> = sorts.into_iter().chain(["", "&opened_from=2026-01-01"].map(str::to_owned)).collect();
    for order in &orders {
        let after = next(clerk.get(&format!("/cases?limit=1{order}")).await.expect(200));
        for other in &orders {
            let page = clerk.get(&format!("/cases?limit=1{other}&after={after}")).await;
            if other == order {
                page.expect(200);
            } else {
                assert_eq!(page.faults(), [("/after".to_owned(), "invalid_value".to_owned())], "{order} {other}");
            }
        }
    }
    let by_change = next(clerk.get("/cases?sort=updated_at&limit=1").await.expect(200));
    let newest = next(clerk.get("/cases?limit=1").await.expect(200));
    for (query, at) in [
        (format!("sort=-opened_at&after={by_change}"), "/after"),
        (format!("sort=updated_at&after={newest}"), "/after"),
        ("sort=limit&name=建设".to_owned(), "/sort"),
        ("sort=opened_at&metadata=a:b".to_owned(), "/sort"),
        ("sort=-opened_at&name=建设".to_owned(), "/sort"),
        ("sort=-updated_at&reference=A-1".to_owned(), "/sort"),
        ("sort=name".to_owned(), "/sort"),
    ] {
        let refused = clerk.get(&format!("/cases?{query}")).await;
        assert_eq!(refused.faults().into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(), [at], "{query}");
    }
    clerk.get("/cases?name=建设").await.expect(200);
    // What was opened by a clock that was behind stands where its time is, and where it was received without `sort`.
    hall.advance(Duration::days(-10));
    let case = clerk.post("/cases", &application(5)).await.expect(201);
    cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
    let named = |places: &[usize]| places.iter().map(|at| cases[*at].clone()).collect::<Vec<_>>();
    assert_eq!(walked("opened_at").await, named(&[4, 0, 1, 2, 3]));
    assert_eq!(walked("-opened_at").await, named(&[3, 2, 1, 0, 4]));
    assert_eq!(numbers(&clerk.get("/cases").await.expect(200)), named(&[4, 3, 2, 1, 0]));
}

async fn certificates_that_expire_in_some_days_are_found(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for (number, until) in [(1, "2026-04-01T15:59:59Z"), (2, "2026-04-01T16:00:00Z"), (3, "2030-01-01T00:00:00Z")] {
        let mut asked = registration(number);
        asked["valid_until"] = json!(until);
        hall.register(&asked).await;
    }
    let listed = async |query: &str| {
        let list = clerk.get(&format!("/certificates?{query}")).await.expect(200);
        let serials = list["items"].as_array().unwrap().iter();
        serials.map(|one| one["serial"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = listed("").await;
    let named = |places: &[usize]| places.iter().map(|at| all[*at].clone()).collect::<Vec<_>>();
    assert_eq!(all.len(), 3);
    assert_eq!(listed("valid_until_from=2026-04-01&valid_until_to=2026-04-01").await, named(&[2]));
    assert_eq!(listed("valid_until_from=2026-04-02").await, named(&[0, 1]));
    assert_eq!(listed("valid_until_to=2026-04-02&state=active").await, named(&[1, 2]));
    let lost = format!("/certificates/{}/loss-reports", all[0]);
    clerk.post(&lost, &json!({ "reason": "遗失" })).await.expect(200);
    assert_eq!(listed("state=active&state=suspended").await, all);
    assert_eq!(listed("state=suspended&state=locked&state=expired").await, named(&[0]));
    hall.set_time("2026-04-01T16:00:00Z");
    assert_eq!(listed("state=suspended&state=expired").await, all);
    assert_eq!(listed("state=active&state=revoked").await, named(&[]));
    // Where a page goes on is said of its own list only.
    clerk.post("/cases", &application(1)).await.expect(201);
    clerk.post("/cases", &application(2)).await.expect(201);
    let next = async |list: &str| {
        let page = clerk.get(&format!("/{list}?limit=1")).await.expect(200);
        page["next"].as_str().unwrap().to_owned()
    };
    let (of_cases, of_certificates) = (next("cases").await, next("certificates").await);
    clerk.get(&format!("/certificates?limit=1&after={of_certificates}")).await.expect(200);
    for (list, after) in
        [("cases", &of_certificates), ("certificates", &of_cases), ("certificates/imports", &of_certificates)]
    {
        let refused = clerk.get(&format!("/{list}?after={after}")).await;
        let faults = refused.faults();
        assert!(!faults.is_empty() && faults.iter().all(|(at, _)| at == "/after"), "{list}: {faults:?}");
    }
    let turned = clerk.get("/certificates?valid_until_from=2026-04-02&valid_until_to=2026-04-01").await;
    assert_eq!(turned.faults(), [("/valid_until_to".to_owned(), "invalid_value".to_owned())]);
    let unknown = clerk.get("/certificates?state=active&state=sleeping").await;
    assert_eq!(unknown.faults(), [("/state/1".to_owned(), "not_one_of".to_owned())]);
}
