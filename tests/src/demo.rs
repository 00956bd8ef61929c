//! The main job, as a stranger leaves it running to look at.

use crate::harness::{Caller, Running, hoso_behind};

#[test]
fn what_the_demo_leaves_up_can_be_looked_at_with_the_token_that_it_prints() {
    let running = Running::start(hoso_behind(&[]).args(["demo", "--stay"]));
    let after = |line: &str, label: &str| Some(line.trim().strip_prefix(label)?.split_whitespace().next()?.to_owned());
    let desk = running.wait_for(|line| after(line, "desk "));
    let token = running.wait_for(|line| after(line, "token "));
    let url = desk.strip_suffix("/desk").expect("the desk's address").to_owned();
    let inbox = Caller::new(url, Some(token)).get("/v1/office/inbox");
    assert_eq!(inbox.status, 200, "{}", inbox.text());
    assert_eq!(inbox.json()["dossiers"].as_array().map(Vec::len), Some(1), "{}", inbox.text());
}
