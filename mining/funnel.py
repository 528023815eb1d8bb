"""Figure 4 for a store: how many issues each step leaves, counted and drawn."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mining.converters import Converter
from mining.filters import FILTERS, conditions
from mining.records import Decision, Event, Issue, Snapshot


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel.

    Attributes
    ----------
    name : str
        Stable name.
    text : str
        As a reader sees it.
    count : int
        Issues.
    published : int or None
        The count that the paper prints for this step.
    drawn : bool
        Whether the figure shows it.
    """

    name: str
    text: str
    count: int
    published: int | None = None
    drawn: bool = True


def funnel(
    converter: Converter,
    snapshot: Snapshot,
    *,
    issues: Sequence[Issue],
    events: Mapping[tuple[str, str], Sequence[Event]],
    decisions: Sequence[Decision],
    sampled: int,
    published: Mapping[str, int],
    filters: Sequence[str] = tuple(FILTERS),
) -> list[Step]:
    """Count the steps of one converter.

    Parameters
    ----------
    converter, snapshot : Converter, Snapshot
        Whose, and how many issues of any state it has.
    issues, events, decisions : sequence of Issue, mapping, sequence of Decision
        The store's tables; rows of other converters are passed over.
    sampled : int
        Issues of this converter in the store's samples.
    published : mapping
        Figure 4's counts, see `mining.published_counts`.
    filters : sequence of str
        Filters that the store's issues allow. Where some are lacking, so are the steps that need the same: issues of any
        state, linked pull requests.

    Returns
    -------
    list of Step
        From all issues to the sampled ones. The three filters are readings of one step, not steps after each other; the
        conditions overlap.
    """
    kept = {
        name: {entry.issue for entry in decisions
               if entry.converter == converter.name and entry.filter == name and entry.kept == "true"}
        for name in ("population", *filters)
    }  # fmt: skip
    own = [issue for issue in issues if issue.converter == converter.name]
    population = [issue for issue in own if issue.issue in kept["population"]]
    met = [conditions(issue, events.get((issue.converter, issue.issue), ())) for issue in population]
    complete = set(filters) == set(FILTERS)
    steps = [
        *([Step("all", "issues of any state", snapshot.issues_any_state, published.get("all"))] if complete else []),
        Step("closed", "closed", sum(issue.state == "closed" for issue in own)),
        Step("population", "closed, no excluded label", len(population), published.get("relevant")),
    ]
    names = ("closed_with_commit", "commit_references", "pull_request_references", "pull_request_linked")
    texts = (
        "closed with a commit",
        "referenced by a commit",
        "referenced by a pull request of the repository",
        "pull request linked",
    )
    for name, text in zip(names, texts, strict=True):
        if name == "pull_request_linked" and not complete:
            continue
        steps.append(Step(name, f"… of these: {text}", sum(bool(entry[name]) for entry in met), drawn=False))
    for name in filters:
        printed = published.get("resolvable") if name == "archive" else None
        steps.append(Step(name, f"kept by filter '{name}'", len(kept[name]), printed))
    return [*steps, Step("sampled", "in a sample", sampled, published.get("sampled"))]


def funnel_text(funnels: Mapping[str, Sequence[Step]]) -> str:
    """Return the funnels as text, the paper's count beside each of its steps."""
    lines = []
    for name, steps in funnels.items():
        lines.append(name)
        lines += [
            f"  {step.text:<55}{step.count:>7}"
            + (f"   (paper: {step.published})" if step.published is not None else "")
            for step in steps
        ]
    return "\n".join(lines)


def funnel_figure(funnels: Mapping[str, Sequence[Step]], form: str) -> bytes:
    """Draw the funnels: a panel a converter, a bar a step; equal counts give equal bytes.

    Parameters
    ----------
    funnels : mapping
        Converter → its steps.
    form : {'svg', 'png'}
        File format.
    """
    # ruff: noqa: PLC0415 - drawing alone needs it: a fetch shouldn't carry a hundred megabytes more
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "funnel", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(7.2, 0.6 + 2.2 * len(funnels)), layout="constrained")
        for axes, (name, steps) in zip(
            figure.subplots(len(funnels), 1, squeeze=False)[:, 0], funnels.items(), strict=True
        ):
            shown = [step for step in steps if step.drawn]
            # Okabe and Ito's palette, as matplotlib brings it: told apart with any colour vision
            _, orange, *_, blue, _, _ = mpl.color_sequences["okabe_ito"]
            colours = [orange if step.name in FILTERS else blue for step in shown]
            bars = axes.barh([step.text for step in shown], [step.count for step in shown], color=colours)
            axes.bar_label(bars, labels=[_bar_label(step) for step in shown], padding=3)
            axes.invert_yaxis()
            axes.set_title(name, loc="left", fontweight="bold")
            axes.margins(x=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        figure.axes[-1].set_xlabel("issues (orange: three readings of one filter)")
        stream = io.BytesIO()
        figure.savefig(stream, format=form, dpi=150, metadata={"Date": None} if form == "svg" else {"Software": None})
    return stream.getvalue()


def _bar_label(step: Step) -> str:
    return f"{step.count}" if step.published is None else f"{step.count} (paper: {step.published})"
