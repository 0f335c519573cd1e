//! Somebody at the console's pages, without a browser: what a page shows, and what its forms send.

use casehall::domain::accounts::role::Role;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, redirect};
use scraper::{ElementRef, Html, Selector};
use tokio::sync::Mutex;

use super::{CENTER, Hall, PASSWORD};

/// A connection that the test left alone for so long may have been closed by the service.
pub(crate) const IDLE: std::time::Duration = std::time::Duration::from_secs(1);

/// Somebody who is signed in at the console, or not yet.
pub(crate) struct Visitor<'a> {
    base: &'a str,
    cookies: Mutex<Vec<(String, String)>>,
    http: Client,
    pub(crate) language: &'static str,
}

/// A page, or where the browser is sent.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Where it is, after being sent on.
    pub(crate) address: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) html: String,
}

impl Hall {
    /// A member of staff of the shipped outlet, signed in at the console.
    pub(crate) async fn visitor(&self, role: Role) -> Visitor<'_> {
        let outlet = if role.sees_cases() && role != Role::Auditor { Some(CENTER) } else { None };
        let person = self.person(&[role], outlet).await;
        self.visitor_named(person.name()).await
    }

    /// Somebody with an account, signed in at the console.
    pub(crate) async fn visitor_named(&self, username: &str) -> Visitor<'_> {
        Visitor::signed_in(&self.base, username).await
    }

    /// Somebody who isn't signed in.
    pub(crate) fn stranger(&self) -> Visitor<'_> {
        Visitor::stranger(&self.base)
    }
}

impl<'a> Visitor<'a> {
    /// Somebody with an account, signed in at the console of a service that listens there.
    pub(crate) async fn signed_in(base: &'a str, username: &str) -> Self {
        let visitor = Self::stranger(base);
        let page = visitor.get("/console/sign-in").await;
        let page = visitor.submit(&page, "/console/sign-in", &[("username", username), ("password", PASSWORD)]).await;
        assert_eq!(page.status, 200, "{}", page.html);
        // A clerk is asked at which window they are: here there is one drawer.
        if page.address.starts_with("/console/window") {
            visitor.submit(&page, "/console/window", &[("whole", "yes")]).await;
        }
        visitor
    }

    fn stranger(base: &'a str) -> Self {
        let http = Client::builder().redirect(redirect::Policy::none()).pool_idle_timeout(IDLE).build().unwrap();
        Self { base, cookies: Mutex::default(), http, language: "zh-CN" }
    }
}

impl Visitor<'_> {
    /// The same person, asking for English.
    pub(crate) fn in_english(mut self) -> Self {
        self.language = "en";
        self
    }

    /// A page; where the browser is sent on, the page there.
    pub(crate) async fn get(&self, path: &str) -> Page {
        let page = self.send(self.http.get(self.url(path)), path).await;
        self.follow(page).await
    }

    /// A page as it goes over the wire, packed.
    pub(crate) async fn packed(&self, path: &str) -> (reqwest::header::HeaderMap, Vec<u8>) {
        let cookies = self.cookies.lock().await;
        let sent: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.http.get(self.url(path)).header(COOKIE, sent.join("; "));
        let answer = request.header("Accept-Encoding", "gzip, br").header("Accept-Language", self.language);
        let answer = answer.send().await.unwrap();
        (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
    }

    /// Where a page sends the browser, and its status.
    pub(crate) async fn sent_on(&self, path: &str) -> (u16, String) {
        let page = self.send(self.http.get(self.url(path)), path).await;
        let to = page.headers.get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (page.status, to.unwrap_or_default())
    }

    /// A page that another page asks for by itself.
    pub(crate) async fn look(&self, path: &str) -> Page {
        self.send(self.http.get(self.url(path)).header("X-Look", "1"), path).await
    }

    /// What the browser keeps under a name.
    pub(crate) async fn cookie(&self, name: &str) -> String {
        let cookies = self.cookies.lock().await;
        cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Puts something in the place of what the browser keeps under a name.
    pub(crate) async fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().await;
        cookies.retain(|(known, _)| known != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }

    /// Whoever has the same cookies.
    pub(crate) async fn copied(&self) -> Self {
        let cookies = Mutex::new(self.cookies.lock().await.clone());
        Self { base: self.base, cookies, http: self.http.clone(), language: self.language }
    }

    /// Sends the form of a page that goes to `action`: its fields as they stand, but for those given.
    pub(crate) async fn submit(&self, page: &Page, action: &str, given: &[(&str, &str)]) -> Page {
        self.press(page, action, &page.filled(action, given)).await
    }

    /// Sends fields of a page's form to `action`, as its button does.
    pub(crate) async fn press(&self, page: &Page, action: &str, fields: &[(String, String)]) -> Page {
        let mut answer = match page.file_field(action) {
            // A browser sends a field for a file in which none was chosen, too.
            Some(field) => self.upload(action, fields, &field, ("", b"")).await,
            None => self.post(action, fields).await,
        };
        while answer.status == 307 {
            answer = self.post(answer.headers[LOCATION].to_str().unwrap(), fields).await;
        }
        self.follow(answer).await
    }

    /// The same with a file, as its name and what is in it.
    pub(crate) async fn submit_file(
        &self,
        page: &Page,
        action: &str,
        given: &[(&str, &str)],
        file: (&str, &[u8]),
    ) -> Page {
        let field = page.file_field(action).unwrap_or_else(|| panic!("no file in the form to {action}"));
        let answer = self.upload(action, &page.filled(action, given), &field, file).await;
        self.follow(answer).await
    }

    async fn upload(&self, path: &str, fields: &[(String, String)], of: &str, (name, content): (&str, &[u8])) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--between\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let head = format!("--between\r\nContent-Disposition: form-data; name=\"{of}\"; filename=\"{name}\"\r\n");
        let kind = "Content-Type: application/octet-stream\r\n\r\n";
        body.extend([head.as_bytes(), kind.as_bytes(), content, b"\r\n--between--\r\n"].concat());
        let request = self.http.post(self.url(path)).header(CONTENT_TYPE, "multipart/form-data; boundary=between");
        self.send(request.body(body), path).await
    }

    /// Sends fields, whatever the page says; isn't sent on.
    pub(crate) async fn post(&self, path: &str, fields: &[(String, String)]) -> Page {
        let request = self.http.post(self.url(path)).header("Content-Type", "application/x-www-form-urlencoded");
        self.send(request.body(serde_urlencoded::to_string(fields).unwrap()), path).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn follow(&self, mut page: Page) -> Page {
        while page.status == 303 {
            let next = page.headers[LOCATION].to_str().unwrap().to_owned();
            page = self.send(self.http.get(self.url(&next)), &next).await;
        }
        page
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> Page {
        let mut cookies = self.cookies.lock().await;
        let sent: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer =
            request.header(COOKIE, sent.join("; ")).header("Accept-Language", self.language).send().await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            cookies.retain(|(known, _)| known != name);
            cookies.push((name.to_owned(), rest.split(';').next().unwrap().to_owned()));
        }
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let page = Page { status, address: path.to_owned(), headers, html: answer.text().await.unwrap() };
        page.check();
        page
    }
}

impl Page {
    /// Each page is HTML without a fault.
    fn check(&self) {
        let is_page = self.headers.get(CONTENT_TYPE).is_some_and(|it| it.to_str().unwrap().starts_with("text/html"));
        if is_page {
            let errors = Html::parse_document(&self.html).errors;
            assert!(errors.is_empty(), "{}: {errors:?} in {}", self.address, self.html);
        }
    }

    /// The text of everything that a selector finds, one line each, blanks closed up.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        let closed = |element: ElementRef<'_>| {
            // What keeps two letters together isn't read.
            let text: String = element.text().collect::<String>().replace('\u{2060}', "");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        document.select(&Selector::parse(selector).unwrap()).map(closed).collect()
    }

    /// The values of an attribute of everything that a selector finds.
    pub(crate) fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        let selector = Selector::parse(selector).unwrap();
        document.select(&selector).filter_map(|element| element.attr(name)).map(str::to_owned).collect()
    }

    /// The field for a file of a form that takes one.
    fn file_field(&self, action: &str) -> Option<String> {
        let field = format!("form[action=\"{action}\"][enctype=\"multipart/form-data\"]");
        let takes_files = !self.attributes(&field, "action").is_empty();
        let named = self.attributes(&format!("{field} input[type=file]"), "name");
        takes_files.then(|| named.first().cloned().unwrap_or_else(|| "file".to_owned()))
    }

    /// What the form would send as it stands, but for the fields given.
    pub(crate) fn filled(&self, action: &str, given: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut fields = self.fields(action);
        for (name, value) in given {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields
    }

    /// What the form that goes to `action`, or a button of it that does, would send as it stands; it must be on the page.
    pub(crate) fn fields(&self, action: &str) -> Vec<(String, String)> {
        let document = Html::parse_document(&self.html);
        let form = select(&document, "form").into_iter().find(|form| form.attr("action") == Some(action));
        let button = || select(&document, "button").into_iter().find(|it| it.attr("formaction") == Some(action));
        let (form, button) = match form {
            Some(form) => (Some(form), None),
            None => (button().and_then(|button| form_of(&document, button)), button()),
        };
        let form = form.unwrap_or_else(|| panic!("no form to {action} on {}: {}", self.address, self.html));
        let mut fields = sent_by(&document, form);
        let own = button.and_then(|button| Some((button.attr("name")?, button.attr("value").unwrap_or_default())));
        fields.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        // Whoever sends it has read the page: no time passes in tests by itself.
        fields.retain(|(name, _)| name != "shown_at");
        fields
    }
}

/// Everything that a selector finds in a document.
pub(crate) fn select<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

/// The form that a control or button is of: the one that it names, or the one around it.
pub(crate) fn form_of<'a>(document: &'a Html, control: ElementRef<'a>) -> Option<ElementRef<'a>> {
    match control.attr("form") {
        Some(id) => select(document, "form").into_iter().find(|form| form.attr("id") == Some(id)),
        None => control.ancestors().filter_map(ElementRef::wrap).find(|above| above.value().name() == "form"),
    }
}

/// The controls of a form, wherever they stand.
pub(crate) fn controls<'a>(document: &'a Html, form: ElementRef<'a>) -> Vec<ElementRef<'a>> {
    let all = select(document, "input[name], select[name], textarea[name]");
    all.into_iter().filter(|control| form_of(document, *control).is_some_and(|of| of.id() == form.id())).collect()
}

/// What a form sends as it stands.
pub(crate) fn sent_by<'a>(document: &'a Html, form: ElementRef<'a>) -> Vec<(String, String)> {
    let controls = controls(document, form).into_iter();
    controls.filter_map(|control| Some((control.attr("name")?.to_owned(), sent(control)?))).collect()
}

/// What a control sends as it stands.
fn sent(control: ElementRef<'_>) -> Option<String> {
    let value = || control.attr("value").unwrap_or_default().to_owned();
    match (control.value().name(), control.attr("type")) {
        ("select", _) => {
            let options: Vec<_> = control.select(&Selector::parse("option").unwrap()).collect();
            let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
            chosen.map(|option| option.attr("value").unwrap_or_default().to_owned())
        }
        ("textarea", _) => Some(control.text().collect()),
        (_, Some("checkbox" | "radio")) => {
            control.attr("checked").map(|_| control.attr("value").unwrap_or("on").to_owned())
        }
        (_, Some("submit" | "button" | "file")) => None,
        _ => Some(value()),
    }
}
