//! Values of a definition's tree as the domain's types: what isn't what a type says is a fault with its place.
//!
//! Cast: [`read`] makes a type of a tree, whichever files its values come from; [`deepest`] finds the place of a path.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::configuration::ConfigFault;
use crate::configuration::layers::Place;
use crate::domain::case_types::inheritance::{Tree, Value};

/// Reads a tree as a type; `unknown` is told the path of every key that the type doesn't know.
///
/// # Errors
/// The first value that isn't of its type, at the place where it stands.
pub(super) fn read<T: DeserializeOwned>(tree: &Tree<Place>, mut unknown: impl FnMut(String)) -> Result<T, ConfigFault> {
    serde_ignored::deserialize(tree, |path| unknown(path.to_string()))
        .map_err(|unfit: Unfit| unfit.place.as_ref().unwrap_or(&tree.place).fault(unfit.message))
}

/// What stands at the end of a path, or as near to it as there is something: a key that is missing has no place.
pub(super) fn deepest<S: AsRef<str>>(tree: &Tree<Place>, path: impl IntoIterator<Item = S>) -> &Tree<Place> {
    let mut here = tree;
    for step in path {
        // So a path says that a value may be absent.
        if step.as_ref() == "?" {
            continue;
        }
        let next = match step.as_ref().parse() {
            Ok(index) => here.items().get::<usize>(index),
            Err(_) => here.get(step.as_ref()),
        };
        let Some(next) = next else { break };
        here = next;
    }
    here
}

/// A value that isn't of its type.
#[derive(Debug)]
pub(super) struct Unfit {
    place: Option<Place>,
    message: String,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Unfit {}

impl Error for Unfit {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { place: None, message: message.to_string() }
    }
}

impl<'de> Deserializer<'de> for &'de Tree<Place> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let read = match &self.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => visitor.visit_i64(*number),
            Value::Truth(truth) => visitor.visit_bool(*truth),
            Value::Other(written) => Err(Unfit::invalid_type(Unexpected::Other(written), &visitor)),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Value::Table(table) => {
                visitor.visit_map(MapDeserializer::new(table.iter().map(|(key, value)| (key.as_str(), value))))
            }
        };
        // The innermost place is the value's own.
        read.map_err(|unfit| Unfit { place: unfit.place.or_else(|| Some(self.place.clone())), ..unfit })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Unfit> for &'de Tree<Place> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
