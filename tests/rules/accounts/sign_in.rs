//! When a sign-in is evaluated.

use std::collections::BTreeMap;

use casehall::domain::accounts::sign_in::{BothWays, FromAddress, NewTogether, SignInRules};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

const RULES: SignInRules = SignInRules {
    failures: 5,
    lock: TimeDelta::minutes(15),
    failures_from_elsewhere: 20,
    failures_from_address: 50,
    slowest: TimeDelta::seconds(30),
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_416_800 + seconds, 0).unwrap()
}

fn of_name(of_name: Option<NewTogether>) -> BothWays<Option<NewTogether>> {
    BothWays { of_name, of_address: None }
}

/// A name, the way that the service keeps it.
#[derive(Default)]
struct Name {
    here: BTreeMap<u8, FromAddress>,
    elsewhere: Option<NewTogether>,
}

impl Name {
    /// Whether an attempt was evaluated.
    fn attempt(&mut self, address: u8, right: bool, now: DateTime<Utc>) -> bool {
        let here = self.here.get(&address).copied().unwrap_or_default();
        let Ok(counted) = RULES.count(here, of_name(self.elsewhere), now) else { return false };
        let known_before = here.is_known(now);
        self.elsewhere = counted.new.map(|new| new.of_name).or(self.elsewhere);
        let mut after = counted.here;
        if right {
            after = after.after_right_password(counted.here.attempts, now);
            if !known_before {
                self.elsewhere = self.elsewhere.map(|elsewhere| elsewhere.after_right_password(20));
            }
        }
        self.here.insert(address, after);
        true
    }
}

#[test]
fn a_right_guess_among_many_makes_no_room_for_more() {
    let mut here = FromAddress::default();
    for _ in 0..5 {
        here = RULES.count(here, of_name(None), at(0)).unwrap().here;
    }
    assert_eq!(RULES.count(here, of_name(None), at(0)), Err(at(900)), "the sixth isn't evaluated");
    for ordinal in 1..5 {
        let after = here.after_right_password(ordinal, at(0));
        assert_eq!(RULES.refused_until(&after, &of_name(None), at(0)), Some(at(900)), "the {ordinal}th was right");
    }
    let alone = here.after_right_password(5, at(0));
    assert_eq!((alone.attempts, alone.locked_until), (0, None), "nobody came after the fifth");
    assert_eq!(RULES.count(here, of_name(None), at(900)).unwrap().here.attempts, 1, "a lock that ended begins anew");
}

#[test]
fn waiting_grows_to_its_limit_and_never_overflows() {
    for (attempts, seconds) in
        [(18, None), (19, Some(1)), (20, Some(2)), (23, Some(16)), (24, Some(30)), (u32::MAX, Some(30))]
    {
        let before = NewTogether { attempts, last_at: at(0), next_at: None };
        let counted = RULES.count(FromAddress::default(), of_name(Some(before)), at(60)).unwrap();
        assert_eq!(counted.new.unwrap().of_name.next_at, seconds.map(|seconds| at(60 + seconds)), "after {attempts}");
        assert_eq!(counted.slow_from_now, BothWays { of_name: attempts == 19, of_address: false }, "told once");
        let attempts = attempts.saturating_add(30);
        let before =
            BothWays { of_name: None, of_address: Some(NewTogether { attempts, last_at: at(0), next_at: None }) };
        let counted = RULES.count(FromAddress::default(), before, at(60)).unwrap();
        assert_eq!(
            counted.new.unwrap().of_address.next_at,
            seconds.map(|seconds| at(60 + seconds)),
            "after {attempts}"
        );
        assert_eq!(counted.slow_from_now, BothWays { of_name: false, of_address: attempts == 49 }, "told once");
    }
}

#[test]
fn what_an_address_does_with_many_names_holds_nobody_up_who_has_signed_in_there() {
    let (mut address, mut evaluated) = (None, 0);
    let known = FromAddress { right_at: Some(at(0)), ..FromAddress::default() };
    for second in 0..3_600 {
        let with = BothWays { of_name: None, of_address: address };
        if let Ok(counted) = RULES.count(FromAddress::default(), with, at(second)) {
            evaluated += 1;
            address = counted.new.map(|new| new.of_address);
        }
        let colleague = RULES.count(known, BothWays { of_name: None, of_address: address }, at(second)).unwrap();
        assert_eq!(colleague.new, None, "nor does a slip of theirs count for the address");
    }
    // Fifty, some with growing waits, then one in half a minute.
    assert!((150..=180).contains(&evaluated), "{evaluated} of 3,600");
}

proptest! {
    /// Whatever is tried from where: at no address more than five wrong ones in a quarter of an hour, at places that are new
    /// to the name not more than its pace allows, and the holder at work is never refused for what others do.
    #[test]
    fn guesses_are_bounded_and_the_holder_works_on(
        steps in prop::collection::vec((1_u8..60, 0_i64..40), 1..300)
    ) {
        let (mut name, mut now) = (Name::default(), 0);
        prop_assert!(name.attempt(0, true, at(0)), "the holder begins the day");
        let mut evaluated: Vec<(u8, i64)> = Vec::new();
        for (address, later) in steps {
            now += later;
            if name.attempt(address, false, at(now)) {
                evaluated.push((address, now));
            }
            prop_assert!(name.attempt(0, true, at(now)), "the holder is refused");
        }
        for (address, time) in &evaluated {
            let same = evaluated.iter().filter(|(other, then)| other == address && (*time..time + 900).contains(then));
            // Failures that lie apart are counted together until one is right: fewer, never more.
            prop_assert!(same.count() <= 5);
        }
        for twenty_first in evaluated.windows(2).skip(25) {
            prop_assert!(twenty_first[1].1 - twenty_first[0].1 >= 30, "{twenty_first:?}");
        }
    }
}
