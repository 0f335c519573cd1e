//! Barcodes and QR codes as shapes of an SVG, drawn here: no asset comes from elsewhere, and none is fetched for a print.

use std::fmt::Write;

use barcoders::sym::code128::Code128;
use qrcode::{Color, EcLevel, QrCode};

/// A code to draw: black shapes on a square grid or a row of modules, quiet zone included.
pub(in crate::console) struct Code {
    /// Its size in modules, as an SVG says it; a barcode is one high.
    pub(in crate::console) view_box: String,
    /// The black modules, as the path of an SVG.
    pub(in crate::console) path: String,
}

/// What a reader needs blank on both sides of a barcode, in modules (ISO/IEC 15417).
const QUIET: usize = 10;
/// The same around a QR code (ISO/IEC 18004).
const QUIET_QR: usize = 4;

/// Digits as Code 128, two in a symbol; none of anything else.
pub(in crate::console) fn barcode(digits: &str) -> Option<Code> {
    let (pairs, last) = digits.split_at_checked(digits.len() / 2 * 2)?;
    // Set C (\u{106}) has pairs of digits; one that is over comes in set B (\u{181}).
    let last = if last.is_empty() { String::new() } else { format!("\u{181}{last}") };
    let modules = Code128::new(format!("\u{106}{pairs}{last}")).ok()?.encode();
    let row: Vec<bool> = modules.iter().map(|module| *module == 1).collect();
    Some(drawn(&[row], QUIET, 0))
}

/// A text as a QR code that survives a fold (level M).
pub(in crate::console) fn qr(text: &str) -> Option<Code> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let rows: Vec<Vec<bool>> =
        code.to_colors().chunks(code.width()).map(|row| row.iter().map(|one| *one == Color::Dark).collect()).collect();
    Some(drawn(&rows, QUIET_QR, QUIET_QR))
}

/// One rectangle for each run of black modules.
fn drawn(rows: &[Vec<bool>], beside: usize, above: usize) -> Code {
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run.first() == Some(&true) {
                let _ = write!(path, "M{} {}h{}v1h-{}z", x + beside, y + above, run.len(), run.len());
            }
            x += run.len();
        }
    }
    let width = rows.first().map_or(0, Vec::len) + 2 * beside;
    Code { view_box: format!("0 0 {width} {}", rows.len() + 2 * above), path }
}
