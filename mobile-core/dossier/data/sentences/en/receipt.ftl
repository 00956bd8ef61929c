# What checking a receipt shows, and why a receipt is not accepted.

receipt-submission = Receipt for a dossier handed in, at { $at }.
receipt-supplement = Receipt for a supplement handed in, at { $at }.
receipt-acceptance = Receipt for the acceptance of a dossier, official code { $code }, at { $at }.
receipt-delivery = Receipt for a result delivered by post, at { $at }.
receipt-dossier = Dossier at the server: { $dossier }.
receipt-writer-device = It was sent from a device of who did it, with that device's signature.
receipt-writer-session = It was done on the web pages, signed in.
receipt-writer-counter = It was written at the counter by an officer for the citizen.
receipt-writer-officer = It was done by an officer of the one-stop desk, signed in.
receipt-signed = The signature is right: made with key { $key } of the server, and nothing was changed.
receipt-papers-none = This receipt names no papers.
receipt-papers-not-given = The receipt speaks of papers, but their list is not here and was not compared.
receipt-papers-listed = The list of { $count } papers beside it is the list that was handed in.
receipt-log-not-given = There is no proof of the log beside it: that it stands in the log was not shown.
receipt-log-not-checked = There is a proof of the log, but no key of the log here, so that part was not checked.
receipt-log-no-ed25519 = There is a proof of the log, but this browser cannot check the log's signature, so that part was not checked.
receipt-log-shown = It stands in the transparency log: entry { $place } of { $size }, signed with key { $key } of the log.

receipt-refused-not-a-receipt = This is not a receipt of Hồ Sơ, or it is damaged.
receipt-refused-unknown-key = The receipt was signed with a key that is not this server's.
receipt-refused-bad-signature = The signature is wrong: the receipt was changed, or is forged.
receipt-refused-other-papers = The list of papers beside it is not the list that was handed in.
receipt-refused-other-entry = The log entry beside it is not this receipt's.
receipt-refused-other-event = The event beside it is not the one that the receipt speaks of.
receipt-refused-checkpoint = The log did not sign the checkpoint beside it.
receipt-refused-not-in-log = The proof beside it does not lead to the signed log.

receipt-page-working = Checking…
receipt-page-good = The receipt is good.
receipt-page-empty = Paste the text of the QR code, or choose a receipt's file.
receipt-page-insecure = The browser can only check when the page is opened over a safe connection (https).
receipt-page-no-keys = The server's keys cannot be read. Paste them, or try again with a network.
receipt-page-keys-here = The keys of the server that sent this page were believed.
receipt-page-keys-given = The keys that you pasted were believed.
