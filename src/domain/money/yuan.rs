//! Formats amounts in yuan, and reads them. They are stored in fen, as integers.

/// Fen as yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// The fen of an amount in yuan as people write it: `600`, `600.5`, `1,200.00`; none where it is no amount.
pub fn fen(yuan: &str) -> Option<i64> {
    let written = yuan.trim().replace([',', '，'], "");
    let (whole, part) = written.split_once('.').unwrap_or((&written, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)
}
