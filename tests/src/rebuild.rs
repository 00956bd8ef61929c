//! What can be computed again is: with all that is derived emptied or spoilt, `hoso verify` names it, and `hoso rebuild`
//! gives the same inbox, the same tracking page and the same desk.

use crate::harness::skip;
use crate::world::{Fate, World};
use std::process::Command;

#[test]
fn what_is_derived_is_computed_again_while_the_server_serves() {
    let mut world = World::open(Box::new(|_| Fate::Arrives));
    let (code, _) = world.tell();
    let id = world.told()[0].clone();
    world.submit_one();
    let secret = world.detail(&id).tracking_secret.expect("an accepted dossier has a secret");
    let desk = format!("/v1/office/dossiers/{id}");
    let page = |world: &World| world.track(&code, &secret);
    let before = (world.get("/v1/office/inbox"), world.get(&desk), page(&world));
    assert!(before.2.contains(&code) && before.0["dossiers"].as_array().is_some_and(|all| all.len() == 2));

    let database = world.with_hub(|hub| hub.data().join("hoso.db"));
    // Tiles are written within a second of what stands in them.
    let script = "import sqlite3, sys, time; d = sqlite3.connect(sys.argv[1])\n\
                  waits = (time.sleep(0.1) for n in range(600) if d.execute('select count(*) from tile').fetchone()[0] == 0)\n\
                  list(waits)\n\
                  for t in ('card', 'parcel', 'record_chain', 'tile'): assert d.execute('delete from ' + t).rowcount > 0, t\n\
                  d.execute('update dossier set document = randomblob(99)'); d.commit()";
    match Command::new("python3").args(["-c", script]).arg(&database).output() {
        Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
        Err(why) => return skip("rebuild", &format!("python3 with sqlite3: {why}")),
    }
    assert_eq!(world.get("/v1/office/inbox")["dossiers"].as_array().map(Vec::len), Some(0), "it was emptied");
    assert!(!page(&world).contains(&code));

    let named = world.with_hub(|hub| hub.hoso(&["verify"]));
    for table in ["card", "parcel", "record_chain", "tile", "dossier"] {
        assert!(!named.ok && named.out.contains(&format!("ALTERED {table}, row ")), "{table}: {}", named.out);
    }
    // Twice: every job may run twice. The server goes on serving meanwhile.
    for _ in 0..2 {
        let said = world.with_hub(|hub| hub.hoso(&["rebuild"]));
        assert!(said.ok && said.out.starts_with("2 "), "{}{}", said.out, said.err);
        let verified = world.with_hub(|hub| hub.hoso(&["verify"]));
        assert!(verified.ok, "{}{}", verified.out, verified.err);
    }
    assert_eq!((world.get("/v1/office/inbox"), world.get(&desk), page(&world)), before);
}
