"""Executes GraphQL queries over a population: connections are cut to pages here, everything else is the nodes' own
fields.
"""

import functools
from typing import Any

from graphql import GraphQLError, GraphQLNamedType, GraphQLResolveInfo, execute, get_named_type, parse, validate
from graphql.language import DocumentNode

from demo.github_server.population import Node, Population
from demo.github_server.schema import load_schema


class Execution:
    """Answers queries about one population."""

    def __init__(self, population: Population) -> None:
        self.population = population
        self.remaining = 5000

    def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the body of an answer: data, errors, or both."""
        document, faults = _document(query)
        if faults:
            return {"errors": [{"message": fault.message, "type": "undefinedField"} for fault in faults]}
        result = execute(
            load_schema(), document, root_value={}, context_value=self, variable_values=variables,
            field_resolver=resolve, type_resolver=_type_name,
        )  # fmt: skip
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [
                {
                    "message": error.message,
                    "path": error.path,
                    **({"type": error.extensions["type"]} if error.extensions else {}),
                }
                for error in result.errors
            ]
        return body

    def repository(self, owner: str, name: str) -> Node:
        full = f"{owner}/{name}"
        full = self.population.renamed.get(full, full)
        if full not in self.population.repositories:
            raise _missing(f"Could not resolve to a Repository with the name '{full}'.")
        return {"__typename": "Repository", "nameWithOwner": full}

    def issue(self, repository: str, number: int) -> Node:
        for issue in self.population.repositories[repository]:
            if issue["number"] == number and f"{repository}#{number}" not in self.population.deleted:
                return issue
        raise _missing(f"Could not resolve to an Issue with the number of {number}.")

    def node(self, identifier: str) -> Node:
        node = self.population.nodes().get(identifier)
        if node is None:
            raise _missing(f"Could not resolve to a node with the global id of '{identifier}'")
        return node

    def issues(self, repository: str, arguments: dict[str, Any]) -> list[Node]:
        states, labels = arguments.get("states"), arguments.get("labels")
        since = (arguments.get("filterBy") or {}).get("since")
        found = [
            issue
            for issue in self.population.repositories[repository]
            if (not states or issue["state"] in states)
            and (not labels or any(label["name"] in labels for label in issue["labels"]))
            and (not since or issue["updatedAt"] >= since)
        ]
        return sorted(found, key=lambda issue: (issue["createdAt"], issue["number"]))


def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Resolve any field."""
    execution: Execution = info.context
    name = info.field_name
    parent = info.parent_type.name
    match parent, name:
        case "Query", "repository":
            value = execution.repository(arguments["owner"], arguments["name"])
        case "Query", "node":
            value = execution.node(arguments["id"])
        case "Query", "rateLimit":
            value = {"cost": 1, "limit": 5000, "remaining": execution.remaining, "resetAt": "2030-01-01T00:00:00Z"}
        case "Repository", "issue":
            value = execution.issue(source["nameWithOwner"], arguments["number"])
        case "Repository", "issues":
            value = execution.issues(source["nameWithOwner"], arguments)
        case _:
            value = source[name]
    returned: GraphQLNamedType = get_named_type(info.return_type)
    return _page(value, arguments) if returned.name.endswith("Connection") else value


def _page(items: list[Any], arguments: dict[str, Any]) -> Node:
    first = arguments.get("first")
    if first is not None and not 0 <= first <= 100:
        raise GraphQLError(f"Requesting {first} records exceeds the `first` limit of 100 records.")
    # a cursor is a position in the list as it was; GitHub's are opaque, too
    start = int(arguments["after"].removeprefix("cursor:")) if arguments.get("after") else 0
    end = len(items) if first is None else min(len(items), start + first)
    return {
        "totalCount": len(items), "nodes": items[start:end],
        "pageInfo": {"hasNextPage": end < len(items), "endCursor": f"cursor:{end}" if end > start else None},
    }  # fmt: skip


def _missing(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": "NOT_FOUND"})


def _type_name(value: Any, *_: Any) -> str:
    return str(value["__typename"])


@functools.lru_cache(maxsize=256)
def _document(query: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return DocumentNode(), (error,)
    return document, tuple(validate(load_schema(), document))
