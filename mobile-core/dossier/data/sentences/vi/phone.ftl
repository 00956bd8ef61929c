# Lỗi mà ứng dụng trên điện thoại hiện cho người dân.
error-offline = Không có mạng. Mọi thứ đã lưu trên máy vẫn còn và sẽ gửi khi có mạng.
error-timed-out = Máy chủ chưa trả lời kịp. Mọi thứ đã lưu trên máy vẫn còn; hãy thử lại sau.
error-sign-in-again = Cần đăng nhập lại, bằng tài khoản định danh hoặc bằng mã mới của bộ phận một cửa. Mọi thứ vẫn được giữ trên máy, và những gì chưa gửi sẽ được gửi sau khi đăng nhập.
error-not-enrolled = Máy này chưa được ghi nhận ở máy chủ nào. Hãy dùng tài khoản định danh, hoặc xin mã ở bộ phận một cửa để đăng ký máy; mọi thứ trên máy vẫn được giữ.
error-too-old = Ứng dụng đã cũ, hãy cập nhật. Những gì chưa gửi vẫn được giữ trên máy.
error-server-too-old = Máy chủ của cơ quan chưa được cập nhật cho ứng dụng này. Những gì đã viết vẫn được giữ trên máy; hãy thử lại sau.
error-storage-full = Bộ nhớ máy đã đầy nên chưa lưu được. Những gì lưu trước đó vẫn còn; hãy giải phóng bộ nhớ rồi thử lại.
error-storage-busy = Tài khoản này đang được mở ở một chương trình khác.
error-storage-wrong-key = Khóa trên máy không mở được dữ liệu của tài khoản này. Không có gì bị xóa.
error-storage-damaged = { $what ->
    [file] Dữ liệu của tài khoản này trên máy bị hỏng.
   *[other] Một phần dữ liệu trên máy bị hỏng.
 } Phần đã gửi vẫn còn ở máy chủ.
error-storage-paused = Ứng dụng đang tạm dừng.
error-storage = Không đọc hoặc ghi được dữ liệu trên máy. Hãy thử lại.
error-key-locked = Hãy mở khóa máy rồi thử lại.
error-key-gone = Khóa của máy này không còn nữa nên dữ liệu lưu cùng khóa không mở được. Hãy bắt đầu lại và đăng nhập: những gì đã gửi sẽ trở về máy.
error-key-failed = Chưa dùng được khóa của máy này. Vui lòng thử lại.
error-cancelled = Đã dừng theo yêu cầu. Không có gì bị mất.
error-server = Máy chủ đang bận (mã { $code }). Hãy thử lại sau.
error-provider-unavailable = Hệ thống định danh hiện chưa trả lời. Không có gì thay đổi; hãy thử lại sau ít phút.
error-too-often = Máy này vừa kết nối quá nhiều lần liền nhau. Mọi thứ đã lưu trên máy vẫn còn; hãy thử lại { $seconds ->
    [none] sau một lát
   *[some] sau { $seconds } giây
 }.
error-suspended = Thiết bị này tạm bị ngừng vì đã gửi dữ liệu bất thường. Dữ liệu trên máy vẫn được giữ; hãy liên hệ bộ phận một cửa.
error-wiped = Máy này đã được báo mất, nên dữ liệu của tài khoản này trên máy đã bị xóa, cả khóa của máy. Muốn dùng lại, hãy đăng nhập như trên một máy mới; những gì đã gửi sẽ về lại.
error-removed = Tài khoản này đã được gỡ khỏi máy này. Những gì đã gửi vẫn ở cơ quan tiếp nhận và sẽ về lại khi đăng nhập lần sau.
error-untrusted = Câu trả lời không đúng là của máy chủ này (mã { $code }) nên không được dùng.
error-log-inconsistent = Nhật ký minh bạch hoặc biên nhận của máy chủ không khớp với những gì máy này đã thấy (mã { $code }). Đồng bộ đã dừng; mọi thứ trên máy vẫn được giữ và vẫn làm tiếp được. Hãy xuất báo cáo và đưa cho người bạn tin cậy hoặc cơ quan giám sát.

# Đồng bộ xong, điều cần nói về nhật ký.
log-begun-anew = Máy chủ đã được khôi phục từ bản sao lưu: nhật ký minh bạch bắt đầu lại { $began ->
    [unknown] ở lần vận hành { $life }
   *[other] từ { $began }
 }. Điểm kiểm tra cũ vẫn được giữ trên máy này.
server-restored = Máy chủ đã được khôi phục từ bản sao lưu. Máy này đang gửi lại những gì máy chủ chưa có; không có gì trên máy bị mất.
# $text: điều đã được báo.
told-before-restore = { $text } (được báo trước khi hệ thống được khôi phục, chờ cơ quan xác nhận lại)

# $place: tên mục hoặc giấy tờ.
finding-at = { $place }: { $finding }
finding-of-all = { $finding }

# Vì sao một việc không làm được, và không có gì thay đổi.
# Mã trả lời của máy chủ, thành lời.
refused-by-server = { $code ->
    [enrolment_refused] Mã đăng ký thiết bị không đúng, đã dùng hoặc đã hết hạn. Hãy xin mã mới ở bộ phận một cửa.
    [sign_in_refused] Lần đăng nhập này không hợp lệ, đã dùng rồi hoặc đã quá lâu. Hãy đăng nhập lại từ đầu.
    [assurance_too_low] Tài khoản định danh của bạn chưa đạt mức độ 2. Hãy đến cơ quan công an để được định danh mức độ 2, miễn phí, rồi đăng nhập lại.
    [organisation_account] Đây là tài khoản của tổ chức. Hãy đăng nhập bằng tài khoản của chính bạn.
    [sign_in_not_offered] Nơi này chưa có đăng nhập bằng tài khoản định danh. Hãy xin mã ở bộ phận một cửa.
    [device_lost] Máy này đã được báo mất và bị khóa vĩnh viễn. Hãy đăng nhập trên máy khác, hoặc bằng một tài khoản mới trên máy này.
    [device_key_taken] Máy này đã đăng ký cho người khác. Hãy dùng một tài khoản mới trên máy.
    [not_found] Máy chủ không có hồ sơ hoặc thiết bị này cho tài khoản của bạn.
    [dossier_quota] Hôm nay một hồ sơ đã có quá nhiều thay đổi. Phần còn lại được giữ trên máy và sẽ gửi sau, chậm nhất ngày mai; các hồ sơ khác vẫn được gửi.
    [papers_full] Hồ sơ này đã nhận đủ số lượng hoặc dung lượng giấy tờ cho phép, kể cả giấy tờ đã bỏ. Hãy lập một hồ sơ mới.
    [body_too_large] Tệp lớn quá. Hãy chụp lại hoặc chọn tệp nhỏ hơn.
    [paper_kind] Chỉ nhận ảnh JPEG, PNG hoặc tệp PDF.
    [paper_mismatch] Tệp bị hỏng trên đường gửi. Hãy đồng bộ lại.
    [paper_not_here] Một giấy tờ ở trên máy khác của bạn. Hãy đồng bộ trên máy đó để gửi lên.
    [manifest_untrusted] Một bảng kê không đúng là của máy chủ này nên không được dùng.
    [not_a_courier] Tài khoản này không phải của bưu tá.
    [not_on_manifest] Bưu gửi này không có trong bảng kê của bạn.
    [wrong_code] Mã nhận không đúng với bưu gửi này.
    [not_confirmed_by_recipient] Máy của người nhận chưa xác nhận. Hãy hỏi mã nhận, hoặc ghi lý do không có xác nhận.
    [reason_missing] Thiếu lý do.
    [authorisation_missing] Người nhận thay phải có văn bản ủy quyền.
    [record_gap] Thiếu một ghi nhận trước đó của máy này. Hãy báo bưu cục.
    [record_forked] Máy chủ đã có một ghi nhận khác ở vị trí này, có thể máy đã được khôi phục từ bản sao. Hãy báo bưu cục.
   *[other] Máy chủ không nhận việc này. Hãy cập nhật ứng dụng rồi làm lại; nếu vẫn vậy, hãy báo mã { $code } cho bộ phận một cửa.
 }
refused-not-found = Không có hồ sơ này trên máy.
refused-bad-account-name = Tên tài khoản gồm 1 đến 40 ký tự: a đến z, chữ số, dấu - và _.
# $what: điều mà giá trị lẽ ra phải là.
refused-not-understood = { $what ->
    [PhoneNumber] Đây chưa phải số điện thoại Việt Nam. Ví dụ: 0912 345 678.
    [RecipientCode] Mã nhận gồm 10 chữ số và chữ cái. Hãy hỏi lại người nhận.
    [FailureReason] Không có lý do như vậy. Hãy chọn một trong các lý do cho sẵn.
    [IdentityPaper] Không có loại giấy tờ tùy thân như vậy.
    [DossierId] Đây không phải mã của một hồ sơ trên máy.
    [ParcelId] Đây không phải mã của một bưu gửi.
    [UnitCode] Đây không phải mã của một đơn vị nhận hồ sơ.
    [ProcedureCode] Mã thủ tục có dạng 1.001193.
    [FieldKey] Tờ khai không có mục như vậy.
    [PaperKey] Không có giấy tờ như vậy.
    [PaperHash] Không có giấy tờ như vậy.
    [Act] Nội dung quá dài (tối đa 1.000 ký tự).
    [Callback] Đây không phải địa chỉ mà trình duyệt đã quay về. Hãy sao chép toàn bộ địa chỉ đó, không thêm gì khác.
   *[other] Giá trị này không đúng dạng.
 }
refused-no-receipt = Trên máy này chưa có biên nhận này.
refused-unknown-procedure = Danh mục không có thủ tục này.
refused-unknown-unit = Danh mục không có đơn vị nhận hồ sơ này.
refused-unknown-field = Tờ khai không có mục { $key }.
refused-wrong-type = Mục "{ $field }" không nhận giá trị này.
refused-paper-empty = Tệp này không có nội dung.
refused-paper-size = Tệp lớn quá, tối đa 10 MiB.
refused-paper-kind = Chỉ nhận ảnh JPEG, PNG hoặc tệp PDF.
refused-sign-in-cancelled = Bạn đã hủy đăng nhập. Không có gì thay đổi; bạn có thể đăng nhập lại bất cứ lúc nào.
# $code: tên lỗi theo hệ thống định danh.
refused-sign-in-failed = Hệ thống định danh chưa cho đăng nhập (mã { $code }). Hãy đăng nhập lại từ đầu.
refused-sign-in-not-begun = Lần đăng nhập này không bắt đầu từ máy này. Hãy đăng nhập lại từ đầu.
refused-other-server = Tài khoản này thuộc về máy chủ khác. Hãy dùng một tài khoản mới trên máy.
refused-other-person = Tài khoản này trên máy là của người khác. Hãy dùng một tài khoản mới trên máy.
refused-bad-server-address = Địa chỉ máy chủ không dùng được; phải bắt đầu bằng https://.
refused-not-on-list = Bưu gửi này không có trong bảng kê của bạn.
refused-lease-ended = Máy này không liên lạc được với máy chủ đã 24 giờ, nên bảng kê tạm đóng. Hãy đồng bộ khi có mạng; những gì đã ghi khi giao vẫn được giữ trên máy.
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
why-held = Máy chủ đã trả lời: hôm nay hồ sơ này đã có quá nhiều thay đổi. Còn { $count } thay đổi được giữ trên máy; lần đồng bộ sau sẽ gửi tiếp, chậm nhất là ngày mai.
why-sent = Đã bắt đầu gửi nhưng chưa có trả lời của máy chủ; có thể máy chủ đã nhận. Lần đồng bộ tới sẽ hỏi lại, không gửi trùng.
why-unsent = Có { $count } thay đổi chỉ mới lưu trên máy này, chưa gửi.
why-waits-for-other-device = Máy chủ đã được khôi phục từ bản sao lưu. Có { $count } thay đổi dựa trên việc làm ở máy khác của bạn: hãy đồng bộ máy đó trước. Nếu máy đó không còn, hãy chọn "không chờ máy khác" để gửi tất cả từ máy này.
why-told-before-restore = Có { $count } bước được báo trước khi hệ thống được khôi phục, đang chờ cơ quan xác nhận lại.

# $act: submit = nộp, supplement = bổ sung, withdraw = rút.
next-waits-to-be-sent = { $act ->
    [withdraw] Bạn đã rút hồ sơ trên máy này
    [supplement] Bạn đã bổ sung hồ sơ trên máy này
   *[submit] Bạn đã nộp hồ sơ trên máy này
 }; máy chủ chưa nhận. Việc này gửi ở lần đồng bộ tới, bạn không phải làm gì khác.

freshness-at = Cập nhật lúc { $at }.
freshness-never = Chưa đồng bộ lần nào.

act-submit = Nộp hồ sơ
act-supplement = Bổ sung hồ sơ
act-withdraw = Rút hồ sơ
act-choose-delivery = Chọn cách nhận kết quả
act-confirm-delivery = Xác nhận đã nhận bưu gửi

value-yes = Có
value-no = Không
refused-behalf-incomplete = Hãy ghi họ tên người được nộp thay và giấy tờ cho thấy bạn được nộp thay (số, ngày, nơi lập).
