# Vì sao một việc đã ghi trên máy được để riêng ra: máy chủ không nhận, nhưng không mất.
aside-locked = Hồ sơ đang không mở để sửa. Việc này được giữ lại và sẽ đưa ra lại khi cơ quan yêu cầu bổ sung.
aside-content-changed = Nội dung hồ sơ đã thay đổi so với lúc bạn nộp. Hãy xem lại rồi nộp lại.
aside-conflict-unresolved = Có mục được điền khác nhau trên hai máy. Hãy chọn một rồi nộp lại.
aside-has-findings = Hồ sơ còn mục chưa đúng hoặc còn thiếu. Hãy sửa rồi nộp lại.
aside-unknown-unit = Đơn vị nhận hồ sơ này không có trong danh mục. Hãy chọn đơn vị khác.
aside-not-found = Máy chủ không có hồ sơ này cho tài khoản của bạn.
aside-dossier-full = Hồ sơ đã đến giới hạn dung lượng. Hãy bớt nội dung chưa cần thiết.
aside-not-now = Ở bước hiện tại của hồ sơ không làm được việc này.
aside-refused = Máy chủ không nhận việc này (mã { $code }).
