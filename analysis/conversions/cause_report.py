"""The causes as a reader meets them: table, figure, numbers of the text."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.conversions.causes import ATTRIBUTES, OPERATORS, SEQUENCE, TYPES, reached, short_name
from analysis.conversions.fault_figures import PARTY_COLOURS, PARTY_NAMES
from analysis.report.chapter import Picture, Table
from analysis.report.style import MUTED, QUIET, new_figure, style
from analysis.report.tables import share_text, styled
from datapackage.conversions import ARROW, AT_FAULT
from datapackage.tables import records

_ROW = 0.24  # inches
_NAMES = {
    OPERATORS: "its operators",
    SEQUENCE: "its operators in this order",
    TYPES: "its last operator, these types",
    ATTRIBUTES: "… these attributes, too",
}


def tables(frame: pd.DataFrame) -> tuple[Table, ...]:
    """Return the tables of causes; none without a cause."""
    if frame.empty:
        return ()
    cells = pd.DataFrame(
        {
            "At fault": [
                f"{PARTY_NAMES[row['party']]}{', ' * bool(row['converter'])}{row['converter']}"
                for row in records(frame)
            ],
            "Operator": frame["name"],
            "Types": frame["types"],
            "Nodes": [f"{row['nodes_before']} → {row['nodes']}" for row in records(frame)],
            "First wrong": [_first(row) for row in records(frame)],
            "Tests hold": [_held(row) for row in records(frame)],
            "Attributes": frame["attributes"],
            "Reproducer": frame["reproducer"],
        }
    )
    title = "Distinct causes, each reduced to its smallest model"
    gt = styled(cells, title, "fault-causes", stub="Operator", groups="At fault")
    gt = gt.cols_align("left", list(cells.columns[2:])).cols_align("right", ["Nodes"])
    counts = reached(frame)
    shares = pd.DataFrame(
        {
            "Some test holds": counts["reach"].map(_NAMES),
            "Causes": [f"{row['count']} of {row['n']}" for row in records(counts)],
            "Share [95 %]": [share_text(row["share"], row["low"], row["high"]) for row in records(counts)],
        }
    )
    reach = styled(shares, "Causes that the onnx package's tests reach", "causes-reached")
    return Table("fault-causes", gt), Table("causes-reached", reach.cols_align("right", ["Causes", "Share [95 %]"]))


def _first(row: dict[str, object]) -> str:
    if not row["first_operator"]:
        return "shows in outputs alone"
    last = str(row["name"]).split(ARROW)[-1]
    named = short_name(str(row["first_operator"]))
    return str(row["first_place"]) if named == last else f"{named} ({row['first_place']})"


def _held(row: dict[str, object]) -> str:
    held = [name for reach, name in _NAMES.items() if row[reach]]
    return held[-1].removeprefix("… ") if held else "nothing of it"


def pictures(frame: pd.DataFrame) -> tuple[Picture, ...]:
    """Return the figure of causes by party; none without a cause."""
    return (Picture("causes-by-party", by_party(frame), {"causes": records(frame)}),) if len(frame) else ()


def by_party(frame: pd.DataFrame) -> Figure:
    """Draw, a row a cause, the nodes of the whole graph and of the smallest model that shows it, in its party's colour."""
    rows = records(frame)
    with style():
        figure = new_figure(1.0 + _ROW * len(rows))
        axes = figure.subplots()
        for place, row in enumerate(rows):
            colour = PARTY_COLOURS[row["party"]]
            before = row["nodes_before"] if row["nodes_before"] else row["nodes"]
            axes.plot([int(row["nodes"]), int(before)], [-place] * 2, color=QUIET, linewidth=1, zorder=1)
            axes.plot(int(before), -place, "o", markersize=4, markerfacecolor="none", markeredgecolor=MUTED)
            axes.plot(int(row["nodes"]), -place, "o", markersize=5.5, color=colour, zorder=3)
        axes.set_xscale("log")
        axes.set_xlabel("nodes of the ONNX graph: whole model (hollow),\nsmallest that shows the fault (filled)")
        axes.set_yticks([-place for place in range(len(rows))], labels(frame))
        axes.set_ylim(-len(rows) + 0.4, 0.6)
        axes.tick_params(axis="y", length=0)
        used = [party for party in AT_FAULT if party in set(frame["party"])]
        handles = [
            Line2D([], [], color=PARTY_COLOURS[party], marker="o", linewidth=0, markersize=5.5,
                   label=f"{PARTY_NAMES[party]} ({int((frame['party'] == party).sum())})")
            for party in used
        ]  # fmt: skip
        figure.legend(handles=handles, loc="outside upper right", ncols=2)
    return figure


def labels(frame: pd.DataFrame) -> list[str]:
    """Return a label for each cause: operators and types, and the shortest attribute of its own where others share these.

    Parameters
    ----------
    frame : DataFrame
        Causes with columns ``name``, ``types`` and ``attributes`` (separated by spaces, or missing).
    """
    plain = [f"{row['name']} ({row['types']})" for row in records(frame)]
    attributes = [set(text.split()) for text in frame["attributes"].fillna("").astype(str)]
    told = []
    for place, label in enumerate(plain):
        others = [attributes[other] for other, name in enumerate(plain) if name == label and other != place]
        own = sorted(attributes[place].difference(*others), key=lambda name: (len(name), name)) if others else []
        told.append(f"{label}, {own[0]}" if own else label)
    return told


def numbers(frame: pd.DataFrame) -> dict[str, str]:
    """Return the numbers of the text; without a cause an empty ``causes``."""
    if frame.empty:
        return {"causes": ""}
    parties = frame["party"].value_counts()
    named = [f"{int(parties[party])} the {PARTY_NAMES[party]}" for party in AT_FAULT if parties.get(party, 0)]
    counts = reached(frame).set_index("reach")
    nodes = frame["nodes"].astype(int)
    return {
        "causes": str(len(frame)),
        "causes-parties": ", ".join(named),
        "causes-nodes-most": str(nodes.max()),
        "causes-nodes-before": str(int(pd.to_numeric(frame["nodes_before"]).median())),
        "causes-single": str(int((nodes == 1).sum())),
        "causes-operators": str(frame["name"].nunique()),
        "causes-reached-operators": str(counts.loc[OPERATORS, "count"]),
        "causes-reached-sequence": str(counts.loc[SEQUENCE, "count"]),
        "causes-reached-types": str(counts.loc[TYPES, "count"]),
        "causes-reached-attributes": str(counts.loc[ATTRIBUTES, "count"]),
    }
