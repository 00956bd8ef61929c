//! What a caller is told when something is wrong: RFC 9457, a stable code from one table, two languages, and nothing of
//! the inside. The cause stays in the log, once, with the request's id.

use crate::seal::Unreadable;
use crate::store;
use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use dossier::exchange::ExchangeError;
use dossier::ids::Signature;
use dossier::time::Timestamp;
use serde::Serialize;
use std::fmt;

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub code: &'static str,
    pub status: u16,
    pub vi: &'static str,
    pub en: &'static str,
}

/// Declares the table once, as constants and as a list.
macro_rules! table {
    ($($name:ident $status:literal $code:literal $vi:literal $en:literal)*) => {
        $(pub(crate) const $name: Kind = Kind { code: $code, status: $status, vi: $vi, en: $en };)*
        /// All codes, in the order of their status.
        #[cfg(test)]
        const TABLE: &[Kind] = &[$($name),*];
    };
}

table! {
    MALFORMED 400 "malformed" "Yêu cầu không đúng dạng." "The request is not of the expected form."
    PROTOCOL 400 "protocol_unsupported" "Ứng dụng dùng phiên bản không còn được hỗ trợ. Hãy cập nhật ứng dụng."
        "The app speaks a version that is not supported. Update the app."
    SIGNATURE 400 "signature_invalid" "Chữ ký không khớp với nội dung." "The signature does not fit the content."
    TOO_MANY 400 "too_many_changes" "Một lần gửi có quá nhiều thay đổi." "One request holds too many changes."
    PAPER_MISMATCH 400 "paper_mismatch" "Nội dung giấy tờ không khớp mã băm." "The paper's bytes do not match its hash."
    REASON 400 "reason_needed" "Hãy nêu lý do, từ 10 đến 500 ký tự." "Give a reason of 10 to 500 characters."
    KEY_MISSING 400 "idempotency_key_missing" "Thiếu tiêu đề Idempotency-Key (UUID)."
        "The header Idempotency-Key (a UUID) is missing."
    UNAUTHORISED 401 "unauthorised" "Hãy đăng nhập lại." "Sign in again."
    CREDENTIALS 401 "wrong_credentials" "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng."
        "Login, password or code is wrong."
    STEP_UP 401 "step_up_required" "Việc này không thể hoàn tác: hãy xác thực lại bằng mã trong 5 phút gần nhất."
        "This cannot be undone: prove it is you with a code of the last 5 minutes."
    NONCE 401 "use_dpop_nonce" "Hãy gửi lại với nonce mới." "Send it again with the new nonce."
    PROOF 401 "invalid_dpop_proof" "Thiết bị chưa chứng minh được khóa của mình." "The proof of the device's key does not hold."
    SIGNED_OUT 401 "signed_out" "Phiên đăng nhập trên máy này đã hết hoặc đã kết thúc. Hãy đăng nhập lại; dữ liệu trên máy vẫn được giữ."
        "This device is signed out. Sign in again; what is on it is kept."
    ENROLMENT 403 "enrolment_refused" "Mã đăng ký thiết bị không đúng, đã dùng hoặc đã hết hạn."
        "The enrolment code is wrong, used or expired."
    REVOKED 403 "device_revoked" "Thiết bị này đã bị thu hồi." "This device has been revoked."
    LOST 403 "device_lost" "Thiết bị này đã được báo mất và bị khóa vĩnh viễn; dữ liệu của tài khoản trên máy phải được xóa. Hãy đăng ký bằng một khóa mới."
        "This device was reported lost: it is shut out for good, and the account's data on it is to be deleted. Enrol with a new key."
    SUSPENDED 403 "device_suspended" "Thiết bị này tạm bị ngừng vì đã gửi dữ liệu bất thường. Hãy liên hệ bộ phận một cửa; dữ liệu trên máy vẫn được giữ."
        "This device is suspended because of what it sent. Ask the one-stop desk; what is on it is kept."
    SIGN_IN 403 "sign_in_refused" "Lần đăng nhập này không hợp lệ, đã dùng hoặc đã hết hạn. Hãy đăng nhập lại từ đầu."
        "This sign-in is not valid, was used or has expired. Start again."
    ASSURANCE 403 "assurance_too_low" "Tài khoản định danh của bạn chưa đạt mức độ 2. Hãy đến cơ quan công an để được định danh mức độ 2, miễn phí, rồi đăng nhập lại."
        "Your identity account is below level 2. The police raise it to level 2, free of charge; then sign in again."
    ORGANISATION 403 "organisation_account" "Đây là tài khoản của tổ chức. Hãy đăng nhập bằng tài khoản của cá nhân."
        "This is an organisation's account. Sign in with a person's own account."
    NOT_PERMITTED 403 "not_permitted" "Vai trò của bạn không được làm việc này." "Your role may not do this."
    CSRF 403 "csrf" "Biểu mẫu không thuộc phiên làm việc này. Hãy tải lại trang rồi thử lại."
        "The form is not of this session. Load the page again and try once more."
    UNFINISHED 403 "sign_in_unfinished" "Hãy đăng nhập một lần tại trang của bộ phận một cửa để đổi mật khẩu và cài mã xác thực."
        "Sign in once at the desk's page, to choose a password and bind an authenticator."
    NO_POSTING 403 "no_posting" "Tài khoản không có vị trí công tác nào đang có hiệu lực."
        "The account has no posting that counts now."
    CROSS_SITE 403 "cross_site" "Yêu cầu đến từ một trang khác." "The request came from another site."
    NOT_FOUND 404 "not_found" "Không tìm thấy." "Not found."
    NO_SIGN_IN 404 "sign_in_not_offered" "Nơi này chưa có đăng nhập bằng tài khoản định danh. Hãy xin mã ở bộ phận một cửa."
        "Signing in with an identity account is not offered here. Ask the one-stop desk for a code."
    METHOD 405 "method_not_allowed" "Không hỗ trợ thao tác này ở địa chỉ này." "This address does not take this method."
    TIMEOUT 408 "timeout" "Quá thời gian chờ. Hãy thử lại." "It took too long. Try again."
    COMMAND_REUSED 409 "command_id_reused" "Idempotency-Key này đã dùng cho một lệnh khác."
        "This Idempotency-Key was used for another command."
    NAMED_OTHERWISE 409 "named_otherwise" "Số định danh này đã được ghi với họ tên khác. Hãy xem lại cả hai."
        "This citizen number is entered under another name. Look at both again."
    KEY_TAKEN 409 "device_key_taken" "Khóa của thiết bị đã thuộc về người khác." "The device's key belongs to somebody else."
    NO_PROPOSAL 409 "no_proposal" "Chưa có đề nghị thu hồi nào còn hiệu lực; trước hết phải có người đề nghị."
        "Nobody's proposal to take the result back waits; somebody must propose it first."
    PROPOSED 409 "already_proposed" "Đã có người khác đề nghị thu hồi; hãy quyết định hoặc chờ đề nghị đó hết hạn."
        "Somebody else has proposed it; decide on that, or wait until it lapses."
    POSTING 409 "posting_required" "Tài khoản có nhiều vị trí công tác; hãy chọn một." "The account has several postings; choose one."
    PAPERS_FULL 409 "papers_full" "Hồ sơ đã nhận đủ số lượng hoặc dung lượng giấy tờ cho phép, kể cả giấy tờ đã bỏ."
        "The dossier holds as many papers, or bytes of papers, as it may."
    TOO_LARGE 413 "body_too_large" "Nội dung gửi lên quá lớn." "The body is too large."
    PAPER_KIND 415 "paper_kind" "Chỉ nhận tệp JPEG, PNG hoặc PDF." "Only JPEG, PNG and PDF are taken."
    MEDIA_TYPE 415 "unsupported_media_type" "Loại nội dung không được hỗ trợ." "The content type is not supported."
    TOO_OFTEN 429 "too_many_requests" "Thiết bị này gửi quá nhiều lần. Hãy đợi một lát; dữ liệu trên máy vẫn được giữ."
        "This device asks too often. Wait a moment; what is on it is kept."
    LOOKED_OFTEN 429 "too_many_lookups" "Bạn đã tra cứu quá nhiều lần. Hãy đợi một lát rồi thử lại."
        "Too many look-ups. Wait a moment and try again."
    SIGN_IN_OFTEN 429 "too_many_sign_ins" "Có quá nhiều lần đăng nhập từ địa chỉ này. Hãy đợi một lát."
        "Too many sign-ins from this address. Wait a moment."
    DOSSIER_QUOTA 429 "dossier_quota" "Hôm nay hồ sơ này đã có quá nhiều thay đổi. Phần còn lại sẽ được gửi sau."
        "This dossier has had too many changes today. The rest is sent later."
    INTERNAL 500 "internal" "Có lỗi ở phía máy chủ. Dữ liệu của bạn không bị mất; hãy thử lại sau."
        "Something failed on the server. Nothing of yours is lost; try again later."
    BUSY 503 "busy" "Máy chủ đang bận. Hãy thử lại sau ít phút." "The server is busy. Try again in a few minutes."
    PROVIDER 503 "provider_unavailable" "Hệ thống định danh chưa trả lời. Hãy thử lại sau ít phút."
        "The identity provider does not answer. Try again in a few minutes."
    FULL 507 "storage_full" "Máy chủ hết chỗ lưu. Dữ liệu của bạn không bị mất; hãy thử lại sau."
        "The server has no space left. Nothing of yours is lost; try again later."
}

#[derive(Debug)]
pub(crate) struct Problem {
    status: u16,
    code: &'static str,
    title: Box<str>,
    title_en: Box<str>,
    /// What is wrong with this very request, for who wrote the program that sent it; nothing that was sent.
    detail: Option<Box<str>>,
    /// For the log; never told to the caller.
    cause: Option<Box<str>>,
    /// Methods of this address, for 405.
    allow: Option<Box<str>>,
    /// Seconds after which it may work.
    retry_after: Option<u32>,
    /// The order that a lost device is given.
    wipe: Option<Box<(Timestamp, Signature)>>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    title_en: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// With `device_lost` alone: when the device was reported lost, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    wipe_at: Option<i64>,
    /// With `device_lost` alone: by the server's key, R ‖ S in hexadecimal, low S, over the wipe message (domain string, server
    /// id, the device's thumbprint, that moment). Without it nothing is to be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    wipe_signature: Option<String>,
}

impl Problem {
    pub(crate) fn of(kind: &'static Kind) -> Self {
        let (title, title_en) = (kind.vi.into(), kind.en.into());
        let retry_after = (kind.status == 503).then_some(5);
        Self {
            status: kind.status,
            code: kind.code,
            title,
            title_en,
            detail: None,
            cause: None,
            allow: None,
            retry_after,
            wipe: None,
        }
    }

    /// A rule of the office said no; code and sentences are the rule's.
    pub(crate) fn refused(code: &'static str, vi: String, en: String) -> Self {
        Self {
            status: 409,
            code,
            title: vi.into(),
            title_en: en.into(),
            detail: None,
            cause: None,
            allow: None,
            retry_after: None,
            wipe: None,
        }
    }

    pub(crate) fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string().into());
        self
    }

    pub(crate) fn telling(mut self, detail: String) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn allowing(mut self, methods: String) -> Self {
        self.allow = Some(methods.into());
        self
    }

    /// It may work after so many seconds.
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// With the signed order to delete what the device keeps.
    pub(crate) fn ordering_to_wipe(mut self, at: Timestamp, signature: Signature) -> Self {
        self.wipe = Some(Box::new((at, signature)));
        self
    }

    /// The problem that stands for a bare status of the framework.
    pub(crate) fn of_status(status: u16) -> Self {
        let kind = match status {
            401 => &UNAUTHORISED,
            404 => &NOT_FOUND,
            405 => &METHOD,
            408 | 504 => &TIMEOUT,
            413 => &TOO_LARGE,
            415 => &MEDIA_TYPE,
            429 => &TOO_OFTEN,
            503 => &BUSY,
            400..=499 => &MALFORMED,
            _ => &INTERNAL,
        };
        Self::of(kind)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn title_en(&self) -> &str {
        &self.title_en
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The answer to a request with this id.
    pub(crate) fn answer(&self, request: Option<&str>) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.status == 401 {
            let challenge = match self.code == STEP_UP.code {
                // RFC 9470 §3.
                true => "Bearer error=\"insufficient_user_authentication\", max_age=300".to_owned(),
                false => format!("DPoP algs=\"ES256\", error=\"{}\"", self.code),
            };
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Some(methods) = &self.allow {
            answer.insert_header((header::ALLOW, methods.to_string()));
        }
        let body = ProblemBody {
            r#type: format!("urn:hoso:problem:{}", self.code),
            title: &self.title,
            title_en: &self.title_en,
            status: self.status,
            code: self.code,
            detail: self.detail.as_deref(),
            instance: request.map(|id| format!("urn:uuid:{id}")),
            wipe_at: self.wipe.as_ref().map(|order| order.0.0),
            wipe_signature: self.wipe.as_ref().map(|order| order.1.to_string()),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        answer.content_type("application/problem+json").body(body)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.answer(None)
    }
}

impl From<store::Failed> for Problem {
    fn from(failed: store::Failed) -> Self {
        let kind = if failed.is_full() {
            &FULL
        } else if failed.is_passing() {
            &BUSY
        } else {
            &INTERNAL
        };
        Self::of(kind).because(failed)
    }
}

impl From<Unreadable> for Problem {
    fn from(cause: Unreadable) -> Self {
        Self::of(&INTERNAL).because(cause)
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        Self::of(match error {
            ExchangeError::TooLarge => &TOO_LARGE,
            ExchangeError::Malformed | ExchangeError::OtherRequest => &MALFORMED,
            ExchangeError::Protocol => &PROTOCOL,
            ExchangeError::TooMany => &TOO_MANY,
            ExchangeError::Signature => &SIGNATURE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_there_once_and_speaks_both_languages() {
        let codes: BTreeSet<_> = TABLE.iter().map(|k| k.code).collect();
        assert_eq!(codes.len(), TABLE.len());
        assert!(TABLE.iter().all(|k| !k.vi.is_empty() && !k.en.is_empty() && (400..600).contains(&k.status)));
        assert!(TABLE.is_sorted_by_key(|k| k.status));
    }

    #[actix_web::test]
    async fn the_cause_is_never_told() {
        let problem = Problem::of(&INTERNAL).because("relation dossier does not exist");
        let body = actix_web::body::to_bytes(problem.answer(Some("1")).into_body()).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(!body.contains("relation") && body.contains("urn:uuid:1") && body.contains("\"internal\""));
    }
}
