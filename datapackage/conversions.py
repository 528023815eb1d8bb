"""The one vocabulary of conversion records: stages, outcomes, and what the evidence of a record lets one conclude.

Whoever writes or reads a table ``conversions-*`` uses it: the importer of the study's archive, campaigns, the checks of
the data and the analysis. A record says what its experiment's script reported, in which stage an exception was raised and
of which class it is, and what is known of the difference of the outputs; its outcome follows from these alone (`outcome`).
"""

from collections.abc import Mapping

# The study's scripts know four stages; campaigns also generate their models, run the reference and check what was written
GENERATE, REFERENCE, CONVERT, CHECK, LOAD, RUN, COMPARE, UNKNOWN = STAGES = (
    "generate",
    "reference",
    "convert",
    "check",
    "load",
    "run",
    "compare",
    "unknown",
)
EXCEPTION, REPORTED_MISMATCH, REPORTED_MATCH = REPORTS = ("exception", "mismatch", "match")
FINITE, INFINITE, NAN, UNRECORDED = DIFFERENCES = ("finite", "infinite", "nan", "unrecorded")

CONVERSION_FAILURE, LOAD_FAILURE, RUN_FAILURE = FAILED = ("conversion_failure", "load_failure", "run_failure")
WRONG_SHAPE, MISMATCH = WRONG = ("wrong_shape", "mismatch")
NOT_COMPARED, SUCCESS = "not_compared", "success"
OUTCOMES = (*FAILED, *WRONG, NOT_COMPARED, SUCCESS)  # what a record of the study can show

# Campaigns tell more apart: a model that was never converted, since it could not be generated or does not run itself, and
# outputs of another data type
NOT_TESTED, WRONG_DTYPE = "not_tested", "wrong_dtype"
CAMPAIGN_OUTCOMES = (NOT_TESTED, *FAILED, WRONG_SHAPE, WRONG_DTYPE, MISMATCH, NOT_COMPARED, SUCCESS)

# Who is at fault where outputs differ (`conversion.attribution`); a row whose outputs are equal to the bit has nobody
CONVERTER, RUNTIME_KERNEL, RUNTIME_OPTIMISER, FRAMEWORK, REFERENCE_EVALUATOR = AT_FAULT = (
    "converter",
    "runtime_kernel",
    "runtime_optimiser",
    "framework",
    "reference",
)
# A fault before the graph shows beside the framework alone and is named by the framework's operator; one in the graph by itself
BEFORE_THE_GRAPH = (CONVERTER, FRAMEWORK)
IN_THE_GRAPH = tuple(party for party in AT_FAULT if party not in BEFORE_THE_GRAPH)
ARROW = " → "  # between the operators of a reproducer
UNDECIDED, ROUNDING, DIFFERENCE_NONE = "undecided", "rounding", "none"
PARTIES = (*AT_FAULT, UNDECIDED, ROUNDING, DIFFERENCE_NONE)
NOISE_MULTIPLE = 16.0  # of what rounding explains: an error beyond is somebody's fault
BLIND_NOISE = 1e-3  # of an output's size: rounding that may exceed the study's tolerance

REAL_TOLERANCE = 1e-3  # largest absolute difference from which on the study calls a real model a mismatch
# Classes of errors that the comparison of unlike outputs raises: another shape, another number of outputs, another type
SHAPE_DIFFERS, COUNT_DIFFERS, DTYPE_DIFFERS = "shape_differs", "count_differs", "dtype_differs"
# Ends of a task that no exception explains
TIME_OUT, CRASH, OUT_OF_MEMORY = "time_out", "crash", "out_of_memory"
_STAGE_OUTCOME: Mapping[str, str] = {
    GENERATE: NOT_TESTED,
    REFERENCE: NOT_TESTED,
    CONVERT: CONVERSION_FAILURE,
    CHECK: CONVERSION_FAILURE,  # the exporter reported success and wrote what is no ONNX
    LOAD: LOAD_FAILURE,
    RUN: RUN_FAILURE,
}
_COMPARISON_OUTCOME: Mapping[str, str] = {
    SHAPE_DIFFERS: WRONG_SHAPE,
    COUNT_DIFFERS: WRONG_SHAPE,
    DTYPE_DIFFERS: WRONG_DTYPE,
}


def outcome(reported: str, stage: str | None, error_class: str | None, difference: str | None) -> str | None:
    """Return what the evidence says about one model.

    An exception counts for the stage that raised it; so does a crash, a time-out or memory that ran out. A model that could
    not be generated, or does not run in its own framework, was not tested. An exception of the comparison is the
    experiment's own: outputs of unlike shapes, or in another number, are a wrong shape, outputs of another type a wrong
    type, other outputs were not compared. Without an exception the script's verdict stands, but
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
        One of `CAMPAIGN_OUTCOMES` (of the study's records, `OUTCOMES`); None where the record contradicts itself: an
        exception without a stage, or a stage, or no difference, beside a verdict on the outputs.

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
        if stage == COMPARE:
            return _COMPARISON_OUTCOME.get(error_class, NOT_COMPARED)
        return _STAGE_OUTCOME.get(stage, NOT_COMPARED)
    if stage is not None or error_class is not None or difference is None:
        return None
    if difference == NAN:
        return NOT_COMPARED
    return MISMATCH if reported == REPORTED_MISMATCH else SUCCESS
