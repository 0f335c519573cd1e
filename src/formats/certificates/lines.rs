//! Text as spreadsheet programs save it, a part at a time: UTF-8 with or without its byte order mark, UTF-16 with it, or
//! GB18030. The same as for calendars (`formats/calendar/text.rs`), which are small enough to be read at once.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

const PART: usize = 64 * 1024;
/// A header that is longer isn't looked through for tabs.
const LONGEST_HEAD: usize = 16 * 1024;
/// A byte order mark in UTF-8, the longest, has so many bytes.
const LONGEST_MARK: u64 = 3;

/// What is said of bytes that are no text.
const NOT_TEXT: &str = "neither UTF-8 nor GB18030 (GBK), nor UTF-16 with a byte order mark";

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little-endian, with a byte order mark.
    Utf16Le,
    /// UTF-16, big-endian, with a byte order mark.
    Utf16Be,
    /// GB18030, which holds all of GBK: what spreadsheet programs write in China when not told otherwise.
    Gb18030,
}

/// Reads a text through and finds out how it is written. A byte order mark decides. UTF-8 with a few broken bytes isn't taken for GB18030, which
/// would make other characters of it: reading it as UTF-8 then names the line.
///
/// # Errors
/// It can't be read.
pub fn encoding(mut source: impl Read) -> io::Result<TextEncoding> {
    let mut head = Vec::new();
    source.by_ref().take(LONGEST_MARK).read_to_end(&mut head)?;
    match Encoding::for_bom(&head).map(|(marked, _)| marked) {
        Some(marked) if marked == UTF_16LE => return Ok(TextEncoding::Utf16Le),
        Some(marked) if marked == UTF_16BE => return Ok(TextEncoding::Utf16Be),
        _ => {}
    }
    let mut source = head.as_slice().chain(source);
    let (mut part, mut kept) = (vec![0; PART], 0);
    let (mut characters, mut broken) = (0_usize, 0_usize);
    loop {
        let read = source.read(part.get_mut(kept..).unwrap_or_default())?;
        let filled = kept + read;
        let bytes = part.get(..filled).unwrap_or_default();
        let (mut rest, last) = (0, read == 0);
        for chunk in bytes.utf8_chunks() {
            characters += chunk.valid().chars().filter(|character| character.len_utf8() >= 3).count();
            rest += chunk.valid().len() + chunk.invalid().len();
            // A character may be cut by the end of the part: it is looked at with the next one.
            let cut =
                rest == filled && !last && std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none());
            if cut && !chunk.invalid().is_empty() {
                rest -= chunk.invalid().len();
            } else {
                broken += usize::from(!chunk.invalid().is_empty());
            }
        }
        if last {
            let utf8 = broken == 0 || characters > broken;
            return Ok(if utf8 { TextEncoding::Utf8 } else { TextEncoding::Gb18030 });
        }
        part.copy_within(rest..filled, 0);
        kept = filled - rest;
    }
}

/// A text as UTF-8 whose lines end with `\n`, and whose empty lines hold a space, so that whoever counts lines of records
/// counts every one.
pub(super) struct DecodedLines<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Decoded, from `taken` on not given out yet.
    ready: Vec<u8>,
    taken: usize,
    after_return: bool,
    last: u8,
    ended: bool,
}

impl<R: Read> DecodedLines<R> {
    pub(super) fn new(source: R, encoding: TextEncoding) -> Self {
        let decoder = match encoding {
            TextEncoding::Utf8 => UTF_8.new_decoder_with_bom_removal(),
            TextEncoding::Utf16Le => UTF_16LE.new_decoder_with_bom_removal(),
            TextEncoding::Utf16Be => UTF_16BE.new_decoder_with_bom_removal(),
            TextEncoding::Gb18030 => GB18030.new_decoder_without_bom_handling(),
        };
        Self {
            source,
            decoder,
            raw: vec![0; PART],
            ready: Vec::new(),
            taken: 0,
            after_return: false,
            last: b'\n',
            ended: false,
        }
    }

    /// The text up to the end of its first line that says something, taken out; of a longer one its beginning. An error
    /// comes with the line that it is in.
    pub(super) fn head(&mut self) -> Result<Vec<u8>, (usize, io::Error)> {
        let mut head = Vec::new();
        loop {
            if self.taken == self.ready.len() {
                let line = || head.iter().filter(|byte| **byte == b'\n').count() + 1;
                self.refill().map_err(|error| (line(), error))?;
            }
            let Some(byte) = self.ready.get(self.taken) else { return Ok(head) };
            head.push(*byte);
            self.taken += 1;
            let ends = *byte == b'\n' && !head.iter().all(|byte| byte.is_ascii_whitespace());
            if ends || head.len() == LONGEST_HEAD {
                return Ok(head);
            }
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() && !self.ended {
            let read = self.source.read(&mut self.raw)?;
            self.ended = read == 0;
            let mut text = String::with_capacity(self.decoder.max_utf8_buffer_length(read).unwrap_or(PART * 3));
            let raw = self.raw.get(..read).unwrap_or_default();
            let (result, _) = self.decoder.decode_to_string_without_replacement(raw, &mut text, self.ended);
            if !matches!(result, DecoderResult::InputEmpty) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, NOT_TEXT));
            }
            for byte in text.bytes() {
                self.push(byte);
            }
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) {
        let follows_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            b'\n' if follows_return => return,
            b'\n' | b'\r' => {
                if self.last == b'\n' {
                    self.ready.push(b' ');
                }
                self.ready.push(b'\n');
            }
            other => self.ready.push(other),
        }
        self.last = self.ready.last().copied().unwrap_or(b'\n');
    }
}

impl<R: Read> Read for DecodedLines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.ready.len() {
            self.refill()?;
        }
        let rest = self.ready.get(self.taken..).unwrap_or_default();
        let given = rest.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..given), rest.get(..given)) {
            into.copy_from_slice(from);
        }
        self.taken += given;
        Ok(given)
    }
}
