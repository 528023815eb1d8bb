"""Keys of issues, ``owner/repo#number``: the one place that reads, writes and orders them."""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # mining reads keys without tables, and need not wait for pandas
    import pandas as pd

KEY = r"(?P<repository>[^/\s#]+/[^/\s#]+)#(?P<number>[1-9][0-9]*)"
"""Pattern of a key."""


class IssueKey(NamedTuple):
    """An issue on GitHub; keys order by repository, then by number as a number.

    Attributes
    ----------
    repository : str
        ``owner/repo``.
    number : int
        The issue's number in its repository.
    """

    repository: str
    number: int

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"

    @property
    def url(self) -> str:
        """The issue's page."""
        return f"https://github.com/{self.repository}/issues/{self.number}"


def parse_issue(key: str) -> IssueKey:
    """Return the parts of a key.

    Parameters
    ----------
    key : str
        As ``pytorch/pytorch#1``.

    Raises
    ------
    ValueError
        The text is no key.

    Examples
    --------
    >>> parse_issue("onnx/tensorflow-onnx#12")
    IssueKey(repository='onnx/tensorflow-onnx', number=12)
    """
    match = re.fullmatch(KEY, key)
    if match is None:
        raise ValueError(f"{key!r} is no issue key; it must be owner/repo#number")
    return IssueKey(match["repository"], int(match["number"]))


def repositories(keys: "pd.Series") -> "pd.Series":
    """Return the repository of each key.

    Parameters
    ----------
    keys : Series of str
        Keys of issues.

    Returns
    -------
    Series of str
        ``owner/repo``, index of `keys`.
    """
    return keys.map(lambda key: parse_issue(key).repository)
