//! A browser of a test's own, which ends with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use casehall::domain::accounts::role::Role;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::{ParseError, Url};

use crate::hall::{CENTER, Hall, PASSWORD};

/// Enter, as WebDriver writes it.
pub(crate) const ENTER: char = '\u{e007}';

/// A desktop has no window that is narrower: the browser is told to show the page so.
const NARROWEST: u32 = 500;

/// Browsers at a time: each is several processes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A browser window, and somebody before it.
pub(crate) struct Browser {
    pub(crate) client: Client,
    base: String,
    /// Keys that a person pressed.
    keys: AtomicUsize,
    _driver: Driver,
    _turn: SemaphorePermit<'static>,
}

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // Told to end, it ends the browser as well.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// A command of the browser's own protocol, for what WebDriver has no word.
#[derive(Debug)]
struct OwnCommand(Value);

impl WebDriverCompatibleCommand for OwnCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

/// What a window is like.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) script: bool,
    pub(crate) language: &'static str,
}

/// An office screen.
pub(crate) const OFFICE: Window = Window { width: 1366, height: 768, script: true, language: "zh-CN" };
/// A telephone, or an office screen that is enlarged four times.
pub(crate) const PHONE: Window = Window { width: 320, height: 640, ..OFFICE };

impl Browser {
    /// A browser that shows nothing yet.
    pub(crate) async fn open(hall: &Hall, window: Window) -> Self {
        Self::at_address(&hall.base, window).await
    }

    /// The same for a service that runs elsewhere.
    pub(crate) async fn at_address(base: &str, window: Window) -> Self {
        let turn = AT_ONCE.acquire().await.unwrap();
        let mut driver = Command::new("chromedriver");
        let mut driver =
            Driver(driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("chromedriver"));
        let mut lines = BufReader::new(driver.0.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .find_map(|line| Some(line.ok()?.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned()));
        // What it goes on to say is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let mut preferences = json!({ "intl.accept_languages": window.language });
        if !window.script {
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let size = format!("--window-size={},{}", window.width, window.height);
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", &size];
        let mut options = json!({ "args": arguments, "prefs": preferences });
        if window.width < NARROWEST {
            let metrics = json!({ "width": window.width, "height": window.height, "pixelRatio": 1, "mobile": false, "touch": false });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let capabilities = json!({ "goog:chromeOptions": options });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", port.expect("a port")))
            .await
            .expect("a browser");
        Self { client, base: base.to_owned(), keys: AtomicUsize::new(0), _driver: driver, _turn: turn }
    }

    /// A browser before which somebody of a role has signed in.
    pub(crate) async fn of(hall: &Hall, role: Role, window: Window) -> Self {
        let outlet = if role.sees_cases() && role != Role::Auditor { Some(CENTER) } else { None };
        let name = hall.person(&[role], outlet).await.name().to_owned();
        let browser = Self::open(hall, window).await;
        browser.sign_in(&name).await;
        browser
    }

    /// Signs somebody in; whoever was signed in before is forgotten.
    pub(crate) async fn sign_in(&self, username: &str) {
        self.client.delete_all_cookies().await.unwrap();
        self.go("/console/sign-in").await;
        self.type_into("[name=username]", username).await;
        self.type_into("[name=password]", &format!("{PASSWORD}{ENTER}")).await;
        // A clerk is asked at which window they are.
        self.until(|path| path == "/console" || path.starts_with("/console/window")).await;
        if self.path().await.starts_with("/console/window") {
            self.type_into("[name=window]", &format!("3{ENTER}")).await;
        }
        self.at("/console").await;
    }

    /// Opens a page.
    pub(crate) async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
        // A browser sets the focus of a page after it has loaded.
        let has_focus = self.client.execute("return document.hasFocus()", Vec::new()).await.unwrap() == json!(true);
        if has_focus && self.client.find(Locator::Css("[autofocus]")).await.is_ok() {
            self.focused().await;
        }
    }

    /// Waits until the page's first box has the focus.
    pub(crate) async fn focused(&self) {
        self.wait_for("[autofocus]:focus").await;
    }

    /// The path and query of the page that is open.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().as_str().trim_start_matches(&self.base).to_owned()
    }

    /// Waits until a page is open, whatever it says of what was just done; WebDriver answers before the browser has followed a form.
    pub(crate) async fn at(&self, path: &str) {
        let said = ["?done=", "?saved="];
        self.until(|now| said.iter().find_map(|word| now.split_once(word)).map_or(now, |(page, _)| page) == path).await;
    }

    /// Waits until an address is open that is as wanted, and answers it.
    pub(crate) async fn until(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        for _ in 0..400 {
            let path = self.path().await;
            if is_wanted(&path) {
                return path;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("at {}: {}", self.path().await, self.text("body").await);
    }

    /// Clicks the first element that a selector finds.
    pub(crate) async fn click(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Types into a control.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().send_keys(text).await.unwrap();
    }

    /// Presses keys, wherever the focus is; they are counted.
    pub(crate) async fn press(&self, keys: &str) {
        self.keys.fetch_add(keys.chars().count(), Ordering::Relaxed);
        self.send(keys).await;
    }

    /// How many keys were pressed since this was asked last.
    pub(crate) fn keys(&self) -> usize {
        self.keys.swap(0, Ordering::Relaxed)
    }

    /// Scans a code, wherever the focus is: its characters and Enter, none of which anybody presses.
    pub(crate) async fn scan(&self, code: &str) {
        self.send(&format!("{code}{ENTER}")).await;
    }

    async fn send(&self, keys: &str) {
        let actions = keys.chars().fold(KeyActions::new("keyboard".to_owned()), |actions, key| {
            actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key })
        });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Enter that is held down already: the keyboard repeats it.
    pub(crate) async fn enter_again(&self) {
        let enter = json!({ "type": "keyDown", "autoRepeat": true, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13 });
        let command = json!({ "cmd": "Input.dispatchKeyEvent", "params": enter });
        self.client.issue_cmd(OwnCommand(command)).await.unwrap();
    }

    /// The text of the first element that a selector finds.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.client.find(Locator::Css(css)).await.unwrap().text().await.unwrap()
    }

    /// Waits until a selector finds something.
    pub(crate) async fn wait_for(&self, css: &str) {
        let wait = self.client.wait().at_most(std::time::Duration::from_secs(10));
        wait.for_element(Locator::Css(css)).await.unwrap();
    }

    /// Waits until what a selector finds says something.
    pub(crate) async fn says(&self, css: &str, part: &str) {
        for _ in 0..200 {
            let found = self.client.find(Locator::Css(css)).await;
            if let Ok(found) = found
                && found.text().await.is_ok_and(|text| text.replace('\u{2060}', "").contains(part))
            {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("{css} doesn't say {part}: {}", self.text("body").await);
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }
}
