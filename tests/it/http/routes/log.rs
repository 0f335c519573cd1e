//! What the log tells about a request, and what it keeps to itself.

use std::env;
use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex};

use actix_web::App;
use actix_web::dev::Service;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use casehall::api::Api;
use casehall::api::health::Check;
use casehall::http::envelope::envelope;
use serde_json::Value;

use super::sample::sample_routes;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says to a test that it runs in a process of its own.
const ALONE: &str = "CASEHALL_TEST_ALONE";

/// Runs a test of this module in a process of its own, and answers whether this is that process.
///
/// Whether a line of the program is logged at all is decided once for the whole process, when it is first reached. A test
/// that reaches the same line on another thread, where nobody listens, can decide it for this one.
fn alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let name = format!("http::routes::log::{test}");
    let program = env::current_exe().unwrap();
    let run = Command::new(program).args(["--exact", &name, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
    false
}

/// The log, line by line, of one request.
async fn logged(path: &str) -> (String, Vec<Value>) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let api = Api::with_routes(Arc::new(Vec::<Check>::new), sample_routes);
    let app = init_service(App::new().configure(|cfg| api.configure(cfg)).wrap(from_fn(envelope))).await;
    let request = TestRequest::get().uri(path).insert_header(("X-Request-Id", "log-test-1234")).to_request();
    let _ = app.call(request).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let values = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (text, values)
}

#[actix_web::test]
async fn the_log_has_the_route_but_no_path_or_query() {
    if !alone("the_log_has_the_route_but_no_path_or_query") {
        return;
    }
    let (text, lines) = logged("/things/01890a5d-ac96-774b-bcce-b302099a8057?name=secret").await;
    assert_eq!(lines.len(), 1, "{text}");
    let (span, fields) = (&lines[0]["span"], &lines[0]["fields"]);
    assert_eq!(span["route"], "/things/{id}");
    assert_eq!(span["method"], "GET");
    assert_eq!(span["request_id"], "log-test-1234");
    assert_eq!(fields["status"], 200);
    assert!(fields["latency_ms"].as_f64().is_some_and(|latency| latency > 0.0));
    assert!(!text.contains("secret") && !text.contains("01890a5d"), "{text}");
    let (text, lines) = logged("/secret/path").await;
    assert_eq!(lines[0]["span"]["route"], "unmatched");
    assert!(!text.contains("secret"), "{text}");
}

#[actix_web::test]
async fn a_panic_is_logged_with_its_request() {
    if !alone("a_panic_is_logged_with_its_request") {
        return;
    }
    let (text, lines) = logged("/fail").await;
    assert_eq!(lines[0]["level"], "ERROR", "{text}");
    assert!(lines[0]["fields"]["cause"].as_str().is_some_and(|cause| cause.contains("a fault of the program")));
    assert_eq!(lines[0]["span"]["request_id"], "log-test-1234");
    assert_eq!(lines[1]["fields"]["status"], 500);
}
