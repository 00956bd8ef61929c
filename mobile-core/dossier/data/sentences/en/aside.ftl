# Why something recorded on the phone was set aside: the server would not take it, and it is not lost.
aside-locked = The dossier is closed to edits now. This is kept and offered again when the office asks for more.
aside-ended = The dossier has ended, so this cannot enter it any more. It is kept here until you let it go; use it in a new dossier if you still need it.
aside-content-changed = The dossier is no longer what it was when you submitted. Look at it again and submit.
aside-conflict-unresolved = An entry was filled in differently on two devices. Choose one and submit again.
aside-has-findings = Something in the dossier is missing or not right. Mend it and submit again.
aside-unknown-unit = This receiving unit is not in the catalogue. Choose another.
aside-not-found = The server has no such dossier for your account.
aside-dossier-full = The dossier has reached its size limit. Take out what is not needed.
aside-not-now = This cannot be done at the dossier's present step.
# $act: submit or supplement. $what: what differs, or none where it is not known.
aside-handed-in-elsewhere = { $act ->
    [supplement] More was handed in
   *[submit] The dossier was handed in
 } from another of your devices at { $at }, with the same content. There is nothing more to do.
aside-handed-in-differently = { $act ->
    [supplement] More was handed in
   *[submit] The dossier was handed in
 } from another of your devices at { $at }{ $what ->
    [none] {""}
   *[some] ; what this device has differs in: { $what }
 }. What you changed on this device is kept: it can be brought back when the office asks for more, or you withdraw the dossier and hand in a new one.
aside-unknown-place = The address for the result is in no known province or ward. Choose again how to receive the result.
aside-too-large = Too much was written at once. Make it shorter or write it in parts.
aside-other-forms = The app on this device and the server do not use the same version of the forms. Update the app and do it again.
aside-out-of-step = This device and the server do not agree about what was sent before. Synchronise, look at the dossier and do it again.
aside-refused = The server would not take this because the app did not send it rightly. Update the app and do it again; if that does not help, tell the one-stop desk the code { $code }.
