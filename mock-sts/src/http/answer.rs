//! Bodies -> HTTP answers with STS's headers.

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::clock::nanos;
use crate::config::ThrottleHeaders;
use crate::decision::Delivery;

const EXTENDED_ID: &str = "x-amz-sts-extended-request-id";

/// An answer of STS.
pub(super) fn xml(
    status: u16,
    delivery: Delivery,
    request_id: &str,
    extended_id: &str,
    body: String,
) -> Response {
    let mut response = Response::new(Body::empty());
    let ids = [("x-amzn-requestid", request_id), (EXTENDED_ID, extended_id)];
    for (name, id) in ids {
        if let Ok(id) = HeaderValue::from_str(id) {
            response.headers_mut().insert(HeaderName::from_static(name), id);
        }
    }
    // After the ids, as STS has them (captured).
    fill(&mut response, status_of(status), "text/xml", body);
    if delivery == Delivery::Close {
        close(&mut response);
    }
    // For the delivery, which alone knows the connection.
    if delivery != Delivery::KeepAlive {
        response.extensions_mut().insert(delivery);
    }
    response
}

/// Makes it the answer of somebody in front of STS: no XML, and no extended id.
/// The request's id stays, by which the mock's own logs know it.
pub(super) fn bare(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.remove(EXTENDED_ID);
}

/// Says when to come back, where the configuration has it said.
pub(super) fn come_back(response: &mut Response, when: &ThrottleHeaders) {
    let headers = response.headers_mut();
    if let Some(after) = when.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(after.as_secs()));
    }
    if let Some(after) = when.x_amz_retry_after {
        let ms = HeaderValue::from(nanos(after) / 1_000_000);
        headers.insert(HeaderName::from_static("x-amz-retry-after"), ms);
    }
}

/// An answer of the identity provider, with the `Cache-Control` it is given.
pub(super) fn json(status: StatusCode, cache_control: &str, body: String) -> Response {
    let mut response = with_body(status, "application/json; charset=utf-8", body);
    if let Ok(value) = HeaderValue::from_str(cache_control)
        && !value.is_empty()
    {
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    response
}

/// 302 to a web page, without a body.
pub(super) fn redirect(address: &str) -> Response {
    let mut response = empty(StatusCode::FOUND);
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

/// 405, for what is neither GET nor POST.
pub(super) fn method_not_allowed() -> Response {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// The request was not read to its end, so the connection cannot be used again.
pub(super) fn unread(status: StatusCode) -> Response {
    let mut response = empty(status);
    close(&mut response);
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(0));
    response
}

fn with_body(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::empty());
    fill(&mut response, status, content_type, body);
    response
}

fn fill(response: &mut Response, status: StatusCode, content_type: &'static str, body: String) {
    let length = HeaderValue::from(body.len());
    *response.body_mut() = Body::from(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, length);
}

fn close(response: &mut Response) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
