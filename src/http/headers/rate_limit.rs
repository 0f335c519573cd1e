//! How many requests another system may send in a minute.
//!
//! Guarantees: one system's requests never count for another; who waits as long as `Retry-After` says is let in. It goes by a clock that nobody
//! sets, and for this instance alone.
//!
//! Source of the headers: draft-ietf-httpapi-ratelimit-headers-10; of the way of counting: the generic cell rate algorithm (ITU-T I.371).

use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// How many requests are let in, and in how many seconds.
pub(super) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// How many more are let in at once, and in how many seconds all of them are again.
pub(super) const LEFT: HeaderName = HeaderName::from_static("ratelimit");
/// What both speak of.
const NAME: &str = "requests";

type Limiter<C> = RateLimiter<String, HashMapStateStore<String>, C, StateInformationMiddleware>;

/// The requests of each system.
pub struct RateLimit<C: Clock = MonotonicClock> {
    per_minute: NonZeroU32,
    limiter: Limiter<C>,
    clock: C,
}

/// What a system is told of the requests that it has left.
pub(crate) struct Left {
    per_minute: NonZeroU32,
    /// How many are let in at once.
    requests: u32,
    /// After how long one is let in again, where none is now.
    pub(crate) wait: Option<Duration>,
}

impl RateLimit {
    /// So many a minute, which may come at once.
    pub fn of(per_minute: NonZeroU32) -> Self {
        Self::by(per_minute, MonotonicClock)
    }
}

impl<C: Clock + Clone> RateLimit<C> {
    fn by(per_minute: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self { per_minute, limiter: Limiter::new(quota, HashMapStateStore::default(), clock.clone()), clock }
    }

    /// Counts a request of a system, and says what is left after it.
    pub(crate) fn count(&self, system: &str) -> Left {
        let (requests, wait) = match self.limiter.check_key(&system.to_owned()) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => (0, Some(until.wait_time_from(self.clock.now()))),
        };
        Left { per_minute: self.per_minute, requests, wait }
    }
}

impl Left {
    /// The headers that tell of it.
    pub(crate) fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        let missing = u64::from(self.per_minute.get().saturating_sub(self.requests));
        let whole_in = (60 * missing).div_ceil(u64::from(self.per_minute.get()));
        [
            (POLICY, format!("\"{NAME}\";q={};w=60", self.per_minute)),
            (LEFT, format!("\"{NAME}\";r={};t={whole_in}", self.requests)),
        ]
        .map(|(name, value)| (name, HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static(""))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn whoever_waits_as_they_are_told_is_let_in_and_nobody_waits_for_others() {
        let clock = FakeRelativeClock::default();
        let limit = RateLimit::by(NonZeroU32::new(6).unwrap(), clock.clone());
        for left in (0..6).rev() {
            assert_eq!((limit.count("portal").requests, limit.count("other").wait.is_some()), (left, false));
        }
        let refused = limit.count("portal");
        assert_eq!((refused.requests, refused.wait), (0, Some(Duration::from_secs(10))));
        clock.advance(Duration::from_secs(9));
        assert_eq!(
            limit.count("portal").wait,
            Some(Duration::from_secs(1)),
            "who asks too early doesn't wait longer for it"
        );
        clock.advance(Duration::from_secs(1));
        assert_eq!(limit.count("portal").wait, None);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(limit.count("portal").requests, 5, "no more gather than come in a minute");
    }

    #[test]
    fn the_headers_say_how_many_are_left_and_when_all_are_again() {
        let limit = RateLimit::by(NonZeroU32::new(100).unwrap(), FakeRelativeClock::default());
        let told = limit.count("portal").headers().map(|(_, value)| value.to_str().unwrap().to_owned());
        assert_eq!(told, ["\"requests\";q=100;w=60", "\"requests\";r=99;t=1"]);
    }
}
