"""How tables look: one style for all, HTML and LaTeX from the same description."""

import math
import re

import pandas as pd
from great_tables import GT

from analysis.report.table_body import ReportTable


def styled(
    frame: pd.DataFrame,
    title: str,
    name: str,
    *,
    subtitle: str | None = None,
    stub: str | None = None,
    groups: str | None = None,
) -> GT:
    """Return a table in the report's style.

    Parameters
    ----------
    frame : DataFrame
        Cells as they are to be shown; numbers may still be formatted on the result.
    title, subtitle : str
        Header.
    name : str
        Identifier, so that the HTML is the same in every run.
    stub : str, optional
        Column that names the rows.
    groups : str, optional
        Column that says under which heading a row stands.
    """
    return (
        ReportTable(frame, rowname_col=stub, groupname_col=groups, id=name)
        .tab_header(title, subtitle)
        .sub_missing(missing_text="–")
        .tab_options(
            table_font_size="14px",
            table_width="100%",
            heading_align="left",
            heading_title_font_size="15px",
            heading_title_font_weight="600",
            heading_subtitle_font_size="13px",
            column_labels_font_weight="600",
            data_row_padding="4px",
            table_border_top_style="none",
            table_border_bottom_style="none",
            heading_border_bottom_style="none",
            table_font_names=["inherit"],
            source_notes_font_size="12px",
        )
    )


def with_interval(share: float, low: float, high: float) -> str:
    """Return a share and its interval in percent, as ``74 [68, 80]``; a dash where undefined."""
    if pd.isna(share):
        return "–"
    if pd.isna(low):
        return _percent(share)
    return f"{_percent(share)} {percent_interval(low, high)}"


def share_text(share: float, low: float, high: float) -> str:
    """Return a share as a sentence has it, as ``74 % [68, 80]``; see `with_interval`."""
    return with_interval(share, low, high).replace(" [", " % [", 1)


def percent_interval(low: float, high: float) -> str:
    """Return an interval of shares in percent, as ``[68, 80]``; a dash where undefined."""
    return "–" if pd.isna(low) else f"[{_percent(low)}, {_percent(high)}]"


def estimate(value: float, low: float, high: float) -> str:
    """Return an estimate with its interval, two decimals each; a dash where undefined."""
    return "–" if pd.isna(value) else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def points(difference: float, low: float, high: float, *, decimals: int = 0) -> str:
    """Return a difference of shares in percentage points, as ``+8 [-4, +20]``; a dash where undefined."""
    if pd.isna(difference):
        return "–"
    return difference_estimate(100 * difference, 100 * low, 100 * high, decimals=decimals)


def difference_estimate(value: float, low: float, high: float, *, decimals: int) -> str:
    """Return a difference with its interval, each with its sign, as ``+0.09 [-0.03, +0.20]``; a dash where undefined."""
    if pd.isna(value):
        return "–"
    number, first, last = (_signed(each, decimals) for each in (value, low, high))
    return f"{number} [{first}, {last}]"


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text  # neither +0 nor -0


def p_value(p: float, *, draws: int | None = None) -> str:
    """Return a p-value as it is printed: three digits, ``<0.001`` below; as many as ``draws`` of a Monte-Carlo one warrant."""
    if pd.isna(p):
        return "–"
    floor = 0.001 if draws is None else max(0.001, 1 / draws)
    if p < floor:
        return f"<{floor:.2g}"
    error = 0 if draws is None else math.sqrt(p * (1 - p) / draws)
    # a last digit that another seed would change by more than two tells nothing
    return f"{p:.2f}" if error > 0.0025 and p >= 0.005 else f"{p:.3f}"


def with_relations(text: str) -> str:
    """Return a text in which a p-value below its floor stands after one sign, not two.

    Sentences take p-values by name and cannot know which of them lies below.

    >>> with_relations("V 0.58, p = <0.001")
    'V 0.58, p < 0.001'
    """
    return re.sub(r"= ?(<|&lt;)(?=[0-9])", r"\1 ", text)


def ratio(value: float) -> str:
    """Return an odds or rate ratio: two significant digits below ten, whole above, ∞ where a cell is empty."""
    if math.isinf(value):
        return "∞"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def ratio_estimate(value: float, low: float, high: float) -> str:
    """Return an odds or rate ratio with its interval (see `ratio`); a dash where undefined."""
    return "–" if pd.isna(value) else f"{ratio(value)} [{ratio(low)}, {ratio(high)}]"


def _percent(share: float) -> str:
    """Whole percents, one decimal below ten where it tells more; halves are rounded up, as the paper does."""
    value = 100 * share
    # the tiny addition undoes binary representation: 100 * 0.325 is 32.50…0 or 32.49…9
    return f"{value:.1f}" if 0 < value < 9.95 else f"{math.floor(value + 0.5 + 1e-9)}"
