//! A caller's trace is named in the log and in problems.

use reqwest::Client;

use crate::databases::TestDatabase;
use crate::hall::{Hall, send};
use crate::program::{Serving, init};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn a_problem_names_the_trace_that_the_caller_gave() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    for (given, named) in
        [(format!("00-{TRACE}-00f067aa0ba902b7-01"), Some(TRACE)), ("00-what-ever-01".to_owned(), None)]
    {
        for path in ["/api/v1/cases", "/nowhere"] {
            let request = Client::new().get(format!("{}{path}", hall.base)).header("traceparent", &given);
            let answer = send(request).await;
            assert_eq!(answer.body["trace_id"].as_str(), named, "{path} {answer:?}");
        }
    }
}

#[tokio::test]
async fn the_line_of_a_request_names_its_trace() {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    let serving = Serving::start(home.path(), &[], &[("CASEHALL__LOG__FORMAT", "json")]);
    let request = Client::new().get(format!("{}/healthz", serving.base));
    let traced = request.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-00"));
    assert_eq!(send(traced).await.status, 200);
    let (_, log) = serving.stop();
    let line = log.lines().find(|line| line.contains("\"answered\"")).unwrap();
    assert!(line.contains(&format!("\"trace_id\":\"{TRACE}\"")), "{line}");
}
