# Why the due date is this moment. $term: answer = the desk's answer, result = the result.

deadline-counted = { $term ->
    [answer] Answer due
   *[result] Result due
 } { $due }:{ $again ->
    [yes] { " " }counted from the start again,
   *[no] {""}
 } { $amount } { $unit ->
    [working-days] { $amount ->
        [one] working day
       *[other] working days
     }
    [working-hours] { $amount ->
        [one] working hour
       *[other] working hours
     }
   *[calendar-days] { $amount ->
        [one] day
       *[other] days
     }
 } from { $from }{ received-outside }{ $weekend ->
    [yes] , without Saturdays and Sundays
   *[no] {""}
 }{ $days-off ->
    [none] {""}
   *[some] , without the days off { $days-off }
 }{ $made-up ->
    [none] {""}
   *[some] , with the working Saturday { $made-up }
 }{ $rolled ->
    [yes] , and the last day fell on a closed moment, so it moved to the next opening
   *[no] {""}
 }{ $projected ->
    [yes] . The days off of that year are only a projection
   *[no] {""}
 }.
deadline-same-day = { $term ->
    [answer] Answer due
   *[result] Result due
 } { $due }:{ $again ->
    [yes] { " " }counted from the start again,
   *[no] {""}
 } done { $late ->
    [yes] on the next working day, because it came at or after { $limit }
   *[no] on the same day, before closing
 }; counted from { $from }{ received-outside }.
deadline-resumed = { $term ->
    [answer] Answer due
   *[result] Result due
 } moved from { $old } to { $due }: the clock stood still, and exactly that working time is added.
deadline-unmoved = { $term ->
    [answer] Answer due
   *[result] Result due
 } still { $due }: for this procedure waiting does not move the date.
deadline-standing = The clock of the { $term ->
    [answer] desk's answer
   *[result] result
 } has stood since { $since }; then it was due { $due }{ $rest ->
    [late] , and it had passed
    [days] , and { $days ->
        [one] 1 working day
       *[other] { $days } working days
     }{ $hours ->
        [0] {""}
        [one] {" "}and 1 hour
       *[other] {" "}and { $hours } hours
     } { $days ->
        [one] { $hours ->
            [0] was
           *[other] were
         }
       *[other] were
     } left
    [hours] , and { $hours ->
        [one] 1 working hour was
       *[other] { $hours } working hours were
     } left
   *[minutes] , and { $minutes ->
        [one] 1 minute was
       *[other] { $minutes } minutes were
     } left
 }. { $goes-on ->
    [restart] When it goes on, it counts from the start again.
    [resume] When it goes on, what was left is counted on.
   *[unmoved] Its date stays, unless it passes meanwhile; then the term counts again.
 }
deadline-ended = { $how ->
    [refused] Refused at { $at }
    [withdrawn] Withdrawn at { $at }
   *[result] There was a result at { $at }
 }; { $term ->
    [answer] the desk's answer was due
   *[result] the result was due
 } { $due }{ $kept ->
    [late] : late.
    [stood] , and the clock stood.
   *[in-time] : in time.
 }
deadline-extended = Result due moved from { $old } to { $due }: the agency apologised and gave a new date, once for a dossier.
deadline-extended-late = Result due moved from { $old } to { $due }: the agency apologised and gave a new date, but later than it may (at least a day before).

# Why it does not count from the receipt itself.
received-outside = { $outside ->
    [hours] { " " }(received out of hours at { $received })
    [saturday] { " " }(received at { $received }, a Saturday)
    [sunday] { " " }(received at { $received }, a Sunday)
    [holiday] { " " }(received at { $received }, { holiday-name })
   *[no] {""}
 }
holiday-name = { $holiday ->
    [new_year] the New Year's holiday
    [tet] the Tết holiday
    [hung_kings] the holiday of the Hùng Kings
    [reunification] Reunification Day's holiday
    [labour_day] Labour Day's holiday
    [national_day] the National Day holiday
    [culture_day] Vietnamese Culture Day
    [swapped] a day off that is made up for
   *[other] a day off
 }
