//! Which members of a thing are wanted: `fields` of a query.
//!
//! Cast: a [`Field`] is the name of a member, as a parameter that describes itself; [`Fields`] are those that are wanted, and all where none is
//! named. [`Fields::of`] a view are written and no others; what is dear to compute stands in the view as [`Later`].
//!
//! Guarantees: names are those of the view's schema, and others are refused with the list of them; whatever is wanted, an answer has the members
//! that say what it is of. Its tag is of what is sent, so that answers with other members have other tags.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::ser::{Error, Impossible, SerializeMap, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A view whose members can be asked for.
pub trait InParts: ToSchema {
    /// Those that every answer has.
    const ALWAYS: &'static [&'static str];
}

/// The name of a member of a view.
pub struct Field<V> {
    name: String,
    of: PhantomData<fn() -> V>,
}

impl<'de, V> Deserialize<'de> for Field<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self { name: String::deserialize(from)?, of: PhantomData })
    }
}

/// What the description of every parameter of this name says beside what it is of.
pub(in crate::http) const FIELDS: &str = "fields";
pub(in crate::http) const PARTIAL: &str = "The answer then has these members and no others, although its schema calls others required: for programs that read the \
                           JSON themselves, not by types made of the schema.";

impl<V: InParts> PartialSchema for Field<V> {
    fn schema() -> RefOr<Schema> {
        let names: Vec<String> = match V::schema() {
            RefOr::T(Schema::Object(object)) => object.properties.keys().cloned().collect(),
            _ => Vec::new(),
        };
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl<V: InParts> ToSchema for Field<V> {
    fn name() -> Cow<'static, str> {
        format!("{}Field", V::name()).into()
    }
}

/// The members that are wanted.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// None: all.
    names: Vec<String>,
    always: &'static [&'static str],
}

impl<V: InParts> From<Vec<Field<V>>> for Fields {
    fn from(fields: Vec<Field<V>>) -> Self {
        Self { names: fields.into_iter().map(|field| field.name).collect(), always: V::ALWAYS }
    }
}

impl Fields {
    /// What is wanted of a view.
    pub fn of<'a, V>(&'a self, view: &'a V) -> Part<'a, V> {
        Part { view, fields: self }
    }

    fn has(&self, name: &str) -> bool {
        self.names.is_empty() || self.always.contains(&name) || self.names.iter().any(|wanted| wanted == name)
    }
}

/// A view of which only what is wanted is written.
pub struct Part<'a, V> {
    view: &'a V,
    fields: &'a Fields,
}

impl<V: Serialize> Serialize for Part<'_, V> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.fields.names.is_empty() {
            true => self.view.serialize(to),
            false => self.view.serialize(Choosing { fields: self.fields, to }),
        }
    }
}

/// What is computed when it is written, and not before.
pub struct Later<'a, T>(Box<dyn Fn() -> T + 'a>);

impl<'a, T> Later<'a, T> {
    /// What this computes.
    pub fn of(compute: impl Fn() -> T + 'a) -> Self {
        Self(Box::new(compute))
    }

    /// It, now.
    pub fn now(&self) -> T {
        (self.0)()
    }
}

impl<T: Serialize> Serialize for Later<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.now().serialize(to)
    }
}

/// Says of what is written as a view that it is described as that view.
macro_rules! as_described {
    ($shown:ident, $view:ident) => {
        impl utoipa::PartialSchema for $shown {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $view::schema()
            }
        }

        impl utoipa::ToSchema for $shown {
            fn name() -> std::borrow::Cow<'static, str> {
                $view::name()
            }

            fn schemas(schemas: &mut $crate::http::openapi::schemas::Schemas) {
                $view::schemas(schemas);
            }
        }
    };
}

pub(crate) use as_described;

/// Writes a struct, and of it the members that are wanted.
struct Choosing<'a, S> {
    fields: &'a Fields,
    to: S,
}

struct ChosenMembers<'a, M> {
    fields: &'a Fields,
    to: M,
}

impl<M: SerializeMap> SerializeStruct for ChosenMembers<'_, M> {
    type Ok = M::Ok;
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        if self.fields.has(name) { self.to.serialize_entry(name, value) } else { Ok(()) }
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.to.end()
    }
}

/// Whatever isn't a struct with named members has none that could be wanted.
macro_rules! none_of {
    ($($method:ident($($argument:ty),*);)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<S::Ok, S::Error> {
            Err(not_a_view())
        }
    )*};
}

fn not_a_view<E: Error>() -> E {
    E::custom("only a struct has members to choose from")
}

impl<'a, S: Serializer> Serializer for Choosing<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Impossible<S::Ok, S::Error>;
    type SerializeMap = Impossible<S::Ok, S::Error>;
    type SerializeStruct = ChosenMembers<'a, S::SerializeMap>;
    type SerializeStructVariant = Impossible<S::Ok, S::Error>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, S::Error> {
        Ok(ChosenMembers { fields: self.fields, to: self.to.serialize_map(None)? })
    }

    none_of! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        Err(not_a_view())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Err(not_a_view())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, S::Error> {
        Err(not_a_view())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        Err(not_a_view())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        Err(not_a_view())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        Err(not_a_view())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        Err(not_a_view())
    }
}
