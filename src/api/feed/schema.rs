//! How an event is described: in the OpenAPI document one alternative for each shape of data, chosen by `type`; and for each type the JSON
//! Schema of its data alone, which the event's `dataschema` leads to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{self, Path, ServiceConfig};
use serde_json::{Value, json};
use utoipa::openapi::schema::{
    Discriminator, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{OpenApi, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::catalog::{self, CATALOG, TESTED};
use super::data::{
    CaseAnnouncementEventDataView, CaseEventDataView, CaseMaterialEventDataView, CaseStateEventDataView,
    CertificateEventDataView, CertificateServiceEventDataView, CertificateServiceOpenedEventDataView,
    CertificateValidityEventDataView, Shape,
};
use super::event::{CONTENT_TYPE, CURSOR, CloudEventView, SCHEMAS, SPEC_VERSION};
use super::page;
use crate::domain::feed::event_type::EventType;
use crate::domain::feed::webhook::TEST_EVENT;
use crate::http::openapi::schemas::inline;
use crate::http::openapi::{PublicDocument, webhooks};
use crate::http::problem::{Problem, kinds};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl Shape {
    /// The name of the alternative that has it.
    pub(super) fn event_name(self) -> String {
        self.data_name().replace("EventData", "CloudEvent")
    }

    pub(super) fn data_name(self) -> Cow<'static, str> {
        match self {
            Self::Case => CaseEventDataView::name(),
            Self::CaseState => CaseStateEventDataView::name(),
            Self::CaseMaterial => CaseMaterialEventDataView::name(),
            Self::CaseAnnouncement => CaseAnnouncementEventDataView::name(),
            Self::Certificate => CertificateEventDataView::name(),
            Self::CertificateValidity => CertificateValidityEventDataView::name(),
            Self::CertificateService => CertificateServiceEventDataView::name(),
            Self::CertificateServiceOpened => CertificateServiceOpenedEventDataView::name(),
        }
    }

    fn describe(self, schemas: &mut Vec<(String, RefOr<Schema>)>) {
        fn data<V: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((V::name().into_owned(), V::schema()));
            V::schemas(schemas);
        }
        match self {
            Self::Case => data::<CaseEventDataView>(schemas),
            Self::CaseState => data::<CaseStateEventDataView>(schemas),
            Self::CaseMaterial => data::<CaseMaterialEventDataView>(schemas),
            Self::CaseAnnouncement => data::<CaseAnnouncementEventDataView>(schemas),
            Self::Certificate => data::<CertificateEventDataView>(schemas),
            Self::CertificateValidity => data::<CertificateValidityEventDataView>(schemas),
            Self::CertificateService => data::<CertificateServiceEventDataView>(schemas),
            Self::CertificateServiceOpened => data::<CertificateServiceOpenedEventDataView>(schemas),
        }
    }

    /// The types with such data.
    fn types(self) -> impl Iterator<Item = EventType> {
        EventType::ALL.into_iter().filter(move |event_type| Self::of(*event_type) == self)
    }

    fn event(self) -> Schema {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let other = |format: &str| Some(SchemaFormat::Custom(format.to_owned()));
        let types = text().enum_values(Some(self.types().map(EventType::code)));
        let properties: [(&str, &str, Object); 8] = [
            ("specversion", "The version of CloudEvents.", text().enum_values(Some([SPEC_VERSION])).build()),
            (
                "id",
                "Its number in the feed, which `after` takes; with the source it names the event for ever.",
                text().pattern(Some(CURSOR)).max_length(Some(18)).build(),
            ),
            (
                "source",
                "The hall: the issuer of its tokens.",
                text().format(other("uri-reference")).min_length(Some(1)).max_length(Some(200)).build(),
            ),
            ("type", "What happened.", types.build()),
            (
                "subject",
                "What it happened to: `cases/` or `certificates/` with its id.",
                text().pattern(Some("^(cases|certificates)/[0-9a-f-]{36}$")).max_length(Some(49)).build(),
            ),
            ("time", "When.", text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).build()),
            ("datacontenttype", "How `data` is written.", text().enum_values(Some([CONTENT_TYPE])).build()),
            (
                "dataschema",
                "Where the JSON Schema of `data` is; `urn:casehall:events/` with the type, where the hall has no public address.",
                text().format(other("uri")).min_length(Some(1)).max_length(Some(400)).build(),
            ),
        ];
        let mut event = ObjectBuilder::new();
        for (name, words, mut property) in properties {
            property.description = Some(words.to_owned());
            event = event.property(name, property).required(name);
        }
        event.property("data", Ref::from_schema_name(self.data_name())).required("data").into()
    }
}

impl PartialSchema for CloudEventView {
    fn schema() -> RefOr<Schema> {
        let reference = |shape: Shape| Ref::from_schema_name(shape.event_name());
        let types = EventType::ALL.into_iter();
        let mapping = types.map(|of| (of.code(), reference(Shape::of(of)).ref_location)).collect::<Vec<_>>();
        Shape::ALL
            .into_iter()
            .fold(OneOfBuilder::new(), |alternatives, shape| alternatives.item(reference(shape)))
            .discriminator(Some(Discriminator::with_mapping("type", mapping)))
            .description(Some("An event, as CloudEvents 1.0 has it. Its type says what is told of it."))
            .into()
    }
}

impl ToSchema for CloudEventView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for shape in Shape::ALL {
            schemas.push((shape.event_name(), shape.event().into()));
            shape.describe(schemas);
        }
    }
}

/// What describes events without the OpenAPI document: the JSON Schema of the data of each type, and the catalog.
#[derive(Clone)]
pub(in crate::api) struct EventDescriptions {
    schemas: BTreeMap<&'static str, PublicDocument>,
    catalog: PublicDocument,
    page: PublicDocument,
}

impl EventDescriptions {
    /// Those of the types, as the document describes them.
    pub(in crate::api) fn of(document: &OpenApi) -> Self {
        let document = serde_json::to_value(document).unwrap_or_default(); // maps with text keys always serialize
        let schemas = &document["components"]["schemas"];
        let named = |mut schema: Value, code: &'static str, zh: &str, en: &str| {
            schema["$schema"] = json!(DIALECT);
            schema["title"] = json!(code);
            schema["description"] = json!(format!("{zh} · {en}"));
            (code, PublicDocument::new(schema.to_string().into(), "application/schema+json"))
        };
        let of_type = |of: EventType| {
            let mut schema = schemas[&*Shape::of(of).data_name()].clone();
            inline(&mut schema, schemas);
            let words = of.words();
            named(schema, of.code(), &words.zh, &words.en)
        };
        let catalog = catalog::document(&document).to_string().into();
        let catalog = PublicDocument::new(catalog, "application/vnd.aai.asyncapi+json;version=3.1.0");
        let page = PublicDocument::new(page::page(schemas).into(), "text/html; charset=utf-8");
        let tested = named(webhooks::test_data(), TEST_EVENT, TESTED.0, TESTED.1);
        let schemas = EventType::ALL.into_iter().map(of_type).chain([tested]).collect();
        Self { schemas, catalog, page }
    }

    /// Serves them.
    pub(in crate::api) fn serve(&self, cfg: &mut ServiceConfig) {
        let Self { schemas, catalog, page } = self.clone();
        let answer = move |name: Path<String>, request: HttpRequest| {
            let found = schemas.get(name.as_str()).cloned();
            async move {
                let schema = found.ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
                Ok::<_, Problem>(schema.answer(&request))
            }
        };
        let whole = |document: PublicDocument| {
            web::get().to(move |request: HttpRequest| {
                let document = document.clone();
                async move { document.answer(&request) }
            })
        };
        cfg.route(SCHEMAS, whole(page))
            .route(&format!("{SCHEMAS}/{{type}}"), web::get().to(answer))
            .route(CATALOG, whole(catalog));
    }
}
