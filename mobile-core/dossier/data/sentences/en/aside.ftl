# Why something recorded on the phone was set aside: the server would not take it, and it is not lost.
aside-locked = The dossier is closed to edits now. This is kept and offered again when the office asks for more.
aside-content-changed = The dossier is no longer what it was when you submitted. Look at it again and submit.
aside-conflict-unresolved = An entry was filled in differently on two devices. Choose one and submit again.
aside-has-findings = Something in the dossier is missing or not right. Mend it and submit again.
aside-unknown-unit = This receiving unit is not in the catalogue. Choose another.
aside-not-found = The server has no such dossier for your account.
aside-dossier-full = The dossier has reached its size limit. Take out what is not needed.
aside-not-now = This cannot be done at the dossier's present step.
aside-refused = The server would not take this (code { $code }).
