# What officers read on the pages of the one-stop desk.

desk-not-reviewed = { $place ->
    [allowance] Allowance
    [authority] Competent agency
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
    [post_in] Receiving by post
    [sources] Legal sources
   *[other] { $place }
}
