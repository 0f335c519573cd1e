//! The years that come as files: taken in at start with what they move, unless somebody imported the year.

use serde_json::{Value, json};

use super::{Push, Staff, before_2019s_amendment};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(calendar_files_never_overwrite_an_imported_year);

async fn year(staff: &Staff<'_>) -> (i64, Value) {
    let year = staff.clerk.get("/calendar/2019").await.expect(200);
    (year["edition"].as_i64().unwrap(), year["source"].clone())
}

async fn calendar_files_never_overwrite_an_imported_year(database: TestDatabase) {
    let before = before_2019s_amendment();
    let hall = Hall::arranged(database, before.path(), &[]).await;
    hall.set_time("2019-04-15T10:00:00+08:00");
    let case = {
        let staff = Staff::of(&hall).await;
        assert_eq!(year(&staff).await, (1, json!("files")));
        let case = staff.open(1).await;
        assert_eq!(staff.dates(&case).await.1, "2019-04-29");
        case
    };
    // The program with the amended year.
    let hall = hall.restarted(None).await.unwrap();
    {
        let staff = Staff::of(&hall).await;
        assert_eq!(year(&staff).await, (2, json!("files")));
        assert_eq!(staff.dates(&case).await.1, "2019-04-28");
        let moves = staff.moves(&case).await;
        assert_eq!((moves.len(), &moves[0]["actor"]["code"]), (1, &json!("casehall")));
        assert_eq!(staff.listed().await[0]["limit"]["at"], "2019-04-28T09:30:00Z");
    }
    let hall = hall.restarted(None).await.unwrap();
    {
        let staff = Staff::of(&hall).await;
        assert_eq!(year(&staff).await, (2, json!("files")), "the same files again are no change");
        let body = std::fs::read_to_string(before.path().join("calendar/2019.toml")).unwrap();
        let push = Push { body, ..Push::shipped(2019, 2) };
        assert_eq!(push.by(&staff.administrator).await.expect(200)["moved"], 1);
    }
    let hall = hall.restarted(None).await.unwrap();
    let staff = Staff::of(&hall).await;
    assert_eq!(year(&staff).await, (3, json!("import")), "what an administrator imported stays");
    assert_eq!((staff.dates(&case).await.1.as_str(), staff.moves(&case).await.len()), ("2019-04-29", 2));
}
