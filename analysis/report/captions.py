"""Captions, descriptions and notes of a chapter's figures and tables: blocks of ``captions.txt.j2`` in its folder.

A figure ``conversion-flow`` has the blocks ``caption_conversion_flow`` (what it shows and what to see in it) and
``alt_conversion_flow`` (the same for whoever cannot see it), a table ``table11`` may have ``note_table11`` (what a reader must
know to read it). They are plain text; whoever places them escapes them. Numbers come from the chapter (``n``) and from the
figure or table itself (`values`), so that none is typed.
"""

import re
from collections.abc import Mapping

from analysis.report.environment import PLAIN


def caption_block(
    folder: str, kind: str, name: str, numbers: Mapping[str, str], values: Mapping[str, object]
) -> str | None:
    """Return a block of a chapter's captions as one line of plain text.

    Parameters
    ----------
    folder : str
        Folder of the chapter below ``analysis/``.
    kind : str
        ``caption``, ``alt`` or ``note``.
    name : str
        Name of the figure or table.
    numbers : mapping of str to str
        Numbers of the chapter's text, ``n`` in the template.
    values : mapping of str to object
        What this figure or table adds.

    Returns
    -------
    str or None
        None where the chapter has no such block.

    Raises
    ------
    jinja2.UndefinedError
        The block uses a number that neither mapping has.
    """
    return text_block(f"{folder}/captions.txt.j2", f"{kind}_{name.replace('-', '_')}", {"n": numbers, **values})


def text_block(template: str, name: str, values: Mapping[str, object]) -> str | None:
    """Return a block of a template as one line of plain text, None where there is no such block.

    Parameters
    ----------
    template : str
        Path below ``analysis/``.
    name : str
        Name of the block.
    values : mapping of str to object
        What the block may use.

    Raises
    ------
    jinja2.UndefinedError
        The block uses a value that `values` does not have.
    """
    loaded = PLAIN.get_template(template)
    block = loaded.blocks.get(name)
    if block is None:
        return None
    text = "".join(block(loaded.new_context(dict(values))))
    # not str.split(): a no-break space stays
    return re.sub(r"[ \n]+", " ", text).strip()
