"""Who takes which support shift, with whom, and what is left of it: rotas, the plan, swaps, absences, debriefs.

`roster` reads support/shifts.toml, `plan` the committed plan; `planning` fills it on the `board` with `fairness` and `pairing`, `swaps` are what
people do to it, `debriefs` what ended shifts left, `feed` the calendar, `rules` what the gate says.
"""
