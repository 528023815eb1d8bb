"""The page on who is at fault, with the rules as `conversion.attribution` holds them.

``python -m docs.attribution`` writes ``attribution.md``; ``--check`` compares it with what is stored.
"""

import sys
from pathlib import Path

from conversion.attribution import REASONS, RULES
from datapackage.conversions import BLIND_NOISE, NOISE_MULTIPLE
from docs.generated_page import write_or_check

PAGE = Path(__file__).with_name("attribution.md")
_NAMES = {"right": "right", "wrong": "wrong", "unknown": "did not run", None: "any"}
_HEAD = f"""# Who is at fault when outputs differ

Generated from `conversion/attribution.py` by `python -m docs.attribution`.

**Truth** is the framework's own model run in float64. **Noise** is how far rounding alone may carry an output: the largest of the
framework's float32 error, of the spread of three runs in which the last digit of each rounded result is moved at random, and
of half the format's spacing at the output's largest element; all in max-norm, by output and input. An executor is *wrong* where
it is further than {NOISE_MULTIPLE:g} × noise from the truth, or NaN or infinite alone; of integers and booleans, where the
framework has another value alike in both precisions and in every moved run.

Where ONNX Runtime with its optimisations (the default) is wrong at some output and input, the first row that fits the others there
names the party:

| ONNX Runtime without optimisations | reference evaluator, float32 | reference evaluator, float64 | party | reason |
| --- | --- | --- | --- | --- |
"""
_REST = f"""
Where it is not: the *framework*, if its float32 run errs beyond what moved digits explain and the runtime does not; the
*reference* evaluator, if it alone is wrong; *undecided*, if outputs differ and the noise is more than {BLIND_NOISE:g} of the
output's size, for then rounding alone exceeds the study's tolerance; else *rounding*, or *none* where outputs are equal to the bit.

| reason | what it says |
| --- | --- |
"""
_LIMITS = """
## What it rests on, and what it cannot see

- In max-norm errors of sums and products of matrices are bounded by their operands' size (Higham 2002, sections 3.1 and 3.5); a
  ratio element by element is not: it reached ten millions on models without a defect.
- Moving last digits at random is Monte Carlo arithmetic (Parker 1997), used so by Verificarlo (Denis, de Oliveira Castro and Petit
  2016). It sees what one lucky run hides: a floor or an argmax that flips, a pole, a sum that cancels. Operations that only move,
  choose or truncate values, and whole numbers, are exact everywhere and are not moved.
- The multiple was fixed on faults planted in one set of models (`data/conversions/2026-11-planted-calibration.csv`) and is
  reported on another (`2026-11-planted-held-out.csv`).
- A fault that carries no output further than the bound is not seen; nor is one that the framework and the runtime share.
- ONNX's reference evaluator is slow, and refuses some graphs; where nothing else ran, the party stays undecided. Both of its
  columns are one program: a fault of its own in float32 and float64 alike would accuse the converter.
- What the ONNX specification leaves open, such as a cast of NaN or of a number out of range to an integer, is nobody's fault, and
  a row does not tell it from one. A named party is where to look first, not a verdict of guilt.
- TensorFlow's float64 run is its traced graph with every type widened; its resizing stays in float32, as its definition says.
"""


def page() -> str:
    """Return the page."""
    rules = (
        f"| {' | '.join(_NAMES[state] for state in states)} | {party.replace('_', ' ')} | `{reason}` |"
        for *states, party, reason in RULES
    )
    reasons = (f"| `{reason}` | {meaning} |" for reason, meaning in REASONS.items())
    return _HEAD + "\n".join(rules) + "\n" + _REST + "\n".join(reasons) + "\n" + _LIMITS


def main(argv: list[str] | None = None) -> int:
    """Write the page, or compare it with what is stored."""
    return write_or_check("docs.attribution", PAGE, page(), argv)


if __name__ == "__main__":
    sys.exit(main())
