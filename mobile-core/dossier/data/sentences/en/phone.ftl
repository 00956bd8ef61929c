# Errors that the app on the phone shows.
error-offline = No network. Everything saved on this phone is kept and will be sent later.
error-timed-out = The server did not answer in time. Everything saved on this phone is kept; try again later.
error-sign-in-again = Please sign in again, with your identity account or with a new code from the one-stop desk. Everything is kept on this phone, and what was not sent goes once you are signed in.
error-not-enrolled = This phone is not enrolled at any server yet. Sign in with your identity account, or with a code from the one-stop desk; everything on it is kept.
error-too-old = This app is too old, please update it. What was not sent is kept on this phone.
error-server-too-old = The office's server has not been updated for this app yet. What you wrote is kept on this phone; try again later.
error-storage-full = The phone's storage is full, so this was not saved. What was saved before is kept; free some space and try again.
error-storage-busy = This account is open in another program.
error-storage-wrong-key = This phone's key does not open the data of this account. Nothing was deleted.
error-storage-damaged = { $what ->
    [file] The data of this account on the phone is damaged.
   *[other] A part of the data on this phone is damaged.
 } What was sent is still at the server.
error-storage-paused = The app is paused.
error-storage = The data on this phone could not be read or written. Please try again.
error-key-locked = Unlock the phone and try again.
error-key-gone = This phone's key is gone, and what was kept with it here cannot be opened any more. Begin anew and sign in: what was sent comes back.
error-key-failed = This phone's key cannot be used just now. Please try again.
error-cancelled = Stopped as asked. Nothing was lost.
error-server = The server is busy (code { $code }). Please try again later.
error-provider-unavailable = The identity provider does not answer at the moment. Nothing was changed; try again in a few minutes.
error-too-often = This device has asked too often in a short time. Everything saved on it is kept; try again { $seconds ->
    [none] in a while
   *[some] in { $seconds } seconds
 }.
error-suspended = This device is suspended because of what it sent. Everything on it is kept; ask the one-stop desk.
error-wiped = This device was reported lost, so what this account kept on it was deleted, its key too. To use the device again, sign in on it as on a new one; what was sent before comes back.
error-removed = This account was removed from this device. What was sent stays with the office, and comes back with the next sign-in.
error-untrusted = The answer is not rightly this server's (code { $code }) and was not used.
error-log-inconsistent = The server's transparency log, or a receipt, contradicts what this phone has seen (code { $code }). The synchronisation was stopped; everything on this phone is kept and you can go on working. Export the report and give it to somebody you trust or to the inspectors.

# What is to be said of the log after a synchronisation.
log-begun-anew = The server was restored from a backup: its transparency log begins anew { $began ->
    [unknown] in life { $life }
   *[other] at { $began }
 }. The checkpoint before it is kept on this phone.
server-restored = The server was restored from a backup. This phone sends again what the server lacks; nothing on this phone is lost.
# $text: what had been told.
told-before-restore = { $text } (told before the system was restored; waits for the office to confirm it)

# $place: a field or a paper, by name.
finding-at = { $place }: { $finding }
finding-of-all = { $finding }

# Why something could not be done; nothing changed.
# The server's code in words.
refused-by-server = { $code ->
    [enrolment_refused] The enrolment code is wrong, used or expired. Ask the one-stop desk for a new one.
    [sign_in_refused] This sign-in is not valid, was used already or took too long. Please sign in again from the start.
    [assurance_too_low] Your identity account is below level 2. The police raise it to level 2, free of charge; then sign in again.
    [organisation_account] This is an organisation's account. Please sign in with your own.
    [sign_in_not_offered] This office does not offer signing in with an identity account. Ask the one-stop desk for a code.
    [device_lost] This device was reported lost and is shut out for good. Sign in on another device, or with a new account on this one.
    [device_key_taken] This phone is enrolled for somebody else. Use a new account on this phone.
    [not_found] The server has no such dossier or device for your account.
    [dossier_quota] A dossier has had very many changes today. The rest is kept on this phone and is sent later, by tomorrow; the other dossiers went on.
    [papers_full] This dossier has taken as many papers, or bytes of papers, as it may, those that were taken out again included. Please begin a new one.
    [body_too_large] The file is too large. Take the picture again or choose a smaller file.
    [paper_kind] Only JPEG, PNG or PDF are taken.
    [paper_mismatch] The file was damaged on its way. Synchronise again.
    [paper_not_here] A paper is on another of your devices. Synchronise there to send it.
    [manifest_untrusted] A list is not rightly this server's and was not used.
    [not_a_courier] This account is no courier's.
    [not_on_manifest] This parcel is not on your list.
    [wrong_code] The recipient's code does not fit this parcel.
    [not_confirmed_by_recipient] The recipient's phone has not confirmed. Ask for the code, or note why there is none.
    [reason_missing] The reason is missing.
    [authorisation_missing] Who receives for somebody else needs a written authorisation.
    [record_gap] An earlier record of this device is missing. Tell the post office.
    [record_forked] The server has another record in this place; the phone may have been restored from a copy. Tell the post office.
   *[other] The server would not take this. Update the app and do it again; if that does not help, tell the one-stop desk the code { $code }.
 }
refused-not-found = There is no such dossier on this phone.
refused-bad-account-name = An account's name has 1 to 40 of a to z, digits, - and _.
# $what: what the value should have been.
refused-not-understood = { $what ->
    [PhoneNumber] This is no Vietnamese telephone number yet. For example: 0912 345 678.
    [RecipientCode] The recipient's code has 10 digits and letters. Ask the recipient again.
    [FailureReason] There is no such reason. Choose one of those that are offered.
    [IdentityPaper] There is no such kind of identity paper.
    [DossierId] This is no dossier's id.
    [ParcelId] This is no parcel's id.
    [UnitCode] This is no receiving unit's code.
    [ProcedureCode] A procedure's code looks like 1.001193.
    [FieldKey] The form has no such field.
    [PaperKey] There is no such paper.
    [PaperHash] There is no such paper.
    [Act] The text is too long (at most 1,000 characters).
    [Callback] This is not the address that the browser came back to. Copy that address, all of it and nothing else.
   *[other] This value is not of the right form.
 }
refused-no-receipt = This phone does not have this receipt yet.
refused-unknown-procedure = The catalogue has no such procedure.
refused-unknown-unit = The catalogue has no such receiving unit.
refused-unknown-field = The form has no field { $key }.
refused-wrong-type = The field "{ $field }" does not take this value.
refused-paper-empty = There is nothing in this file.
refused-paper-size = The file is too large: at most 10 MiB.
refused-paper-kind = Only JPEG, PNG or PDF are taken.
refused-sign-in-cancelled = You cancelled signing in. Nothing was changed; you can start again at any time.
# $code: what the provider calls it.
refused-sign-in-failed = The identity provider did not sign you in (code { $code }). Please start again.
refused-sign-in-not-begun = This signing-in did not begin on this phone. Please start again.
refused-other-server = This account belongs to another server. Use a new account on this phone.
refused-other-person = This account on the phone is somebody else's. Use a new account on this phone.
refused-bad-server-address = The server's address cannot be used; it must begin with https://.
refused-not-on-list = This parcel is not on your list.
refused-lease-ended = This phone has not reached the server for 24 hours, so the list is closed. Synchronise when there is a signal; what was recorded at doors is kept.
refused-already-delivered = This parcel is already recorded as delivered.
refused-wrong-code = The recipient's code does not fit this parcel.
refused-reason-missing = A reason is needed.
refused-authorisation-missing = Who receives for somebody else needs a written authorisation; note its number or date.

# How far what the citizen did has come.
progress-draft = Draft
progress-queued = Waiting to be sent
progress-uploading = { $left ->
    [one] 1 paper to upload
   *[other] { $left } papers to upload
 }
progress-sent = Sent, no answer yet
progress-acknowledged = The server has it
progress-needs-you = Needs you
progress-refused = Not accepted

why-set-aside = It is your move: { $count ->
    [one] one thing was not taken by the server
   *[other] { $count } things were not taken by the server
 } and is kept on this phone. See the reason, then do it again or let it go.
why-uploading = Saved on this phone but not wholly sent: papers still to be uploaded: { $count }.
why-queued = Saved on this phone but not sent (changes: { $count }). It goes with the next synchronisation.
why-held = The server has answered: this dossier has had very many changes today. Changes kept on this phone: { $count }. A later synchronisation sends them, by tomorrow.
why-sent = Sending was begun and the server has not answered; it may have it. The next synchronisation asks again, and nothing is sent twice over.
why-unsent = Changes that are saved on this phone only, not sent: { $count }.
why-waits-for-other-device = The server was restored from a backup. { $count } changes rest on what another device of yours did: synchronise that one first. If it is gone, choose "do not wait for the other device", and all goes from this phone.
why-told-before-restore = { $count } steps were told before the system was restored and wait for the office to confirm them.

# $act: submit, supplement or withdraw.
next-waits-to-be-sent = { $act ->
    [withdraw] You have withdrawn the dossier on this phone
    [supplement] You have supplemented the dossier on this phone
   *[submit] You have submitted the dossier on this phone
 }; the server has not taken it yet. It goes with the next synchronisation, and there is nothing else to do.

freshness-at = Updated at { $at }.
freshness-never = Never synchronised.

act-submit = Submit
act-supplement = Supplement
act-withdraw = Withdraw
act-choose-delivery = Choose how to receive the result
act-confirm-delivery = Confirm the parcel was received

value-yes = Yes
value-no = No
refused-behalf-incomplete = Write the name of the person concerned, and the paper that lets you hand in for them (number, day, who made it out).
