//! Takes a TOML table's values one by one and notes what is missing, of the wrong type or unknown, with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::FileFault;
use super::text::Lines;

/// What a value must be, in Chinese and English.
pub(super) type Expected = (&'static str, &'static str);

/// One table being read.
pub(super) struct Fields<'a, 'f> {
    lines: &'a Lines,
    /// Where the table begins.
    span: Range<usize>,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
    faults: &'f mut Vec<FileFault>,
}

impl<'a, 'f> Fields<'a, 'f> {
    pub(super) fn new(
        lines: &'a Lines,
        span: Range<usize>,
        table: &'a DeTable<'a>,
        faults: &'f mut Vec<FileFault>,
    ) -> Self {
        Self { lines, span, table, known: Vec::new(), faults }
    }

    /// Faults noted so far, of this table and those around it.
    pub(super) fn faults_noted(&self) -> usize {
        self.faults.len()
    }

    /// The line of a value; of the table where the value isn't there.
    pub(super) fn line_of(&self, key: &str) -> usize {
        self.lines.at(self.table.get(key).map_or(self.span.start, |value| value.span().start))
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes that a key that isn't there would be known.
    pub(super) fn may_lack(&mut self, key: &'static str) {
        self.known.push(key);
    }

    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        expected: Expected,
        read: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let found = read(value.get_ref());
        if found.is_none() {
            self.misread(value, key, expected);
        }
        found
    }

    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        expected: Expected,
        read: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Option<T> {
        if !self.contains(key) {
            self.known.push(key);
            self.faults.push(missing(Some(self.lines.at(self.span.start)), key, expected));
            return None;
        }
        self.optional(key, expected, read)
    }

    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        self.optional(key, ("文本", "text"), |value| value.as_str().map(str::to_owned))
    }

    /// A table of texts, such as `[names]`, Chinese to English.
    pub(super) fn names(&mut self) -> Vec<(String, String)> {
        let Some(value) = self.value("names") else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.misread(value, "names", ("“中文 = 英文”的表", "a table, Chinese = English"));
            return Vec::new();
        };
        let mut names = Vec::new();
        for (chinese, english) in table {
            let chinese = chinese.get_ref();
            match english.get_ref().as_str().filter(|english| !english.trim().is_empty()) {
                Some(english) => names.push((chinese.to_string(), english.to_owned())),
                None => self.faults.push(FileFault::at(
                    self.lines.at(english.span().start),
                    "value_invalid",
                    format!("“{chinese}”的英文名称应为文本"),
                    format!("the English name of \"{chinese}\" must be text"),
                )),
            }
        }
        names
    }

    /// An array of tables, each read by `read` and given with its line; none if it isn't there or isn't one.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Fields<'a, '_>) -> T,
    ) -> Option<Vec<(usize, T)>> {
        let expected = ("表的数组", "an array of tables");
        let Some(value) = self.value(key) else {
            self.faults.push(missing(None, key, expected));
            return None;
        };
        let Some(items) = value.get_ref().as_array() else {
            self.misread(value, key, expected);
            return None;
        };
        let mut found = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => {
                    let mut fields = Fields::new(self.lines, item.span(), table, self.faults);
                    let entry = read(&mut fields);
                    fields.refuse_unknown();
                    found.push((self.lines.at(item.span().start), entry));
                }
                None => self.misread(item, key, expected),
            }
        }
        Some(found)
    }

    /// Ends the reading: a key that nobody asked for is unknown.
    pub(super) fn refuse_unknown(&mut self) {
        let known = self.known.join(", ");
        for key in self.table.keys().filter(|key| !self.known.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref();
            self.faults.push(FileFault::at(
                self.lines.at(key.span().start),
                "unknown_field",
                format!("未知的键“{name}”，应为以下之一：{known}"),
                format!("unknown key \"{name}\", expected one of: {known}"),
            ));
        }
    }

    fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.table.get(key)
    }

    fn misread(&mut self, value: &Spanned<DeValue<'_>>, key: &str, (zh, en): Expected) {
        self.faults.push(FileFault::at(
            self.lines.at(value.span().start),
            "value_invalid",
            format!("{key}应为{zh}"),
            format!("{key} must be {en}"),
        ));
    }
}

fn missing(line: Option<usize>, key: &str, (zh, en): Expected) -> FileFault {
    let (zh, en) = (format!("缺少{key}，应为{zh}"), format!("{key} is missing, expected {en}"));
    match line {
        Some(line) => FileFault::at(line, "missing_field", zh, en),
        None => FileFault::of_file("missing_field", zh, en),
    }
}
