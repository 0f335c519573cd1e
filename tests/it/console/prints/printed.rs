//! Papers as Chromium prints them: how many pages they take, and that scanners read the codes on them.

use std::path::Path;
use std::process::{Command, Output};

use casehall::domain::accounts::role::Role;
use serde_json::json;

use super::{one_copy_short, opened};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Visitor, VisitorPage, application};

/// A printed paper.
pub(super) struct Pdf {
    directory: tempfile::TempDir,
    pub(super) pages: usize,
}

fn run(program: &str, arguments: &[&str], directory: &Path) -> Output {
    let output = Command::new(program).args(arguments).current_dir(directory).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed: {error}; tests/run installs it"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

impl Pdf {
    /// Prints a page with its style sheet, as the browser would that has it open.
    async fn of(hall: &Hall, address: &str) -> Self {
        Self::by(&hall.visitor(Role::Clerk).await, address).await
    }

    async fn by(visitor: &Visitor<'_>, address: &str) -> Self {
        let page = visitor.get(address).await;
        assert_eq!(page.status, 200, "{}", page.html);
        Self::of_page(visitor, &page, &page.html).await
    }

    /// Prints this HTML with the style sheet of a page.
    pub(super) async fn of_page(visitor: &Visitor<'_>, page: &VisitorPage, html: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let style = page.attributes("link[rel=stylesheet]", "href").remove(0);
        std::fs::write(directory.path().join("paper.css"), visitor.get(&style).await.html).unwrap();
        std::fs::write(directory.path().join("paper.html"), html.replace(&style, "paper.css")).unwrap();
        let at = directory.path().to_owned();
        let pages = tokio::task::spawn_blocking(move || {
            let profile = format!("--user-data-dir={}", at.join("profile").display());
            let arguments = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-pdf-header-footer",
                "--print-to-pdf=paper.pdf",
                &profile,
                "paper.html",
            ];
            run("chromium", &arguments, &at);
            let about = String::from_utf8(run("pdfinfo", &["paper.pdf"], &at).stdout).unwrap();
            let field = |name: &str| about.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
            assert!(field("Page size:").contains("A4"), "{about}");
            field("Pages:").parse().unwrap()
        });
        Self { pages: pages.await.unwrap(), directory }
    }

    /// The text of a page, counted from 1.
    pub(super) fn text(&self, page: usize) -> String {
        let page = page.to_string();
        let output = run("pdftotext", &["-f", &page, "-l", &page, "paper.pdf", "-"], self.directory.path());
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect()
    }

    /// What a scanner reads on a page, as kind and text.
    pub(super) fn codes(&self, page: usize) -> Vec<String> {
        self.scanned(page, page).remove(0)
    }

    /// What a scanner reads on each page.
    pub(super) fn all_codes(&self) -> Vec<Vec<String>> {
        self.scanned(1, self.pages)
    }

    fn scanned(&self, first: usize, last: usize) -> Vec<Vec<String>> {
        let (from, to) = (first.to_string(), last.to_string());
        run("pdftoppm", &["-r", "100", "-gray", "-f", &from, "-l", &to, "paper.pdf", "page"], self.directory.path());
        let files = std::fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut images: Vec<_> = files.filter(|path| path.extension().is_some_and(|kind| kind == "pgm")).collect();
        images.sort();
        let read = |image: std::path::PathBuf| {
            // It fails where there is nothing to read.
            let read = Command::new("zbarimg").arg("--quiet").arg(&image).output().expect("zbarimg");
            std::fs::remove_file(image).unwrap();
            let mut codes: Vec<String> = String::from_utf8(read.stdout).unwrap().lines().map(str::to_owned).collect();
            codes.sort();
            codes
        };
        images.into_iter().map(read).collect()
    }
}

#[tokio::test]
async fn a_scanner_reads_number_and_address_on_a_receipt_of_one_page() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let receipt = Pdf::of(&hall, &format!("/console/cases/{number}/prints/receipt")).await;
    assert_eq!(receipt.pages, 1);
    let address = format!("{}/progress?number={number}", hall.base);
    assert_eq!(receipt.codes(1), [format!("CODE-128:{number}"), format!("QR-Code:{address}")]);
    // English is longer.
    let visitor = hall.visitor(Role::Clerk).await.in_english();
    assert_eq!(Pdf::by(&visitor, &format!("/console/cases/{number}/prints/receipt")).await.pages, 1);
}

#[tokio::test]
async fn the_qr_code_names_the_address_that_applicants_reach() {
    let public = ("HALL__PUBLIC_ADDRESS", "https://hall.example.org/");
    let hall = Hall::with(TestDatabase::sqlite(), &[public]).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let receipt = Pdf::of(&hall, &format!("/console/cases/{number}/prints/receipt")).await;
    assert!(receipt.codes(1).contains(&format!("QR-Code:https://hall.example.org/progress?number={number}")));
}

#[tokio::test]
async fn a_notice_of_eight_defects_to_a_name_of_sixty_characters_is_one_page() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut asked = application(1);
    let name = format!("广州{}有限公司", "建筑工程".repeat(14)).chars().take(60).collect::<String>();
    asked["organization"]["name"] = json!(name);
    let (number, case) = opened(&clerk, &asked).await;
    one_copy_short(&clerk, &number, &case).await;
    let notice = Pdf::of(&hall, &format!("/console/cases/{number}/prints/one-time-notice")).await;
    assert_eq!(notice.pages, 1);
    let text = notice.text(1);
    assert!(text.contains(&name) && text.contains("申请人（及经办人）有效身份证件·经办人缺1份"), "{text}");
    assert_eq!(notice.codes(1), [format!("CODE-128:{number}")]);
}

/// How far to the right words stand on a page, in points.
fn rightmost(pdf: &Pdf) -> f64 {
    let output = run("pdftotext", &["-bbox", "paper.pdf", "-"], pdf.directory.path());
    let said = String::from_utf8(output.stdout).unwrap();
    let ends = said.split("xMax=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
    ends.fold(0.0, f64::max)
}

/// Where the text of a paper ends: A4 less the margin, in points.
const RIGHT_EDGE: f64 = (210.0 - 18.0) / 25.4 * 72.0;

#[tokio::test]
async fn a_long_reason_in_english_breaks_no_page() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, _) = opened(&clerk, &application(1)).await;
    let sentence = "The organization is not registered with the authority that the application names, and its licence has lapsed; ";
    let reason = format!("{}{} the last word", sentence.repeat(2), "Unterschriftenbeglaubigung".repeat(8));
    clerk.act(&number, "reject", &json!({ "reason": reason })).await.expect(200);
    let address = format!("/console/cases/{number}/prints/notice-of-refusal");
    for visitor in [hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await.in_english()] {
        let notice = Pdf::by(&visitor, &address).await;
        assert_eq!(notice.pages, 1);
        assert!(notice.text(1).contains("thelastword"), "{}", notice.text(1));
        assert!(rightmost(&notice) < RIGHT_EDGE + 1.0, "{}", rightmost(&notice));
        assert_eq!(notice.codes(1), [format!("CODE-128:{number}")]);
    }
}

#[tokio::test]
async fn three_copies_of_a_form_are_three_pages_each_with_its_number() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    for form in ["certificate-application-form", "responsibility-letter", "e-seal-application-form", "e-seal-agreement"]
    {
        let printed = Pdf::of(&hall, &format!("/console/cases/{number}/prints/{form}")).await;
        assert_eq!(printed.pages, 3, "{form}");
        for page in 1..=3 {
            let text = printed.text(page);
            assert!(text.contains(&format!("第{page}份/共3份")) && text.contains("盖章处"), "{form}: {text}");
            assert_eq!(printed.codes(page), [format!("CODE-128:{number}")], "{form}, page {page}");
        }
    }
}

#[tokio::test]
async fn a_leaflet_is_one_page_in_chinese_and_at_most_two_full_ones_in_english() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let leaflet = format!("/console/cases/{number}/prints/leaflet");
    assert_eq!(Pdf::of(&hall, &leaflet).await.pages, 1);
    let english = Pdf::by(&hall.visitor(Role::Clerk).await.in_english(), &leaflet).await;
    assert_eq!(english.pages, 1);
}
