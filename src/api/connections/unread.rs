//! The body of a request that nobody reads.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

/// A body that somebody else keeps, too: while it isn't dropped, the server doesn't wait for its rest.
pub(super) struct Kept(Rc<RefCell<Payload>>);

impl Kept {
    pub(super) fn of(kept: &Rc<RefCell<Payload>>) -> Self {
        Self(Rc::clone(kept))
    }
}

impl Stream for Kept {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// An answer that keeps the body of its request until it has been sent.
pub(super) struct Keeping {
    body: BoxBody,
    _payload: Rc<RefCell<Payload>>,
}

impl Keeping {
    pub(super) fn of(body: BoxBody, payload: Rc<RefCell<Payload>>) -> Self {
        Self { body, _payload: payload }
    }
}

impl MessageBody for Keeping {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
