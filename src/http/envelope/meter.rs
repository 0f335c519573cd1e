//! [`RequestMeter`]: how many requests were answered, how fast, and how many are under way.
//!
//! Guarantee: there are at most as many series as routes, known methods and classes of status; what is made up by callers is in none.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The bounds of the counts by duration, in seconds.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: &'static str,
}

/// What is counted of requests; clones share it.
#[derive(Debug, Clone)]
pub struct RequestMeter {
    answered: Family<Answered, Histogram, fn() -> Histogram>,
    under_way: Gauge,
}

impl Default for RequestMeter {
    fn default() -> Self {
        let answered = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        Self { answered, under_way: Gauge::default() }
    }
}

impl RequestMeter {
    /// Enters it where metrics are told.
    pub fn register(&self, registry: &mut Registry) {
        let help = "How long answers took, by route, method and class of status";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.answered.clone());
        registry.register("http_requests_under_way", "Requests without an answer yet", self.under_way.clone());
    }

    /// A request that begins; it is under way until the answer is dropped.
    pub(super) fn begins(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    pub(super) fn answered(&self, method: &Method, route: String, status: StatusCode, took: Duration) {
        let answered = Answered { method: known(method), route, status: class(status) };
        self.answered.get_or_create(&answered).observe(took.as_secs_f64());
    }
}

/// A request that is under way.
pub(super) struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The method, where HTTP has one of that name.
pub(super) fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::HEAD => "HEAD",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        0..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
