# The timeline of a dossier, one sentence for each event.
event-submitted = Handed in to unit { $unit }.
event-supplemented = More was handed in.
event-supplemented-late = More was handed in, { late-by }; it is taken because the office had not refused.
event-withdrawn = Withdrawn.
event-delivery-chosen = { $way ->
    [post] The result is to come by post.
   *[counter] The result is to be fetched at the one-stop desk.
 }
event-receipt-confirmed = The recipient confirmed the parcel.
event-accepted = Accepted, official code { $code }.
event-refused = Not accepted: { $reason }
event-forwarded = Forwarded for processing.
event-supplement-requested = The office asks for more until { $until }: { $reason }
event-resumed = Work goes on.
event-payment-requested = The office asks for a payment of { $amount }: { $reason }
event-suspended = Stopped: { $reason }
event-outcome = { $granted ->
    [yes] There is a result: { $summary }
   *[no] Denied: { $summary }
 }
event-recalled = The result was taken back to be worked on: { $reason }
event-recalled-by-two = The result was taken back to be worked on, proposed by { $proposer } and decided by { $officer }: { $reason }
event-handed-over = The result was handed over at the one-stop desk.
event-extended = The office apologises and gives a new date, { $due }: { $apology }
event-handed-to-post = The result was sealed (number { $seal }) and given to the post.
event-delivery-failed = The courier could not deliver: { failure-reason }
event-delivered = The post delivered the result{ $grade ->
    [a] , confirmed on the recipient's phone.
    [b] , with the recipient's code.
   *[c] ; this will be verified.
 }
event-delivery-disputed = There is another record about this delivery; the office will look at it.

# How long after the term of a request the answer came.
late-by = { $amount } { $unit ->
    [days] { $amount ->
        [one] day
       *[other] days
     }
    [hours] { $amount ->
        [one] hour
       *[other] hours
     }
   *[minutes] { $amount ->
        [one] minute
       *[other] minutes
     }
 } after the term of { $until }

failure-reason = { $reason ->
    [no_or_bad_address] no address or a wrong one
    [moved_no_forwarding] the recipient has moved and left no address
    [not_found_at_address] the recipient was not found at the address
    [not_collected_after_two_notices] not collected after two notices
    [refused] the recipient refused it
    [unreachable_phone] the recipient's phone could not be reached
    [rescheduled_by_recipient] the recipient asked for another day
    [wrong_person_no_authorisation] somebody else without authorisation
    [id_missing_or_mismatch] no identity paper, or one that does not match
    [fee_unpaid] the postage was not paid
    [force_majeure] force majeure
   *[absent] the recipient was not at home
 }

# What a courier recorded of a parcel.
record-delivered = { $at } delivered{ $sent ->
    [no] {" "}(not sent to the server yet)
    [disputed] {" "}(another record came before)
    [refused] {" "}(the server refused it: { refused-by-server })
   *[yes] {""}
 }
record-failed = { $at } not delivered: { failure-reason }{ $sent ->
    [no] {" "}(not sent to the server yet)
    [disputed] {" "}(another record came before)
    [refused] {" "}(the server refused it: { refused-by-server })
   *[yes] {""}
 }
event-behalf = { $authority ->
    [written] Handed in for { $owner }, by the written authorisation { $reference }.
    [guardian] Handed in for { $owner }, as parent or guardian. { $reference }
    [organisation] Handed in for { $owner }, as its representative, by { $reference }.
   *[other] Handed in for { $owner }.
}
event-at-counter = Written at the counter by { $name }, as the citizen said it.
