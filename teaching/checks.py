"""Exercises that check themselves: each answer is right, or the message says what to think about next.

A lab's exercises stand in ``teaching/exercises_*.py`` as functions from an answer to None (right) or a message. A notebook opens
them with `open_lab` and calls ``check("name", answer)``; the right answers are computed, so they follow the data.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import isfinite

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

Exercise = Callable[..., str | None]
UNANSWERED = "Not answered yet: replace the three dots."


@dataclass(frozen=True)
class Verdict:
    """What a student is told about an answer.

    Attributes
    ----------
    exercise : str
        Name of the exercise.
    message : str or None
        What to think about; None where the answer is right.
    """

    exercise: str
    message: str | None

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.message is None

    def __repr__(self) -> str:
        return f"{self.exercise}: {'right' if self.message is None else self.message}"

    def _repr_html_(self) -> str:
        sign = "✓" if self.passed else "✗"
        return str(Markup("<p><strong>{} {}</strong> {}</p>").format(sign, self.exercise, self.message or "Right."))


@dataclass
class Lab:
    """The exercises of a lab, and what has become of them.

    Attributes
    ----------
    exercises : mapping of str to callable
        By name, in the order of the notebook.
    verdicts : dict of str to Verdict
        The last verdict of each exercise that was checked.
    """

    exercises: Mapping[str, Exercise]
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def check(self, exercise: str, *answers: object) -> Verdict:
        """Check an exercise; an answer that is still ``...``, or no answer at all, gets a message as well.

        Raises
        ------
        KeyError
            The lab has no such exercise.
        """
        examine = self.exercises[exercise]
        if any(answer is ... for answer in answers):
            message: str | None = UNANSWERED
        else:
            try:
                message = examine(*answers)
            except (TypeError, ValueError, KeyError, AttributeError, IndexError, ZeroDivisionError) as error:
                message = f"The answer could not be looked at ({type(error).__name__}: {error}). Has it the form that is asked for?"
        self.verdicts[exercise] = Verdict(exercise, message)
        return self.verdicts[exercise]

    def progress(self) -> str:
        """Say which exercises are done and which are left."""
        left = [name for name in self.exercises if name not in self.verdicts or not self.verdicts[name].passed]
        done = len(self.exercises) - len(left)
        return f"{done} of {len(self.exercises)} exercises are done." + (f" Left: {', '.join(left)}." if left else "")


def open_lab(name: str) -> Lab:
    """Open the exercises of a lab by its name, such as ``how_sure_are_we``."""
    return Lab(import_module(f"teaching.exercises_{name}").EXERCISES)


def in_full(table: pd.DataFrame | pd.Series) -> Styler:
    """Return a table that shows texts as long as they are, on the left, where pandas cuts them after fifty characters."""
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    return frame.style.format(escape="html").set_table_styles(
        [{"selector": "td, th", "props": "text-align: left; vertical-align: top"}]
    )


def near(
    answer: object, right: float, others: Mapping[float, str] | None = None, *, tolerance: float = 5e-3
) -> str | None:
    """Compare a number with the right one; `others` tells of well-known wrong ones.

    Parameters
    ----------
    answer : object
        What the student has.
    right : float
        What it should be.
    others : mapping of float to str
        Wrong value → what leads there.
    tolerance : float
        How far the answer may be off.

    Examples
    --------
    >>> near(0.742, 0.74)
    >>> near(74, 0.74)
    'That is a percentage; a share lies between 0 and 1.'
    """
    value = float(answer)  # type: ignore[arg-type]
    if abs(value - right) <= tolerance:
        return None
    for wrong, reason in (others or {}).items():
        if abs(value - wrong) <= tolerance:
            return reason
    if 0 < right < 1 and abs(value / 100 - right) <= tolerance:
        return "That is a percentage; a share lies between 0 and 1."
    return "That is not it yet." if isfinite(value) else "That is not a finite number."


def near_all(
    answers: Iterable[object], right: Iterable[float], messages: Iterable[str], *, tolerance: float = 5e-3
) -> str | None:
    """Compare several numbers in order; the first that is off decides the message."""
    found, wanted, texts = list(answers), list(right), list(messages)
    if len(found) != len(wanted):
        return f"{len(wanted)} numbers are asked for, these are {len(found)}."
    return next(
        (
            text
            for value, target, text in zip(found, wanted, texts, strict=True)
            if near(value, target, tolerance=tolerance)
        ),
        None,
    )
