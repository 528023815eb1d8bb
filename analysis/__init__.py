"""Tables in, tables out: the study's research questions recomputed, audited and extended.

One folder per research question (`survey`, `failures`, `evolution`, `conversions`), each with its claims, tables, figures, text
and template; the ledger of printed numbers in `claims`, the frame of the report in `report`. Nothing here knows where the data
came from.
"""
