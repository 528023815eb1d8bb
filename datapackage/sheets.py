"""Text for spreadsheet programs: what comes from strangers must stay text when a sheet is opened."""

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def neutral_cell(text: str) -> str:
    """Return text that no spreadsheet program takes for a formula.

    An apostrophe is put before =, +, -, @, their full-width forms, tab, carriage return and line feed at the beginning
    (source: OWASP, "CSV Injection"); control characters become spaces.

    Examples
    --------
    >>> neutral_cell("=1+1")
    "'=1+1"
    >>> neutral_cell("Export fails")
    'Export fails'
    """
    plain = "".join(" " if ord(character) < 32 or ord(character) == 127 else character for character in text).strip()
    return "'" + plain if plain.startswith(_FORMULA_STARTS) else plain
