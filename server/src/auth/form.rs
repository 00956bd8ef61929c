//! A form of the desk's pages. It is of the session that brings it, or it is nobody's.

use super::extract::SessionCaller;
use crate::problem::{self, Problem};
use actix_web::dev::Payload;
use actix_web::web::Form;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as Unread, MapDeserializer};
use std::pin::Pin;

/// What the session's token is called in forms.
const TOKEN: &str = "csrf";

/// The fields of a form, all of them texts, after its token was found to be the session's.
pub(crate) struct DeskForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for DeskForm<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let session = request.extensions().get::<SessionCaller>().map(|caller| caller.0.csrf.clone());
        let pairs = Form::<Vec<(String, String)>>::from_request(request, payload);
        Box::pin(async move {
            let session =
                session.ok_or_else(|| Problem::of(&problem::INTERNAL).because("the route's line names no session"))?;
            let (tokens, fields): (Vec<_>, Vec<_>) =
                pairs.await?.into_inner().into_iter().partition(|(name, _)| name == TOKEN);
            let genuine = |token: &str| verify_slices_are_equal(token.as_bytes(), session.as_bytes()).is_ok();
            if !matches!(&tokens[..], [(_, token)] if genuine(token)) {
                return Err(Problem::of(&problem::CSRF).into());
            }
            let read = T::deserialize(MapDeserializer::<_, Unread>::new(fields.into_iter()));
            Ok(Self(read.map_err(|_| Problem::of(&problem::MALFORMED).because("form"))?))
        })
    }
}
