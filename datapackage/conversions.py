"""The one vocabulary of conversion records: stages, outcomes, and what the evidence of a record lets one conclude.

Whoever writes or reads a table ``conversions-*`` uses it: the importer of the study's archive, campaigns, the checks of
the data and the analysis. A record says what its experiment's script reported, in which stage an exception was raised and
of which class it is, and what is known of the difference of the outputs; its outcome follows from these alone (`outcome`).
"""

from collections.abc import Mapping

CONVERT, LOAD, RUN, COMPARE, UNKNOWN = STAGES = ("convert", "load", "run", "compare", "unknown")
EXCEPTION, REPORTED_MISMATCH, REPORTED_MATCH = REPORTS = ("exception", "mismatch", "match")
FINITE, INFINITE, NAN, UNRECORDED = DIFFERENCES = ("finite", "infinite", "nan", "unrecorded")

CONVERSION_FAILURE, LOAD_FAILURE, RUN_FAILURE = FAILED = ("conversion_failure", "load_failure", "run_failure")
WRONG_SHAPE, MISMATCH = WRONG = ("wrong_shape", "mismatch")
NOT_COMPARED, SUCCESS = "not_compared", "success"
OUTCOMES = (*FAILED, *WRONG, NOT_COMPARED, SUCCESS)

REAL_TOLERANCE = 1e-3  # largest absolute difference from which on the study calls a real model a mismatch
SHAPE_DIFFERS = "shape_differs"  # class of an error that the comparison of outputs of unlike shapes raises
_FAILED_STAGE: Mapping[str, str] = {CONVERT: CONVERSION_FAILURE, LOAD: LOAD_FAILURE, RUN: RUN_FAILURE}


def outcome(reported: str, stage: str | None, error_class: str | None, difference: str | None) -> str | None:
    """Return what the evidence says about one model.

    An exception counts for the stage that raised it. One of the comparison is the experiment's own: outputs of unlike
    shapes are a wrong shape, other outputs were not compared. Without an exception the script's verdict stands, but
    outputs whose difference is NaN were not compared, whatever the script made of them.

    Parameters
    ----------
    reported : str
        What the experiment's script recorded, one of `REPORTS`.
    stage : str or None
        Which stage raised the exception, one of `STAGES`; None without an exception.
    error_class : str or None
        Kind of the exception; None without one.
    difference : str or None
        What is known of the largest absolute difference, one of `DIFFERENCES`; None without a comparison.

    Returns
    -------
    str or None
        One of `OUTCOMES`; None where the record contradicts itself: an exception without a stage, or a stage, or no
        difference, beside a verdict on the outputs.

    Examples
    --------
    >>> outcome("exception", "compare", "shape_differs", None)
    'wrong_shape'
    >>> outcome("match", None, None, "nan")
    'not_compared'
    """
    if reported == EXCEPTION:
        if stage not in STAGES or error_class is None or difference is not None:
            return None
        comparison = WRONG_SHAPE if stage == COMPARE and error_class == SHAPE_DIFFERS else NOT_COMPARED
        return _FAILED_STAGE.get(stage, comparison)
    if stage is not None or error_class is not None or difference is None:
        return None
    if difference == NAN:
        return NOT_COMPARED
    return MISMATCH if reported == REPORTED_MISMATCH else SUCCESS
