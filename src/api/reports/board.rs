//! The supervisor's board over HTTP.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{TableView, table_view};
use crate::api::accounts::auth::Authenticated;
use crate::api::cases::worklists::known_outlet;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::query::Query;
use crate::domain::base::words::Language;
use crate::domain::cases::worklist::WorkList;
use crate::service::Service;
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
    pub outlet: Option<String>,
    /// due_today, due_soon, overdue, paused, uncollected and unassigned: each open case is in at most one of the first four.
    pub tiles: Vec<TileView>,
    /// Open cases on each work list: to_check, waiting_for_correction, to_make and to_hand_over.
    pub work_lists: Vec<TileView>,
    /// The first day that is looked back on; the last is today, which isn't over.
    pub from: NaiveDate,
    /// These days together, as the report throughput has them.
    pub totals: TableView,
    /// Day by day.
    pub days: TableView,
    /// Week by week, as the report quality has them.
    pub quality: TableView,
    /// Open cases by age, as the report ageing has them.
    pub ageing: TableView,
    /// What must be seen to.
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

/// Something that must be seen to.
#[derive(Debug, Serialize, ToSchema)]
pub struct WarningView {
    /// Its stable code, such as calendar_year_missing.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

/// What is due and waits now, how the last 30 days went, and what must be seen to. For supervisors, auditors and
/// administrators.
#[utoipa::path(
    tag = "reports",
    params(BoardQuery),
    responses(
        (status = 200, description = "The board.", body = BoardView),
        (status = 403, description = "The caller may not see it.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/board")]
pub(in crate::api) async fn read_board(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    query: Query<BoardQuery>,
) -> Result<HttpResponse, Problem> {
    let outlet = query.checked(|query| known_outlet(&service, query.outlet))?;
    let board = service.board(&caller, outlet).await?;
    Ok(HttpResponse::Ok().json(view(&board, language.0)))
}

fn view(board: &Board, language: Language) -> BoardView {
    let tile = |(list, counted): &(WorkList, Counted)| TileView {
        code: list.code(),
        count: counted.count,
        more: counted.more,
    };
    let warnings = board.warnings.iter();
    BoardView {
        as_of: board.now,
        today: board.today,
        outlet: board.outlet.clone(),
        tiles: board.tiles.iter().map(tile).collect(),
        work_lists: board.queues.iter().map(tile).collect(),
        from: board.period.from,
        totals: table_view(&board.totals, language),
        days: table_view(&board.days, language),
        quality: table_view(&board.quality, language),
        ageing: table_view(&board.ageing, language),
        warnings: warnings
            .map(|(code, words)| WarningView { code, message: words.text(language).to_owned() })
            .collect(),
    }
}
