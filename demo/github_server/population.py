"""A made-up population of issues with timelines, from a seed: every kind of event, lengths from 0 to 350, oddities
included.

Nodes are dictionaries with the schema's field names, so that the server needs no resolver of its own for them; a list
stands for a connection.
"""

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]
START = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
OTHER_KINDS = (
    "IssueComment",
    "MentionedEvent",
    "SubscribedEvent",
    "AssignedEvent",
    "RenamedTitleEvent",
    "MilestonedEvent",
)
TABLE_KINDS = (
    "ClosedEvent", "ReopenedEvent", "ReferencedEvent", "CrossReferencedEvent", "ConnectedEvent", "DisconnectedEvent",
    "TransferredEvent", "ConvertedToDiscussionEvent", "MarkedAsDuplicateEvent", "UnmarkedAsDuplicateEvent",
    "LabeledEvent", "UnlabeledEvent", "CommentDeletedEvent",
)  # fmt: skip
LABELS = ("module: onnx", "question", "pending on user response", "bug", 'odd "label", with | and \\', "triaged")


@dataclass
class Population:
    """Repositories with their issues.

    ``renamed`` maps an old name to the present one; ``hidden`` lists timeline entries' ids that the viewer may not see.
    """

    repositories: dict[str, list[Node]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def nodes(self) -> dict[str, Node]:
        return {issue["id"]: issue for issues in self.repositories.values() for issue in issues}


def moment(minutes: float) -> str:
    return (START + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def repository(name: str) -> Node:
    return {"__typename": "Repository", "nameWithOwner": name}


def user(draw: random.Random) -> Node | None:
    return None if draw.random() < 0.05 else {"__typename": "User", "login": f"Login-{draw.randrange(60)}"}


def pull_request(draw: random.Random, name: str) -> Node:
    state = draw.choice(["OPEN", "CLOSED", "MERGED"])
    return {
        "__typename": "PullRequest", "number": draw.randrange(10_000, 20_000), "state": state,
        "merged": state == "MERGED", "repository": repository(name),
    }  # fmt: skip


def oid(draw: random.Random) -> str:
    return f"{draw.getrandbits(160):040x}"


def other(draw: random.Random, name: str) -> Node:
    where = draw.choice([name, name, "somebody/" + name.partition("/")[2], "third/party"])
    if draw.random() < 0.6:
        return pull_request(draw, where)
    state = draw.choice(["OPEN", "CLOSED"])
    return {
        "__typename": "Issue",
        "number": draw.randrange(20_000, 30_000),
        "state": state,
        "repository": repository(where),
    }


def event(draw: random.Random, issue: Node, kind: str, when: str) -> Node | None:
    """One timeline entry; None is what GitHub shows of a reference from a private repository."""
    name = issue["repository"]["nameWithOwner"]
    node: Node = {"__typename": kind, "createdAt": when, "actor": user(draw), "isCrossRepository": draw.random() < 0.3}
    match kind:
        case "ClosedEvent":
            node["stateReason"] = draw.choice(["COMPLETED", "NOT_PLANNED", None])
            node["closer"] = draw.choice(
                [None, None, {"__typename": "Commit", "oid": oid(draw), "repository": repository(name)},
                 pull_request(draw, name), {"__typename": "ProjectV2"}]
            )  # fmt: skip
        case "ReferencedEvent":
            gone = draw.random() < 0.1
            node |= {
                "commit": None if gone else {"oid": oid(draw)}, "isDirectReference": True,
                "commitRepository": repository(draw.choice([name, "fork/copy"])),
            }  # fmt: skip
        case "CrossReferencedEvent":
            if draw.random() < 0.05:
                return None
            node |= {"source": other(draw, name), "willCloseTarget": draw.random() < 0.3}
        case "ConnectedEvent" | "DisconnectedEvent":
            ends = [issue, pull_request(draw, name)]
            draw.shuffle(ends)
            node |= {"source": ends[0], "subject": ends[1]}
        case "TransferredEvent":
            node["fromRepository"] = draw.choice([None, repository("elsewhere/before")])
        case "ConvertedToDiscussionEvent":
            node["discussion"] = draw.choice([None, {"number": 7, "repository": repository(name)}])
        case "MarkedAsDuplicateEvent" | "UnmarkedAsDuplicateEvent":
            node["canonical"] = draw.choice([None, other(draw, name)])
        case "LabeledEvent" | "UnlabeledEvent":
            node["label"] = {"name": draw.choice(LABELS)}
    return node


def timeline_length(draw: random.Random, mean: int) -> int:
    chance = draw.random()
    if chance < 0.01:
        return draw.randrange(101, 351)
    if chance < 0.05:
        return 0
    return min(100, int(draw.expovariate(1 / mean)))


def issue(draw: random.Random, name: str, number: int, length: int) -> Node:
    opened = number * 300.0
    closed = draw.random() < 0.9
    reason = draw.choice(["COMPLETED", "COMPLETED", "NOT_PLANNED", "DUPLICATE"]) if closed else None
    identifier = f"{name.replace('/', '-')}_{number}"
    commenter = user(draw)
    node: Node = {
        "__typename": "Issue",
        "id": f"I_{identifier}",
        "number": number,
        "repository": repository(name),
        "title": f'=cmd|"/C calc"!A{number} <script>title</script>',
        "body": f"Secret body {number} naïve ☃",
        "state": "CLOSED" if closed else "OPEN",
        "stateReason": reason,
        "createdAt": moment(opened),
        "closedAt": moment(opened + 900) if closed else None,
        "updatedAt": moment(opened + 1000),
        "author": user(draw),
        "authorAssociation": draw.choice(["NONE", "CONTRIBUTOR", "MEMBER"]),
        "labels": [{"name": label} for label in draw.sample(LABELS, draw.randrange(0, 4))],
        "comments": [comment(f"{identifier}_{place}", opened + 5, commenter) for place in range(draw.randrange(0, 4))],
        "reactions": [{}] * draw.randrange(0, 3),
    }
    kinds = [draw.choice(TABLE_KINDS if draw.random() < 0.4 else OTHER_KINDS) for _ in range(length)]
    node["timelineItems"] = [event(draw, node, kind, moment(opened + 2 * place)) for place, kind in enumerate(kinds)]
    for place, entry in enumerate(node["timelineItems"]):
        if entry is not None:
            entry["id"] = f"E_{identifier}_{place}"
    return node


def comment(identifier: str, minutes: float, author: Node | None) -> Node:
    return {
        "id": f"C_{identifier}",
        "createdAt": moment(minutes),
        "body": "Secret comment",
        "author": author,
        "authorAssociation": "NONE",
    }


def generate(seed: int, sizes: dict[str, int], *, mean: int = 11, lengths: list[int] | None = None) -> Population:
    """Return a population: `sizes` issues a repository; `lengths` sets the first issues' timeline lengths."""
    draw = random.Random(seed)
    population = Population()
    for name, size in sizes.items():
        fixed = list(lengths or [])
        population.repositories[name] = [
            issue(draw, name, number, fixed[number - 1] if number <= len(fixed) else timeline_length(draw, mean))
            for number in range(1, size + 1)
        ]
    return population
