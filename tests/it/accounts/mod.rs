//! Who may do what, and who they are: accounts, sessions, second factors.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod disclosures;
pub(crate) mod every_kind;
pub(crate) mod floods;
pub(crate) mod guessing;
pub(crate) mod loops;
pub(crate) mod matrix;
pub(crate) mod passwords;
pub(crate) mod second_factor;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod systems;
pub(crate) mod users;

use casehall::domain::accounts::role::Role;
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::people::users::UserKey;

use crate::hall::{Hall, Person};

impl Hall {
    /// Deactivates an account, as an operator does.
    pub(crate) async fn deactivate(&self, username: &str) {
        let operator = Caller::operator_as(Role::SecurityAdministrator);
        let key = UserKey::Name(username.to_owned());
        self.running.service.set_user_active(&operator, key, false, None).await.unwrap();
    }

    /// The path of an account, below `/api/v1`.
    pub(crate) async fn account(&self, security: &Person<'_>, username: &str) -> String {
        let users = security.get("/users").await.expect(200);
        let found = users["items"].as_array().unwrap().iter().find(|user| user["username"] == username);
        format!("/users/{}", found.unwrap()["id"].as_str().unwrap())
    }

    /// The details of the audit trail's entries of a kind, in order.
    pub(crate) async fn entries(&self, kind: &str) -> Vec<String> {
        self.database.rows(&format!("SELECT details AS text FROM audit WHERE kind = '{kind}' ORDER BY number"))
    }

    /// Whether a text stands among the recovery codes or the details of the trail.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let like = format!("LIKE '%{text}%'");
        let asked = format!(
            "SELECT hash AS text FROM recovery_codes WHERE hash {like} UNION SELECT details AS text FROM audit WHERE details {like}"
        );
        !self.database.rows(&asked).is_empty()
    }
}
