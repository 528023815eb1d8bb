"""The study's published archive (its sheets and result files) read into the tables of ``data/``.

The archive's texts (titles, bodies, answers in the respondents' own words, error messages) are read where they identify
or classify a record and are never written.
"""
