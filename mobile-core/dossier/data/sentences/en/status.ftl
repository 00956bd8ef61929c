# Names of the statuses of the national portal, and the sentence "what happens next, whose move, by when".

status-draft = Draft
status-submitted = Submitted
status-accepted = Accepted
status-refused = Refused at intake
status-processing = Being processed
status-waiting-for-citizen = More papers requested
status-waiting-for-payment = Payment requested
status-withdrawn = Withdrawn by the citizen
status-suspended = Stopped by the agency
status-finished = Result ready
status-handed-over = Result handed over

next-draft = Not handed in: it is still your draft. Press submit when it is complete; no term is running yet.
next-submitted = The one-stop desk is checking the dossier { $when ->
    [before] and must answer by { $due }.
    [after] and is late with its answer ({ $due }).
   *[none] and will answer you.
 } Nothing for you to do yet.
next-accepted = The dossier is accepted and about to be processed. { $when ->
    [before] The result is due at { $due }.
    [after] The due date ({ $due }) has passed: the agency owes you an apology and a new date.
   *[none] There is no due date yet.
 } Nothing for you to do yet.
next-processing = The agency is processing the dossier. { $when ->
    [before] The result is due at { $due }.
    [after] The due date ({ $due }) has passed: the agency owes you an apology and a new date.
   *[none] There is no due date yet.
 } Nothing for you to do yet.
next-waiting-for-citizen = { $when ->
    [after] The time to answer ({ $due }) has passed and the agency may refuse; until then you can still send what is missing.
   *[before] Your move: send what was asked for, by { $due }.
 } The term is stopped.
next-waiting-for-payment = Your move: pay the amount you were told. The term is stopped until the agency records it.
next-suspended = The agency has stopped; the reason is in its notice. The term is stopped, and the agency will tell you when it goes on.
next-refused = The dossier ends here; the reason is in the notice. You may submit a new one.
next-withdrawn = You withdrew the dossier; it ends here. You may submit a new one.
next-finished = The result is ready. Your move: take the receipt to the one-stop desk to collect it{ $post ->
    [offered] , or choose to have it posted.
   *[not-offered] .
 }
next-finished-to-post = The result is ready. The one-stop desk will give it to the post for the address that you chose.
next-finished-with-post = The post has the result and will bring it to you. Keep your identity document and your code at hand.
next-finished-attempt-failed = The courier came and could not deliver; you will be told of the next attempt. Keep your phone, identity document and code at hand.
next-receipt-confirmed = You confirmed that you have the result. The courier's record closes the dossier; nothing for you to do.
next-handed-over = You have the result. Nothing is left to do.
