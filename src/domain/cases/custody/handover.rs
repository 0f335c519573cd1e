//! What the holder is told at the end of a case: from when the certificate can be used, what was done with it, what to do about the
//! PIN, and where to turn.
//!
//! Cast: [`handover`] makes a [`Handover`] of a case, with its [`Instruction`]s in words. Which of them it has follows from what the
//! actions of its workflow do, whatever these are called.
//!
//! Guarantee: no PIN stands in it; the program knows none.
//!
//! Source: the service guide (2014-04-04), sections 2 (24小时后即可登陆使用), 3 step 5 (首次使用请更改证书密码), 4.2 (连续累计输错5次
//! 密码) and 5 (服务支持).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::handing_over::delivers;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::{Words, minute};
use crate::domain::case_types::codes::Effect;
use crate::domain::case_types::workflow::{Action, Workflow};
use crate::domain::cases::case::Case;
use crate::domain::certificates::authorization::first_minute;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::hall::{Hall, LoginApplication, Outlet};

vocabulary! {
    /// What an instruction is about.
    pub enum InstructionKind {
        /// From when the certificate can be used.
        UsableFrom = "usable_from";
        /// The certificate was unlocked: its holder sets another PIN.
        SetNewPin = "set_new_pin";
        /// Its validity was extended.
        Extended = "extended";
        /// What the register says of it was changed.
        DetailsChanged = "details_changed";
        /// It, or the one before it, was revoked for ever.
        Revoked = "revoked";
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

/// Whether a case did what it is about: it handed a certificate over, opened something on one, or ended by doing something with it.
pub fn is_delivered(workflow: &Workflow, case: &Case) -> bool {
    let ended = |action: &&Action| delivers(action) && action.to.as_ref() == Some(&case.state);
    let has_ended = case.closed_at.is_some() && taken(workflow, case).any(|action| ended(&action));
    has_ended || case.issued_at.is_some() || !case.deliveries.is_empty()
}

/// What the holder is told by a case; none before it [is delivered](is_delivered).
pub fn handover(workflow: &Workflow, case: &Case, hall: &Hall) -> Option<Handover> {
    if is_delivered(workflow, case) { told_with(workflow, case, hall, &[]) } else { None }
}

fn taken<'a>(workflow: &'a Workflow, case: &'a Case) -> impl Iterator<Item = &'a Action> {
    workflow.actions.iter().filter(|action| case.takers.contains_key(&action.code))
}

/// What the holder will be told once these steps are taken, for whoever is about to take them.
pub fn told_with(workflow: &Workflow, case: &Case, hall: &Hall, steps: &[&Action]) -> Option<Handover> {
    let does = |effect: Effect| {
        taken(workflow, case).chain(steps.iter().copied()).any(|action| action.effects.contains(&effect))
    };
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
    let (is_new, is_revoked) = (does(Effect::IssueCertificate), does(Effect::RevokeHeldCertificate));
    let opens = does(Effect::OpenApplications) || does(Effect::OpenESeal) || usable_from.is_some() || is_new;
    let instructions = [
        opens.then(|| (InstructionKind::UsableFrom, when_usable(usable_from, hall))),
        does(Effect::UnlockCertificate).then(|| (InstructionKind::SetNewPin, set_new_pin())),
        does(Effect::RenewCertificate).then(|| (InstructionKind::Extended, extended(case.application.service_years))),
        does(Effect::ChangeCertificate).then(|| (InstructionKind::DetailsChanged, details_changed())),
        case.application
            .certificate_serial
            .as_ref()
            .filter(|_| is_revoked)
            .map(|serial| (InstructionKind::Revoked, if is_new { replaced(serial) } else { revoked(serial) })),
        // A certificate that somebody held before has the PIN that they chose.
        is_new.then(|| (InstructionKind::ChangeInitialPin, change_initial_pin())),
        (is_new || !is_revoked).then(|| (InstructionKind::WrongPinsLock, wrong_pins_lock(&outlet))),
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

fn set_new_pin() -> Words {
    Words::new(
        "解锁后请持有人当场自行设置新密码（PIN码）并牢记，随即可以使用；工作人员不代设、不记录密码。",
        "Once it is unlocked its holder sets a new PIN on the spot and can use it at once. The staff neither set the PIN nor take it down.",
    )
}

fn extended(years: u32) -> Words {
    let one = if years == 1 { "year" } else { "years" };
    Words::new(
        format!("有效期自原到期日起顺延{years}年；介质、密码和已开通的应用不变，可继续使用。"),
        format!(
            "It is valid for {years} more {one} from its old end on. Medium, PIN and what is open on it stay as they are."
        ),
    )
}

fn details_changed() -> Words {
    Words::new(
        "证书的登记信息按本次申请变更；介质、密码、有效期和已开通的应用不变，可继续使用。",
        "The certificate's details are those of this application now. Medium, PIN, validity and what is open on it stay as they are.",
    )
}

fn revoked(serial: &str) -> Words {
    Words::new(
        format!("证书{serial}注销后永久失效，其上的应用和电子印章同时停用；需要时可重新申办机构证书。"),
        format!(
            "Certificate {serial} is revoked for ever, and with it what was open on it. The organization may apply for a new one."
        ),
    )
}

fn replaced(serial: &str) -> Words {
    Words::new(
        format!("原证书{serial}已注销，不能再使用。"),
        format!("The certificate before, {serial}, is revoked and can't be used any more."),
    )
}

fn when_usable(usable_from: Option<DateTime<Utc>>, hall: &Hall) -> Words {
    match (usable_from, hall.authorization_delay_hours) {
        (Some(at), _) => {
            let local = first_minute(at).with_timezone::<Tz>(&hall.hours.zone);
            Words::new(
                format!("已激活开通，系统自动授权，{}起即可登录使用。", minute(local.naive_local()).zh),
                format!("Activated. It can be used to log in from {} on.", minute(local.naive_local()).en),
            )
        }
        (None, 0) => Words::new("激活后即可登录使用。", "It can be used to log in as soon as it is activated."),
        (None, hours) => Words::new(
            format!("激活后由系统自动授权，满{hours}小时即可登录使用。"),
            format!("It can be used to log in {hours} hours after it is activated."),
        ),
    }
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
        format!(
            "Five wrong PINs in a row lock the certificate. To have it unlocked, bring the documents needed to the window of {en}."
        ),
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
