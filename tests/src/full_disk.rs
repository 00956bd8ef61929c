//! A full disk, under the server and under the phone: what cannot be written is refused by a name of its own, what was
//! acknowledged stays, and with space everything goes on.

use crate::harness::{Hub, Phone, skip};
use crate::world::photo;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A small file system in a mount namespace of its own: it is gone with the process that holds it, however that ends.
struct SmallDisk {
    holder: Child,
    mount: PathBuf,
}

impl SmallDisk {
    /// Over this folder. Needs the right to make namespaces.
    fn over(folder: &Path, size: &str) -> Result<Self, String> {
        let script = r#"mount -t tmpfs -o "size=$1" none "$2" && echo mounted && exec cat"#;
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", size]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Its standard input closes with this process, and `cat` ends.
        let mut holder = command.spawn().map_err(|why| format!("unshare: {why}"))?;
        let mut line = String::new();
        let said = holder.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let disk = Self { holder, mount: folder.to_owned() };
        match said {
            Some(Ok(_)) if line == "mounted\n" => Ok(disk),
            _ => Err("namespaces with a tmpfs cannot be made here".into()),
        }
    }

    /// What stands before a program that lives on this disk.
    fn enter(&self) -> Vec<String> {
        let pid = self.holder.id().to_string();
        ["nsenter", "--target", &pid, "--user", "--mount", "--preserve-credentials", "--"].map(str::to_owned).to_vec()
    }

    fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).expect("seen from outside");
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.filler()).expect("our own file");
    }

    fn filler(&self) -> PathBuf {
        let inside = self.mount.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside).join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn disk(test: &str, folder: &TempDir, size: &str) -> Option<SmallDisk> {
    SmallDisk::over(folder.path(), size).map_err(|why| skip(test, &why)).ok()
}

#[test]
fn a_server_on_a_full_disk_refuses_by_name_and_goes_on_when_there_is_space() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let Some(disk) = disk("a_server_on_a_full_disk", &data, "8m") else { return };
    let mut hub = Hub::start_behind(data, disk.enter());
    let (a, lan) = (hub.phone("an"), hub.officer("lan"));
    let draft = |n: u32| {
        let id = a.says(&["draft", "2.000635"]).trim().to_owned();
        a.says(&["example", &id]);
        let file = a.file(&format!("{n}.jpg"), &photo(n)).display().to_string();
        a.says(&["paper", &id, "identity", &file]);
        a.says(&["submit", &id]);
        id
    };
    let before = draft(1);
    a.says(&["sync"]);
    let after = draft(2);

    disk.fill();
    let sent = a.run(&["sync"]);
    assert_eq!(sent.code, 3, "later is soon enough: {}{}", sent.out, sent.err);
    assert!(sent.err.contains("storage_full"), "{}", sent.err);
    let accept = |id: &str| {
        let key = "00000000-0000-4000-8000-000000000001";
        let body = serde_json::json!({"command": "accept"});
        lan.post(&format!("/v1/office/dossiers/{id}/commands"), key, &body)
    };
    assert_eq!(accept(&before).problem(), (507, "storage_full".to_owned()));
    let inbox = lan.get("/v1/office/inbox").json();
    assert_eq!(inbox["dossiers"].as_array().map(Vec::len), Some(1), "reading goes on: {inbox}");
    assert!(a.says(&["show", &after]).contains("chưa gửi"));

    disk.free();
    a.says(&["sync"]);
    assert_eq!(accept(&before).status, 200);
    assert_eq!(accept(&after).status, 200, "the phone's part came through");
    // What was said after the full disk is on the disk too.
    hub.kill();
    hub.up();
    a.says(&["sync"]);
    for id in [before, after] {
        assert!(a.says(&["show", &id]).contains("Được tiếp nhận"));
    }
}

#[test]
fn a_phone_on_a_full_disk_says_so_and_keeps_what_was_saved() {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let Some(disk) = disk("a_phone_on_a_full_disk", &home, "4m") else { return };
    let phone = Phone::new_behind(home, disk.enter());
    let id = phone.says(&["--offline", "draft", "2.000635"]).trim().to_owned();
    phone.says(&["--offline", "example", &id]);
    let photos = tempfile::tempdir().expect("a temporary folder can be made");
    let large = photos.path().join("large.jpg");
    std::fs::write(&large, [photo(1), vec![5; 3 << 20]].concat()).expect("there is space elsewhere");

    disk.fill();
    let large = large.display().to_string();
    let refused = phone.run(&["--offline", "paper", &id, "identity", &large, "--lang", "en"]);
    assert_eq!(refused.code, 1, "its user can make space: {}{}", refused.out, refused.err);
    assert!(refused.err.contains("full"), "{}", refused.err);

    disk.free();
    let shown = phone.says(&["--offline", "show", &id]);
    assert!(shown.contains("Nguyễn Văn Ví Dụ") && !shown.contains("large.jpg"), "{shown}");
    phone.says(&["--offline", "set", &id, "purpose=Lại có chỗ"]);
    assert!(phone.says(&["--offline", "show", &id]).contains("Lại có chỗ"));
}
