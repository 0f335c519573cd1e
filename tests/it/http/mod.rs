//! HTTP itself: bodies, versions, problems, the published contract.

pub(crate) mod caches;
pub(crate) mod contract;
pub(crate) mod demo;
pub(crate) mod documents;
pub(crate) mod edges;
pub(crate) mod feed;
pub(crate) mod hall;
pub(crate) mod requests;
pub(crate) mod routes;
pub(crate) mod webhooks;
