# Why something is not allowed now.

refusal-not-your-role = This is not yours to do.
refusal-ended = The dossier has ended and cannot change any more.
refusal-locked = The dossier was handed in and cannot be edited. Your edit is kept on your phone and can be used when more is asked for.
refusal-too-early = Too early to refuse: the citizen has until { $until } to send what is missing.
refusal-asked-already = More was already asked for once at intake; the law allows one instruction, complete.
refusal-extended-already = An apology with a new date was already given once; there is no second one.
refusal-with-post = The result is with the post, so this cannot be done.
refusal-not-with-post = This parcel is not with the post.
refusal-no-post = Results of this procedure are not posted; they are collected at the one-stop desk.
refusal-post-not-chosen = The citizen has not chosen to receive the result by post.
refusal-outcome-recorded = There is a result, so the dossier can no longer be withdrawn.

refusal-submit = Only a draft can be submitted.
refusal-accept = Only a newly submitted dossier can be accepted.
refusal-refuse = Only a newly submitted dossier, or one whose time to send more has passed, can be refused.
refusal-forward = Only an accepted dossier can be forwarded.
refusal-request-supplement = More can be asked for only of a submitted or accepted dossier or one being processed.
refusal-supplement = More can be sent only while the agency asks for it.
refusal-resume = Only a dossier that waits for papers or payment, or was stopped, can go on.
refusal-request-payment = Payment can be asked for only of an accepted dossier or one being processed.
refusal-suspend = Only a dossier being processed can be stopped.
refusal-withdraw = A draft was never handed in, so there is nothing to withdraw.
refusal-record-outcome = A result is recorded only for a dossier that is accepted, being processed, waiting for payment or stopped.
refusal-recall = Only a result that was not handed over can be recalled.
refusal-hand-over = A result is handed over only when it is ready.
refusal-extend = A new date is given only to an accepted dossier or one being processed.
refusal-hand-to-post = Only a ready result is given to the post.
refusal-choose-delivery = How to receive the result is chosen after the dossier is submitted.
