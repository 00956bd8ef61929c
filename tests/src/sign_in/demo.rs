//! `hoso serve --demo`, and a server that is none.

use super::browser::Browser;
use super::{Office, begin, refusal, synchronises};
use crate::harness::Phone;
use crate::starting::refused;

#[test]
fn an_invented_citizen_signs_in_at_the_demo_in_a_browser_or_from_a_script() {
    let office = Office::start(&["--demo"], &[]);
    let script = Phone::new();
    script.says(&["sign-in", "--server", &office.url, "--demo", "031090000001"]);
    let draft = synchronises(&script);

    let phone = Phone::new();
    let mut browser = Browser::new();
    let page = browser.open(&begin(&phone, &office)).page();
    assert!(page.html.contains("BẢN TRÌNH DIỄN") && page.html.contains("everybody here is invented"), "{}", page.html);
    let shown = browser.press(&page, &[("citizen", "031090000001")]).page().html;
    let command = shown.split_once("finish-sign-in &#39;").or_else(|| shown.split_once("finish-sign-in '"));
    let callback = command.and_then(|(_, rest)| rest.split(['\'', '<']).next()).expect("what is to be pasted");
    phone.says(&["finish-sign-in", &callback.replace("&#38;", "&").replace("&amp;", "&")]);
    phone.says(&["sync"]);
    assert!(phone.says(&["list"]).contains(&draft), "the same person's draft");

    for (number, told) in [
        ("031099000006", "below level 2"),
        ("031080000007", "organisation's account"),
        ("031090000099", "no such person"),
    ] {
        let other = Phone::new();
        let arguments = ["sign-in", "--server", &office.url, "--demo", number];
        assert!(refusal(&other, &arguments).contains(told), "{number}");
    }
    let courier = Phone::new().says(&["sign-in", "--server", &office.url, "--demo", "031185000002"]);
    assert!(courier.contains("(bưu tá)"), "the demo's courier is one from the start: {courier}");
    assert!(office.hoso(&["verify"]).ok);
}

#[test]
fn without_demo_there_is_nothing_of_it() {
    let office = Office::start(&[], &[]);
    for (method, path) in [
        ("GET", "/demo/provider/.well-known/openid-configuration"),
        ("GET", "/demo/provider/keys"),
        ("GET", "/demo/provider/authorize?client_id=hoso-demo"),
        ("POST", "/demo/provider/authorize"),
        ("POST", "/demo/provider/token"),
        ("GET", "/demo/provider/userinfo"),
        ("GET", "/demo/signed-in?code=a&state=b"),
    ] {
        let told = office.stranger().ask(method, path, &[], Vec::new());
        assert_eq!(told.problem(), (404, "not_found".into()), "{method} {path}");
    }
    assert_eq!(office.begins().problem(), (404, "sign_in_not_offered".into()));
    assert!(!office.stranger().get("/openapi.json").text().contains("demo"));
    for setting in ["HOSO_DEMO", "HOSO_PROVIDER_DEMO"] {
        refused(tempfile::tempdir().expect("a folder").path(), &[(setting, "true")], &[setting]);
    }
    let file = tempfile::tempdir().expect("a folder");
    std::fs::write(file.path().join("hoso.toml"), "demo = true\n").expect("a file can be written");
    refused(file.path(), &[], &["line 1", "`demo`"]);
    let phone = Phone::new();
    let tried = refusal(&phone, &["sign-in", "--server", &office.url, "--demo", "031090000001"]);
    assert!(tried.contains("one-stop desk for a code"), "{tried}");
}

#[test]
fn a_demo_s_data_and_an_office_s_never_meet() {
    let demo = Office::start(&["--demo"], &[]);
    refused(demo.data.path(), &[], &["invented people", "--demo"]);
    let office = Office::start(&[], &[]);
    let data = office.data.path().display().to_string();
    let mut command = super::command(&office.data);
    let said = crate::harness::Running::refusal(command.args(["serve", "--demo"])).expect("it is refused");
    assert!(said.contains("is no demo's") && said.contains(&data), "{said}");
    assert!(!office.data.path().join("keys/demo").exists());
    let provider = [
        ("HOSO_PROVIDER_ISSUER", "https://id.example"),
        ("HOSO_PROVIDER_CLIENT_ID", "hoso"),
        ("HOSO_PROVIDER_CLIENT_SECRET", "hunter2"),
        ("HOSO_PROVIDER_REDIRECT_URIS", "hoso://signed-in"),
    ];
    let new = tempfile::tempdir().expect("a folder");
    let said = crate::harness::Running::refusal(super::command(&new).args(["serve", "--demo"]).envs(provider));
    let said = said.expect("a demo has a provider of its own");
    assert!(said.contains("[provider]") && !said.contains("hunter2"), "{said}");
}
