//! The cash-up equals the sum of the events: ten thousand random days of payments, cancellations, refunds and waivers.
//!
//! The days are worked with the functions that the service uses. The recount knows none of them: it reads the events as they
//! are kept, as JSON, and adds up what they say.

use std::collections::BTreeMap;

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::load_definitions;
use casehall::configuration::prices::load_prices;
use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::base::recorded::Recorded;
use casehall::domain::base::words::Words;
use casehall::domain::calendar::deadline::{AfterHoursReceipt, OfficeHours};
use casehall::domain::calendar::working_days::Calendar;
use casehall::domain::case_types::catalog::Catalog;
use casehall::domain::cases::case::{Case, begin, evolve};
use casehall::domain::cases::context::Context;
use casehall::domain::cases::deadlines::announcement::AnnouncementPolicy;
use casehall::domain::cases::deadlines::reckoning::CalendarInForce;
use casehall::domain::cases::decide;
use casehall::domain::cases::event::Event;
use casehall::domain::cases::input::{ActionInput, CertificateDraft};
use casehall::domain::cases::intake::applicant::PersonDraft;
use casehall::domain::cases::intake::application::{ApplicationDraft, CorrectionDraft};
use casehall::domain::hall::{Hall, HourlyLimits, LoginApplication, Outlet};
use casehall::domain::money::cash_journal::entries;
use casehall::domain::money::payment::{CancellationDraft, PaymentDraft, PaymentMethod, RefundDraft, WaiverDraft};
use casehall::domain::reports::cash_up::{Slice, sums};
use casehall::domain::reports::query::{Period, Unit};
use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use serde_json::Value;
use uuid::Uuid;

const DAYS: u64 = 10_000;
const OUTLETS: [&str; 3] = ["center", "east", "west"];

/// Chance that is the same in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A hall at work: its open cases, everything that was recorded, and what the cash-up is made of.
struct Work {
    hall: Hall,
    catalog: Catalog,
    calendar: CalendarInForce,
    dice: Dice,
    now: DateTime<Utc>,
    open: Vec<Case>,
    /// What is paid, at the end, of the cases that have ended.
    kept_fen: i64,
    counters: BTreeMap<(NaiveDate, String, &'static str), u32>,
    slices: Vec<Slice>,
    /// Every event as it is kept, with its instant.
    kept: Vec<(DateTime<Utc>, Value)>,
}

impl Work {
    fn start() -> Self {
        let files = ConfigFiles::load(None).unwrap();
        let outlet = |code: &str| Outlet { code: code.to_owned(), words: Words::new(code, code), ..Outlet::default() };
        let (code, words) = ("urban-construction".to_owned(), Words::new("市城建", "Urban construction"));
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let hours = OfficeHours {
            zone: chrono_tz::Asia::Shanghai,
            opens: time(9),
            closes: time(17),
            after_hours_receipt: AfterHoursReceipt::SameDay,
        };
        let hall = Hall {
            name: Words::new("大厅", "Hall"),
            website: None,
            customer_line: None,
            public_address: None,
            remedy: Words::default(),
            default_outlet: OUTLETS[0].to_owned(),
            hours,
            announcements: AnnouncementPolicy::default(),
            authorization_delay_hours: 24,
            four_eyes: false,
            retention: casehall::domain::retention::RetentionRules {
                certificate_years: 5,
                without_certificate_years: 2,
                backups_kept_days: 90,
            },
            disclosures: casehall::domain::accounts::disclosure::DisclosureRules {
                roles: Vec::new(),
                most_per_hour: 1,
            },
            authorization_max_age_seconds: 30,
            lock_reports: HourlyLimits { per_system: 60, per_account: 60 },
            openings: HourlyLimits { per_system: 600, per_account: 200 },
            outlets: OUTLETS.map(outlet).into(),
            applications: vec![LoginApplication { code, words, ..LoginApplication::default() }],
            prices: load_prices(&files).unwrap().lists,
        };
        let mut catalog = load_definitions(&files, &["urban-construction"]).unwrap().catalog;
        // Where certificates are made first, money is taken and given back with and without one.
        catalog.choose_workflow("new-certificate", "make-then-check").unwrap();
        Self {
            hall,
            catalog,
            calendar: CalendarInForce { edition: 1, calendar: Calendar::default() },
            dice: Dice(2014),
            now: "2014-04-04T00:00:00Z".parse().unwrap(),
            open: Vec::new(),
            kept_fen: 0,
            counters: BTreeMap::new(),
            slices: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn draft(&mut self) -> ApplicationDraft {
        let person = |identity_number: &str| PersonDraft {
            name: "谭丽".to_owned(),
            identity_number: identity_number.to_owned(),
            phone: "13800138000".to_owned(),
            ..PersonDraft::default()
        };
        ApplicationDraft {
            organization: OrganizationDraft {
                name: "广州市正鼎建筑工程有限公司".to_owned(),
                unified_social_credit_code: Some("91440114PDY746751K".to_owned()),
                ..OrganizationDraft::default()
            },
            applicant: person("440199196412310694"),
            applications: vec!["urban-construction".to_owned()],
            outlet: Some(self.dice.one(&OUTLETS).to_owned()),
            service_years: Some(1 + self.dice.below(3) as u32),
            payment_method: Some("cash".to_owned()),
            collection_method: Some("window".to_owned()),
            responsibility_letter_accepted: true,
            ..ApplicationDraft::default()
        }
    }

    /// Opens a case, or does something about money of one; what is refused changes nothing.
    fn step(&mut self) {
        self.now += Duration::seconds(1 + self.dice.below(900) as i64);
        let roles = vec![Role::Clerk, Role::Supervisor, Role::Producer];
        let id = self.dice.one(&["li", "wang", "zhang"]).to_owned();
        let actor = Actor { name: id.clone(), id, roles, outlet: None };
        if self.open.len() < 5 || self.dice.below(5) == 0 {
            let draft = self.draft();
            let definition = self.catalog.opening("new-certificate").unwrap();
            let context = self.context(&actor);
            let application = decide::application(definition, &draft, &context).unwrap();
            let mut events = decide::open(definition, application, "14040400001X".to_owned(), None, &context).unwrap();
            let event = events.remove(0);
            self.open.push(begin(Uuid::nil(), &self.recorded(&actor, 1, event)).unwrap());
            return;
        }
        let index = self.dice.below(self.open.len());
        let (action, input) = self.question(index);
        let case = &self.open[index];
        let definition = self.catalog.of(&case.case_type, &case.workflow).unwrap();
        let Ok(mut events) = decide::act(definition, case, action, &input, &self.context(&actor)) else { return };
        for uncounted in events.iter_mut().filter_map(Event::uncounted) {
            let key = (uncounted.day, uncounted.outlet.to_owned(), uncounted.series);
            let counter = self.counters.entry(key).or_default();
            *counter += 1;
            *uncounted.number = *counter;
        }
        let mut case = self.open.swap_remove(index);
        let mut done = Vec::new();
        for event in events {
            let recorded = self.recorded(&actor, case.version + 1, event);
            self.kept.push((recorded.at, serde_json::to_value(&recorded.event).unwrap()));
            case = evolve(case, &recorded);
            done.push(recorded);
        }
        self.slices.extend(entries(&done, &case).iter().map(Slice::of));
        assert!(case.outstanding_fen() >= 0, "more was taken or waived than owed");
        if case.closed_at.is_some() {
            self.kept_fen += case.money.paid_fen();
        } else {
            self.open.push(case);
        }
    }

    fn question(&mut self, index: usize) -> (&'static str, ActionInput) {
        let (reason, window) = (Some("理由".to_owned()), Some(self.dice.one(&["1", "2", "3"]).to_owned()));
        let window = window.filter(|_| self.dice.below(4) > 0);
        let fen = 1 + self.dice.below(50_000) as i64;
        let method = self.dice.one(PaymentMethod::CODES).to_owned();
        let mut input = ActionInput { reason, ..ActionInput::default() };
        let action = match self.dice.below(22) {
            0..11 => {
                input.reason = None;
                input.payment = Some(PaymentDraft { amount_fen: fen, method, reference: None, window });
                "record_payment"
            }
            11..14 => {
                let standing: Vec<String> =
                    self.open[index].money.standing().map(|payment| payment.receipt.to_string()).collect();
                let receipt = standing.get(self.dice.below(standing.len().max(1))).cloned().unwrap_or_default();
                input.cancellation = Some(CancellationDraft { receipt, window });
                "cancel_payment"
            }
            14..17 => {
                let item =
                    (self.dice.below(2) == 0).then(|| self.dice.one(&["medium", "certificate_years"]).to_owned());
                let amount_fen = (item.is_none() || self.dice.below(2) == 0).then_some(fen / 2 + 1);
                input.waiver = Some(WaiverDraft { item, amount_fen });
                "waive_fee"
            }
            17 => {
                input.reason = None;
                let serial = format!("GZ-{}", self.kept.len() + 1000);
                input.certificate = Some(CertificateDraft { medium_number: serial.clone(), serial });
                "record_certificate"
            }
            18 => "remake",
            // What is cancelled or given back afterwards counts at the other outlet.
            19..21 => {
                let outlet = Some(self.dice.one(&OUTLETS).to_owned());
                input.correction = Some(CorrectionDraft { outlet, ..CorrectionDraft::default() });
                "correct_application"
            }
            _ => {
                input.refund = Some(RefundDraft { window, reference: None });
                if self.dice.below(2) == 0 { "withdraw" } else { "reject" }
            }
        };
        (action, input)
    }

    fn context<'a>(&'a self, actor: &'a Actor) -> Context<'a> {
        let (now, fresh_id) = (self.now, Uuid::nil());
        Context { now, actor, hall: &self.hall, catalog: &self.catalog, calendar: &self.calendar, held: None, fresh_id }
    }

    fn recorded(&self, actor: &Actor, sequence: i64, event: Event) -> Recorded<Event> {
        let (actor_id, actor_name) = (actor.id.clone(), actor.name.clone());
        Recorded { sequence, at: self.now, actor_id, actor_name, action: String::new(), event }
    }
}

/// Of a day: outlet, window (empty: none) and way of paying ("waived": none).
type Row = (NaiveDate, String, String, String);
/// Taken, payments, cancelled, cancellations, refunded, refunds, waived, waivers, first and last number.
type Sums = [i64; 10];

/// Adds up what the kept events say.
fn recount(kept: &[(DateTime<Utc>, Value)]) -> BTreeMap<Row, Sums> {
    let mut rows: BTreeMap<Row, Sums> = BTreeMap::new();
    for (at, event) in kept {
        let (entry, column) = match event["kind"].as_str().unwrap() {
            "payment_recorded" => (&event["payment"], 0),
            "payment_cancelled" => (&event["cancellation"], 2),
            "payment_refunded" => (&event["refund"], 4),
            "fee_waived" => (&event["waiver"], 6),
            _ => continue,
        };
        let text = |part: &str| entry[part].as_str().unwrap_or_default().to_owned();
        let method = if column == 6 { "waived".to_owned() } else { text("method") };
        // Eight hours ahead of UTC, without summer time since 1991.
        let day = (*at + Duration::hours(8)).date_naive();
        let sums = rows.entry((day, text("outlet"), text("window"), method)).or_default();
        sums[column] += entry["amount_fen"].as_i64().unwrap();
        sums[column + 1] += 1;
        if column == 0 {
            let number: i64 = text("receipt").rsplit_once('-').unwrap().1.parse().unwrap();
            sums[8] = if sums[8] == 0 { number } else { sums[8].min(number) };
            sums[9] = sums[9].max(number);
        }
    }
    rows
}

#[test]
fn the_cash_up_equals_the_sum_of_its_events() {
    let mut work = Work::start();
    let first = work.hall.hours.local_date(work.now);
    for day in 0..DAYS {
        work.now = work.hall.hours.start_of_business(first + Days::new(day));
        for _ in 0..work.dice.below(12) {
            work.step();
        }
    }
    let expected = recount(&work.kept);
    let days: std::collections::BTreeSet<NaiveDate> = expected.keys().map(|row| row.0).collect();
    assert!(days.len() > 7_500, "money moved on {} days only", days.len());
    for column in 0..8 {
        let busy = expected.values().filter(|sums| sums[column] > 0).count();
        assert!(busy > 500, "column {column} was in use {busy} times only");
    }
    let period = Period { from: first, to: first + Days::new(DAYS - 1) };
    let mut found: BTreeMap<Row, Sums> = BTreeMap::new();
    let mut net_fen = 0;
    for (till, sum) in sums(period, Unit::Day, false, &work.slices) {
        let method = till.method.map_or("waived", PaymentMethod::code).to_owned();
        let number = |receipt: Option<casehall::domain::money::payment::ReceiptNumber>| {
            receipt.map_or(0, |receipt| i64::from(receipt.number))
        };
        let row = (till.from, till.outlet, till.window.unwrap_or_default(), method);
        net_fen += sum.net_fen();
        let [first, last] = [number(sum.first), number(sum.last)];
        let [a, b] = [sum.cancelled_fen, sum.cancellations];
        let [c, d] = [sum.refunded_fen, sum.refunds];
        let sums = [sum.taken_fen, sum.payments, a, b, c, d, sum.waived_fen, sum.waivers, first, last];
        assert_eq!(found.insert(row, sums), None, "one row of each");
    }
    assert_eq!(found.len(), expected.len());
    for (row, sums) in &expected {
        assert_eq!(found.get(row), Some(sums), "{row:?}");
    }
    // What is in the drawers is what the cases say they were paid.
    let paid_fen: i64 = work.open.iter().map(|case| case.money.paid_fen()).sum();
    assert_eq!(net_fen, paid_fen + work.kept_fen);

    // However rows are made, the whole is the same.
    for (unit, by_person) in [(Unit::Week, true), (Unit::Month, false), (Unit::Period, true), (Unit::Period, false)] {
        let whole = sums(period, unit, by_person, &work.slices);
        assert_eq!(whole.values().map(|sum| sum.net_fen()).sum::<i64>(), net_fen);
        let count = |of: fn(&Sums) -> i64| expected.values().map(of).sum::<i64>();
        assert_eq!(whole.values().map(|sum| sum.payments).sum::<i64>(), count(|sums| sums[1]));
        assert_eq!(whole.values().map(|sum| sum.waived_fen).sum::<i64>(), count(|sums| sums[6]));
    }
}
