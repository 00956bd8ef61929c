# Vì sao một việc người dân làm trên điện thoại chưa được ghi lại.
write-document-unreadable = Không đọc được hồ sơ lưu trên máy này. Hãy đồng bộ lại để lấy bản từ máy chủ.
write-unknown-key = Mục này không có trong tờ khai của thủ tục.
write-locked = Hồ sơ đã nộp nên chưa sửa được mục này. Chỉ sửa được khi cơ quan yêu cầu bổ sung.
write-text-too-long = Nội dung quá dài (tối đa 10.000 ký tự).
write-too-many-papers = Quá nhiều giấy tờ: tối đa 20 tệp, tổng cộng 100 MiB cho một hồ sơ.
write-has-findings = Hồ sơ còn mục chưa đúng hoặc còn thiếu. Hãy xem danh sách và sửa trước khi nộp.
write-not-set-aside = Không có việc nào như vậy để đưa ra lại. Nếu là việc nộp hay bổ sung, hãy làm lại.
write-recipient-missing = Phải ghi họ tên người nhận.
write-not-asked = Cơ quan không yêu cầu sửa mục này. Lúc này chỉ sửa được những gì được yêu cầu bổ sung.
write-nothing-supplied = Bạn chưa sửa hoặc thêm gì trong những nội dung được yêu cầu bổ sung. Hãy sửa hoặc thêm trước rồi gửi bổ sung.
write-unknown-parcel = Hồ sơ này không có bưu gửi như vậy.
write-no-parcel = Hồ sơ này chưa có bưu gửi nào trên đường đến bạn.
write-confirmed-already = Bạn đã xác nhận nhận được bưu gửi này rồi; không phải làm gì thêm.
