//! The page `/docs/events`: every type of event, with what is told of it, for people.

use std::fmt::Write;

use serde_json::Value;

use super::catalog::{CATALOG, TESTED};
use super::data::Shape;
use super::event::SCHEMAS;
use crate::domain::feed::event_type::EventType;
use crate::domain::feed::webhook::TEST_EVENT;

/// One line for each type; `schemas` are those of the description.
pub(super) fn page(schemas: &Value) -> String {
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>Casehall: events</title></head><body>\
         <h1>事件 · Events</h1><p>大厅通过事件流（<code>GET /api/v1/events</code>）和推送（webhook）告知其他系统的事件，遵循 CloudEvents 1.0。\
         接口说明见 <a href=\"/docs/\">/docs/</a>，供程序使用的目录见 <a href=\"{CATALOG}\">{CATALOG}</a>（AsyncAPI）。</p>\
         <p>What other systems are told by the feed (<code>GET /api/v1/events</code>) and by webhooks, as CloudEvents 1.0. How to ask is at \
         <a href=\"/docs/\">/docs/</a>; for programs the catalog is at <a href=\"{CATALOG}\">{CATALOG}</a> (AsyncAPI).</p>\
         <table><tr><th>type</th><th>zh</th><th>en</th><th>data</th></tr>"
    );
    for of in EventType::ALL {
        let words = of.words();
        let members = schemas[&*Shape::of(of).data_name()]["properties"].as_object();
        let names = members.map(|members| members.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        row(&mut page, of.code(), (words.zh.as_str(), words.en.as_str()), &names.join(", "));
    }
    row(&mut page, TEST_EVENT, TESTED, "webhook");
    page.push_str("</table></body></html>");
    page
}

fn row(page: &mut String, code: &str, (zh, en): (&str, &str), members: &str) {
    let _ = write!(
        page,
        "<tr id=\"{code}\"><td><a href=\"{SCHEMAS}/{code}\">{code}</a></td><td>{zh}</td><td>{en}</td><td>{members}</td></tr>"
    );
}
