"""What a usable answer looks like: checked before anything is stored, and again when the archive is read.

The models list what the tables need, no more: GitHub may add to its answers. Whatever is null here is null in GitHub's
schema for a reason that the tables can tell (a deleted account, an entry that isn't shown); a null elsewhere is an
answer that something on the way has spoilt.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, InstanceOf, ValidationError, model_validator

from mining.github.queries import EVENT_KINDS

Check = Callable[[Mapping[str, Any]], None]
"""Takes an answer's body; raises `BadAnswer`."""


class BadAnswer(ValueError):  # noqa: N818 - the answer is bad, not the program
    """An answer that isn't GitHub's, or doesn't advance; the text says where."""


def _moment(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z", text):
        raise ValueError("a moment as YYYY-MM-DDTHH:MM:SSZ is expected")
    dt.datetime.fromisoformat(text)
    return text


Moment = Annotated[str, AfterValidator(_moment)]
"""A time as GitHub writes it, ``2024-05-01T12:00:00Z``."""
_Count = Annotated[int, Field(ge=0, le=2**53)]
_Number = Annotated[int, Field(ge=1, le=2**53)]
_Text = InstanceOf[str]  # a title may hold half a surrogate pair, which pydantic's own type refuses
_Name = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Login(_Part):
    login: _Name


class _Repository(_Part):
    nameWithOwner: Annotated[str, Field(pattern=r"^[^/\s#]+/[^/\s#]+$")]  # noqa: N815 - GitHub's name


class _Label(_Part):
    name: str


class _Total(_Part):
    totalCount: _Count  # noqa: N815


class _PageInfo(_Part):
    hasNextPage: bool  # noqa: N815
    endCursor: str | None  # noqa: N815

    @model_validator(mode="after")
    def _goes_on_somewhere(self) -> Self:
        if self.hasNextPage and not self.endCursor:
            raise ValueError("a next page without a cursor")
        return self


class _End(_Part):
    """What closed an issue or stands at the other end of a reference."""

    kind: str | None = Field(None, alias="__typename")
    number: _Number | None = None
    oid: _Name | None = None
    repository: _Repository | None = None
    pullState: str | None = None  # noqa: N815
    issueState: str | None = None  # noqa: N815
    merged: bool | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        named = self.number is not None or (self.kind == "Commit" and self.oid is not None)
        if self.kind in ("Commit", "PullRequest", "Issue") and not named:
            raise ValueError("what it is called is missing")
        if named and self.repository is None:
            raise ValueError("its repository is missing")
        states = {"PullRequest": ("pullState", "merged"), "Issue": ("issueState",)}.get(self.kind or "", ())
        if any(getattr(self, name) is None for name in states):
            raise ValueError("its state is missing")
        return self


class _Commit(_Part):
    oid: _Name


_ALWAYS = ("createdAt", "actor")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "ClosedEvent": (*_ALWAYS, "closer", "stateReason"),
    "ReferencedEvent": (*_ALWAYS, "commit", "commitRepository", "isCrossRepository"),
    "CrossReferencedEvent": (*_ALWAYS, "source", "isCrossRepository", "willCloseTarget"),
    "ConnectedEvent": (*_ALWAYS, "source", "subject", "isCrossRepository"),
    "DisconnectedEvent": (*_ALWAYS, "source", "subject", "isCrossRepository"),
    "TransferredEvent": (*_ALWAYS, "fromRepository"),
    "ConvertedToDiscussionEvent": (*_ALWAYS, "discussion"),
    "MarkedAsDuplicateEvent": (*_ALWAYS, "canonical"),
    "UnmarkedAsDuplicateEvent": (*_ALWAYS, "canonical"),
    "LabeledEvent": (*_ALWAYS, "label"),
    "UnlabeledEvent": (*_ALWAYS, "label"),
}


class _Entry(_Part):
    kind: _Name = Field(alias="__typename")
    id: _Name | None = None  # archives of earlier versions lack it
    createdAt: Moment | None = None  # noqa: N815
    actor: _Login | None = None
    commit: _Commit | None = None
    commitRepository: _Repository | None = None  # noqa: N815
    closer: _End | None = None
    source: _End | None = None
    subject: _End | None = None
    canonical: _End | None = None
    discussion: _End | None = None
    fromRepository: _Repository | None = None  # noqa: N815
    isCrossRepository: bool | None = None  # noqa: N815
    willCloseTarget: bool | None = None  # noqa: N815
    label: _Label | None = None
    stateReason: str | None = None  # noqa: N815

    @model_validator(mode="after")
    def _has_what_the_table_needs(self) -> Self:
        if self.kind in EVENT_KINDS:
            missing = [name for name in _NEEDED.get(self.kind, _ALWAYS) if name not in self.model_fields_set]
            if missing or self.createdAt is None:
                raise ValueError(f"{', '.join(missing) or 'createdAt'} is missing")
        return self


class _Timeline(_Total):
    pageInfo: _PageInfo  # noqa: N815
    nodes: list[_Entry | None]


class _Labels(_Part):
    nodes: list[_Label | None]


class _Issue(_Part):
    id: _Name
    number: _Number
    title: _Text
    body: _Text
    state: Literal["OPEN", "CLOSED"]
    stateReason: str | None  # noqa: N815
    createdAt: Moment  # noqa: N815
    closedAt: Moment | None  # noqa: N815
    updatedAt: Moment  # noqa: N815
    author: _Login | None
    authorAssociation: str  # noqa: N815
    repository: _Repository
    labels: _Labels
    comments: _Total
    reactions: _Total
    timelineItems: _Timeline  # noqa: N815


class _IssuePage(_Total):
    pageInfo: _PageInfo  # noqa: N815
    nodes: list[_Issue | None]


class _Listed(_Repository):
    anyState: _Total  # noqa: N815
    issues: _IssuePage


class _Issues(_Part):
    repository: _Listed | None


class _Called(_Part):
    id: _Name
    number: _Number


class _CallPage(_Total):
    pageInfo: _PageInfo  # noqa: N815
    nodes: list[_Called | None]


class _CalledRepository(_Part):
    issues: _CallPage


class _RollCall(_Part):
    repository: _CalledRepository | None


class _CountedRepository(_Part):
    issues: _Total


class _Counted(_Part):
    repository: _CountedRepository | None


class _LongTimeline(_Part):
    id: _Name
    updatedAt: Moment | None = None  # noqa: N815 - archives of earlier versions lack it
    timelineItems: _Timeline  # noqa: N815


class _Comment(_Part):
    id: _Name
    createdAt: Moment  # noqa: N815
    body: _Text
    authorAssociation: str  # noqa: N815


class _Comments(_Total):
    pageInfo: _PageInfo  # noqa: N815
    nodes: list[_Comment | None]


class _Content(_Part):
    number: _Number
    title: _Text
    body: _Text
    createdAt: Moment  # noqa: N815
    updatedAt: Moment  # noqa: N815
    repository: _Repository
    comments: _Comments


class _ContentRepository(_Part):
    issue: _Content | None


def check_issues(body: Mapping[str, Any]) -> None:
    """Check the answer to `ISSUES`."""
    _fit(_Issues, body["data"])


def check_roll_call(body: Mapping[str, Any]) -> None:
    """Check the answer to `ROLL_CALL`."""
    _fit(_RollCall, body["data"])


def check_count(body: Mapping[str, Any]) -> None:
    """Check the answer to `COUNT`."""
    _fit(_Counted, body["data"])


def check_timelines(body: Mapping[str, Any], identifiers: Mapping[str, str]) -> None:
    """Check the answer to `timelines_query`; `identifiers` maps ``i0``, ``i1``, … to the issues asked for."""
    for alias, identifier in identifiers.items():
        node = _aliased(body, alias)
        if node:  # an empty object stands for a node that is no issue any more
            _fit(_LongTimeline, node, alias)
            if node["id"] != identifier:
                raise BadAnswer(f"{alias}.id: another issue than the one asked for")


def check_contents(body: Mapping[str, Any], numbers: Sequence[int]) -> None:
    """Check the answer to `contents_query` for the issues of these numbers."""
    for place, number in enumerate(numbers):
        node = _aliased(body, f"i{place}")
        if node is not None:
            _fit(_ContentRepository, node, f"i{place}")
            if node["issue"] is None and not body.get("errors"):
                raise BadAnswer(f"i{place}.issue: null without a reason")
            if node["issue"] is not None and node["issue"]["number"] != number:
                raise BadAnswer(f"i{place}.issue.number: another issue than the one asked for")


def _aliased(body: Mapping[str, Any], alias: str) -> Any:
    data = body["data"]
    if alias not in data:
        raise BadAnswer(f"{alias}: missing")
    if data[alias] is None and not body.get("errors"):
        raise BadAnswer(f"{alias}: null without a reason")
    return data[alias]


def _fit(model: type[_Part], value: Any, *place: str) -> None:
    try:
        model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in (*place, *first["loc"])) or "data"
        # without the value: an answer's text is nobody's business here
        raise BadAnswer(f"{where}: {first['msg']}") from None
