//! The routes as the description has them, and a hall in which their paths name something.

use casehall::domain::accounts::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::hall::{Hall, Person, application, unified_code};

/// A route of the description.
pub(super) struct Route {
    pub(super) method: Method,
    /// With its parameters in braces.
    pub(super) path: String,
    operation: Value,
}

impl Route {
    /// Every route that is described.
    pub(super) async fn all(hall: &Hall) -> Vec<Self> {
        let document = hall.nobody().get("//openapi.json").await.expect(200);
        let of_path = |(path, item): (&String, &Value)| {
            let operations = item.as_object().unwrap().clone();
            let path = path.clone();
            operations.into_iter().map(move |(method, operation)| {
                let method = method.to_uppercase().parse().unwrap();
                Self { method, path: path.clone(), operation }
            })
        };
        document["paths"].as_object().unwrap().iter().flat_map(of_path).collect()
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = self.operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        // Those that every operation has are references.
        let own = parameters.iter().filter(|one| one["$ref"].is_null());
        own.map(|one| (one["name"].as_str().unwrap(), one["in"].as_str().unwrap()))
    }

    /// Whether it has a parameter in its query or headers.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.parameters().any(|(own, place)| own == name && place != "path")
    }

    /// The parameters of its query.
    pub(super) fn query(&self) -> Vec<String> {
        self.parameters().filter(|(_, place)| *place == "query").map(|(name, _)| name.to_owned()).collect()
    }

    /// Whether it reads JSON.
    pub(super) fn reads_json(&self) -> bool {
        !self.operation["requestBody"]["content"]["application/json"].is_null()
    }
}

/// A hall with something for each path.
pub(super) struct Stage<'a> {
    person: Person<'a>,
    /// A case with a payment.
    pub(super) case: String,
    receipt: String,
    /// A certificate.
    pub(super) serial: String,
}

impl<'a> Stage<'a> {
    pub(super) async fn set(hall: &'a Hall) -> Self {
        let person = hall.person(&[Role::Supervisor, Role::Clerk, Role::Producer], None).await;
        let opened = person.post("/cases", &application(901)).await.expect(201);
        let case = opened["acceptance_number"].as_str().unwrap().to_owned();
        let payment = json!({ "payment": { "amount_fen": opened["fee"]["total_fen"], "method": "cash" } });
        let paid = person.act(&case, "record_payment", &payment).await.expect(200);
        let receipt = paid["fee"]["payments"][0]["receipt"].as_str().unwrap().to_owned();
        let serial = "GZ2013-0901".to_owned();
        let registration = json!({
            "serial": serial, "medium_number": "KEY-0901",
            "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(902) },
            "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
            "applications": ["urban-construction"], "e_seal": true,
        });
        hall.register(&registration).await;
        Self { person, case, receipt, serial }
    }

    /// Somebody of the staff who may do almost everything.
    pub(super) fn person(&self) -> &Person<'a> {
        &self.person
    }

    /// The paths of a route with names of what is there, as [`Person::request`] takes them.
    pub(super) fn paths(&self, route: &Route) -> Vec<String> {
        let fill = |path: String, name: &str, value: &str| path.replace(&format!("{{{name}}}"), value);
        let mut path = format!("/{}", route.path);
        let (action, code) = match route.path.as_str() {
            path if path.starts_with("/api/v1/batches") => ("assign", ""),
            path if path.starts_with("/api/v1/case-types") => ("", "new-certificate"),
            path if path.starts_with("/api/v1/organizations") => ("", "PDY410932"),
            _ => ("withdraw", "e-seal"),
        };
        for (name, value) in [
            ("key", self.case.as_str()),
            ("receipt", &self.receipt),
            ("serial", &self.serial),
            ("material", "e-seal-agreement"),
            ("application", "urban-construction"),
            ("act", "suspend"),
            ("year", "2026"),
            ("number", "1"),
            ("id", "01890a5d-ac96-774b-bcce-b302099a8057"),
            ("action", action),
            ("code", code),
        ] {
            path = fill(path, name, value);
        }
        let names: &[&str] = match route.path.as_str() {
            "/api/v1/worklists/{name}" => {
                &["mine", "to_check", "to_make", "to_hand_over", "waiting_for_correction", "overdue", "due_today"]
            }
            "/api/v1/reports/{name}" => &[
                "throughput",
                "cycle_times",
                "ageing",
                "overdue",
                "quality",
                "defects",
                "uncollected",
                "people",
                "cash_up",
                "cash_up_entries",
            ],
            _ => return vec![path],
        };
        names.iter().map(|name| fill(path.clone(), "name", name)).collect()
    }
}
