"""The article: ``paper/article.pdf``, typeset from words in ``article.typ`` and from what a run of `analysis.reproduce` gives."""
