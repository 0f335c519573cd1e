//! The supervisor's board over HTTP.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{TableView, table_view};
use super::rows::{AgeingTable, QualityTable, ThroughputTable};
use crate::api::accounts::rights::{May, ReadBoard};
use crate::domain::base::words::Language;
use crate::domain::cases::worklist::WorkList;
use crate::http::answers::{Forbidden, Shown};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::cases::worklists::Counted;
use crate::service::reports::board::Board;

/// Whose board is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// Of this outlet; the whole hall's where the caller belongs to none.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
}

/// The board.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardView {
    /// The instant.
    pub as_of: DateTime<Utc>,
    /// The hall's day.
    pub today: NaiveDate,
    /// The outlet; none: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<String>,
    /// due_today, due_soon, overdue, paused, uncollected and unassigned: each open case is in at most one of the first four.
    pub tiles: Vec<TileView>,
    /// Open cases on each work list: to_check, waiting_for_correction, to_make and to_hand_over.
    pub work_lists: Vec<TileView>,
    /// The first of the last days; the last one is today, which isn't over.
    pub from: NaiveDate,
    /// Totals of these days, as in the report throughput.
    #[schema(value_type = ThroughputTable)]
    pub totals: TableView,
    /// Day by day.
    #[schema(value_type = ThroughputTable)]
    pub days: TableView,
    /// Week by week, as in the report quality: at the outlet of that time. The pictures of the console's board count cases, each once and at
    /// the outlet where it is now, since each opens the list of these.
    #[schema(value_type = QualityTable)]
    pub quality: TableView,
    /// Open cases by age, as in the report ageing.
    #[schema(value_type = AgeingTable)]
    pub ageing: TableView,
    /// Warnings.
    pub warnings: Vec<WarningView>,
}

/// A count.
#[derive(Debug, Serialize, ToSchema)]
pub struct TileView {
    /// Of what.
    pub code: &'static str,
    /// How many, counted no further than 5,000.
    pub count: i64,
    /// There are more.
    pub more: bool,
}

/// A warning.
#[derive(Debug, Serialize, ToSchema)]
pub struct WarningView {
    /// Its stable code, such as calendar_year_missing.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

/// Due and waiting cases, the last 30 days, and warnings. For supervisors, auditors and
/// administrators.
#[utoipa::path(tag = "reports", params(May<ReadBoard>, BoardQuery), responses(Shown<BoardView>, Forbidden))]
#[get("/board")]
pub(in crate::api) async fn read_board(
    may: May<ReadBoard>,
    query: Query<BoardQuery>,
) -> Result<Shown<BoardView>, Problem> {
    let outlet = query.checked(|query| may.service.known_outlet(query.outlet.as_deref()))?;
    Ok(Shown(view(&may.service.board(&may.caller, outlet).await?, may.language)))
}

fn view(board: &Board, language: Language) -> BoardView {
    let tile = |(list, counted): &(WorkList, Counted)| TileView {
        code: list.code(),
        count: counted.count,
        more: counted.more,
    };
    let situation = &board.situation;
    let warnings = situation.warnings.iter();
    BoardView {
        as_of: situation.now,
        today: situation.today,
        outlet: situation.outlet.clone(),
        tiles: board.tiles.iter().map(tile).collect(),
        work_lists: board.queues.iter().map(tile).collect(),
        from: situation.period.from,
        totals: table_view(&board.totals, language),
        days: table_view(&board.days, language),
        quality: table_view(&board.quality, language),
        ageing: table_view(&board.ageing, language),
        warnings: warnings
            .map(|(code, words)| WarningView { code, message: words.text(language).to_owned() })
            .collect(),
    }
}
