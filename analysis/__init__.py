"""Tables in, tables out: the study's research questions recomputed, audited and extended.

One module a research question (`failures`, …), the methods in `statistics`, the printed numbers in `claims`, the
pictures in `figures`, the report in `report`. Nothing here knows where the data came from.
"""
