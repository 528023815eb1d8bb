"""The paper's printed numbers, each with its recomputation, its verdict and, where it differs, the mechanism.

`printed` reads a printed form, `chapter` is what a research question contributes, `ledger` holds the verdicts.
"""
