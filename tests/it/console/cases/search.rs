//! The one box of every page: one hit opens at once; where there is none, what comes nearest, and the way to a new case.

use casehall::domain::accounts::role::Role;

use super::{NEW, checked, made, opened, paid};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    whatever_identifies_one_thing_opens_it_at_once,
    a_slip_leads_to_the_case_by_which_it_was_given,
    what_is_mistyped_offers_what_comes_nearest,
    a_wrong_check_character_is_said_and_opens_nothing,
    what_is_unknown_offers_a_new_case_with_what_was_typed,
    the_guide_is_looked_up_whatever_things_are_called,
    what_another_outlet_has_is_not_near,
    an_empty_box_opens_what_the_page_says_and_nothing_elsewhere,
    a_key_of_the_page_opens_what_it_says_also_without_script,
);

async fn whatever_identifies_one_thing_opens_it_at_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    made(&producer, &case, 7).await;
    let the_case = format!("/console/cases/{case}");
    let certificate = "/console/certificates/GZ-000007".to_owned();
    let found = [
        (case.clone(), &the_case),
        (case.chars().map(|digit| char::from_u32(digit as u32 + 0xFEE0).unwrap()).collect(), &the_case),
        ("GZ-000007".to_owned(), &certificate),
        ("gz-000007".to_owned(), &certificate),
        ("KEY-000007".to_owned(), &certificate),
        (crate::hall::unified_code(1), &the_case),
        ("广州第1建筑有限公司".to_owned(), &the_case),
        ("刘少芬".to_owned(), &the_case),
    ];
    for (sought, address) in found {
        let query = serde_urlencoded::to_string([("q", &sought)]).unwrap();
        assert_eq!(&clerk.get(&format!("/console/search?{query}")).await.address, address, "{sought}");
    }
    // A part of a name may be meant of another one: the one that has it is listed, and opens with a click.
    for sought in ["第1建筑", "刘少"] {
        let query = serde_urlencoded::to_string([("q", sought)]).unwrap();
        let page = clerk.get(&format!("/console/search?{query}")).await;
        assert_eq!(page.attributes("main td a", "href"), [the_case.as_str()], "{sought}: {}", page.address);
    }
}

async fn a_slip_leads_to_the_case_by_which_it_was_given(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    for number in 1..=2 {
        let case = opened(&clerk, number).await;
        checked(&clerk, &case).await;
        paid(&clerk, &case).await;
        made(&producer, &case, number).await;
        let page = format!("/console/cases/{case}/handover");
        let medium = format!("KEY-{number:06}");
        let scanned = clerk.submit(&clerk.get(&page).await, &page, &[("box", &medium)]).await;
        let done = clerk.submit(&scanned, &page, &[("box", "1")]).await;
        assert_eq!(done.status, 200, "{}", done.html);
        let view = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
        let slip = view["slips"][0]["number"].as_str().unwrap().to_owned();
        assert!(slip.starts_with("LQ"), "{slip}");
        for typed in [slip.clone(), slip.to_lowercase()] {
            assert_eq!(
                clerk.get(&format!("/console/search?q={typed}")).await.address,
                format!("/console/cases/{case}")
            );
        }
    }
    assert_eq!(clerk.get("/console/search?q=LQ20260302-0099").await.attributes("main td a", "href").len(), 0);
}

async fn what_is_mistyped_offers_what_comes_nearest(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    opened(&clerk, 2).await;
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    made(&producer, &case, 7).await;
    let mut swapped = case.clone();
    swapped.replace_range(10..12, &case[10..12].chars().rev().collect::<String>());
    let (the_case, certificate) = (format!("/console/cases/{case}"), "/console/certificates/GZ-000007".to_owned());
    let code = crate::hall::unified_code(1);
    let near = [
        (swapped, &the_case),
        (format!("{}{}", &case[..11], (case[11..].parse::<u8>().unwrap() + 1) % 10), &the_case),
        (case[..11].to_owned(), &the_case),
        ("GZ-00007".to_owned(), &certificate),
        ("KEY-000070".to_owned(), &certificate),
        (code[1..].to_owned(), &the_case),
        ("广州第1建竹有限公司".to_owned(), &the_case),
        ("刘少分".to_owned(), &the_case),
    ];
    for (sought, address) in near {
        let query = serde_urlencoded::to_string([("q", &sought)]).unwrap();
        let page = clerk.get(&format!("/console/search?{query}")).await;
        let offered = page.attributes("main td a", "href");
        assert!(page.texts("main").concat().contains("没有找到"), "{sought}: {}", page.address);
        assert!(offered.contains(address) && offered.len() <= 3, "{sought}: {offered:?}");
        assert_eq!(page.attributes("[role=search] [name=q]", "data-before"), [sought]);
    }
}

async fn a_wrong_check_character_is_said_and_opens_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let code = crate::hall::unified_code(1);
    let other = if code.ends_with('0') { "1" } else { "0" };
    let wrong_code = format!("{}{other}", &code[..17]);
    let wrong_number = format!("{}{}", &case[..11], (case[11..].parse::<u8>().unwrap() + 1) % 10);
    for sought in [wrong_code, wrong_number] {
        let page = clerk.get(&format!("/console/search?q={sought}")).await;
        assert!(page.texts("main").concat().contains("校验位不符"), "{sought}: {} {}", page.address, page.html);
        assert_eq!(page.attributes("main td a", "href"), [format!("/console/cases/{case}")], "{sought}");
    }
    // Some that were really issued fail the check: whoever has the very code is found by it.
    let supervisor = hall.visitor(Role::Supervisor).await;
    let issued = format!("{}{other}", &crate::hall::unified_code(2)[..17]);
    let mut asked = crate::hall::application(2);
    asked["organization"]["unified_social_credit_code"] = serde_json::json!(issued);
    asked["organization"]["check_override_reason"] = serde_json::json!("执照原件即为此码");
    let opened = hall.staff(Role::Supervisor).await.post("/cases", &asked).await.expect(201);
    let address = format!("/console/cases/{}", opened["acceptance_number"].as_str().unwrap());
    assert_eq!(supervisor.get(&format!("/console/search?q={issued}")).await.address, address);
}

async fn what_is_unknown_offers_a_new_case_with_what_was_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    for (sought, field) in [("深圳监理研究院", "organization/name"), ("PDY00000X", "organization/code")] {
        let query = serde_urlencoded::to_string([("q", sought)]).unwrap();
        let page = clerk.get(&format!("/console/search?{query}")).await;
        assert!(page.texts("main td a").is_empty(), "{sought}");
        let kinds = clerk.get(&page.attributes("main a.button", "href").concat()).await;
        let form = clerk.get(&kinds.attributes(".kinds a", "href")[0]).await;
        assert_eq!(form.attributes(&format!("[name='{field}']"), "value"), [sought]);
    }
    // The number of a case, mistyped or not, or of a certificate is no organization's.
    for sought in ["261202000077", "GZ-OLD-000099"] {
        let page = clerk.get(&format!("/console/search?q={sought}")).await;
        assert_eq!(page.texts("main a.button"), ["新建办件"], "{sought}");
        assert_eq!(page.attributes("main a.button", "href"), ["/console/cases/new"]);
    }
    let producer = hall.visitor(Role::Producer).await;
    let page = producer.get("/console/search?q=%E6%B7%B1%E5%9C%B3").await;
    assert!(page.texts("main a.button").is_empty(), "whoever opens no case isn't offered one");
}

async fn the_guide_is_looked_up_whatever_things_are_called(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let found = async |sought: &str| {
        let query = serde_urlencoded::to_string([("q", sought)]).unwrap();
        clerk.get(&format!("/console/search?{query}")).await.texts("main ul.tell li")
    };
    // A form by either of its names, and by words that people have for the guide's.
    for sought in ["机构证书申请表", "数字证书申请表", "机构证书申领表"] {
        assert!(
            found(sought).await.contains(&"新办证书 机构证书申请表".to_owned()),
            "{sought}: {:?}",
            found(sought).await
        );
    }
    assert_eq!(found("登陆").await, found("登录").await);
    assert!(!found("登陆").await.is_empty() && found("登").await.is_empty());
    assert!(found("新办").await[0].starts_with("新办证书"));
}

async fn what_another_outlet_has_is_not_near(database: TestDatabase) {
    let hall = Hall::with(database, &[crate::hall::TWO_OUTLETS]).await;
    let case = opened(&hall.visitor(Role::Clerk).await, 1).await;
    let other = hall.person(&[Role::Clerk], Some("panyu")).await;
    let other = hall.visitor_named(other.name()).await;
    for sought in [case.clone(), case[..11].to_owned(), "广州第1建竹".to_owned()] {
        let query = serde_urlencoded::to_string([("q", &sought)]).unwrap();
        let page = other.get(&format!("/console/search?{query}")).await;
        assert!(page.texts("main td a").is_empty(), "{sought}");
    }
}

async fn an_empty_box_opens_what_the_page_says_and_nothing_elsewhere(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    // Enter alone, without script: on the desk the first row, on a case its next step.
    let desk = clerk.get("/console").await;
    assert_eq!(desk.texts("tr.here td a"), ["广州第1建筑有限公司"]);
    for (page, opens) in [("/console".to_owned(), ""), (format!("/console/cases/{case}"), "/materials")] {
        let page = clerk.get(&page).await;
        assert_eq!(page.attributes("[role=search] [autofocus]", "name"), ["q"]);
        let query = serde_urlencoded::to_string(page.fields("/console/search")).unwrap();
        let opened = clerk.get(&format!("/console/search?{query}")).await;
        assert_eq!(opened.address, format!("/console/cases/{case}{opens}"));
        let scanned = page.fields("/console/search").into_iter().map(|(name, value)| {
            let typed = if name == "q" { case.clone() } else { value };
            (name, typed)
        });
        let query = serde_urlencoded::to_string(scanned.collect::<Vec<_>>()).unwrap();
        let found = clerk.get(&format!("/console/search?{query}")).await;
        assert_eq!(found.address, format!("/console/cases/{case}"), "what was scanned comes first");
    }
    for elsewhere in ["https://example.org", "//example.org", "/progress"] {
        let query = serde_urlencoded::to_string([("enter", elsewhere), ("q", "")]).unwrap();
        assert_eq!(clerk.get(&format!("/console/search?{query}")).await.address, "/console", "{elsewhere}");
    }
}

async fn a_key_of_the_page_opens_what_it_says_also_without_script(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = format!("/console/cases/{}", opened(&clerk, 1).await);
    let pressed = async |page: &str, key: &str| {
        let fields = clerk.get(page).await.fields("/console/search");
        let typed =
            fields.into_iter().map(|(name, value)| if name == "q" { (name, key.to_owned()) } else { (name, value) });
        let query = serde_urlencoded::to_string(typed.collect::<Vec<_>>()).unwrap();
        clerk.get(&format!("/console/search?{query}")).await.address
    };
    for (key, opens) in [("p", "/prints/receipt"), ("m", "/materials"), ("ｍ", "/materials"), ("t", "#timeline")] {
        assert_eq!(pressed(&case, key).await, format!("{case}{opens}"), "{key}");
    }
    assert_eq!(pressed("/console", "2").await, "/console?list=waiting_for_correction");
    assert_eq!(pressed("/console", "n").await, NEW);
    // No key of the page is looked for, and no key leads elsewhere.
    assert!(pressed("/console", "p").await.starts_with("/console/search?"));
    for elsewhere in ["//example.org", "https://example.org/console/"] {
        let query = serde_urlencoded::to_string([("q", "p"), ("keys", &format!("p {elsewhere}"))]).unwrap();
        assert_eq!(clerk.get(&format!("/console/search?{query}")).await.address, "/console");
    }
}
