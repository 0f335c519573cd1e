//! The part of the walk that follows along.

use reqwest::Method;

use super::description::Checked;

/// Meets every status that the feed describes, and both of its forms.
pub(super) async fn walk(reader: &Checked<'_>) {
    const PATH: &str = "/api/v1/events";
    let page = reader.get(&format!("{PATH}?limit=200")).await.expect(200);
    assert!(!page["items"].as_array().unwrap().is_empty());
    reader.get(&format!("{PATH}?after=x")).await.refused(400, "invalid_query");
    let stream = ("Accept", "text/event-stream");
    let request = reader.1.request(Method::GET, "/events").await;
    let open = request.header(stream.0, stream.1).send().await.unwrap();
    let described = &reader.0.document["paths"][PATH]["get"]["responses"]["200"]["content"];
    assert!(described[open.headers()["Content-Type"].to_str().unwrap()].is_object());
}
