"""When two spellings are the same: codes and options are compared without case and surplus space."""


def fold(text: str) -> str:
    """Return a text with single spaces and without case, for comparison.

    Examples
    --------
    >>> fold("  Wrong  Model ")
    'wrong model'
    """
    return " ".join(text.split()).casefold()
