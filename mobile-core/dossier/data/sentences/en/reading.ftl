# Citizens read: who looked into their dossier.

reading-purpose = { $purpose ->
    [handling] to handle it
    [supervising] to see that it is handled
    [break_glass] though it is none of their work
    [unmasking] to compare it
   *[other] { $purpose }
}
reading-dossier = { $name } ({ $unit }) opened the dossier { reading-purpose }.
reading-paper = { $name } ({ $unit }) opened a paper { reading-purpose }.
reading-numbers = { $name } ({ $unit }) saw the identity numbers { reading-purpose }.
