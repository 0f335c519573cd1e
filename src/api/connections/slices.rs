//! An answer on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use super::Entry;

/// The most that is handed over at once: the server writes whatever it gets into a buffer of the connection, and asks for more when little is left in it.
const SLICE: usize = 16 << 10;

/// A body that goes out in slices; its connection knows when one was taken.
pub struct Slices {
    body: BoxBody,
    rest: Bytes,
    entry: Option<Arc<Entry>>,
}

impl Slices {
    pub(super) fn of(body: BoxBody, entry: Option<Arc<Entry>>) -> Self {
        Self { body, rest: Bytes::new(), entry }
    }
}

impl MessageBody for Slices {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_next(context)) {
                Some(Ok(part)) => this.rest = part,
                ended => return Poll::Ready(ended),
            }
        }
        if let Some(entry) = &this.entry {
            entry.takes();
        }
        Poll::Ready(Some(Ok(this.rest.split_to(this.rest.len().min(SLICE)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_body_comes_in_slices_and_whole() {
        let all: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut body = Slices::of(BoxBody::new(all.clone()), None);
        assert_eq!(body.size(), BodySize::Sized(100_000));
        let mut parts: Vec<Bytes> = Vec::new();
        while let Some(part) = std::future::poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            parts.push(part.unwrap_or_default());
        }
        assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= SLICE));
        assert_eq!(parts.concat(), all);
    }
}
