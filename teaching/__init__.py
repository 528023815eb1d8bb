"""What a class opens: a page on which students label invented failure reports, and its sources.

`vignettes` reads and checks the reports, `page` makes ``label-it-yourself.html`` from them and the codebook.
"""
