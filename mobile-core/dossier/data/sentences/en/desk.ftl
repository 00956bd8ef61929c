# What officers read on the pages of the one-stop desk.

desk-not-reviewed = { $place ->
    [allowance] Allowance
    [authority] Competent agency
    [calendar-answer] Term for the answer to a submission
    [calendar-hours] Working hours of the one-stop desk
    [calendar-year-2027] Days off in 2027 (a projection)
    [calendar-years-2018-2026] Days off from 2018 to 2026
    [catalogue-rule_set] Rule set of the catalogue
    [cases] Cases of the procedure
    [channels] Channels
    [clock] How the clock goes on after a supplement
    [code] Code of the procedure
    [components] Components
    [extension] Extension
    [fee] Fee
    [fields] Fields of the form
    [form-source] Source of the form
    [name] Name of the procedure
    [places-areas] Wards
    [places-provinces] Provinces
    [post_in] Receiving by post
    [sources] Legal sources
    [unit-code] Code of the unit
    [unit-name] Name of the unit
    [unit-support_phone] Support number of the unit
   *[other] { $place }
}
