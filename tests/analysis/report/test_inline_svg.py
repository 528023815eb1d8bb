"""A figure inside a page: its colours follow the page's, its identifiers are its own, nothing of the data's text runs."""

import io

import pytest
from matplotlib.figure import Figure

from analysis.report.inline_svg import COLOURS_BY_MODE, colour_rules, inline_svg
from analysis.report.style import COLOURS, INK, LINE, MUTED, QUIET, new_figure, style, svg


def drawn(label: str = "a") -> str:
    with style():
        figure = new_figure(2)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], "o-", color=COLOURS["tf2onnx"], clip_on=True)
        axes.set_xlabel(label)
    return svg(figure).decode()


def test_colours_become_properties_of_the_page() -> None:
    stored = drawn()
    page = inline_svg(stored, "one", "A line.")
    assert "#0072b2" in stored
    assert "var(--blue)" in page
    assert not [light for light, _ in COLOURS_BY_MODE.values() if light in page]


def test_every_colour_that_figures_share_has_one_for_the_dark() -> None:
    light = {colours[0] for colours in COLOURS_BY_MODE.values()}
    assert {colour.lower() for colour in (*COLOURS.values(), INK, LINE, MUTED, QUIET)} <= light
    for mode in ("light", "dark"):
        assert colour_rules(mode).count(";") == len(COLOURS_BY_MODE)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_defined() -> None:
    """WCAG 2.2: black on white has 21:1; #767676 is known as the lightest grey with 4.5:1 on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("position", [0, 1], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_the_ground(position: int) -> None:
    colours = {name: both[position] for name, both in COLOURS_BY_MODE.items()}
    for name in ("ink", "quiet", "blue"):  # blue: links
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for name in ("orange", "green"):
        assert contrast(colours[name], colours["paper"]) >= 3, name
    # light colours of the palette fill areas that are named beside them
    for name in ("muted", "pink", "sky", "amber"):
        assert contrast(colours[name], colours["paper"]) >= 2, name


def test_figures_of_one_page_share_no_identifier() -> None:
    stored = drawn()
    one, two = (inline_svg(stored, name, "A line.") for name in ("one", "two"))
    assert one != two
    assert 'id="one-' in one
    assert "url(#one-" in one
    assert one.replace("one-", "two-") == two


def test_text_of_the_data_is_neither_markup_nor_left_in_comments() -> None:
    page = inline_svg(drawn("--><script>alert(1)</script>"), "one", 'a "line" <b>')
    assert "script" not in page
    assert "<!--" not in page
    assert 'aria-label="a &#34;line&#34; &lt;b&gt;"' in page


def test_a_drawing_without_a_size_is_refused() -> None:
    with pytest.raises(ValueError, match="viewBox"):
        inline_svg('<svg width="1"></svg>', "one", "")


def test_coordinates_are_short_and_factors_whole() -> None:
    """Rounding moves nothing that a reader sees: less than a hundredth of a point; small factors of scale stay."""
    with style():
        figure = Figure(figsize=(2, 2))
        figure.subplots().text(0.123456, 0.123456, "word", fontsize=7.5)
        exact = io.StringIO()
        figure.savefig(exact, format="svg", metadata={"Date": None, "Creator": None})
    stored = svg(figure).decode()
    assert "scale(0.075 -0.075)" in stored
    assert len(stored) < len(exact.getvalue())
