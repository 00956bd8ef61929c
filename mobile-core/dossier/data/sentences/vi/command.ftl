# Vì sao một lệnh của cán bộ không thực hiện được.
command-not-found = Không tìm thấy hồ sơ này ở đơn vị của bạn.
command-text-required = Phải ghi nội dung để người dân đọc.
command-seal-required = Phải ghi số niêm phong của bưu gửi.
command-text-too-long = Nội dung quá dài (tối đa 4.000 ký tự).
command-days-out-of-range = Số ngày làm việc phải từ 1 đến 60.
command-amount-out-of-range = Số tiền phải từ 1 đến 10.000.000.000 đồng.
command-unknown-key = Tờ khai hoặc thành phần hồ sơ của thủ tục không có mục này.
command-nothing-asked = Phải nêu ít nhất một mục của tờ khai hoặc một thành phần hồ sơ mà công dân cần bổ sung.
command-no-due-date = Hồ sơ chưa có ngày hẹn trả.
command-post-not-chosen = Người dân chưa chọn nhận kết quả qua bưu chính.
command-due-in-the-past = Ngày hẹn mới đã qua. Hãy hẹn thêm nhiều ngày hơn.
command-unknown-courier = Người này không phải là bưu tá đã đăng ký.
command-own-proposal = Người đề nghị thu hồi không được tự quyết định; phải là một người khác.
