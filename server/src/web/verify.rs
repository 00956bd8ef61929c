//! The page on which anybody verifies a receipt, and its scripts. It is the same for everybody and asks this server for
//! nothing but its public keys: the browser's own cryptography does the rest.

use super::page::show;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpResponse, get};
use askama::Template;
use dossier::sentence::{Language, Sentence};

/// What other pages may do, and besides: scripts of ours that make no markup from text, and a question for the keys.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Every sentence that the scripts may say, with the names of its arguments.
const WORDS: [(&str, &[&str]); 32] = [
    ("receipt-page-working", &[]),
    ("receipt-page-good", &[]),
    ("receipt-page-empty", &[]),
    ("receipt-page-insecure", &[]),
    ("receipt-page-no-keys", &[]),
    ("receipt-page-keys-here", &[]),
    ("receipt-page-keys-given", &[]),
    ("receipt-submission", &["at"]),
    ("receipt-supplement", &["at"]),
    ("receipt-acceptance", &["code", "at"]),
    ("receipt-delivery", &["at"]),
    ("receipt-dossier", &["dossier"]),
    ("receipt-writer-device", &[]),
    ("receipt-writer-session", &[]),
    ("receipt-writer-counter", &[]),
    ("receipt-writer-officer", &[]),
    ("receipt-signed", &["key"]),
    ("receipt-papers-none", &[]),
    ("receipt-papers-not-given", &[]),
    ("receipt-papers-listed", &["count"]),
    ("receipt-log-not-given", &[]),
    ("receipt-log-not-checked", &[]),
    ("receipt-log-no-ed25519", &[]),
    ("receipt-log-shown", &["place", "size", "key"]),
    ("receipt-refused-not-a-receipt", &[]),
    ("receipt-refused-unknown-key", &[]),
    ("receipt-refused-bad-signature", &[]),
    ("receipt-refused-other-papers", &[]),
    ("receipt-refused-other-entry", &[]),
    ("receipt-refused-other-event", &[]),
    ("receipt-refused-checkpoint", &[]),
    ("receipt-refused-not-in-log", &[]),
];

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    words: Vec<Word>,
}

/// A sentence whose arguments are still their names in braces.
struct Word {
    id: &'static str,
    vi: String,
    en: String,
}

/// Where a receipt is verified.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/verify")]
pub(crate) async fn form() -> HttpResponse {
    let mut page = show(StatusCode::OK, &VerifyPage { words: WORDS.map(word).into() });
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    page
}

/// What the page does.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/assets/verify.js")]
pub(crate) async fn page_script() -> HttpResponse {
    script(include_str!("../../web/assets/verify.js"))
}

/// How a receipt is verified.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/assets/receipt.js")]
pub(crate) async fn receipt_script() -> HttpResponse {
    script(include_str!("../../web/assets/receipt.js"))
}

/// How its bytes are read.
#[utoipa::path(tag = "people", responses((status = 200)))]
#[get("/assets/cbor.js")]
pub(crate) async fn cbor_script() -> HttpResponse {
    script(include_str!("../../web/assets/cbor.js"))
}

fn script(text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "max-age=3600"))
        .body(text)
}

fn word((id, args): (&'static str, &'static [&'static str])) -> Word {
    let sentence = args.iter().fold(Sentence::new(id), |sentence, name| sentence.with(name, format!("{{{name}}}")));
    Word { id, vi: sentence.say(Language::Vietnamese), en: sentence.say(Language::English) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    const SENTENCES: &str = include_str!("../../../mobile-core/dossier/data/sentences/vi/receipt.ftl");

    #[test]
    fn the_page_knows_every_sentence_about_receipts_with_its_arguments() {
        let messages: Vec<(&str, &str)> = SENTENCES.lines().filter_map(|line| line.split_once(" = ")).collect();
        assert_eq!(messages.len(), WORDS.len());
        for (id, pattern) in messages {
            let known = WORDS.into_iter().find(|(known, _)| *known == id);
            let said = word(known.unwrap_or_else(|| panic!("{id} is not there")));
            assert_eq!(said.vi, pattern.replace("{ $", "{").replace(" }", "}"), "an argument has no place");
        }
    }

    #[actix_web::test]
    async fn the_page_runs_our_scripts_only_and_makes_no_markup_from_text() {
        let app = actix_web::test::init_service(actix_web::App::new().service(form).service(receipt_script)).await;
        let ask = |path| actix_web::test::TestRequest::get().uri(path).to_request();
        let page = actix_web::test::call_service(&app, ask("/verify")).await;
        let policy = page.headers().get(CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned();
        assert_eq!(page.headers().get_all(CONTENT_SECURITY_POLICY).count(), 1);
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        let html = String::from_utf8(to_bytes(page.into_body()).await.unwrap().to_vec()).unwrap();
        let handler = html.split_whitespace().find(|word| word.starts_with("on") && word.contains('='));
        assert!(html.contains("lang=\"vi\"") && !html.contains("<script>") && handler.is_none(), "{html}");
        let script = actix_web::test::call_service(&app, ask("/assets/receipt.js")).await;
        assert_eq!(script.headers().get(CONTENT_TYPE).unwrap(), "text/javascript; charset=utf-8");
    }
}
