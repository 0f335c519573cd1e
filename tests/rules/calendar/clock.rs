//! Clocks.

use casehall::clock::{Clock, ManualClock, ShiftedClock, SystemClock};
use chrono::{DateTime, TimeDelta, Utc};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn every_clock_shows_whole_microseconds() {
    let nanoseconds = instant("2014-04-04T02:00:00.123456789Z");
    let microseconds = instant("2014-04-04T02:00:00.123456Z");
    let manual = ManualClock::at(nanoseconds);
    assert_eq!(manual.now(), microseconds);
    manual.set(nanoseconds + TimeDelta::days(1));
    assert_eq!(manual.now(), microseconds + TimeDelta::days(1));
    manual.advance(TimeDelta::nanoseconds(1_999));
    assert_eq!(manual.now(), microseconds + TimeDelta::days(1) + TimeDelta::microseconds(1));
    for now in [SystemClock.now(), ShiftedClock::starting_at(nanoseconds).now()] {
        assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
    }
}

#[test]
fn an_instant_before_1970_is_cut_and_not_lost() {
    let old = instant("1949-10-01T07:00:00.000001Z");
    assert_eq!(ManualClock::at(old).now(), old);
}

#[test]
fn the_system_clock_is_the_machine_s() {
    let (before, now) = (Utc::now(), SystemClock.now());
    assert!(now >= before - TimeDelta::microseconds(1) && now <= Utc::now());
}

#[test]
fn a_manual_clock_stands_still_until_it_is_moved() {
    let start = instant("2014-04-04T02:00:00Z");
    let clock = ManualClock::at(start);
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert_eq!(clock.now(), start);
    clock.advance(TimeDelta::hours(24));
    assert_eq!(clock.now(), start + TimeDelta::hours(24));
    clock.advance(TimeDelta::hours(-48));
    assert_eq!(clock.now(), start - TimeDelta::hours(24));
}

#[test]
fn a_shifted_clock_runs_on_from_where_it_was_set() {
    let start = instant("2014-04-04T02:00:00Z");
    let clock = ShiftedClock::starting_at(start);
    let first = clock.now();
    assert!(first >= start && first < start + TimeDelta::minutes(1));
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert!(clock.now() >= first + TimeDelta::milliseconds(5), "it must run");
    clock.advance(TimeDelta::days(10));
    let later = clock.now();
    assert!(later >= start + TimeDelta::days(10) && later < start + TimeDelta::days(10) + TimeDelta::minutes(1));
}

#[test]
fn threads_that_advance_one_clock_lose_no_step() {
    let start = instant("2014-04-04T02:00:00Z");
    let clock = ManualClock::at(start);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..1000).for_each(|_| clock.advance(TimeDelta::seconds(1))));
        }
    });
    assert_eq!(clock.now(), start + TimeDelta::seconds(8000));
}

#[test]
fn a_clock_moved_beyond_the_end_of_time_stops_there() {
    let clock = ManualClock::at(Utc::now());
    (0..3).for_each(|_| clock.advance(TimeDelta::MAX));
    assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
    (0..6).for_each(|_| clock.advance(TimeDelta::MIN));
    assert_eq!(clock.now(), DateTime::<Utc>::MIN_UTC);
    let clock = ShiftedClock::starting_at(DateTime::<Utc>::MAX_UTC);
    clock.advance(TimeDelta::MAX);
    assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
}
