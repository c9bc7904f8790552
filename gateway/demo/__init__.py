"""`manage.py demo`: an invented organisation with 90 days of traffic, to look around in.

`organisation` is its configuration, `habits` how its people work, `calls` what one request becomes, `filling` the rows,
`spending` the budgets. Invented names and figures; the same on every run, but for the days, which end today.
"""
