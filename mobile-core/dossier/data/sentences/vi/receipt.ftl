# Điều mà việc kiểm tra một biên nhận cho thấy, và vì sao một biên nhận không được công nhận.

receipt-submission = Biên nhận nộp hồ sơ, lúc { $at }.
receipt-supplement = Biên nhận nộp bổ sung, lúc { $at }.
receipt-acceptance = Biên nhận tiếp nhận hồ sơ, mã hồ sơ { $code }, lúc { $at }.
receipt-delivery = Biên nhận trả kết quả qua bưu chính, lúc { $at }.
receipt-dossier = Hồ sơ trên máy chủ: { $dossier }.
receipt-writer-device = Được gửi từ thiết bị của người thực hiện, có chữ ký của thiết bị đó.
receipt-writer-session = Được thực hiện trên trang web, khi đã đăng nhập.
receipt-writer-counter = Được cán bộ ghi tại quầy thay cho công dân.
receipt-writer-officer = Do cán bộ của bộ phận một cửa thực hiện, khi đã đăng nhập.
receipt-signed = Chữ ký đúng: do khóa { $key } của máy chủ ký, nội dung không bị sửa.
receipt-papers-none = Biên nhận này không kể giấy tờ nào.
receipt-papers-not-given = Biên nhận có kể giấy tờ nhưng danh sách không kèm ở đây nên chưa đối chiếu.
receipt-papers-listed = Danh sách { $count } giấy tờ kèm theo đúng là danh sách đã nộp.
receipt-log-not-given = Không kèm chứng minh của nhật ký: chưa cho thấy việc này đã được ghi vào nhật ký.
receipt-log-not-checked = Có kèm chứng minh của nhật ký nhưng ở đây không có khóa của nhật ký, nên phần đó chưa kiểm tra.
receipt-log-no-ed25519 = Có kèm chứng minh của nhật ký nhưng trình duyệt này không kiểm tra được chữ ký của nhật ký, nên phần đó chưa kiểm tra.
receipt-log-shown = Việc này đã được ghi vào nhật ký minh bạch: mục { $place } trong { $size } mục, khóa { $key } của nhật ký đã ký.

receipt-refused-not-a-receipt = Đây không phải biên nhận của Hồ Sơ, hoặc biên nhận đã bị hỏng.
receipt-refused-unknown-key = Biên nhận được ký bằng một khóa không phải của máy chủ này.
receipt-refused-bad-signature = Chữ ký sai: biên nhận đã bị sửa hoặc là giả.
receipt-refused-other-papers = Danh sách giấy tờ kèm theo không phải danh sách đã nộp.
receipt-refused-other-entry = Mục nhật ký kèm theo không phải của biên nhận này.
receipt-refused-other-event = Sự việc kèm theo không phải sự việc mà biên nhận nói đến.
receipt-refused-checkpoint = Nhật ký không ký điểm kiểm tra kèm theo.
receipt-refused-not-in-log = Chứng minh kèm theo không dẫn đến nhật ký đã ký.

receipt-page-working = Đang kiểm tra…
receipt-page-good = Biên nhận đúng.
receipt-page-empty = Hãy dán nội dung mã QR hoặc chọn tệp biên nhận.
receipt-page-insecure = Trình duyệt chỉ kiểm tra được khi trang được mở bằng kết nối an toàn (https).
receipt-page-no-keys = Không đọc được khóa của máy chủ. Hãy dán khóa, hoặc thử lại khi có mạng.
receipt-page-keys-here = Đã tin khóa của máy chủ đã gửi trang này.
receipt-page-keys-given = Đã tin khóa do bạn dán vào.
