"""Reading, describing, checking and writing the tables in ``data/``.

The one place that the other packages share: the codebook, the descriptor (``datapackage.json``), typed reading with all
faults reported at once, and atomic writing. It knows nothing of any analysis.
"""
