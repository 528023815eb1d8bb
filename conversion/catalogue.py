"""Names of the models of the listed suites; what they are stands in the workers, beside the code that makes them."""

from collections.abc import Mapping, Sequence

LISTED: Mapping[str, Mapping[str, Sequence[str]]] = {}


def listed_models(suite: str) -> Mapping[str, Sequence[str]]:
    """Return a listed suite's models by framework; empty for a generated suite."""
    return LISTED.get(suite, {})
