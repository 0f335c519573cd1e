//! The text of each refusal, in Chinese and English.

use std::borrow::Cow;

use chrono::SecondsFormat;

use crate::domain::accounts::role::Role;
use crate::domain::base::named::Named;
use crate::domain::base::words::{self, Language, Words, count_of};
use crate::domain::cases::materials::checklist::{Lack, Missing};
use crate::domain::cases::refusal::{HeldBy, Refusal};
use crate::domain::money::yuan::yuan;

impl Refusal {
    /// The text for users of one language. Of the refusals that stand in most answers the other isn't made.
    pub fn text(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::WrongState { words } => words.text(language).into(),
            Self::RoleMissing { roles } => role_missing(roles, language).into(),
            Self::MaterialsIncomplete { missing } => incomplete(missing, language).into(),
            _ => self.words().into_text(language).into(),
        }
    }

    /// The text for users.
    pub fn words(&self) -> Words {
        match self {
            Self::UnknownAction { action } => {
                Words::new(format!("该事项没有“{action}”操作"), format!("this case has no action \"{action}\""))
            }
            Self::WrongState { words } => (**words).clone(),
            Self::RoleMissing { roles } => in_both(|language| role_missing(roles, language)),
            Self::SecondPersonNeeded { did, roles } => {
                let Words { zh, en } = in_both(|language| either(roles, language));
                Words::new(
                    format!("“{}”是您办理的，本操作须由另一人（{zh}）办理", did.zh),
                    format!("you did \"{}\" yourself, so somebody else must do this: {en}", did.en),
                )
            }
            Self::ScopeMissing { scope } => {
                let scope = scope.code();
                Words::new(format!("该系统没有“{scope}”权限"), format!("this system needs the scope \"{scope}\""))
            }
            Self::MaterialsIncomplete { missing } => in_both(|language| incomplete(missing, language)),
            Self::MaterialsUnchecked { rows } => Words::new(
                format!("还有{rows}项材料未核验，补正须一次性告知"),
                format!("{} not checked yet; a notice must name everything at once", count_of(*rows, "document")),
            ),
            Self::NothingLacking => {
                Words::new("材料齐全，无须补正", "the materials are complete; no correction is needed")
            }
            Self::NothingDeferrable => Words::new("没有可以容缺的材料", "no missing document may be brought later"),
            Self::OverlookedBefore { missing } => {
                let zh: Vec<&str> = missing.iter().map(|missing| missing.words.zh.as_str()).collect();
                let en: Vec<&str> = missing.iter().map(|missing| missing.words.en.as_str()).collect();
                Words::new(
                    format!("前次告知未列出：{}；须由督办人员说明理由后补充告知", zh.join("；")),
                    format!(
                        "an earlier notice accepted this as in order; a supervisor must give this notice, with a reason: {}",
                        en.join("; ")
                    ),
                )
            }
            Self::NothingOverlooked => Words::new(
                "没有前次应告知而未告知的事项",
                "nothing is missing that an earlier notice accepted as in order",
            ),
            Self::ChangedTooOften => Words::new(
                "办件变更次数过多，不能再改标签",
                "the case was changed too often; its labels stay as they are",
            ),
            Self::NothingOwed => Words::new("费用已缴清", "the fee is already settled"),
            Self::FeeNotSettled { outstanding_fen } => {
                let yuan = yuan(*outstanding_fen);
                Words::new(
                    format!("费用未缴清，尚欠 {yuan} 元"),
                    format!("the fee is not settled: {yuan} yuan outstanding"),
                )
            }
            Self::NoPriceList { day } => {
                let Words { zh, en } = words::day(*day);
                Words::new(
                    format!("{zh}没有生效的收费标准，请联系系统管理员"),
                    format!("no price list is in force on {en}; contact the system administrator"),
                )
            }
            Self::NotPriced { item } => Words::new(
                format!("现行收费标准没有“{}”一项，请联系系统管理员", item.zh),
                format!("the price list in force has no price for {}; contact the system administrator", item.en),
            ),
            Self::NothingPaid => Words::new("没有可冲正的收款", "there is no payment to cancel"),
            Self::PaymentReversed => Words::new("该收款已冲正或退款", "this payment was already cancelled or refunded"),
            Self::RefundAtWindow => Words::new(
                "已收费用须由窗口人员退款，请到窗口办理",
                "the payment must be refunded by staff at the window",
            ),
            Self::MediumNotRecorded => Words::new("尚未登记制成的证书", "no certificate is recorded yet"),
            Self::CollectorNotRecorded => Words::new("尚未登记领取人", "the collector is not recorded yet"),
            Self::MediumInCustody { acceptance_number, box_number } => {
                let (case, (zh, en)) = (numbered(acceptance_number.as_deref()), boxed(box_number.as_deref()));
                Words::new(
                    format!("证书介质收存在大厅（{}{zh}），须先在窗口退还", case.zh),
                    format!("the hall has the medium ({}{en}); it must first be given back at the window", case.en),
                )
            }
            Self::MediumNotInCustody => {
                Words::new("大厅没有收存该介质", "the hall does not have the medium for this case")
            }
            Self::MediumElsewhere { outlet, place } => {
                let (zh, en) = boxed(place.box_number.as_deref());
                Words::new(
                    format!("证书介质在{}{zh}，须先转来并装盒", outlet.zh),
                    format!("the medium is at {}{en}; have it brought here and put in a box first", outlet.en),
                )
            }
            Self::CertificateAlreadyMade => Words::new(
                "证书已按原单位信息制作，须先作废重制再更正",
                "the certificate was made with these details; void it first, then correct the application",
            ),
            Self::Certificate(refusal) => refusal.words(),
            Self::HeldCertificateUnknown => Words::new("未查到该证书", "this certificate is not in the register"),
            Self::HeldCertificateOfAnother => {
                Words::new("该证书不属于本单位", "the certificate belongs to another organization")
            }
            Self::HeldCertificateNotActive => Words::new("该证书未激活或已注销", "the certificate is not active"),
            Self::HeldCertificateExpired { offers, .. } if offers.is_empty() => {
                Words::new("该证书已过有效期", "the certificate has expired")
            }
            Self::HeldCertificateExpired { offers, .. } => {
                let (zh, en) = named(offers);
                Words::new(
                    format!("该证书已过有效期；可办理{zh}"),
                    format!("the certificate has expired; apply for \"{en}\" instead"),
                )
            }
            Self::MadeCertificateExpired => Words::new(
                "制成的证书已过有效期，须作废重制",
                "the certificate made has expired; void it and make it again",
            ),
            Self::NoTermLeft => Words::new(
                "原证书的有效期已届满，没有剩余期限",
                "the certificate's term has ended; no remaining term can be transferred",
            ),
            Self::HeldCertificateNotYetValid => Words::new("该证书有效期尚未开始", "the certificate is not valid yet"),
            Self::HeldCertificateSuspended => Words::new("该证书已暂停使用", "the certificate is suspended"),
            Self::HeldCertificateNotLocked => Words::new("该证书未锁定，无须解锁", "the certificate is not locked"),
            Self::HeldCertificateNotExpired => Words::new(
                "该证书尚在有效期内，请办理续期或其他事项",
                "the certificate has not expired; use renewal or another case type",
            ),
            Self::HeldCertificateRevoked => Words::new("该证书已注销", "the certificate was revoked"),
            Self::TooEarly { opens_at } => {
                let Words { zh, en } = words::minute(*opens_at);
                Words::new(format!("未到办理时间，{zh}起可以办理"), format!("too early: applications open on {en}"))
            }
            Self::NothingToChange => {
                Words::new("与登记内容一致，没有变更", "the application changes nothing in the register")
            }
            Self::CertificateBusy { acceptance_number, case_type } => {
                let case = numbered(acceptance_number.as_deref());
                Words::new(
                    format!("{}（{}）正在办理该证书", case.zh, case_type.zh),
                    format!("{} ({}) is open on this certificate", case.en, case_type.en),
                )
            }
            Self::HeldCertificateLocked => {
                Words::new("该证书已锁定，须先解锁", "the certificate is locked; unlock it first")
            }
            Self::ApplicationAlreadyOpen { application } => Words::new(
                format!("该证书已开通“{}”", application.zh),
                format!("\"{}\" is already open on the certificate", application.en),
            ),
            Self::AlreadyApplied { held_by } => match held_by {
                HeldBy::Certificate { serial, offers } if offers.is_empty() => Words::new(
                    format!("该证件已经申请过证书，不能再申请；单位持有证书 {serial}"),
                    format!("the organization already has certificate {serial} and can't apply for another"),
                ),
                HeldBy::Certificate { serial, offers } => {
                    let (zh, en) = named(offers);
                    Words::new(
                        format!("该证件已经申请过证书，不能再申请；可凭证书 {serial} 办理{zh}"),
                        format!("the organization already has certificate {serial}; apply for \"{en}\" instead"),
                    )
                }
                HeldBy::Registration { serial } => Words::new(
                    format!("该单位的历史证书 {serial} 已登记，待督办人员批准或退回"),
                    format!(
                        "certificate {serial} of the organization was registered and waits for a supervisor's approval"
                    ),
                ),
                HeldBy::Case { acceptance_number: Some(number) } => Words::new(
                    format!("该证件已经申请过证书，不能再申请；办件 {number} 正在办理，可继续办理或先撤回"),
                    format!("the organization already has open case {number}; continue or withdraw it first"),
                ),
                HeldBy::Case { acceptance_number: None } => Words::new(
                    "该证件已经申请过证书，不能再申请；另有办件正在办理，不在您的查看范围内",
                    "the organization already has an open case, which you can't see",
                ),
            },
            Self::AdditionAlreadyApplied { acceptance_number } => {
                let case = numbered(acceptance_number.as_deref());
                Words::new(
                    format!("{}正在为该证书增开同一应用", case.zh),
                    format!("{} already adds this login application to the certificate", case.en),
                )
            }
            Self::SerialTaken => Words::new("该证书序列号已登记", "this serial is already in the register"),
            Self::MediumTaken => Words::new("该介质编号已登记", "this medium is already in the register"),
            Self::NoDeadlineOpen => Words::new("没有正在计算的办结期限", "no deadline is running"),
            Self::LimitPassed { limit } => {
                let Words { zh, en } = words::day(*limit);
                Words::new(
                    format!("期限（{zh}）已过，延长须在期限届满前决定；已逾期的事实不变"),
                    format!(
                        "the limit ({en}) has passed; it can only be extended before it does, and the case stays overdue"
                    ),
                )
            }
            Self::AlreadySuspended => Words::new("计时已暂停", "the deadline is already paused"),
            Self::NotSuspended => Words::new(
                "计时未经决定暂停，没有可恢复的；因补正暂停的，补正后自动恢复",
                "nobody decided to pause the deadline; what a correction paused resumes by itself with the resubmission",
            ),
            Self::AssignedToAnother { name } => {
                Words::new(format!("该办件由{name}承办"), format!("the case is assigned to {name}"))
            }
            Self::StaffOnly => Words::new("须由工作人员办理", "for the hall's staff to do"),
            Self::CaseClosed => Words::new("办件已结束", "the case has ended"),
            Self::PersonsErased => {
                Words::new("个人信息已按保存期限删除", "the persons' data were erased at the end of their retention")
            }
            Self::TooManyHolds => Words::new(
                "本件的暂缓删除已达上限，请先解除其他",
                "as many holds stand on the case as may; lift another one first",
            ),
            Self::HoldLifted => Words::new("该暂缓删除已解除", "the hold was lifted already"),
            Self::TooManySecrets { most, until } => {
                let until = until.map(|until| until.to_rfc3339_opts(SecondsFormat::Secs, true));
                let (zh, en) = until.map_or_else(Default::default, |until| {
                    (format!("（其中最早的有效至 {until}）"), format!(", the first of which ends at {until}"))
                });
                Words::new(
                    format!("已有 {most} 个有效密钥{zh}，请先作废其中一个"),
                    format!("there are {most} valid secrets{en}; end one of them first"),
                )
            }
            Self::TooManyKeys => {
                Words::new("该系统已有五个公钥，请先移除一个", "the system has five keys; remove one of them first")
            }
            Self::KeyNameTaken => Words::new("该系统已有同名（kid）公钥", "the system has a key of this kid already"),
            Self::Unmet(guard) => {
                let Words { zh, en } = guard.words();
                Words::new(format!("须先满足：{zh}"), format!("needed first: {en}"))
            }
            Self::InvalidInput { .. } => Words::new("填写的内容有误", "the data is not valid"),
        }
    }
}

/// A text in each language.
fn in_both(text: impl Fn(Language) -> String) -> Words {
    Words::new(text(Language::Chinese), text(Language::English))
}

fn role_missing(roles: &[Role], language: Language) -> String {
    let roles = either(roles, language);
    match language {
        Language::Chinese => format!("须由{roles}办理"),
        Language::English => format!("for the {roles} to do"),
    }
}

/// Roles of which each may.
fn either(roles: &[Role], language: Language) -> String {
    let (between, or) = match language {
        Language::Chinese => ("、", "或"),
        Language::English => (", ", " or "),
    };
    let mut joined = String::new();
    for (index, role) in roles.iter().enumerate() {
        joined += match index {
            0 => "",
            _ if index + 1 == roles.len() => or,
            _ => between,
        };
        // In Chinese nothing is small or large.
        joined.extend(role.text(language).chars().flat_map(char::to_lowercase));
    }
    joined
}

fn incomplete(missing: &[Missing], language: Language) -> String {
    // What nobody has looked at yet isn't known to be missing: it is counted, and not listed.
    let lacking = || missing.iter().filter(|missing| missing.lack != Lack::NotChecked);
    let (count, all) = (lacking().count(), missing.len());
    let unchecked = all - count;
    let listed =
        |between: &str| lacking().map(|missing| missing.words.text(language)).collect::<Vec<_>>().join(between);
    match (language, count, unchecked) {
        (Language::Chinese, 0, _) => format!("尚有{all}项材料未核验"),
        (Language::English, 0, _) => format!("{} not checked yet", count_of(all, "document")),
        (Language::Chinese, _, 0) => format!("材料还差{count}处：{}", listed("；")),
        (Language::Chinese, _, _) => format!("材料还差{count}处：{}；另有{unchecked}项未核验", listed("；")),
        (Language::English, _, _) => {
            let begin = format!("{} to correct in the materials: {}", count_of(count, "item"), listed("; "));
            match unchecked {
                0 => begin,
                _ => format!("{begin}; {} not checked yet", count_of(unchecked, "document")),
            }
        }
    }
}

/// A case by its number, where the reader may see the case.
fn numbered(acceptance_number: Option<&str>) -> Words {
    acceptance_number.map_or_else(
        || Words::new("另一办件", "another case"),
        |number| Words::new(format!("办件 {number} "), format!("case {number}")),
    )
}

/// The box number as a suffix; empty without a box.
fn boxed(box_number: Option<&str>) -> (String, String) {
    box_number.map_or_else(Default::default, |number| (format!("，盒号 {number}"), format!(", box {number}")))
}

/// The alternatives by their names.
fn named(offers: &[Named]) -> (String, String) {
    let zh: Vec<&str> = offers.iter().map(|offer| offer.words.zh.as_str()).collect();
    let en: Vec<&str> = offers.iter().map(|offer| offer.words.en.as_str()).collect();
    (zh.join("、"), en.join("\" or \""))
}
