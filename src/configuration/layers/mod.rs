//! Settings in layers, each value still knowing where it stands, so that a fault can name file and line or variable.
//!
//! Cast: [`Node`] is a tree of values merged from the built-in file, a hall's file and the environment; [`Section`]
//! reads one table of it key by key, notes every fault and goes on, and knows in the end which keys nobody asked for;
//! [`checks`] what several of them ask of a value.

pub(super) mod checks;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use self::checks::not_blank;
use crate::configuration::{ConfigFault, ConfigFile};
use crate::domain::case_types::inheritance::{Tree, Value};

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    source: String,
    line: Option<usize>,
    variable: bool,
}

impl Place {
    /// An environment variable.
    pub(super) fn variable(name: &str) -> Self {
        Self { source: name.to_owned(), line: None, variable: true }
    }

    /// A byte offset of a file.
    pub(super) fn in_file(file: &ConfigFile, offset: usize) -> Self {
        let fault = file.fault_at(offset, "");
        Self { source: fault.file, line: fault.line, variable: false }
    }

    /// The file or the variable.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// A fault here.
    pub(super) fn fault(&self, message: impl Into<String>) -> ConfigFault {
        ConfigFault { file: self.source.clone(), line: self.line, message: message.into() }
    }
}

impl Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.source),
            None => formatter.write_str(&self.source),
        }
    }
}

/// A value of the merged layers.
#[derive(Debug, Clone)]
pub(super) struct Node {
    kind: Kind,
    place: Place,
}

#[derive(Debug, Clone)]
enum Kind {
    Table(BTreeMap<String, Node>),
    Array(Vec<Node>),
    Value(toml::Value),
    /// A variable's text, whose type only its reader knows.
    Text(String),
}

impl Kind {
    fn shape(&self) -> &'static str {
        match self {
            Kind::Table(_) => "a table of keys",
            Kind::Array(_) => "a list",
            Kind::Value(_) | Kind::Text(_) => "a single value",
        }
    }
}

impl Node {
    /// The tree of a file, or everything that keeps it from being TOML.
    pub(super) fn parse(file: &ConfigFile) -> Result<Self, Vec<ConfigFault>> {
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        if !errors.is_empty() {
            return Err(errors.iter().map(|error| file.toml_fault(error)).collect());
        }
        let mut faults = Vec::new();
        let kind = Kind::Table(entries(table.get_ref(), &|offset| Place::in_file(file, offset), &mut faults));
        if faults.is_empty() { Ok(Self { kind, place: Place::in_file(file, 0) }) } else { Err(faults) }
    }

    /// The same tree as the domain knows it.
    pub(super) fn into_tree(self) -> Tree<Place> {
        let value = match self.kind {
            Kind::Table(entries) => {
                Value::Table(entries.into_iter().map(|(key, node)| (key, node.into_tree())).collect())
            }
            Kind::Array(items) => Value::List(items.into_iter().map(Self::into_tree).collect()),
            Kind::Value(toml::Value::String(text)) | Kind::Text(text) => Value::Text(text),
            Kind::Value(toml::Value::Integer(number)) => Value::Number(number),
            Kind::Value(toml::Value::Boolean(truth)) => Value::Truth(truth),
            Kind::Value(other) => Value::Other(other.to_string()),
        };
        Tree { place: self.place, value }
    }

    /// Lays a later tree over this one: tables key by key, everything else whole. What has the wrong shape is a fault
    /// and changes nothing, so that one slip doesn't show as many.
    pub(super) fn overlay(&mut self, path: &str, later: Node, faults: &mut Vec<ConfigFault>) {
        match (&mut self.kind, later.kind) {
            (Kind::Table(mine), Kind::Table(theirs)) => {
                for (key, node) in theirs {
                    let path = join(path, &key);
                    match mine.get_mut(&key) {
                        Some(known) => known.overlay(&path, node, faults),
                        None => drop(mine.insert(key, node)),
                    }
                }
            }
            (Kind::Array(_), text @ Kind::Text(_)) => *self = Node { kind: text, place: later.place },
            (mine, theirs) if mine.shape() != theirs.shape() => {
                faults.push(later.place.fault(format!("`{path}` must be {}, not {}", mine.shape(), theirs.shape())));
            }
            (_, theirs) => *self = Node { kind: theirs, place: later.place },
        }
    }

    /// A tree that holds nothing but one variable's text at a path of keys.
    pub(super) fn of_variable(path: &[String], text: String, place: &Place) -> Self {
        let leaf = Node { kind: Kind::Text(text), place: place.clone() };
        path.iter().rev().fold(leaf, |node, key| Node {
            kind: Kind::Table(BTreeMap::from([(key.clone(), node)])),
            place: place.clone(),
        })
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn entries(
    table: &DeTable<'_>,
    place: &dyn Fn(usize) -> Place,
    faults: &mut Vec<ConfigFault>,
) -> BTreeMap<String, Node> {
    let mut nodes = BTreeMap::new();
    for (key, value) in table.iter() {
        if let Some(node) = node(value.get_ref(), key.span().start, place, faults) {
            nodes.insert(key.get_ref().to_string(), node);
        }
    }
    nodes
}

fn node(
    value: &DeValue<'_>,
    offset: usize,
    place: &dyn Fn(usize) -> Place,
    faults: &mut Vec<ConfigFault>,
) -> Option<Node> {
    let kind = match value {
        DeValue::Table(table) => Kind::Table(entries(table, place, faults)),
        DeValue::Array(array) => Kind::Array(
            array.iter().filter_map(|item| node(item.get_ref(), item.span().start, place, faults)).collect(),
        ),
        DeValue::String(text) => Kind::Value(toml::Value::String(text.to_string())),
        DeValue::Boolean(truth) => Kind::Value(toml::Value::Boolean(*truth)),
        DeValue::Datetime(datetime) => Kind::Value(toml::Value::Datetime(*datetime)),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Kind::Value(toml::Value::Integer(number)),
            Err(_) => {
                faults.push(place(offset).fault("the number is too large"));
                return None;
            }
        },
        DeValue::Float(float) => match float.as_str().parse() {
            Ok(number) => Kind::Value(toml::Value::Float(number)),
            Err(_) => {
                faults.push(place(offset).fault("the number can't be read"));
                return None;
            }
        },
    };
    Some(Node { kind, place: place(offset) })
}

/// One table being read. Every reader answers something, noting a fault when it isn't what the settings say; whoever
/// reads looks at the faults in the end and throws the answers away if there are any.
pub(super) struct Section<'a> {
    path: String,
    entries: BTreeMap<String, Node>,
    place: Place,
    asked: Vec<&'static str>,
    faults: &'a RefCell<Vec<ConfigFault>>,
}

impl<'a> Section<'a> {
    /// Reads the whole tree.
    pub(super) fn root(node: Node, faults: &'a RefCell<Vec<ConfigFault>>) -> Self {
        Self::of(String::new(), node, faults)
    }

    fn of(path: String, node: Node, faults: &'a RefCell<Vec<ConfigFault>>) -> Self {
        let entries = match node.kind {
            Kind::Table(entries) => entries,
            other => {
                let message = format!("`{path}` must be a table of keys, not {}", other.shape());
                faults.borrow_mut().push(node.place.fault(message));
                BTreeMap::new()
            }
        };
        Self { path, entries, place: node.place, asked: Vec::new(), faults }
    }

    /// Notes a fault at a place.
    pub(super) fn fault_at(&self, place: &Place, message: impl Into<String>) {
        self.faults.borrow_mut().push(place.fault(message));
    }

    /// Where a key stands, before it is read; the section's own place when it isn't there.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.entries.get(key).map_or_else(|| self.place.clone(), |node| node.place.clone())
    }

    /// The value of a key if it is there, decoded and checked. A fault's words must not repeat a secret.
    pub(super) fn optional<T: DeserializeOwned, U>(
        &mut self,
        key: &'static str,
        check: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<U> {
        self.asked.push(key);
        let node = self.entries.remove(key)?;
        match decode(node.kind).and_then(check) {
            Ok(value) => Some(value),
            Err(message) => {
                let message = format!("`{}`: {message}", join(&self.path, key));
                self.faults.borrow_mut().push(node.place.fault(message));
                None
            }
        }
    }

    /// The value of a key that must be there; `fallback` once its fault is noted.
    pub(super) fn required<T: DeserializeOwned, U>(
        &mut self,
        key: &'static str,
        fallback: U,
        check: impl FnOnce(T) -> Result<U, String>,
    ) -> U {
        if !self.entries.contains_key(key) {
            self.asked.push(key);
            self.fault_at(&self.place, format!("`{}` is missing", join(&self.path, key)));
            return fallback;
        }
        self.optional(key, check).unwrap_or(fallback)
    }

    /// A whole number within bounds.
    pub(super) fn integer<N: TryFrom<i64> + Copy + Display + PartialOrd>(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<N>,
    ) -> N {
        let (least, most) = (*bounds.start(), *bounds.end());
        self.required(key, least, |number: i64| {
            let found = N::try_from(number).ok().filter(|number| bounds.contains(number));
            found.ok_or_else(|| format!("must be between {least} and {most}, not {number}"))
        })
    }

    /// A text that isn't blank.
    pub(super) fn text(&mut self, key: &'static str) -> String {
        self.required(key, String::new(), not_blank)
    }

    /// A table below this one.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'a> {
        self.asked.push(key);
        let node = self.entries.remove(key).unwrap_or_else(|| {
            self.fault_at(&self.place, format!("`{}` is missing", join(&self.path, key)));
            Node { kind: Kind::Table(BTreeMap::new()), place: self.place.clone() }
        });
        Section::of(join(&self.path, key), node, self.faults)
    }

    /// A table below this one, if it is there.
    pub(super) fn optional_section(&mut self, key: &'static str) -> Option<Section<'a>> {
        let Some(node) = self.entries.get(key) else {
            self.asked.push(key);
            return None;
        };
        let is_table = matches!(node.kind, Kind::Table(_));
        let section = self.section(key);
        is_table.then_some(section)
    }

    /// The tables of a list, in order; `None` once it is noted that it is no list.
    pub(super) fn sections(&mut self, key: &'static str) -> Option<Vec<Section<'a>>> {
        self.asked.push(key);
        let path = join(&self.path, key);
        let Some(node) = self.entries.remove(key) else { return Some(Vec::new()) };
        let items = match node.kind {
            Kind::Array(items) => Ok(items),
            Kind::Text(text) => inline_list(&text, &node.place),
            other => Err(vec![node.place.fault(format!("`{path}` must be a list, not {}", other.shape()))]),
        };
        match items {
            Ok(items) => Some(items.into_iter().map(|item| Section::of(path.clone(), item, self.faults)).collect()),
            Err(mut found) => {
                self.faults.borrow_mut().append(&mut found);
                None
            }
        }
    }

    /// Every key with its text, checked, and its place: a table whose keys are data.
    pub(super) fn texts(
        self,
        check: impl Fn(&str, String) -> Result<String, String>,
    ) -> BTreeMap<String, (String, Place)> {
        let mut texts = BTreeMap::new();
        for (key, node) in self.entries {
            match decode(node.kind).and_then(|text| check(&key, text)) {
                Ok(text) => drop(texts.insert(key, (text, node.place))),
                Err(message) => {
                    let message = format!("`{}`: {message}", join(&self.path, &key));
                    self.faults.borrow_mut().push(node.place.fault(message));
                }
            }
        }
        texts
    }

    /// Ends the reading: a key that nobody asked for is unknown.
    pub(super) fn finish(self) {
        for (key, node) in &self.entries {
            self.unknown(&join(&self.path, key), node);
        }
    }

    fn unknown(&self, path: &str, node: &Node) {
        match &node.kind {
            // A table that variables made up: each of them is to be named.
            Kind::Table(entries) if node.place.variable => {
                for (key, node) in entries {
                    self.unknown(&join(path, key), node);
                }
            }
            _ => {
                let known = self.asked.join(", ");
                let message = format!("unknown key `{path}`; known here: {known}");
                self.faults.borrow_mut().push(node.place.fault(message));
            }
        }
    }
}

fn decode<T: DeserializeOwned>(kind: Kind) -> Result<T, String> {
    let typed = |value: toml::Value| T::deserialize(value).map_err(|error| error.message().to_owned());
    match kind {
        Kind::Value(value) => typed(value),
        Kind::Text(text) => typed(toml::Value::String(text.clone())).or_else(|as_text| {
            // Not a text, then: a number or truth value as TOML writes it.
            match toml::from_str::<BTreeMap<String, toml::Value>>(&format!("value = {text}")) {
                Ok(mut table) => table.remove("value").map_or(Err(as_text), typed),
                Err(_) => Err(as_text),
            }
        }),
        Kind::Array(items) => {
            typed(toml::Value::Array(items.into_iter().map(|item| decode(item.kind)).collect::<Result<_, _>>()?))
        }
        table @ Kind::Table(_) => Err(format!("must be a single value, not {}", table.shape())),
    }
}

fn inline_list(text: &str, place: &Place) -> Result<Vec<Node>, Vec<ConfigFault>> {
    let document = format!("value = {text}");
    let expected =
        || place.fault("must be a list as TOML writes it, such as [{ code = \"a\", zh = \"甲\", en = \"A\" }]");
    let table = DeTable::parse(&document).map_err(|_| vec![expected()])?;
    let mut faults = Vec::new();
    let mut entries = entries(table.get_ref(), &|_| place.clone(), &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    match entries.remove("value").map(|node| node.kind) {
        Some(Kind::Array(items)) => Ok(items),
        _ => Err(vec![expected()]),
    }
}
