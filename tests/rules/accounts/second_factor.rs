//! Codes of the second factor, against the standard.

use casehall::service::accounts::people::second_factor::totp;
use totp_rs::Secret;

#[test]
fn codes_are_those_of_rfc_6238() {
    // Appendix B, SHA-1: the secret in ASCII, and the last six of the eight digits, since both are taken modulo a power of ten.
    let codes = totp(Secret::from(b"12345678901234567890".to_vec()));
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(codes.generate(seconds).to_string(), code, "{seconds}");
        assert_eq!(codes.check(code, seconds), Some(seconds / 30));
        // One step to either side, and no more.
        assert_eq!(codes.check(code, seconds + 30), Some(seconds / 30));
        assert_eq!(codes.check(code, seconds.saturating_sub(30)), Some(seconds / 30));
        assert_eq!(codes.check(code, seconds + 60), None);
    }
}
