# Vì sao một việc đã ghi trên máy được để riêng ra: máy chủ không nhận, nhưng không mất.
aside-locked = Hồ sơ đang không mở để sửa. Việc này được giữ lại và sẽ đưa ra lại khi cơ quan yêu cầu bổ sung.
aside-ended = Hồ sơ đã kết thúc nên việc này không đưa vào được nữa. Nội dung được giữ ở đây cho đến khi bạn bỏ đi; nếu còn cần, hãy dùng cho hồ sơ mới.
aside-content-changed = Nội dung hồ sơ đã thay đổi so với lúc bạn nộp. Hãy xem lại rồi nộp lại.
aside-conflict-unresolved = Có mục được điền khác nhau trên hai máy. Hãy chọn một rồi nộp lại.
aside-has-findings = Hồ sơ còn mục chưa đúng hoặc còn thiếu. Hãy sửa rồi nộp lại.
aside-unknown-unit = Đơn vị nhận hồ sơ này không có trong danh mục. Hãy chọn đơn vị khác.
aside-not-found = Máy chủ không có hồ sơ này cho tài khoản của bạn.
aside-dossier-full = Hồ sơ đã đến giới hạn dung lượng. Hãy bớt nội dung chưa cần thiết.
aside-not-now = Ở bước hiện tại của hồ sơ không làm được việc này.
# $act: submit = nộp, supplement = bổ sung. $what: những mục khác nhau, hoặc none khi không biết.
aside-handed-in-elsewhere = Hồ sơ đã được { $act ->
    [supplement] bổ sung
   *[submit] nộp
 } từ một máy khác của bạn lúc { $at }, nội dung giống hệt. Bạn không phải làm gì thêm.
aside-handed-in-differently = Hồ sơ đã được { $act ->
    [supplement] bổ sung
   *[submit] nộp
 } từ một máy khác của bạn lúc { $at }{ $what ->
    [none] {""}
   *[some] ; bản trên máy này khác ở: { $what }
 }. Những gì bạn sửa trên máy này vẫn được giữ: bạn đưa ra lại được khi cơ quan yêu cầu bổ sung, hoặc rút hồ sơ rồi nộp hồ sơ mới.
aside-unknown-place = Địa chỉ nhận kết quả không có trong danh mục tỉnh, thành phố và xã, phường. Hãy chọn lại cách nhận kết quả.
aside-too-large = Một lần ghi có quá nhiều nội dung. Hãy rút ngắn hoặc ghi làm nhiều lần.
aside-other-forms = Ứng dụng trên máy này và máy chủ không cùng một bản biểu mẫu. Hãy cập nhật ứng dụng rồi làm lại.
aside-out-of-step = Máy này và máy chủ không khớp nhau về những gì đã gửi trước đó. Hãy đồng bộ, xem lại hồ sơ rồi làm lại.
aside-refused = Máy chủ không nhận việc này vì ứng dụng gửi không đúng cách. Hãy cập nhật ứng dụng rồi làm lại; nếu vẫn vậy, hãy báo mã { $code } cho bộ phận một cửa.
