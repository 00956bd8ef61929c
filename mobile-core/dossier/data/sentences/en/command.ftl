# Why an officer's command was not carried out.
command-not-found = No such dossier at your unit.
command-text-required = The text that the citizen is to read is missing.
command-seal-required = The number of the parcel's seal is missing.
command-text-too-long = The text is too long (4,000 characters at most).
command-days-out-of-range = Working days must be from 1 to 60.
command-amount-out-of-range = The amount must be from 1 to 10,000,000,000 đồng.
command-unknown-key = The procedure's form or components have no such entry.
command-nothing-asked = Name at least one field or component that the citizen is to mend.
command-no-due-date = The dossier has no due date yet.
command-post-not-chosen = The citizen has not chosen to receive the result by post.
command-due-in-the-past = The new date has passed already. Give more days.
command-unknown-courier = This person is not an enrolled courier.
command-own-proposal = Who proposed to take the result back does not decide it; another must.
