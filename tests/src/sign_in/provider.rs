//! The certified provider `oidc-provider` (npm), which is configured and not written by us.

use super::browser::{Browser, Place};
use super::{Office, begin, refusal, synchronises};
use crate::harness::{Phone, Running, skip};
use crate::root;
use std::process::Command;

/// The provider with these arguments; `None`, and said, where it is not installed.
fn provider(test: &str, arguments: &[&str]) -> Option<(Running, String)> {
    let folder = root().join("tests/tools/provider");
    let node = Command::new("node").arg("--version").output().is_ok_and(|said| said.status.success());
    if !node || !folder.join("node_modules/oidc-provider").is_dir() {
        skip(test, "no node with oidc-provider here: npm ci --prefix tests/tools/provider");
        return None;
    }
    let running = Running::start(Command::new("node").arg(folder.join("provider.mjs")).args(arguments));
    let issuer = running.wait_for(|line| Some(line.strip_prefix("provider at ")?.to_owned()));
    Some((running, issuer))
}

fn office(issuer: &str, more: &[(&str, &str)]) -> Office {
    let settings = [
        ("HOSO_PROVIDER_ISSUER", issuer),
        ("HOSO_PROVIDER_CLIENT_ID", "hoso office:1"),
        ("HOSO_PROVIDER_CLIENT_SECRET", "a secret & more +%"),
        ("HOSO_PROVIDER_REDIRECT_URIS", "hoso://signed-in"),
    ];
    Office::start(&[], &[settings.as_slice(), more].concat())
}

/// Somebody signs in on the provider's own pages and agrees; with what the browser opens the app.
fn agree(browser: &mut Browser, url: &str, login: &str) -> String {
    let mut place = browser.open(url);
    // A login, if the browser is not signed in, and then a consent.
    while let Place::Page(page) = place {
        let login = page.html.contains("name=\"login\"").then_some([("login", login), ("password", "x")]);
        place = browser.press(&page, login.as_ref().map_or(&[], |filled| filled.as_slice()));
    }
    place.app()
}

#[test]
fn a_citizen_signs_in_at_a_certified_provider_and_synchronises() {
    let test = "a_citizen_signs_in_at_a_certified_provider_and_synchronises";
    for (arguments, settings) in [
        (&[][..], &[][..]),
        (&["claims-in-id-token", "secret-in-form", "alg=ES256"], &[("HOSO_PROVIDER_ALGORITHMS", "ES256")]),
    ] {
        let Some((_provider, issuer)) = provider(test, arguments) else { return };
        let office = office(&issuer, settings);
        // The office entered the same citizen, whose name the provider writes in capitals.
        let code = office.hoso(&["enrol", "--name", "Nguyễn Văn An", "--citizen-number", "031090000001"]).last_word();
        let by_code = Phone::new();
        by_code.says(&["enrol", "--server", &office.url, &code]);
        let draft = synchronises(&by_code);

        let phone = Phone::new();
        let callback = agree(&mut Browser::new(), &begin(&phone, &office), "an");
        assert!(callback.starts_with("hoso://signed-in?") && callback.contains("iss="), "{callback}");
        phone.says(&["finish-sign-in", &callback]);
        phone.says(&["sync"]);
        assert!(phone.says(&["list"]).contains(&draft), "what the other phone drafted is here");
        synchronises(&phone);
        // The same callback, and the same callback on the phone of somebody who overheard it, opens nothing.
        assert!(refusal(&phone, &["finish-sign-in", &callback]).contains("did not begin on this phone"));
        assert!(refusal(&Phone::new(), &["finish-sign-in", &callback]).contains("did not begin on this phone"));
        let people: std::collections::BTreeSet<String> = office
            .hoso(&["devices"])
            .out
            .lines()
            .filter_map(|l| l.split_whitespace().nth(1).map(str::to_owned))
            .collect();
        assert_eq!((office.devices(), people.len()), (2, 1), "two phones of one person");
        assert!(office.hoso(&["verify"]).ok);
        nothing_else_is_anywhere(&office);
    }
}

/// What the provider said beside what is needed stands in no file and no log.
fn nothing_else_is_anywhere(office: &Office) {
    let mut looked_at = vec![office.running.log()];
    for entry in
        std::fs::read_dir(office.data.path()).expect("the data folder").flatten().filter(|e| e.path().is_file())
    {
        looked_at.push(String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file")).into_owned());
    }
    assert!(looked_at[0].contains("device enrolled") && looked_at.len() > 3);
    for secret in ["CANARY", "031090000001", "NGUYỄN VĂN AN", "19900501", "tech-0310", "a secret"] {
        assert!(!looked_at.iter().any(|text| text.contains(secret)), "{secret}");
    }
}

#[test]
fn who_the_provider_knows_and_the_office_cannot_take_is_told_why() {
    let test = "who_the_provider_knows_and_the_office_cannot_take_is_told_why";
    let Some((_provider, issuer)) = provider(test, &[]) else { return };
    let office = office(&issuer, &[]);
    let tried = |login: &str| {
        let phone = Phone::new();
        let callback = agree(&mut Browser::new(), &begin(&phone, &office), login);
        refusal(&phone, &["finish-sign-in", &callback])
    };
    assert!(tried("low").contains("below level 2"));
    assert!(tried("firm").contains("organisation's account"));
    let phone = Phone::new();
    let mut browser = Browser::new();
    let page = browser.open(&begin(&phone, &office)).page();
    let cancelled = browser.follow(&page, "/abort").app();
    assert!(cancelled.contains("error=access_denied"), "{cancelled}");
    assert!(refusal(&phone, &["finish-sign-in", &cancelled]).starts_with("You cancelled"));
    assert_eq!(office.devices(), 0, "nobody was entered");
    // The phone that was cancelled on begins anew, and comes in.
    let callback = agree(&mut browser, &begin(&phone, &office), "binh");
    phone.says(&["finish-sign-in", &callback]);
    synchronises(&phone);
    // The account is hers: whoever signs in on it as somebody else is refused, and nothing of hers moves.
    let other = agree(&mut Browser::new(), &begin(&phone, &office), "an");
    assert!(refusal(&phone, &["finish-sign-in", &other]).contains("somebody else"));
    synchronises(&phone);
}

#[test]
fn a_provider_that_ended_or_has_another_name_is_told_and_waited_for() {
    let test = "a_provider_that_ended_or_has_another_name_is_told_and_waited_for";
    let Some((running, issuer)) = provider(test, &[]) else { return };
    let other_name = issuer.replace("127.0.0.1", "localhost");
    let told = office(&other_name, &[]).begins();
    assert_eq!(told.problem(), (503, "provider_unavailable".into()), "its metadata are those of another name");
    let office = office(&issuer, &[]);
    let phone = Phone::new();
    let callback = agree(&mut Browser::new(), &begin(&phone, &office), "an");
    drop(running);
    let said = phone.run(&["--lang", "en", "finish-sign-in", &callback]);
    assert_eq!(said.code, 3, "it may work later: {}", said.err);
    assert!(said.err.contains("identity provider does not answer"), "{}", said.err);
    assert_eq!(office.devices(), 0);
}
