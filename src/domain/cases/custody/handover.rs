//! What the holder is told when a certificate is handed over or a login application is opened: from when it can be used, what
//! to do about the PIN, and where to turn.
//!
//! Cast: [`handover`] makes a [`Handover`] of a case, with its [`Instruction`]s in words.
//!
//! Guarantee: no PIN stands in it; the program knows none.
//!
//! Source: the service guide (2014-04-04), sections 2 (24小时后即可登陆使用), 3 step 5 (首次使用请更改证书密码), 4.2 (连续累计输错5次
//! 密码) and 5 (服务支持).

use chrono::{DateTime, Duration, Timelike, Utc};
use chrono_tz::Tz;

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;
use crate::domain::cases::case::Case;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::hall::{Hall, LoginApplication, Outlet};

vocabulary! {
    /// What an instruction is about.
    pub enum InstructionKind {
        /// From when the certificate can be used.
        UsableFrom = "usable_from";
        /// The initial PIN, which is the same for all, must be changed.
        ChangeInitialPin = "change_initial_pin";
        /// Five wrong PINs lock the certificate.
        WrongPinsLock = "wrong_pins_lock";
        /// Where to log in, and who helps.
        WhereToTurn = "where_to_turn";
    }
}

/// One thing that the holder must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// What it is about.
    pub kind: InstructionKind,
    /// What the holder reads.
    pub words: Words,
}

/// What goes with a certificate over the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Serial of the certificate.
    pub serial: String,
    /// From when everything that the case opened can be used; none before the activation.
    pub usable_from: Option<DateTime<Utc>>,
    /// The login applications of the case, as the hall's settings have them now.
    pub applications: Vec<LoginApplication>,
    /// Where a locked certificate is unlocked: the outlet of the case.
    pub outlet: Outlet,
    /// In the order in which the holder needs them.
    pub instructions: Vec<Instruction>,
}

/// What the holder is told by a case; none before its certificate is issued or something is opened on the certificate held.
pub fn handover(case: &Case, hall: &Hall) -> Option<Handover> {
    let is_done = case.issued_at.is_some() || !case.deliveries.is_empty();
    if is_done { told_with(case, hall, case.issued_at.is_some()) } else { None }
}

/// What the holder will be told, for whoever is about to hand over; `is_new` where the medium has the initial PIN.
pub fn told_with(case: &Case, hall: &Hall, is_new: bool) -> Option<Handover> {
    let opened = case.deliveries.iter().filter(|delivery| delivery.service == ServiceKind::Application);
    let mut codes: Vec<&str> = case.application.applications.iter().map(String::as_str).collect();
    codes.extend(opened.map(|delivery| delivery.code.as_str()));
    let mut applications: Vec<LoginApplication> = Vec::new();
    for code in codes {
        if applications.iter().all(|known| known.code != code) {
            applications.push(hall.application_or_unknown(code));
        }
    }
    let outlet = hall.outlet_or_unknown(&case.application.outlet);
    let usable_from = case.deliveries.iter().map(|delivery| delivery.usable_from).max();
    let instructions = [
        Some((InstructionKind::UsableFrom, when_usable(usable_from, hall))),
        // A certificate that somebody held before has the PIN that they chose.
        is_new.then(|| (InstructionKind::ChangeInitialPin, change_initial_pin())),
        Some((InstructionKind::WrongPinsLock, wrong_pins_lock(&outlet))),
        where_to_turn(&applications, hall).map(|words| (InstructionKind::WhereToTurn, words)),
    ];
    Some(Handover {
        serial: case.serial_made_or_held()?.to_owned(),
        usable_from,
        applications,
        outlet,
        instructions: instructions.into_iter().flatten().map(|(kind, words)| Instruction { kind, words }).collect(),
    })
}

fn when_usable(usable_from: Option<DateTime<Utc>>, hall: &Hall) -> Words {
    match (usable_from, hall.authorization_delay_hours) {
        (Some(at), _) => {
            let local = whole_minute(at).with_timezone::<Tz>(&hall.hours.zone);
            Words::new(
                format!("已激活开通，系统自动授权，{}起即可登录使用。", local.format("%Y年%-m月%-d日%H:%M")),
                format!("Activated. It can be used to log in from {} on.", local.format("%Y-%m-%d %H:%M")),
            )
        }
        (None, 0) => Words::new("激活后即可登录使用。", "It can be used to log in as soon as it is activated."),
        (None, hours) => Words::new(
            format!("激活后由系统自动授权，{hours}小时后即可登录使用。"),
            format!("It can be used to log in {hours} hours after it is activated."),
        ),
    }
}

/// The first whole minute by which an instant has come: whoever reads it must not come too early.
fn whole_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    let begun = at.with_second(0).and_then(|minute| minute.with_nanosecond(0)).unwrap_or(at);
    if begun < at { begun + Duration::minutes(1) } else { at }
}

fn change_initial_pin() -> Words {
    Words::new(
        "所有证书的初始密码（PIN码）相同，请用初始密码成功登录一次后立即在数字证书客户端修改密码。",
        "The initial PIN is the same for all certificates. Log in with it once, then change it at once in the certificate client.",
    )
}

fn wrong_pins_lock(outlet: &Outlet) -> Words {
    let at = |name: &str, address: Option<&String>, open: &str, close: &str| match address {
        Some(address) => format!("{name}{open}{address}{close}"),
        None => name.to_owned(),
    };
    let zh = at(&outlet.words.zh, outlet.address.as_ref().map(|address| &address.zh), "（", "）");
    let en = at(&outlet.words.en, outlet.address.as_ref().map(|address| &address.en), " (", ")");
    Words::new(
        format!("连续累计输错5次密码，证书将被锁住；请携带相关材料到{zh}的窗口办理解锁。"),
        format!("Five wrong PINs in a row lock the certificate. Bring the papers for unlocking to the window of {en}."),
    )
}

/// Whatever of it the hall has set.
fn where_to_turn(applications: &[LoginApplication], hall: &Hall) -> Option<Words> {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for application in applications {
        let Words { zh: name_zh, en: name_en } = &application.words;
        if let Some(address) = &application.login_address {
            zh.push(format!("“{name_zh}”登录网址：{address}"));
            en.push(format!("Log in to {name_en} at {address}"));
        }
        if let Some(line) = &application.support_line {
            zh.push(format!("“{name_zh}”技术支持电话：{line}"));
            en.push(format!("technical support of {name_en}: {line}"));
        }
    }
    if let Some(line) = &hall.customer_line {
        zh.push(format!("证书客服电话：{line}"));
        en.push(format!("questions about the certificate: {line}"));
    }
    if let Some(website) = &hall.website {
        zh.push(format!("网站：{website}"));
        en.push(format!("website: {website}"));
    }
    if zh.is_empty() {
        return None;
    }
    let mut en = en.join("; ");
    if let Some(first) = en.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(Words::new(format!("{}。", zh.join("；")), en))
}
