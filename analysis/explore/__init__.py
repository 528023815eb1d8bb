"""`paper/explore.html`: claims, failures, conversion campaigns and the multiverse to search and filter, one file, offline.

Each view has its data (a module here that returns what the page embeds as JSON) and its script (``NAME.js``).
"""

from collections.abc import Sequence

from analysis.claims.chapter import ClaimChapter
from analysis.claims.ledger import Ledger
from analysis.dataset import Study, left_out, load_codebook, load_failures
from analysis.evolution.results import results_of
from analysis.explore import claims, conversions, failures, multiverse
from analysis.explore.page import render


def explore_page(study: Study, ledger: Ledger, chapters: Sequence[ClaimChapter], *, edited: Sequence[str] = ()) -> str:
    """Return the page of a study.

    Parameters
    ----------
    study : Study
        The data; failures of all its samples are shown.
    ledger : Ledger
        Verdicts of all claims.
    chapters : sequence of ClaimChapter
        Where claims are recomputed.
    edited : sequence of str
        Tables that are not the published ones; the page says so, and which rows are left out.
    """
    curve = results_of(study).curve
    return render(
        {
            "claims": claims.document(ledger, chapters),
            "failures": failures.document(load_failures(study.data), load_codebook(study.data)),
            "conversions": conversions.document(
                study.conversions, study.campaigns, study.campaign_operators, study.reproducers
            ),
            "multiverse": multiverse.document(curve.specifications, curve.summary),
        },
        edited=edited,
        deprecated=left_out(study),
    )
