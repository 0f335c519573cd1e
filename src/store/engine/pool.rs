//! The pool of connections of either database.

use std::time::Duration;

use super::address::DatabaseAddress;
use super::connection;
use super::error::StoreError;
use super::options::DbOptions;

/// The pool of either database. It tells the log why a connection can't be made.
pub(in crate::store) fn pool(
    address: &DatabaseAddress,
    options: &DbOptions,
    size: u32,
    build: impl FnOnce(r2d2::Builder<connection::Manager>) -> r2d2::Builder<connection::Manager>,
) -> r2d2::Pool<connection::Manager> {
    #[derive(Debug)]
    struct Log;
    impl r2d2::HandleError<StoreError> for Log {
        fn handle_error(&self, error: StoreError) {
            tracing::warn!(%error, "a connection to the database failed");
        }
    }
    let builder = r2d2::Pool::builder()
        .max_size(size.max(1))
        .connection_timeout(options.acquire_timeout.max(Duration::from_millis(1)))
        .error_handler(Box::new(Log));
    build(builder).build_unchecked(connection::Manager { address: address.clone(), options: options.clone() })
}
