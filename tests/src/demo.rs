//! The main job, as a stranger leaves it running to look at.

use crate::harness::{Caller, Running, hoso_behind};
use serde_json::json;

#[test]
fn what_the_demo_leaves_up_can_be_looked_at_by_whom_it_names() {
    let running = Running::start(hoso_behind(&[]).args(["demo", "--stay"]));
    let after = |line: &str, label: &str| Some(line.trim().strip_prefix(label)?.trim().to_owned());
    let first = |text: String| text.split([' ', ',']).next().unwrap_or_default().to_owned();
    let desk = running.wait_for(|line| after(line, "desk "));
    let login = first(running.wait_for(|line| after(line, "sign in ")));
    let password = running.wait_for(|line| after(line, "password "));
    let code = first(running.wait_for(|line| after(line, "codes ")));
    let url = desk.strip_suffix("/desk").expect("the desk's address").to_owned();
    let asked = json!({"login": login, "password": password, "totp": code}).to_string();
    let kind = [("Content-Type", "application/json")];
    let given = Caller::new(url.clone(), None).ask("POST", "/v1/office/sign-in", &kind, asked.into_bytes());
    assert_eq!(given.status, 200, "{}", given.text());
    let token = given.json()["access_token"].as_str().map(ToOwned::to_owned);
    let inbox = Caller::new(url, token).get("/v1/office/inbox");
    assert_eq!(inbox.status, 200, "{}", inbox.text());
    assert_eq!(inbox.json()["dossiers"].as_array().map(Vec::len), Some(1), "{}", inbox.text());
}
