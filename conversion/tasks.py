"""A campaign's specification, and the tasks that follow from it: one a model, converter and operator set.

Nothing here hangs on the machine or on what has run: the same specification yields the same tasks in the same order.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import islice
from typing import Any

from datapackage.errors import Fault, InputError

SCHEMA = 2  # of rows and specification

TORCH, TENSORFLOW = FRAMEWORKS = ("torch", "tensorflow")
EXPORTERS: Mapping[str, tuple[str, str]] = {  # word on the command line: (converter, framework)
    "dynamo": ("torch.onnx-dynamo", TORCH),
    "torchscript": ("torch.onnx-torchscript", TORCH),
    "tf2onnx": ("tf2onnx", TENSORFLOW),
}
GENERATED_SUITES = ("synthetic", "synthetic-all-types")
LISTED_SUITES = ("architectures", "trained")
SUITES = (*GENERATED_SUITES, *LISTED_SUITES)

Task = dict[str, Any]

# Seconds a stage may take before the task is stopped in it; a z3 that hangs is stopped so
_LIMITS: Mapping[str, float] = {
    "generate": 60,
    "reference": 60,
    "convert": 180,
    "check": 60,
    "load": 60,
    "run": 60,
    "compare": 60,
    "examine": 20,
}
_LISTED_FACTOR = 3  # real models are larger
_INJECTING = 180  # seconds for a graph with each fault, on each executor


@dataclass(frozen=True)
class Specification:
    """What a campaign does.

    Attributes
    ----------
    suite : str
        One of `SUITES`.
    exporters : tuple of str
        Keys of `EXPORTERS`.
    models : int
        Models a framework; listed suites have as many as are listed.
    sizes : tuple of int
        Operators that the generator is asked for, taken in turn.
    opsets : tuple of int
        ONNX operator sets asked for.
    seed : int
        Seed of the campaign; every model's seed follows from it.
    inputs : int
        Inputs that each model is run on.
    without : tuple of str
        Generator's operators that are left out.
    memory_mb : int
        What a task may map beyond the server's own, in MB.
    examine : bool
        Whether executors that have no say in the outcome run, too; without them nobody is named at fault.
    inject : bool
        Whether faults are planted in each graph, to test the attribution.
    limits : mapping
        Seconds by stage.
    """

    suite: str
    exporters: tuple[str, ...]
    models: int
    sizes: tuple[int, ...]
    opsets: tuple[int, ...] = (18,)
    seed: int = 1
    inputs: int = 10
    without: tuple[str, ...] = ()
    memory_mb: int = 6000
    inject: bool = False
    examine: bool = True
    limits: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = [
            Fault("command line", message, column=name, value=str(getattr(self, name)))
            for name, good, message in (
                ("suite", self.suite in SUITES, f"is no suite; choose from {', '.join(SUITES)}"),
                ("exporters", bool(self.exporters) and set(self.exporters) <= set(EXPORTERS),
                 f"must name exporters, separated by commas, of {', '.join(EXPORTERS)}"),
                ("models", self.models >= 1, "must be 1 or more"),
                ("sizes", bool(self.sizes) and min(self.sizes) >= 1, "must hold sizes of 1 or more"),
                ("opsets", bool(self.opsets) and min(self.opsets) >= 1, "must hold operator sets of 1 or more"),
                ("inputs", self.inputs >= 1, "must be 1 or more"),
                ("memory_mb", self.memory_mb >= 1, "must be 1 or more"),
            )
            if not good
        ]  # fmt: skip
        if faults:
            raise InputError(faults)

    def frameworks(self) -> tuple[str, ...]:
        """Return the frameworks that the exporters belong to, in order."""
        return tuple(name for name in FRAMEWORKS if any(EXPORTERS[word][1] == name for word in self.exporters))

    def stage_limits(self) -> dict[str, float]:
        """Return the seconds that each stage may take."""
        factor = _LISTED_FACTOR if self.suite in LISTED_SUITES else 1
        limits = {stage: factor * seconds for stage, seconds in _LIMITS.items()}
        return limits | ({"examine": _INJECTING} if self.inject else {}) | dict(self.limits)

    def as_json(self) -> dict[str, Any]:
        """Return the specification as it is stored."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Specification":
        """Read a stored specification."""
        known = {entry.name for entry in fields(cls)}
        lists: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**{name: value for name, value in lists.items() if name in known})


def command_of(specification: Specification) -> str:
    """Return the command line that runs a specification.

    Examples
    --------
    >>> command_of(Specification("synthetic", ("dynamo",), 5, (15, 20)))
    'python -m conversion run --suite synthetic --exporters dynamo --models 5 --sizes 15,20 --opsets 18 --seed 1 --inputs 10'
    """
    lists = {
        name: ",".join(map(str, getattr(specification, name))) for name in ("exporters", "sizes", "opsets", "without")
    }
    words = [
        f"--suite {specification.suite}",
        f"--exporters {lists['exporters']}",
        *(
            [f"--models {specification.models}", f"--sizes {lists['sizes']}"]
            if specification.suite in GENERATED_SUITES
            else []
        ),
        f"--opsets {lists['opsets']}",
        f"--seed {specification.seed}",
        f"--inputs {specification.inputs}",
        *([f"--without {lists['without']}"] if specification.without else []),
        *(["--inject"] if specification.inject else []),
        *([] if specification.examine else ["--outcomes-only"]),
    ]
    return " ".join(["python -m conversion run", *words])


def tasks(specification: Specification, listed: Mapping[str, Sequence[str]] | None = None) -> Iterator[Task]:
    """Yield the campaign's tasks: models in turn, each with all its converters and operator sets.

    Parameters
    ----------
    specification : Specification
        What the campaign does.
    listed : mapping from framework to names, optional
        Models of a listed suite.
    """
    for index in range(specification.models):
        for framework in specification.frameworks():
            model = _model(specification, framework, index, listed or {})
            if model is None:
                continue
            for word in specification.exporters:
                converter, own = EXPORTERS[word]
                if own == framework:
                    for opset in specification.opsets:
                        yield _task(specification, framework, converter, opset, model)


def _model(
    specification: Specification, framework: str, index: int, listed: Mapping[str, Sequence[str]]
) -> tuple[str, int | None, int] | None:
    """Return name, size and seed of a framework's model number `index`, or None behind the last of a list."""
    if specification.suite in LISTED_SUITES:
        name = next(islice(listed.get(framework, ()), index, None), None)
        return None if name is None else (name, None, model_seed(specification.seed, framework, name))
    nodes = specification.sizes[index % len(specification.sizes)]
    seed = model_seed(specification.seed, framework, f"{nodes}/{index}")
    return f"{nodes}-{seed}", nodes, seed


def _task(
    specification: Specification, framework: str, converter: str, opset: int, model: tuple[str, int | None, int]
) -> Task:
    name, nodes, seed = model
    return {
        "id": f"{converter}.{opset}.{name}",
        "suite": specification.suite,
        "framework": framework,
        "exporter": converter,
        "model": name,
        "nodes": nodes,
        "seed": seed,
        "opset": opset,
        "inputs": specification.inputs,
        "without": list(specification.without),
        "limits": specification.stage_limits(),
        "memory_mb": specification.memory_mb,
        "inject": specification.inject,
        "examine": specification.examine,
    }


def model_seed(campaign: int, framework: str, model: str) -> int:
    """Return a model's seed, below 2³¹: it hangs on the campaign's seed, the framework and the model's name alone.

    Examples
    --------
    >>> model_seed(1, "torch", "15/0") == model_seed(1, "torch", "15/0") != model_seed(2, "torch", "15/0")
    True
    """
    digest = hashlib.sha256(f"{campaign}/{framework}/{model}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def parse_range(text: str) -> tuple[int, ...]:
    """Return the whole numbers of ``15:100:5`` (both ends belong to it), ``7:20`` or ``15,18``.

    Raises
    ------
    ValueError
        The text is none of these.

    Examples
    --------
    >>> parse_range("15:30:5"), parse_range("18")
    ((15, 20, 25, 30), (18,))
    """
    numbers: list[int] = []
    for part in text.split(","):
        if re.fullmatch(r"\d+(:\d+){0,2}", part.strip()) is None:
            raise ValueError(f"{text!r} is no list of numbers; write 18, or 7:20, or 15:100:5, or several with commas")
        first, *rest = (int(number) for number in part.split(":"))
        last, step = (rest + [first, 1][len(rest) :])[:2] if rest else (first, 1)
        if step < 1:
            raise ValueError(f"{text!r}: the step must be 1 or more")
        numbers.extend(range(first, last + 1, step))
    return tuple(dict.fromkeys(numbers))
