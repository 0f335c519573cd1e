//! What an account of a person says of them, and what must be so of it.
//!
//! Cast: an [`AccountDraft`] is what is asked for, [`AccountDetails`] what becomes of it.
//!
//! Guarantees: the whole hall is a choice that is spelled out. Whoever sees cases has an outlet, or `all_outlets` says that they
//! see all; neither is what is left when it is forgotten.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::accounts::role::{Role, check_roles};
use crate::domain::base::text;
use crate::domain::base::words::{Fault, Words};
use crate::domain::hall::Hall;

/// The longest name of a person, in characters.
const NAME_CHARACTERS: usize = 100;

/// What an account is to say of a person.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "display_name": "陈晓明", "roles": ["clerk"], "outlet": "guangzhou-center" }))]
pub struct AccountDraft {
    /// The name on timelines.
    #[schema(min_length = 1, max_length = 100, example = "陈晓明")]
    pub display_name: String,
    /// Codes of the roles: clerk, producer, supervisor; or one of administrator, security_administrator, auditor.
    #[schema(min_items = 1, max_items = 6, example = json!(["clerk"]))]
    pub roles: Vec<String>,
    /// Code of the outlet that they act in.
    #[schema(min_length = 1, max_length = 64, example = "guangzhou-center", nullable = false)]
    pub outlet: Option<String>,
    /// They act in the whole hall. Who works on cases, or audits, has an outlet or this.
    #[serde(default)]
    pub all_outlets: bool,
}

/// What an account says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDetails {
    /// The name on timelines.
    pub display_name: String,
    /// What they may do, each role once.
    pub roles: Vec<Role>,
    /// The outlet that they act in; none: the whole hall.
    pub outlet: Option<String>,
}

impl AccountDraft {
    /// What becomes of it in a hall.
    ///
    /// # Errors
    /// Every fault at once: a name that is none, roles that exclude one another, an outlet that there isn't, none named.
    pub fn checked(self, hall: &Hall) -> Result<AccountDetails, Vec<Fault>> {
        let mut faults = Vec::new();
        let display_name = text::line(&self.display_name, NAME_CHARACTERS);
        if display_name.is_none() {
            let words = Words::new("须为一行文字，最多100字", "one line of text, at most 100 characters");
            faults.push(Fault::new("/display_name", "bad_text", words));
        }
        let mut roles: Vec<Role> = Vec::new();
        for (index, code) in self.roles.iter().enumerate() {
            match code.parse::<Role>() {
                Err(unknown) => faults.push(unknown.fault(format!("/roles/{index}"))),
                Ok(role) => roles.push(role),
            }
        }
        if self.roles.is_empty() {
            faults.push(Fault::new("/roles", "bad_roles", Words::new("至少一个角色", "at least one role")));
        }
        // Places of roles are those of the request only as long as each is known.
        if roles.len() == self.roles.len() {
            faults.extend(check_roles(&roles));
        }
        roles.sort_unstable();
        roles.dedup();
        faults.extend(self.misplaced(&roles, hall));
        match display_name {
            Some(display_name) if faults.is_empty() => Ok(AccountDetails { display_name, roles, outlet: self.outlet }),
            _ => Err(faults),
        }
    }

    fn misplaced(&self, roles: &[Role], hall: &Hall) -> Option<Fault> {
        let known: Vec<&str> = hall.outlets.iter().map(|outlet| outlet.code.as_str()).collect();
        let (zh, en) = (known.join("、"), known.join(", "));
        let fault = |pointer, code, words| Some(Fault::new(pointer, code, words));
        match &self.outlet {
            Some(outlet) if hall.outlet(outlet).is_none() => {
                let words = Words::new(format!("没有该网点；可选：{zh}"), format!("no such outlet; known: {en}"));
                fault("/outlet", "not_one_of", words)
            }
            Some(_) if self.all_outlets => {
                let words = Words::new("指定了网点就不能再选全部网点", "an outlet and all outlets exclude one another");
                fault("/all_outlets", "outlet_or_all", words)
            }
            None if !self.all_outlets && roles.iter().any(|role| role.sees_cases()) => {
                let words = Words::new(
                    format!("须指定网点（可选：{zh}），或明确选择全部网点（all_outlets）"),
                    format!("name the outlet (known: {en}), or say that it is the whole hall (all_outlets)"),
                );
                fault("/outlet", "outlet_missing", words)
            }
            _ => None,
        }
    }
}
