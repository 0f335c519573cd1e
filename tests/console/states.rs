//! Every page in each of its states, in a browser: the table in `tests/data/page-states.txt`.

use std::collections::BTreeMap;
use std::time::Duration;

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::furnished::{PLAIN, There};
use crate::hall::tables::{CODE, FAULT, State, fields, states};
use crate::hall::{CENTER, Hall, PASSWORD, application, authenticator_shows};

/// A hall with something of everything, and who looks at it.
pub(crate) struct Tour {
    pub(crate) hall: Hall,
    there: There,
    people: BTreeMap<String, (String, String)>,
}

impl Tour {
    pub(crate) async fn prepared() -> Self {
        let hall = Hall::open(TestDatabase::sqlite()).await;
        let there = hall.furnish(PLAIN).await;
        let mut people = BTreeMap::new();
        for state in states() {
            let person = match Role::from_code(&state.whose) {
                Some(role) if !people.contains_key(&state.whose) => {
                    let outlet = if role.sees_cases() && role != Role::Auditor { Some(CENTER) } else { None };
                    (hall.person(&[role], outlet).await.name().to_owned(), PASSWORD.to_owned())
                }
                None if state.whose == "newcomer" => ("new-1".to_owned(), there.one("one_time").to_owned()),
                // Each walk has somebody new who sets it up.
                None if state.whose == "enroller" => (String::new(), PASSWORD.to_owned()),
                _ => continue,
            };
            people.insert(state.whose, person);
        }
        Self { hall, there, people }
    }

    /// Takes a new browser window through all states; the order is that of who looks, so that everybody signs in once.
    pub(crate) async fn walk(&self, window: Window, mut each: impl AsyncFnMut(&Browser, &State)) {
        let browser = Browser::open(&self.hall, window).await;
        let mut states = states();
        states.sort_by(|one, other| one.whose.cmp(&other.whose));
        for of_one in states.chunk_by(|one, other| one.whose == other.whose) {
            browser.client.delete_all_cookies().await.unwrap();
            if let Some((username, password)) = self.people.get(&of_one[0].whose) {
                let new = if username.is_empty() {
                    Some(self.hall.person(&[Role::Producer], Some(CENTER)).await)
                } else {
                    None
                };
                let username = new.as_ref().map_or(username.as_str(), |new| new.name());
                browser.go("/console/sign-in").await;
                browser.type_into("[name=username]", username).await;
                browser.type_into("[name=password]", &format!("{password}{ENTER}")).await;
                let there = browser.until(|path| !path.starts_with("/console/sign-in")).await;
                // A clerk is asked at which window they are: until then no payment can be taken.
                if there.starts_with("/console/window") {
                    browser.go(&there).await;
                    browser.type_into("[name=window]", &format!("3{ENTER}")).await;
                    browser.at("/console").await;
                }
            }
            for state in of_one {
                self.show(&browser, state).await;
                each(&browser, state).await;
            }
        }
        browser.close().await;
    }

    /// Brings a page into its state.
    async fn show(&self, browser: &Browser, state: &State) {
        if state.is_fault() {
            self.hall.database.tamper(FAULT[0]);
        }
        browser.go(&self.there.filled(&state.address)).await;
        for (action, typed) in std::iter::repeat_n(&state.sent, state.times()).flatten() {
            self.send(browser, state, action, typed).await;
        }
        if state.is_fault() {
            self.hall.database.tamper(FAULT[1]);
        }
    }

    /// Sends a form of the page that is open.
    async fn send(&self, browser: &Browser, state: &State, action: &str, typed: &str) {
        let secret = "return (document.querySelector('#secret') || { textContent: '' }).textContent";
        let secret = browser.client.execute(secret, Vec::new()).await.unwrap();
        let secret = secret.as_str().filter(|secret| !secret.is_empty());
        let code = secret.map(|secret| authenticator_shows(&self.hall, secret)).unwrap_or_default();
        let typed = typed.replace(CODE, &code);
        // As somebody would send it whose browser checks nothing before.
        let script = "const [action, typed] = arguments;
            const button = [...document.querySelectorAll('button')].find((it) => it.getAttribute('formaction') === action);
            const form = [...document.forms].find((form) => form.getAttribute('action') === action) || button.form;
            form.action = action;
            for (const [name, value] of typed) {
              const known = [...form.elements].filter((it) => it.name === name && it.type !== 'submit');
              const ticks = known.filter((it) => it.type === 'checkbox' || it.type === 'radio');
              const options = known.filter((it) => it.options && ![...it.options].some((option) => option.value === value));
              if (ticks.length) ticks.forEach((it) => { it.checked = it.value === value; });
              else if (known.length && !options.length) known[0].value = value;
              else form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
            }
            window.isBefore = true;
            HTMLFormElement.prototype.submit.call(form);";
        let typed: Vec<(String, String)> = fields(&self.there.filled(&typed));
        let arguments = vec![json!(self.there.filled(action)), json!(typed)];
        let sent = browser.client.execute(script, arguments).await;
        sent.unwrap_or_else(|error| panic!("{} sends no {action}: {error}", state.name));
        for _ in 0..400 {
            let is_there = "return window.isBefore !== true && document.readyState === 'complete'";
            if browser.client.execute(is_there, Vec::new()).await.is_ok_and(|it| it == json!(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{} doesn't come", state.name);
    }
}

/// The numbers with hidden digits of a page that stand behind themselves: their first digit right of their last.
const TURNED: &str = r"
const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), found = [];
let seen = 0;
for (let node; node = walker.nextNode();) {
  for (const number of node.data.matchAll(/\d+\*+\d+/g)) {
    const at = (offset) => {
      const range = document.createRange();
      range.setStart(node, offset);
      range.setEnd(node, offset + 1);
      return range.getBoundingClientRect();
    };
    const first = at(number.index), last = at(number.index + number[0].length - 1);
    seen += 1;
    if (first.top === last.top && first.left > last.left) found.push(number[0]);
  }
}
return { seen, found };";

#[tokio::test]
async fn a_name_that_is_written_from_the_right_turns_no_number_around() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut draft = application(1);
    draft["organization"]["name"] = json!("شركة قوانغتشو للإنشاءات");
    for person in ["applicant", "agent"] {
        draft[person]["name"] = json!("محمد بن عبد الله");
    }
    let case = clerk.post("/cases", &draft).await.expect(201);
    let case = format!("/console/cases/{}", case["acceptance_number"].as_str().unwrap());
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    for page in [case.clone(), format!("{case}/prints/receipt")] {
        browser.go(&page).await;
        let looked = browser.client.execute(TURNED, Vec::new()).await.unwrap();
        assert!(looked["seen"].as_u64() > Some(0), "{page} shows a number");
        assert_eq!(looked["found"], json!([]), "{page}");
    }
    browser.close().await;
}
