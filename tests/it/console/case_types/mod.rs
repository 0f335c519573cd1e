//! Case types at the console: checklists, and workflows as pictures.

use casehall::domain::accounts::role::Role;

use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    every_case_type_has_its_checklist_and_its_picture,
    a_picture_shows_every_state_and_way_once,
    what_is_cited_in_chinese_says_so,
);

async fn every_case_type_has_its_checklist_and_its_picture(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (visitor, person) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await.in_chinese());
    let list = visitor.get("/console/case-types").await;
    let known = person.get("/case-types").await.expect(200);
    let known = known["items"].as_array().unwrap();
    assert_eq!(list.texts("tbody tr").len(), known.len());
    for case_type in known {
        let code = case_type["code"].as_str().unwrap();
        for language in ["zh-CN", "en"] {
            let visitor = visitor.copied().await;
            let visitor = if language == "en" { visitor.in_english() } else { visitor };
            let page = visitor.get(&format!("/console/case-types/{code}")).await;
            let materials = case_type["materials"].as_array().unwrap();
            assert_eq!(page.texts("section:nth-of-type(2) tbody tr").len(), materials.len(), "{code}");
            assert!(!page.attributes("svg", "aria-label").is_empty(), "{code}");
            assert!(!page.html.contains("case_types."), "{code}: a text is missing");
        }
    }
    assert_eq!(visitor.get("/console/case-types/none").await.status, 404);
}

/// Sources and the names that the guide has for a form are what they are called; a page in English says that they are Chinese.
async fn what_is_cited_in_chinese_says_so(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let [visitor, administrator] =
        [hall.visitor(Role::Clerk).await.in_english(), hall.visitor(Role::Administrator).await.in_english()];
    let list = visitor.get("/console/case-types").await;
    let mut pages = vec![administrator.get("/console/hall").await];
    for address in list.attributes("tbody a", "href") {
        pages.push(visitor.get(&address).await);
    }
    assert!(pages.len() > 8);
    for page in pages {
        let (mut all, said) = (page.texts("main").concat(), page.texts("main [lang='zh-CN']"));
        for text in said {
            all = all.replace(&text, "");
        }
        let left: String = all.chars().filter(|letter| ('\u{4e00}'..='\u{9fff}').contains(letter)).collect();
        assert_eq!(left, "", "{}", page.address);
    }
}

async fn a_picture_shows_every_state_and_way_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get("/console/case-types/unlock").await;
    let states = page.texts("svg text.ink");
    let actions = page.texts(".machine tbody tr");
    let numbers: Vec<usize> = page
        .texts("svg text.on")
        .iter()
        .flat_map(|text| text.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<usize>>())
        .collect();
    assert!(states.len() > 3 && actions.len() > 3, "{}", page.html);
    // Each number in the picture is that of an action in the table, whose row names both states.
    assert!(!numbers.is_empty() && numbers.iter().all(|number| (1..=actions.len()).contains(number)), "{numbers:?}");
    let ways = page.texts("svg text.on").len();
    assert!(page.attributes("svg > path", "d").len() > ways, "a line for each, and that of the beginning");
    // In the middle of its box stands a state's name, and no box lies on another.
    let tops: Vec<usize> = page.attributes("svg rect", "y").iter().map(|y| y.parse().unwrap()).collect();
    assert_eq!(tops.len(), states.len());
    assert!(tops.windows(2).all(|pair| pair[0] + 48 < pair[1]), "{tops:?}");
}
