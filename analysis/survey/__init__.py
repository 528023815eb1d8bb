"""RQ1: who uses converters, for what, and with which problems.

`answers` counts options and themes over every base; `associations` tests which answers go together; `sampling` has what the
plan and the response let one say; `sensitivity` how far contradictory answers and silence could move the headline shares.
"""
