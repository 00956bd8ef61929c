# Công dân đọc: ai đã xem hồ sơ của mình.

reading-purpose = { $purpose ->
    [handling] để giải quyết hồ sơ
    [supervising] để kiểm tra việc giải quyết
    [break_glass] dù hồ sơ không thuộc phần việc của mình
    [unmasking] vì cần đối chiếu
   *[other] { $purpose }
}
reading-dossier = { $name } ({ $unit }) đã mở hồ sơ { reading-purpose }.
reading-paper = { $name } ({ $unit }) đã mở một giấy tờ { reading-purpose }.
reading-numbers = { $name } ({ $unit }) đã xem số định danh { reading-purpose }.
