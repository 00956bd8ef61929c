# Why something that a citizen did on the phone was not recorded.
write-document-unreadable = The dossier on this device cannot be read. Synchronise to fetch it from the server.
write-unknown-key = The procedure's form has no such entry.
write-locked = The dossier has been submitted, so this entry cannot be changed now. It opens when the office asks for more.
write-text-too-long = The text is too long (10,000 characters at most).
write-too-many-papers = Too many papers: at most 20 files and 100 MiB for one dossier.
write-has-findings = Something in the dossier is missing or not right. See the list and mend it before submitting.
write-not-set-aside = There is nothing of that number to bring back. Something handed in is to be handed in again.
write-recipient-missing = The recipient must have a name.
write-not-asked = The office has not asked for this. Only what it asked for can be changed now.
write-nothing-supplied = Nothing of what the office asks for was changed or added yet. Do that first, then send the supplement.
write-unknown-parcel = This dossier has no such parcel.
write-no-parcel = No parcel of this dossier is on its way to you yet.
write-confirmed-already = You have confirmed this parcel already; there is nothing more to do.
