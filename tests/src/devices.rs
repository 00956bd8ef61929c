//! A citizen's own devices, as the phone shows them.

mod lost;

use crate::harness::{Hub, Phone};

/// The lines of the list, without its header.
fn listed(phone: &Phone) -> Vec<String> {
    phone.says(&["--lang", "en", "devices"]).lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_citizen_sees_both_phones_and_shuts_one_out_which_keeps_what_is_on_it() {
    let hub = Hub::start();
    let first = Phone::new();
    first.says(&["enrol", "--server", &hub.url(), "--name", "Máy ở nhà", &hub.enrolment_code("an")]);
    let second = hub.phone("an");
    let stranger = hub.phone("binh");
    assert_eq!(listed(&stranger).len(), 1);
    let seen = listed(&first);
    assert!(seen.len() == 2 && seen.iter().all(|line| line.ends_with("active")), "{seen:?}");
    let (mine, other): (Vec<_>, Vec<_>) = seen.iter().partition(|line| line.contains(" * "));
    assert!(mine[0].contains("Máy ở nhà") && !other[0].contains("Máy ở nhà"), "{seen:?}");
    let id = other[0].split_whitespace().next().expect("a fingerprint").to_owned();
    first.says(&["name-device", &id, "Máy bị quên"]);
    assert!(listed(&second).iter().any(|line| line.contains(" * ") && line.contains("Máy bị quên")));
    assert!(!stranger.run(&["revoke-device", &id]).ok, "nobody else's");

    let draft = second.says(&["draft", "2.000635"]).trim().to_owned();
    first.says(&["revoke-device", &id]);
    let told = second.run(&["--lang", "en", "sync"]);
    assert!(!told.ok && told.err.contains("sign in again"), "{}", told.err);
    assert!(second.says(&["list"]).contains(&draft[draft.len() - 6..]), "it keeps what is on it");
    assert!(listed(&first).iter().any(|line| line.starts_with(&id) && line.ends_with("revoked")));
    second.says(&["enrol", "--server", &hub.url(), &hub.enrolment_code("an")]);
    second.says(&["sync"]);
    assert!(hub.hoso(&["verify"]).ok);
}

#[test]
fn who_signed_out_goes_on_after_the_next_sign_in_and_the_other_account_notices_nothing() {
    let hub = Hub::start();
    let phone = hub.phone("an");
    let code = hub.enrolment_code("binh");
    phone.says(&["--account", "binh", "enrol", "--server", &hub.url(), &code]);
    let drafts = ["me", "binh"].map(|who| phone.says(&["--account", who, "draft", "2.000635"]).trim().to_owned());
    for _ in 0..2 {
        phone.says(&["sign-out"]);
    }
    assert!(!phone.run(&["sync"]).ok);
    phone.says(&["--account", "binh", "sync"]);
    phone.says(&["enrol", "--server", &hub.url(), &hub.enrolment_code("an")]);
    phone.says(&["sync"]);
    for (who, draft) in ["me", "binh"].iter().zip(&drafts) {
        let told = phone.says(&["--account", who, "--lang", "en", "show", draft]);
        assert!(told.contains(draft), "{told}");
        let others = drafts.iter().find(|other| *other != draft).expect("two");
        assert!(!phone.run(&["--account", who, "show", others]).ok);
    }
    let listed = hub.hoso(&["devices"]).out;
    assert!(listed.lines().count() == 2 && listed.lines().all(|line| line.contains("  seen ")), "{listed}");
}
