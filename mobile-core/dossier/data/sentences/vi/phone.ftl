# Lỗi mà ứng dụng trên điện thoại hiện cho người dân.
error-offline = Không có mạng. Mọi thứ đã lưu trên máy vẫn còn và sẽ gửi khi có mạng.
error-timed-out = Máy chủ chưa trả lời kịp. Mọi thứ đã lưu trên máy vẫn còn; hãy thử lại sau.
error-sign-in-again = Cần đăng nhập lại. Những gì chưa gửi vẫn được giữ trên máy.
error-too-old = Ứng dụng đã cũ, hãy cập nhật. Những gì chưa gửi vẫn được giữ trên máy.
error-storage-full = Bộ nhớ máy đã đầy nên chưa lưu được. Những gì lưu trước đó vẫn còn; hãy giải phóng bộ nhớ rồi thử lại.
error-storage-busy = Tài khoản này đang được mở ở một chương trình khác.
error-storage-wrong-key = Khóa trên máy không mở được dữ liệu của tài khoản này. Không có gì bị xóa.
error-storage-damaged = Dữ liệu trên máy bị hỏng ở { $what }. Phần đã gửi vẫn còn ở máy chủ.
error-storage-paused = Ứng dụng đang tạm dừng.
error-storage = Không đọc hoặc ghi được dữ liệu trên máy. Hãy thử lại.
error-key-locked = Hãy mở khóa máy rồi thử lại.
error-key = Không dùng được khóa của máy này. Hãy đăng nhập lại để tạo khóa mới.
error-cancelled = Đã dừng theo yêu cầu. Không có gì bị mất.
error-server = Máy chủ đang bận (mã { $code }). Hãy thử lại sau.
error-suspended = Thiết bị này tạm bị ngừng vì đã gửi dữ liệu bất thường. Dữ liệu trên máy vẫn được giữ; hãy liên hệ bộ phận một cửa.
error-untrusted = Câu trả lời không đúng là của máy chủ này (mã { $code }) nên không được dùng.

# Vì sao một việc không làm được, và không có gì thay đổi.
refused-by-server = Máy chủ không nhận (mã { $code }).
refused-not-found = Không có hồ sơ này trên máy.
refused-bad-account-name = Tên tài khoản chỉ gồm chữ thường không dấu, chữ số, dấu gạch; tối đa 40 ký tự.
refused-not-understood = Không hiểu giá trị này ({ $what }).
refused-unknown-procedure = Danh mục không có thủ tục này.
refused-unknown-unit = Danh mục không có đơn vị nhận hồ sơ này.
refused-unknown-field = Tờ khai không có mục { $key }.
refused-wrong-type = Mục "{ $field }" không nhận giá trị này.
refused-paper-size = Mỗi giấy tờ phải có nội dung và không quá 10 MiB.
refused-paper-kind = Chỉ nhận ảnh JPEG, PNG hoặc tệp PDF.
refused-sign-in-not-begun = Lần đăng nhập này không bắt đầu từ máy này. Hãy đăng nhập lại từ đầu.
refused-other-server = Tài khoản này thuộc về máy chủ khác. Hãy dùng một tài khoản mới trên máy.
refused-other-person = Tài khoản này trên máy là của người khác. Hãy dùng một tài khoản mới trên máy.
refused-bad-server-address = Địa chỉ máy chủ không dùng được; phải bắt đầu bằng https://.
refused-not-on-list = Bưu gửi này không có trong bảng kê của bạn.
refused-already-delivered = Bưu gửi này đã được ghi là giao xong.
refused-wrong-code = Mã nhận không đúng với bưu gửi này.
refused-reason-missing = Phải ghi lý do.
refused-authorisation-missing = Người nhận thay phải có văn bản ủy quyền; hãy ghi số hoặc ngày của văn bản.

# Việc của người dân làm đã đi đến đâu.
progress-draft = Bản nháp
progress-queued = Chờ gửi
progress-uploading = Chờ tải lên { $left } giấy tờ
progress-sent = Đã gửi đi, chưa có trả lời
progress-acknowledged = Máy chủ đã nhận
progress-needs-you = Cần bạn xử lý
progress-refused = Không được tiếp nhận

why-set-aside = Đến lượt bạn: có { $count } việc máy chủ không nhận, được giữ lại trên máy này. Hãy xem lý do, rồi làm lại hoặc bỏ đi.
why-uploading = Hồ sơ đã lưu trên máy nhưng chưa gửi xong: còn { $count } giấy tờ phải tải lên máy chủ.
why-queued = Đã lưu trên máy nhưng chưa gửi ({ $count } thay đổi). Sẽ gửi ở lần đồng bộ tới.
why-sent = Đã bắt đầu gửi nhưng chưa có trả lời của máy chủ; có thể máy chủ đã nhận. Lần đồng bộ tới sẽ hỏi lại, không gửi trùng.
why-unsent = Có { $count } thay đổi chỉ mới lưu trên máy này, chưa gửi.

freshness-at = Cập nhật lúc { $at }.
freshness-never = Chưa đồng bộ lần nào.

act-submit = Nộp hồ sơ
act-supplement = Bổ sung hồ sơ
act-withdraw = Rút hồ sơ
act-choose-delivery = Chọn cách nhận kết quả
act-confirm-delivery = Xác nhận đã nhận bưu gửi

value-yes = Có
value-no = Không
