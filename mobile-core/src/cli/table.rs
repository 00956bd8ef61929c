//! Aligned tables, and the program's own words in both languages.

use crate::view::SyncView;
use dossier::sentence::{Language, Sentence};

/// The program's words. They frame what the core says; the core's own sentences come from the bundles.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl Words {
    pub(super) fn pick(self, vi: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Vietnamese => vi,
            Language::English => en,
        }
    }

    pub(super) fn saved(self) -> String {
        self.pick("Đã lưu trên máy.\n", "Saved on this phone.\n").to_owned()
    }

    pub(super) fn written(self) -> String {
        self.pick("Đã ghi tệp.\n", "The file was written.\n").to_owned()
    }

    pub(super) fn no_report(self) -> String {
        self.pick("Không có báo cáo nào.\n", "There is no report.\n").to_owned()
    }

    /// Never "sent" of what is only saved.
    pub(super) fn queued(self) -> String {
        self.pick(
            "Đã lưu trên máy, chưa gửi. Chạy `phone sync` khi có mạng.\n",
            "Saved on this phone, not sent. Run `phone sync` when there is a network.\n",
        )
        .to_owned()
    }

    pub(super) fn enrolled(self, server: &str, courier: bool) -> String {
        let what = self.pick("Máy này đã được ghi nhận tại", "This phone is enrolled at");
        let role = if courier { self.pick(" (bưu tá)", " (courier)") } else { "" };
        format!("{what} {server}{role}.\n")
    }

    /// Where a person is to go on, in a browser.
    pub(super) fn sign_in_at(self, url: &str) -> String {
        let open = self.pick("Hãy mở địa chỉ này trong trình duyệt:", "Open this address in a browser:");
        let then = self.pick(
            "Đăng nhập xong, sao chép địa chỉ mà trình duyệt quay về rồi chạy: phone finish-sign-in 'ĐỊA_CHỈ'",
            "When you have signed in, copy the address that the browser comes back to, and run: phone finish-sign-in 'ADDRESS'",
        );
        format!("{open}\n{url}\n{then}\n")
    }

    pub(super) fn no_demo(self) -> &'static str {
        self.pick(
            "Máy chủ này không phải bản trình diễn, hoặc không có người này trong bản trình diễn.",
            "This server is no demo, or its demo has no such person.",
        )
    }

    pub(super) fn done(self) -> String {
        self.pick("Đã xong.\n", "Done.\n").to_owned()
    }

    pub(super) fn signed_out(self) -> String {
        self.pick("Đã đăng xuất. Mọi thứ vẫn được giữ trên máy.\n", "Signed out. Everything is kept on this phone.\n")
            .to_owned()
    }

    /// What a device is at the server.
    pub(super) fn device_state(self, state: &str) -> &'static str {
        match state {
            "active" => self.pick("đang dùng", "active"),
            "suspended" => self.pick("tạm ngừng", "suspended"),
            "lost" => self.pick("đã báo mất", "lost"),
            _ => self.pick("đã thu hồi", "revoked"),
        }
    }

    pub(super) fn synced(self, view: &SyncView) -> String {
        // Changes as `why` and `list` count them; papers are counted apart.
        let mut parts = vec![
            format!("{} {}", self.pick("gửi", "sent"), view.sent.saturating_sub(view.uploaded)),
            format!("{} {}", self.pick("được nhận", "accepted"), view.accepted.saturating_sub(view.uploaded)),
            format!("{} {}", self.pick("tin mới", "news"), view.news),
        ];
        let mut more = |n: u32, vi, en| {
            if n > 0 {
                parts.push(format!("{} {n}", self.pick(vi, en)));
            }
        };
        more(view.uploaded, "giấy tờ đã tải lên", "papers uploaded");
        more(view.set_aside, "không được nhận", "set aside");
        more(view.receipts, "biên nhận", "receipts");
        more(view.unreadable, "không đọc được", "unreadable");
        let said = |code: &String| Sentence::new("refused-by-server").with("code", code.clone()).say(self.0);
        let problems: String = view.problems.iter().map(|code| format!("! {}\n", said(code))).collect();
        let notes: String = view.log_notes.iter().map(|note| format!("! {note}\n")).collect();
        format!("{}. {}\n{problems}{notes}", parts.join(", "), view.freshness)
    }

    pub(super) fn which(self, found: usize) -> String {
        match (found, self.0) {
            (0, Language::Vietnamese) => "Không có mã nào như vậy trên máy.".to_owned(),
            (0, Language::English) => "Nothing on this phone has such an id.".to_owned(),
            (n, Language::Vietnamese) => format!("Có {n} mã như vậy; hãy viết dài hơn."),
            (n, Language::English) => format!("{n} ids fit; write more of it."),
        }
    }

    pub(super) fn file(self, kind: std::io::ErrorKind) -> &'static str {
        match kind {
            std::io::ErrorKind::NotFound => self.pick("Không có tệp này.", "There is no such file."),
            std::io::ErrorKind::PermissionDenied => {
                self.pick("Không có quyền đọc hoặc ghi ở đây.", "Reading or writing here is not permitted.")
            }
            _ => self.pick("Không đọc hoặc ghi được tệp.", "The file could not be read or written."),
        }
    }

    pub(super) fn unwritable(self, kind: std::io::ErrorKind) -> &'static str {
        match kind {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => self.pick(
                "Không ghi được ở đây: không có thư mục này và không tạo được.",
                "Nothing can be written here: there is no such folder, and it cannot be made.",
            ),
            other => self.file(other),
        }
    }

    /// The command that goes on from an error, if it is one that commands mend.
    pub(super) fn next_step(self, code: &str) -> &'static str {
        match code {
            "sign_in_again" => self.pick(
                "\nChạy: phone sign-in --server ĐỊA_CHỈ, hoặc phone enrol --server ĐỊA_CHỈ MÃ",
                "\nRun: phone sign-in --server ADDRESS, or phone enrol --server ADDRESS CODE",
            ),
            "storage_damaged" | "storage_wrong_key" | "key_gone" | "key_failed" => self.pick(
                "\nNếu không có bản sao còn tốt của cả thư mục (dữ liệu và khóa .pem): chuyển thư mục này đi nơi khác, \
                 xin mã mới ở bộ phận một cửa, rồi chạy phone enrol --server ĐỊA_CHỈ MÃ và phone sync; những gì đã gửi \
                 sẽ về lại máy.",
                "\nWithout a sound copy of the whole folder (data and .pem key): move this folder away, ask the one-stop \
                 desk for a new code, then run phone enrol --server ADDRESS CODE and phone sync; what was sent comes back.",
            ),
            _ => "",
        }
    }

    pub(super) fn assignment(self) -> &'static str {
        self.pick("Hãy viết MỤC=GIÁ TRỊ.", "Write FIELD=VALUE.")
    }
}

/// Columns as wide as their widest cell; the last one ends where it ends.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let pad = width - cell.chars().count();
            line.extend([cell.as_str(), &" ".repeat(pad + 2)]);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_letters_not_by_bytes() {
        let rows = [["Mã", "Trạng thái"], ["aaaa", "x"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "Mã    Trạng thái\naaaa  x\n");
        assert_eq!(table(&[]), "");
    }
}
