//! A long answer that is read while it is sent.
//!
//! Cast: [`Parts`] are where it comes from; [`Streamed`] is the body of the answer. The connection pulls it: the next part is read when the
//! one before it has gone out, and nothing more once the client went away, because then the body is dropped.
//!
//! Guarantees: the first part is read before the answer begins, so that what fails at once is a refusal like any other; a
//! failure after that breaks the connection, which every client can tell from an end.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

/// Where the parts of an answer come from.
pub(in crate::api) trait Parts: Sized + Unpin + 'static {
    /// The next part, and the source again unless that was the last.
    fn read(self) -> impl Future<Output = io::Result<(Bytes, Option<Self>)>> + 'static;
}

type Reading<P> = Pin<Box<dyn Future<Output = io::Result<(Bytes, Option<P>)>>>>;

/// Parts as the body of an answer.
pub(in crate::api) struct Streamed<P> {
    /// What was read before the answer began.
    ready: Option<Bytes>,
    source: Option<P>,
    reading: Option<Reading<P>>,
}

impl<P: Parts> Streamed<P> {
    /// What was read already, and where the rest comes from; none: that was all.
    pub(in crate::api) fn new(start: Vec<u8>, source: Option<P>) -> Self {
        Self { ready: Some(start.into()), source, reading: None }
    }
}

impl<P: Parts> MessageBody for Streamed<P> {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        // An empty part would end a chunked answer.
        if let Some(ready) = self.ready.take().filter(|ready| !ready.is_empty()) {
            return Poll::Ready(Some(Ok(ready)));
        }
        loop {
            if let Some(reading) = &mut self.reading {
                let Poll::Ready(read) = reading.as_mut().poll(context) else { return Poll::Pending };
                self.reading = None;
                match read {
                    Ok((part, source)) => {
                        self.source = source;
                        if !part.is_empty() {
                            return Poll::Ready(Some(Ok(part)));
                        }
                    }
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            match self.source.take() {
                Some(source) => self.reading = Some(Box::pin(source.read())),
                None => return Poll::Ready(None),
            }
        }
    }
}
