"""Which files of the archive are read, and the check that they are the published ones."""

from collections.abc import Mapping
from pathlib import Path

from datapackage.errors import Fault, InputError
from datapackage.files import sha256
from datapackage.reasons import Reason
from mining.published_archive.conversion_inputs import SHA256 as CONVERSION_SHA256
from mining.published_archive.disclosures import SHA256 as DISCLOSURES_SHA256

FAILURES_BOOK = "Theme2/FailureAnalysis.xlsx"
PILOT_BOOK = "Theme2/pilot-study/PilotStudy.xlsx"
SURVEY_BOOK = "Theme1/interopSurvey.xlsx"
CODING_BOOK = "Theme1/survey_analysis.xlsx"
OPSETS_FILE = "Theme2/onnx_opset_diff.json"

SHA256: Mapping[str, str] = {
    FAILURES_BOOK: "1e7325861ad4cb440ff63a1dc13d495557b6777db3acb224dc66b4c053c6bd7a",
    PILOT_BOOK: "65a0011e08f84d787e0a288304bf41f98784087bed25e052d3d341c223482d2f",
    SURVEY_BOOK: "6000b71598bcc28637c122342600b8414aa5a109efb53f82a08c2b18dc9cee82",
    CODING_BOOK: "23802e022a84bdc888722a36472821216ee3b7facb624cfe45fb9cd23353b335",
    OPSETS_FILE: "b7ed00f42b10e352be4242b17ab6ccaf663a25e62eacdbaa47063d243b243db6",
    **CONVERSION_SHA256,
    **DISCLOSURES_SHA256,
}


def check_inputs(archive: Path, *, allow_changed: bool) -> None:
    """Make sure that every needed file of the archive is there and is the published one.

    Parameters
    ----------
    archive : Path
        Root of a clone of ``PurdueDualityLab/issta24-onnx-artifact`` (commit 3907b01).
    allow_changed : bool
        Accept files whose SHA-256 is another; missing ones are faults all the same.

    Raises
    ------
    InputError
        Lists every missing and every changed file.
    """
    faults = []
    for name, expected in SHA256.items():
        path = archive / name
        if not path.is_file():
            faults.append(
                Fault(str(path), "is missing; name the root of the archive's clone", reason=Reason.MISSING_FILE)
            )
        elif not allow_changed and (found := sha256(path)) != expected:
            message = f"is not the published file (SHA-256 {expected}); use --allow-changed to import it all the same"
            faults.append(Fault(str(path), message, value=found, reason=Reason.CHANGED_FILE))
    if faults:
        raise InputError(faults)
