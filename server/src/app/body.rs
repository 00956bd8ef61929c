//! What is left of a request's body when it has been answered. A server that refuses before it has read everything, and
//! hangs up, breaks the line under a client that is still sending: the client hears of a reset, not of the refusal.

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Beyond the largest body that a route takes: what a client may add and not mean.
const SLACK: u64 = 64 * 1024;

/// A body that its route reads, and that is read on here if the route did not.
#[derive(Clone)]
pub(super) struct Body(Rc<RefCell<Inner>>);

struct Inner {
    payload: Payload,
    /// What the client said it would send.
    said: Option<u64>,
    read: u64,
}

impl Body {
    /// Stands between a request and its body.
    pub(super) fn of(request: &mut ServiceRequest) -> Self {
        let said = request.headers().get("content-length").and_then(|v| v.to_str().ok()?.parse().ok());
        let body = Self(Rc::new(RefCell::new(Inner { payload: request.take_payload(), said, read: 0 })));
        request.set_payload(Payload::from(Box::pin(body.clone()) as Pin<Box<dyn Stream<Item = _>>>));
        body
    }

    /// Reads what is left and forgets it, if the whole is not above the limit; a larger one is left, and the connection
    /// ends.
    pub(super) async fn drain(mut self, limit: u64) {
        let most = limit + SLACK;
        if self.0.borrow().said.is_some_and(|said| said > most) {
            return;
        }
        while let Some(Ok(_)) = self.next().await {
            if self.0.borrow().read > most {
                return;
            }
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut inner = self.0.borrow_mut();
        let polled = inner.payload.poll_next_unpin(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &polled {
            inner.read += bytes.len() as u64;
        }
        polled
    }
}
