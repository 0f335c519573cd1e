//! Forms with a file: no end of a session loses what was typed beside it.

use casehall::domain::accounts::role::Role;
use chrono::Duration;

use crate::console::forms::{says_that_nothing_was_saved, sign_in};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall};

on_both!(
    what_was_typed_beside_a_file_is_there_after_signing_in_and_the_file_is_asked_for_again,
    a_table_of_a_page_of_before_comes_back_and_enters_nothing,
);

async fn what_was_typed_beside_a_file_is_there_after_signing_in_and_the_file_is_asked_for_again(
    database: TestDatabase,
) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    hall.named("he", "何静", &[Role::Administrator], None).await;
    hall.named("li", "李强", &[Role::Supervisor], Some(CENTER)).await;
    let year = [("source", "国办发明电〔2026〕7号"), ("days", "date,kind,name\n2027-01-01,holiday,元旦")];
    let table = [("table", "证书序列号,介质编号\nGZ2013-0001,KEY-0001")];
    let pages =
        [("he", "/console/calendar/import", &year[..]), ("li", "/console/certificates/imports/new", &table[..])];
    for (name, address, typed) in pages {
        for file in [None, Some(vec![b'x'; 20]), Some(vec![b'x'; 200_000])] {
            let visitor = hall.visitor_named(name).await;
            let page = visitor.get(address).await;
            hall.advance(Duration::minutes(61));
            let asked = match &file {
                None => visitor.submit(&page, address, typed).await,
                Some(content) => visitor.submit_file(&page, address, typed, ("表.csv", content)).await,
            };
            assert_eq!((asked.status, asked.texts("[role=status]").len()), (401, 1), "{address}: {}", asked.html);
            let back = sign_in(&visitor, &asked, name).await;
            let told = back.texts("[role=alert] li").concat();
            assert_eq!((back.address.as_str(), back.status), (address, 422), "{}", back.html);
            for (field, text) in typed {
                let value = back.attributes(&format!("input[name={field}]"), "value").concat();
                let lines = back.texts(&format!("[name={field}]")).concat();
                assert!(value == *text || lines == text.replace('\n', " "), "{field}: {}", back.html);
            }
            assert_eq!(told.contains("文件“表.csv”没有留下，请重新选择"), file.is_some(), "{told}");
        }
    }
    // Nothing of another site is kept, nor of whoever never was here.
    let stranger = hall.stranger();
    let forged = [("form_key", "x.y"), ("source", "通知")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(stranger.post("/console/calendar/import", &forged).await.status, 303);
}

async fn a_table_of_a_page_of_before_comes_back_and_enters_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let address = "/console/certificates/imports/new";
    let name = hall.named("li", "李强", &[Role::Supervisor], Some(CENTER)).await.name().to_owned();
    let supervisor = hall.visitor_named(&name).await;
    let page = supervisor.get(address).await;
    let asked = supervisor.submit(&supervisor.get("/console/account").await, "/console/sign-out", &[]).await;
    sign_in(&supervisor, &asked, &name).await;
    let table = "证书序列号,介质编号,单位名称,组织机构代码,有效期起,有效期止\n\
                 GZ2013-0001,KEY-0001,广州第1老证单位,30000001X,2025-01-01,2027-12-31\n";
    let table = table.replace("30000001X", &crate::hall::organization_code(1));
    let back = supervisor.submit_file(&page, address, &[], ("表.csv", table.as_bytes())).await;
    says_that_nothing_was_saved(&back);
    assert!(back.texts("[name=table]").concat().contains("GZ2013-0001"), "{}", back.html);
    let sent = supervisor.submit(&back, address, &[]).await;
    assert_eq!(sent.texts("tbody tr").len(), 1, "{}", sent.html);
}
