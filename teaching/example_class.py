"""An invented class that labelled the invented reports: files for a lab whose own class has not met yet.

Each student finds the reference's code with a probability of their own; else a code that can be defended as well, if there is
one, or any other. So the true agreement is known, and everybody may look at it.
"""

import csv
import io
import random
from pathlib import Path

from datapackage.codebook import Codebook, load_codebook
from datapackage.commandline import DATA
from datapackage.files import write_atomic
from teaching.vignettes import DIMENSIONS, Vignette, load_vignettes

FOLDER = Path(__file__).resolve().parent / "example-class"
COLUMNS = ("vignette", "symptom", "cause", "cause_detail", "location", "rater")
STUDENTS = ("avocet", "bittern", "curlew", "dunlin", "egret", "fulmar")
SEED = 2024


def files(codebook: Codebook) -> dict[str, str]:
    """Return the class's files as the page saves them, by name; the same ones in every run."""
    generator = random.Random(SEED)  # noqa: S311  (no secret)
    vignettes = load_vignettes(codebook)
    return {f"labels-{name}.csv": _sheet(name, vignettes, codebook, generator) for name in STUDENTS}


def _sheet(name: str, vignettes: tuple[Vignette, ...], codebook: Codebook, generator: random.Random) -> str:
    care = generator.uniform(0.65, 0.9)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for vignette in vignettes:
        codes = {dimension: _code(vignette, dimension, care, codebook, generator) for dimension in DIMENSIONS}
        details = codebook.details[codes["cause"]].slugs if codes["cause"] in codebook.details else ("",)
        detail = vignette.detail if codes["cause"] == vignette.cause else generator.choice(details)
        writer.writerow([vignette.id, codes["symptom"], codes["cause"], detail, codes["location"], name])
    return stream.getvalue()


def _code(vignette: Vignette, dimension: str, care: float, codebook: Codebook, generator: random.Random) -> str:
    reference = str(getattr(vignette, dimension))
    open_codes = vignette.also.get(dimension, ())
    if generator.random() < (0.5 if open_codes else care):
        return reference
    return generator.choice(open_codes or [code for code in codebook.slugs(dimension) if code != reference])


if __name__ == "__main__":
    for file, text in files(load_codebook(DATA)).items():
        write_atomic(FOLDER / file, text)
