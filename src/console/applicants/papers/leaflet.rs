//! The leaflet: the guide's sections 3 to 5 (2014-04-04) in plain words. What the hall has set of addresses and telephones stands in it,
//! and no initial PIN.

use crate::console::applicants::paper::{Block, Sheet, Subject};
use crate::console::page::messages::Messages;
use crate::service::case_types::guide::Sought;

/// Its sections: heading and steps.
const SECTIONS: [(&str, &str); 5] = [
    ("leaflet.install", "leaflet.install_steps"),
    ("leaflet.browser", "leaflet.browser_steps"),
    ("leaflet.sign_in", "leaflet.sign_in_steps"),
    ("leaflet.pin", "leaflet.pin_steps"),
    ("leaflet.trouble", "leaflet.trouble_steps"),
];

/// What it says of something that is looked up: the heading and the step.
pub(in crate::console) fn said(messages: Messages, sought: &Sought) -> Vec<(&'static str, &'static str)> {
    let steps = |(heading, steps): (&'static str, &'static str)| {
        let heading = messages.t(heading);
        messages.t(steps).lines().map(move |step| (heading, step))
    };
    let said = |(heading, step): &(&str, &str)| sought.is_in(heading) || sought.is_in(step);
    SECTIONS.into_iter().flat_map(steps).filter(said).collect()
}

/// 使用指引.
pub(super) fn leaflet(subject: &Subject<'_>) -> Sheet {
    let (hall, messages) = (subject.visitor.service.hall(), subject.messages());
    let lines = |key: &str| messages.t(key).lines().map(str::to_owned).collect::<Vec<_>>();
    let mut turn = Vec::new();
    for code in &subject.case().application.applications {
        let application = hall.application_or_unknown(code);
        let name = subject.of(&application.words);
        let known = [("leaflet.log_in_at", application.login_address), ("leaflet.support", application.support_line)];
        for (key, value) in known {
            turn.extend(value.map(|value| messages.with(key, &[("name", &name), ("value", &value)])));
        }
    }
    turn.extend(hall.customer_line.as_ref().map(|line| messages.fill("leaflet.customer_line", "value", line)));
    turn.extend(hall.website.as_ref().map(|website| messages.fill("leaflet.website", "value", website)));
    let mut blocks = vec![Block::Text(subject.t("leaflet.once"))];
    for (heading, steps) in SECTIONS {
        blocks.extend([Block::Heading(subject.t(heading)), Block::Steps(lines(steps))]);
    }
    blocks.extend([Block::Heading(subject.t("leaflet.turn")), Block::List(turn), Block::Facts(subject.outlet_facts())]);
    Sheet::new(subject.t("leaflet.title"), blocks)
}
