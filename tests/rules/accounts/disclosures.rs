//! Which reasons of a disclosure hold a person's number.

use casehall::domain::accounts::disclosure::{Disclosure, DisclosureDraft};

fn is_taken(reason: &str) -> bool {
    let (person, purpose) = ("applicant".to_owned(), "contact".to_owned());
    let draft = DisclosureDraft { person, fields: vec!["phone".to_owned()], purpose, reason: reason.to_owned() };
    match Disclosure::checked(&draft) {
        Ok(_) => true,
        Err(faults) => {
            assert_eq!((faults.len(), faults[0].code), (1, "holds_number"), "{reason}: {faults:?}");
            false
        }
    }
}

#[test]
fn a_number_is_one_however_it_is_typed() {
    for number in [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138\u{2013}0013\u{2014}8000",
        "138.0013.8000",
        "(020) 3882 8393",
        "+86 138 0013 8000",
        "１３８００１３８０００",
        "１３８ ００１３－８０００",
        "138\u{200B}0013\u{200B}8000",
        "138\u{3000}0013\n8000",
        "138·0013·8000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "一三八零零一三八零零零",
        "440199 19641231 0694",
        "440199 1964-12-31 0694",
        "440199/1964/12/31/0694",
        "1964-12-31 440199 0694",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "٣٨٠٠١٣٨٠٠٠",
        "6222 0000",
    ] {
        for reason in [number.to_owned(), format!("电话{number}，请联系"), format!("call {number} today")] {
            assert!(!is_taken(&reason), "{reason}");
        }
    }
}

#[test]
fn other_figures_are_none() {
    for reason in [
        "通知补正材料",
        "2026-11-28 来电，约 14:30 到窗口",
        "2026年11月28日申请",
        "2026-11-01~2026-11-30 的投诉",
        "2026/11/28 14 点",
        "穗公函〔2026〕1234号",
        "3号窗口，第 12 位，1000 元",
        "营业厅 8:30-17:30",
        "材料1、2、3、4、5、6、7、8均已核对",
        "3882839",
    ] {
        assert!(is_taken(reason), "{reason}");
    }
}
