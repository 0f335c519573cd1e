//! How the tables of reports are described: of each report a row has a member for each column, however it is grouped.
//!
//! Guarantee: the columns are those that the reports have, so that one that is added is described.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::report::{ReportView, TableView};
use crate::domain::base::table::{Column, ColumnKind};
use crate::domain::reports::board::ageing;
use crate::domain::reports::query::{By, Dimension, ReportName};
use crate::domain::reports::{cash_up, cycle_times, overdue, people, quality, throughput, uncollected};
use crate::http::openapi::schemas::{Schemas, choice, component, pascal, read, written};

/// A report, as its name says.
pub(super) enum AnyReport {}

impl PartialSchema for AnyReport {
    fn schema() -> RefOr<Schema> {
        let ways: Vec<_> =
            ReportName::ALL.iter().map(|report| (report.code().to_owned(), report_name(*report))).collect();
        choice("A report.", "report", &ways)
    }
}

impl ToSchema for AnyReport {
    fn name() -> Cow<'static, str> {
        ReportView::name()
    }

    fn schemas(schemas: &mut Schemas) {
        for report in ReportName::ALL {
            let mut view = written(&ReportView::schema());
            view["properties"]["report"] =
                json!({ "type": "string", "enum": [report.code()], "description": "Its name." });
            view["properties"]["table"] =
                json!({ "$ref": component(&table_name(report)), "description": "The numbers." });
            schemas.push((report_name(report), read(view)));
            schemas.push((table_name(report), table(report)));
            describe_rows(report, schemas);
        }
    }
}

macro_rules! tables {
    ($($(#[$about:meta])* $name:ident = $report:ident;)*) => {$(
        $(#[$about])*
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                table(ReportName::$report)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                table_name(ReportName::$report).into()
            }

            fn schemas(schemas: &mut Schemas) {
                describe_rows(ReportName::$report, schemas);
            }
        }
    )*};
}

tables! {
    /// The table of the report throughput.
    ThroughputTable = Throughput;
    /// The table of the report quality.
    QualityTable = Quality;
    /// The table of the report ageing.
    AgeingTable = Ageing;
}

fn report_name(report: ReportName) -> String {
    format!("{}ReportView", pascal(report.code()))
}

fn table_name(report: ReportName) -> String {
    format!("{}TableView", pascal(report.code()))
}

fn row_name(report: ReportName) -> String {
    format!("{}RowView", pascal(report.code()))
}

fn table(report: ReportName) -> RefOr<Schema> {
    let mut view = written(&TableView::schema());
    view["description"] = json!(format!("The table of the report {}.", report.code()));
    view["properties"]["rows"]["items"] = json!({ "$ref": component(&row_name(report)) });
    read(view)
}

fn describe_rows(report: ReportName, schemas: &mut Schemas) {
    TableView::schemas(schemas);
    let always = columns(report, None);
    let required: Vec<&str> = always.iter().map(|column| column.code.as_str()).collect();
    let grouped = report.groups().iter().filter_map(|by: &By| by.dimension());
    let all = always.iter().cloned().chain(grouped.flat_map(|of| columns(report, Some(of))));
    let members: Map<String, Value> = all.map(|column| (column.code.clone(), member(&column))).collect();
    let row = json!({
        "type": "object",
        "description": format!("A row of the report {}: null where there is nothing.", report.code()),
        "properties": members,
        "required": required,
    });
    schemas.push((row_name(report), read(row)));
}

/// The columns of a report that is grouped so.
fn columns(report: ReportName, of: Option<Dimension>) -> Vec<Column> {
    match report {
        ReportName::Throughput => throughput::columns(of),
        ReportName::CycleTimes => cycle_times::columns(of),
        ReportName::Ageing => ageing::columns(),
        ReportName::Overdue => overdue::columns(),
        ReportName::Quality => quality::columns(of),
        ReportName::Defects => quality::defect_columns(),
        ReportName::Uncollected => uncollected::columns(),
        ReportName::People => people::columns(),
        ReportName::CashUp => cash_up::columns(of),
        ReportName::CashUpEntries => cash_up::entry_columns(),
    }
}

/// What a column's values are in JSON, as the rows have them.
fn member(column: &Column) -> Value {
    let (kind, format) = match column.kind {
        ColumnKind::Text => ("string", None),
        ColumnKind::Date => ("string", Some("date")),
        ColumnKind::Instant => ("string", Some("date-time")),
        ColumnKind::Integer | ColumnKind::Money | ColumnKind::Duration => ("integer", Some("int64")),
        ColumnKind::Decimal | ColumnKind::Percent => ("number", Some("double")),
    };
    let mut schema = json!({ "type": [kind, "null"], "description": format!("{}.", column.words.en) });
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    schema
}
