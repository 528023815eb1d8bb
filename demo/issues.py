"""Invented issues whose true labels are known: as many kinds of failures as the study's, newer than the study's.

An issue's codes are those of a failure that is drawn from the study's sample, so the invented failures are what the study would
have found in later years. Numbers begin where no real issue of the two repositories is; days lie behind the study's collection.
"""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

from demo.github_server.population import Node, Population, issue, oid, repository

FIRST_NUMBER = 900_001
OPENED_FROM, OPENED_TO = dt.date(2023, 8, 1), dt.date(2026, 10, 1)
REPOSITORIES = {"torch.onnx": "pytorch/pytorch", "tf2onnx": "onnx/tensorflow-onnx"}
FIXED = 0.8  # of the issues that were closed by a fix; the others are no failures of the converter, and the filter drops them


@dataclass(frozen=True, slots=True)
class Codes:
    """The labels of a failure: symptom, cause, detail ('' where there is none), location."""

    symptom: str
    cause: str
    cause_detail: str
    location: str


def invent(failures: Sequence[Codes], size: int, seed: int) -> tuple[Population, dict[str, Codes]]:
    """Invent the issues of both repositories.

    Parameters
    ----------
    failures : sequence of Codes
        From which true labels are drawn, with replacement.
    size : int
        Issues per repository.
    seed : int
        Of everything that is drawn.

    Returns
    -------
    Population
        For `demo.github_server.server.GitHubServer`.
    dict of str to Codes
        The true labels, by issue.
    """
    draw = random.Random(seed)
    population, truth = Population(), {}
    days = (OPENED_TO - OPENED_FROM).days
    for name in REPOSITORIES.values():
        opened = sorted(draw.randrange(days) for _ in range(size))
        population.repositories[name] = [
            _issue(draw, name, FIRST_NUMBER + place, OPENED_FROM + dt.timedelta(days=day))
            for place, day in enumerate(opened)
        ]
        for place in range(size):
            truth[f"{name}#{FIRST_NUMBER + place}"] = draw.choice(failures)
    return population, truth


def _issue(draw: random.Random, name: str, number: int, day: dt.date) -> Node:
    opened, closed = (f"{each:%Y-%m-%d}T12:00:00Z" for each in (day, day + dt.timedelta(days=9)))
    closer = (
        {"__typename": "Commit", "oid": oid(draw), "repository": repository(name)} if draw.random() < FIXED else None
    )
    event: Node = {
        "__typename": "ClosedEvent", "id": f"E_{number}_{name}", "createdAt": closed, "actor": None, "stateReason": "COMPLETED",
        "closer": closer,
    }  # fmt: skip
    return issue(draw, name, number, 0) | {
        "title": f"Invented failure {number - FIRST_NUMBER + 1}",
        "body": "Nobody reported this: it stands in for a report, and its true labels are known.",
        "state": "CLOSED",
        "stateReason": "COMPLETED",
        "createdAt": opened,
        "closedAt": closed,
        "updatedAt": closed,
        "labels": [{"name": "module: onnx"}],
        "comments": [],
        "timelineItems": [event],
    }
