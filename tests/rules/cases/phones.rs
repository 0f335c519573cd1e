//! Phone numbers: every usual spelling becomes one form, and what reaches nobody is refused.

use casehall::domain::base::person::Personal;
use casehall::domain::base::phone::Phone;
use proptest::prelude::*;

fn kept(text: &str) -> String {
    Phone::parse(text).map_or_else(|_| "none".to_owned(), |phone| phone.in_clear().to_owned())
}

fn all_kept_as(canonical: &str, spellings: &[&str]) {
    let wrong: Vec<_> =
        spellings.iter().filter(|text| kept(text) != canonical).map(|text| (text, kept(text))).collect();
    assert_eq!(wrong, [], "should be {canonical}");
}

#[test]
fn a_landline_has_one_form_however_it_is_typed() {
    all_kept_as(
        "+8675583123456",
        &[
            "075583123456",
            "0755 8312 3456",
            "0755-8312-3456",
            "0755.8312.3456",
            "０７５５－８３１２３４５６",
            "0755—83123456",
            "0755–83123456",
            "0755−83123456",
            "0755ー83123456",
            "0755～83123456",
            "（0755）83123456",
            "【0755】83123456",
            "(0755) 8312-3456",
            "[0755]83123456",
            "+86 755 8312 3456",
            "＋86 755 8312 3456",
            "+86 (755) 83123456",
            "+86 (0)755 83123456",
            "+86-0755-83123456",
            "(+86)755-83123456",
            "86-755-83123456",
            "86 0755 83123456",
            "0086 755 83123456",
            "00860755 83123456",
            "\u{202D}0755\u{2011}83123456\u{202C}",
            "\u{3000}0755\u{a0}83123456\n",
        ],
    );
    all_kept_as("+861062345678", &["010-62345678", "(010)62345678", "+86 10 6234 5678", "8610 62345678"]);
    all_kept_as("+862038828393", &["020-38828393", "02038828393", "+86 20 3882 8393"]);
    all_kept_as("+866638233333", &["0663-8233333", "(0663)8233333", "+86 663 823 3333"]);
}

#[test]
fn an_extension_is_kept_apart_however_it_is_announced() {
    all_kept_as(
        "+8675583123456;ext=801",
        &[
            "0755-83123456-801",
            "0755－83123456－801",
            "0755 8312 3456-801",
            "0755-8312-3456-801",
            "(0755)83123456-801",
            "0755-83123456(801)",
            "0755-83123456（801）",
            "0755-83123456转801",
            "0755-83123456 轉 801",
            "0755-83123456－转801",
            "0755-83123456（转801）",
            "0755-83123456转801号",
            "0755-83123456分机801",
            "0755-83123456分机号：801",
            "0755-83123456 转分机 801",
            "0755-83123456转801分机",
            "0755-83123456 内线801",
            "0755-83123456 ext. 801",
            "0755-83123456 EXT801",
            "0755-83123456 ext:801",
            "0755-83123456 extension 801",
            "0755-83123456x801",
            "0755-83123456 X 801",
            "0755-83123456×801",
            "0755-83123456#801",
            "0755-83123456＃８０１",
            "075583123456转801",
            "+86 755 83123456 ext 801",
            "+86-755-83123456-801",
            "8675583123456;ext=801",
        ],
    );
    all_kept_as("+866638233333;ext=6", &["0663-8233333-6", "0663-8233333转6"]);
    all_kept_as("+867548312345;ext=6", &["0754-8312345-6"]);
    all_kept_as("+864008301234;ext=1", &["400-830-1234转1", "400-830-1234-1"]);
    all_kept_as("+8613800138000;ext=2931", &["13800138000转2931", "138-0013-8000-2931"]);
    all_kept_as("+85221234567;ext=801", &["+852 2123 4567 ext 801", "+852-2123-4567-801"]);
}

#[test]
fn a_mobile_number_has_one_form_however_it_is_typed() {
    all_kept_as(
        "+8613800138000",
        &[
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "138 001 38000",
            "１３８００１３８０００",
            "+8613800138000",
            "+86 138 0013 8000",
            "(+86) 138 0013 8000",
            "（86）13800138000",
            "86-13800138000",
            "8613800138000",
            "0086-13800138000",
            "013800138000",
        ],
    );
}

#[test]
fn each_allocated_prefix_of_mobile_numbers_is_one_and_no_other() {
    let allocated =
        ["130-139", "145-149", "150-153", "155-159", "162-162", "165-167", "170-178", "180-189", "190-193", "195-199"];
    let allocated: Vec<u32> = allocated
        .iter()
        .filter_map(|range| range.split_once('-'))
        .flat_map(|(from, to)| from.parse().unwrap()..=to.parse().unwrap())
        .collect();
    for prefix in 100..200 {
        assert_eq!(Phone::parse(&format!("{prefix}00138000")).is_ok(), allocated.contains(&prefix), "{prefix}");
    }
}

#[test]
fn a_service_number_has_one_form_and_no_area_code() {
    all_kept_as(
        "+864008301234",
        &["400-830-1234", "4008301234", "400 8301 234", "４００－８３０－１２３４", "86 400 830 1234"],
    );
    all_kept_as("+868008301234", &["800-830-1234", "+86 800 830 1234"]);
    all_kept_as("none", &["0400-830-1234", "400-830-123", "400-830-12345", "020-4008301234"]);
}

#[test]
fn a_number_abroad_is_checked_as_its_country_numbers() {
    all_kept_as(
        "+85221234567",
        &["+852 2123 4567", "00852-21234567", "852 2123 4567", "(852)21234567", "（+852）2123-4567"],
    );
    all_kept_as("+85366123456", &["+853 6612 3456", "853-66123456"]);
    all_kept_as("+886912345678", &["+886 912 345 678", "+886 0912 345 678", "886912345678"]);
    all_kept_as("+16502530000", &["+1 650 253 0000", "+1 (650) 253-0000", "001 650 253 0000", "+1.650.253.0000"]);
    all_kept_as("+442079460958", &["+44 20 7946 0958", "+44 (0)20 7946 0958", "+44 020 7946 0958", "0044 20 79460958"]);
    all_kept_as("+390669812345", &["+39 06 6981 2345"]);
    all_kept_as("+81312345678", &["+81 3-1234-5678", "+81-(0)3-1234-5678"]);
    all_kept_as(
        "none",
        &[
            "+852 2123 456",
            "+852 2123 45678",
            "+1 650 253 000",
            "+1 650 253 00000",
            "+999 12345678",
            "+0",
            "+",
            "12125550123",
        ],
    );
}

#[test]
fn what_reaches_nobody_is_refused() {
    all_kept_as(
        "none",
        &[
            "",
            "-",
            "转801",
            "12345",
            "95588",
            "83123456",
            "0755",
            "0755-8312345",
            "0755-831234567",
            "0755-831234567890",
            "07550-83123456",
            "0755-03123456",
            "0755-13123456",
            "075-83123456",
            "02-038828393",
            "+86 75 583123456",
            "755-83123456",
            "010-1234567",
            "010-6234567",
            "026-62345678",
            "0756-33123456",
            "0100-62345678",
            "28800138000",
            "1380013800",
            "138001380000",
            "12800138000",
            "1380013800O",
            "138****8000",
            "13800138000 13900139000",
            "13800138000/13900139000",
            "0755-83123456、83123457",
            "0755-83123456转",
            "0755-83123456转八零一",
            "0755-83123456转8011234",
            "0755-83123456转801转802x",
            "+8612345",
            "++8613800138000",
            "138+00138000",
            "电话13800138000",
        ],
    );
}

#[test]
fn a_mask_shows_the_area_code_and_the_extension_and_hides_the_number() {
    let masked = |text: &str| Phone::parse(text).unwrap().masked();
    assert_eq!(masked("13800138000"), "138****8000");
    assert_eq!(masked("0755-83123456"), "0755-****3456");
    assert_eq!(masked("0755-83123456-801"), "0755-****3456-801");
    assert_eq!(masked("0755-83123456-802"), "0755-****3456-802");
    assert_eq!(masked("010-62345678"), "010-****5678");
    assert_eq!(masked("0663-8233333"), "0663-***3333");
    assert_eq!(masked("400-830-1234"), "400***1234");
    assert_eq!(masked("+852 2123 4567"), "+852 ****4567");
    assert_eq!(masked("+1 650 253 0000"), "+1 ******0000");
}

#[test]
fn a_number_that_was_stored_before_is_read() {
    let read = |text: &str| Phone::from_store(text.to_owned());
    assert_eq!(read("+8613800138000"), Phone::parse("13800138000").unwrap());
    assert_eq!(read("+8675583123456;ext=801"), Phone::parse("0755-83123456-801").unwrap());
    // As extensions were kept once.
    assert_eq!(read("+862038828393801"), Phone::parse("020-38828393-801").unwrap());
    assert_eq!(read("+866638233333801"), Phone::parse("0663-8233333-801").unwrap());
    // Numbers that were taken once and are refused now.
    for (text, masked) in [
        ("+867558312345", "755***2345"),
        ("+8614212345678", "142****5678"),
        ("+8699912345678", "999****5678"),
        ("+8626123", "*****"),
        ("anything", "any*hing"),
        ("", ""),
    ] {
        let phone = read(text);
        assert_eq!((phone.in_clear(), phone.masked().as_str()), (text, masked));
        assert_eq!(format!("{phone} {phone:?}"), format!("{masked} {masked}"));
    }
}

/// Numbers, and texts that nearly are some.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[+＋]?[0-9０-９ ()（）\\-—.转xX#;=ext分机]{0,40}",
        "[+]?(86|852|1|44|39|7)? ?[0-9]{6,14}(转|-|x)?[0-9]{0,5}",
        "0(10|2[0-9]|[3-9][0-9]{2})[- ]?[2-8][0-9]{6,7}((转|-|#|分机)[0-9]{1,6})?",
    ]
}

proptest! {
    #[test]
    fn the_form_that_is_kept_is_read_back_as_itself(text in typed()) {
        if let Ok(phone) = Phone::parse(&text) {
            prop_assert_eq!(Phone::parse(phone.in_clear()).unwrap(), phone.clone());
            prop_assert_eq!(Phone::from_store(phone.in_clear().to_owned()), phone.clone());
            prop_assert!(phone.in_clear().starts_with('+') && phone.masked().contains('*'));
            let printed = format!("{phone} {phone:?}");
            prop_assert!(!printed.contains(phone.in_clear()));
        }
        let _ = Phone::from_store(text).masked();
    }

    #[test]
    fn an_extension_never_makes_a_number_look_like_another(number in "0(10|2[0-5]|755)[2-8][0-9]{7}", one in "[0-9]{1,6}", other in "[0-9]{1,6}") {
        let masked = |text: &str| Phone::parse(text).unwrap().masked();
        let (plain, one_masked) = (masked(&number), masked(&format!("{number}-{one}")));
        prop_assert!(!plain.contains(&one_masked) && !one_masked.is_empty() && plain != one_masked);
        prop_assert_eq!(one_masked == masked(&format!("{number}-{other}")), one == other);
    }
}
