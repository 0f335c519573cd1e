//! Pictures, made by `cargo test --test console pictures -- --ignored`: those of the README, of the demo; and every page in each of its
//! states, in both languages and on both office screens, in `target/pictures`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fantoccini::Locator;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::states::Tour;

/// A demo that ends with the test.
struct Demo(std::process::Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn sign_in_by_a_click(browser: &Browser, name: &str) {
    browser.go("/console/sign-in").await;
    let person = format!("//ul[@class='people']//button[contains(., '{name}')]");
    browser.client.find(Locator::XPath(&person)).await.unwrap().click().await.unwrap();
    browser.says("h1", "").await;
    if browser.path().await.starts_with("/console/window") {
        browser.type_into("[name=window]", &format!("3{ENTER}")).await;
    }
    browser.at("/console").await;
}

async fn picture(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), browser.client.screenshot().await.unwrap()).unwrap();
}

#[tokio::test]
#[ignore = "writes docs/pictures"]
async fn the_readme_shows_the_check_sheet_and_the_board_of_the_demo() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_casehall"));
    let mut demo = Demo(demo.args(["demo", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    let browser = Browser::at_address(&address, Window { height: 1010, ..OFFICE }).await;
    sign_in_by_a_click(&browser, "陈窗口").await;
    browser.client.find(Locator::Css("table.list a")).await.unwrap().click().await.unwrap();
    browser.says("h1", "公司").await;
    let case = browser.path().await;
    browser.go(&format!("{case}/materials")).await;
    browser.press(&format!("4-+{ENTER}")).await;
    browser.says("#verdict", "④").await;
    picture(&browser, "check-sheet.png").await;
    browser.client.delete_all_cookies().await.unwrap();
    sign_in_by_a_click(&browser, "黄督办").await;
    browser.go("/console/board").await;
    picture(&browser, "board.png").await;
    browser.close().await;
}

/// The whole page as a picture, in a window of that width.
async fn whole(browser: &Browser, window: Window) -> Vec<u8> {
    let measured = "return [window.outerHeight - window.innerHeight, document.documentElement.scrollHeight]";
    browser.client.set_window_size(window.width, window.height).await.unwrap();
    let measures = browser.client.execute(measured, Vec::new()).await.unwrap();
    let [frame, content] = [0, 1].map(|at| u32::try_from(measures[at].as_u64().unwrap()).unwrap());
    browser.client.set_window_size(window.width, frame + content.max(window.height)).await.unwrap();
    browser.client.screenshot().await.unwrap()
}

#[tokio::test]
#[ignore = "writes target/pictures"]
async fn every_page_in_every_state() {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let tour = Tour::prepared().await;
    for language in ["zh-CN", "en"] {
        for (width, height) in [(1366, 768), (1920, 1080)] {
            let folder = target.join(format!("pictures/{language}-{width}"));
            std::fs::create_dir_all(&folder).unwrap();
            let window = Window { width, height, language, ..OFFICE };
            tour.walk(window, async |browser, state| {
                let picture = whole(browser, window).await;
                std::fs::write(folder.join(format!("{}.png", state.name)), picture).unwrap();
            })
            .await;
        }
    }
}
