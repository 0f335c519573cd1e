//! When a sign-in is evaluated.

use std::collections::BTreeMap;

use casehall::domain::accounts::sign_in::{FromAddress, FromElsewhere, SignInRules};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

const RULES: SignInRules = SignInRules {
    failures: 5,
    lock: TimeDelta::minutes(15),
    failures_from_elsewhere: 20,
    slowest: TimeDelta::seconds(30),
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_416_800 + seconds, 0).unwrap()
}

/// A name, the way that the service keeps it.
#[derive(Default)]
struct Name {
    here: BTreeMap<u8, FromAddress>,
    elsewhere: Option<FromElsewhere>,
}

impl Name {
    /// Whether an attempt was evaluated.
    fn attempt(&mut self, address: u8, right: bool, now: DateTime<Utc>) -> bool {
        let here = self.here.get(&address).copied().unwrap_or_default();
        let Ok(counted) = RULES.count(here, self.elsewhere, now) else { return false };
        let known_before = here.is_known(now);
        self.elsewhere = counted.elsewhere.or(self.elsewhere);
        let mut after = counted.here;
        if right {
            after = after.after_right_password(counted.here.attempts, now);
            if !known_before {
                self.elsewhere = self.elsewhere.map(|elsewhere| elsewhere.after_right_password(&RULES));
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
        here = RULES.count(here, None, at(0)).unwrap().here;
    }
    assert_eq!(RULES.count(here, None, at(0)), Err(at(900)), "the sixth isn't evaluated");
    for ordinal in 1..5 {
        let after = here.after_right_password(ordinal, at(0));
        assert_eq!(RULES.refused_until(&after, None, at(0)), Some(at(900)), "the {ordinal}th was right");
    }
    let alone = here.after_right_password(5, at(0));
    assert_eq!((alone.attempts, alone.locked_until), (0, None), "nobody came after the fifth");
    assert_eq!(RULES.count(here, None, at(900)).unwrap().here.attempts, 1, "a lock that ended begins anew");
}

#[test]
fn waiting_grows_to_its_limit_and_never_overflows() {
    for (attempts, seconds) in
        [(18, None), (19, Some(1)), (20, Some(2)), (23, Some(16)), (24, Some(30)), (u32::MAX, Some(30))]
    {
        let before = FromElsewhere { attempts, last_at: at(0), next_at: None };
        let counted = RULES.count(FromAddress::default(), Some(before), at(60)).unwrap();
        assert_eq!(counted.elsewhere.unwrap().next_at, seconds.map(|seconds| at(60 + seconds)), "after {attempts}");
        assert_eq!(counted.slow_from_now, attempts == 19, "told once");
    }
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
