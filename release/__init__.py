"""What catalogues and repositories want of the package: its metadata in their forms, and the archive that gets a DOI.

Facts are stated once: those of the software in ``CITATION.cff``, those of the data in ``data/datapackage.json``.
"""
