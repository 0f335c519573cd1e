//! Bytes to text, and offsets to lines.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::fault::FileFault;
use crate::formats::workbook::workbook;

/// The text of a file that must be UTF-8, with or without a byte order mark.
///
/// # Errors
/// The line of the first byte that isn't.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, FileFault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| not_utf8(Lines::of(bytes).at(error.valid_up_to())))
}

/// The text of a file as spreadsheet programs save it: UTF-8; UTF-16 with its byte order mark; or GB18030, which holds
/// all of GBK and is what they write in China when not told otherwise.
///
/// # Errors
/// The line of the first byte that fits none. UTF-8 with a few broken bytes isn't taken for GB18030, which would make
/// other characters of it.
pub(super) fn spreadsheet(bytes: &[u8]) -> Result<Cow<'_, str>, FileFault> {
    if let Some(words) = workbook(bytes) {
        return Err(FileFault::of_file("workbook", words.zh, words.en));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return decoded(encoding, body);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if is_damaged_utf8(bytes) => Err(not_text(UTF_8, bytes)),
        Err(_) => decoded(GB18030, bytes),
    }
}

fn decoded<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Cow<'a, str>, FileFault> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.ok_or_else(|| not_text(encoding, bytes))
}

/// Where the lines of a text begin, to tell the line of an offset. `\n`, `\r\n` and `\r` end lines.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let ends = |at: &usize| match bytes.get(*at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        Self((0..bytes.len()).filter(ends).collect())
    }

    /// The line, counted from 1, of a byte.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// Whether most of what isn't ASCII is UTF-8: Chinese characters are three bytes there and almost never valid otherwise.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut characters, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        characters += chunk.valid().chars().filter(|character| character.len_utf8() >= 3).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    characters > broken
}

/// The line of the first bytes that an encoding doesn't have.
fn not_text(encoding: &'static Encoding, bytes: &[u8]) -> FileFault {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let longest = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or_default();
    let mut text = String::with_capacity(longest);
    let _ = decoder.decode_to_string_without_replacement(bytes, &mut text, true); // as far as it goes
    FileFault::at(
        Lines::of(text.as_bytes()).at(text.len()),
        "text_encoding_unknown",
        "文件既不是UTF-8或GB18030（GBK）编码，也不是带字节顺序标记的UTF-16编码",
        "the file is neither UTF-8 nor GB18030 (GBK), nor UTF-16 with a byte order mark",
    )
}

pub(super) fn not_utf8(line: usize) -> FileFault {
    FileFault::at(line, "text_not_utf8", "文件应为UTF-8编码", "the file must be UTF-8")
}

/// A file's words short enough to be repeated in a fault.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text.to_owned(),
    }
}
