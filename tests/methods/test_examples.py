"""Every public method shows how it is used: an example with its output, which `make test` runs."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pytest

import methods

FUNCTIONS = [
    (f"{module.name}.{name}", function)
    for module in pkgutil.iter_modules(methods.__path__)
    for name, function in vars(importlib.import_module(f"methods.{module.name}")).items()
    if callable(function) and not inspect.isclass(function) and not name.startswith("_")
    if getattr(function, "__module__", "") == f"methods.{module.name}"
]


@pytest.mark.parametrize(("name", "function"), FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
def test_a_method_shows_an_example(name: str, function: Callable[..., object]) -> None:
    text = inspect.getdoc(function) or ""
    assert ">>> " in text.partition("Examples\n--------")[2], f"{name} has no example"


def test_there_are_methods() -> None:
    assert len(FUNCTIONS) > 20
