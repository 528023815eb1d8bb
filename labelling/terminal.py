"""The terminal labeller: one issue a screen, a key a code, the decision rules beside the codes.

What keys do stands in `labelling.session`; this draws it. Only the terminal's own colours are used, so that any scheme is
readable, over ssh and on 80 columns by 24 lines.
"""

import textwrap
import webbrowser
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, Static

from datapackage.errors import StudyError
from datapackage.sheets import shortened
from labelling.columns import DECIDED_BY, EXCERPT, HEADINGS, ISSUE, RATIONALE, SAYS, SHEET, TITLE, UNSURE
from labelling.labels import DIMENSIONS, NAMES
from labelling.session import KEYS, Session

_HELP = " ⏎ next  ←→ issue  ⌫ back  u undo  ? unsure  t reason  o open  / find  ^Q quit"
_FIND = "find"


class Labeller(App[int]):
    """The application.

    Parameters
    ----------
    session : Session
        Whose sheet is labelled.
    """

    CSS = """
    Screen { layout: vertical; overflow: hidden; }
    #progress { height: 1; text-style: reverse; }
    #issue { height: auto; }
    #codes { height: 1fr; }
    #rule { height: auto; }
    #message { height: 1; text-style: bold; }
    #keys { height: 1; text-style: reverse; }
    #entry { height: 1; border: none; padding: 0; display: none; }
    """
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar = [("ctrl+q", "quit", "Quit")]

    def __init__(self, session: Session) -> None:
        super().__init__(ansi_color=True)
        self.session = session
        self._entry = ""

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        for name in ("progress", "issue", "codes", "rule", "message", "keys"):
            yield Static(id=name)
        yield Input(id="entry", select_on_focus=False)

    def on_mount(self) -> None:
        """Draw the first issue."""
        self.theme = "ansi-dark"  # names no colour that the terminal does not choose
        self.set_focus(None)
        self._draw()

    def on_resize(self) -> None:
        """Draw again for another width."""
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """Do what a key stands for; while a text is entered, Escape alone is looked at."""
        if self._entry:
            if event.key == "escape":
                self._close_entry()
                self._draw()
            return
        message = ""
        try:
            message = self._do(event)
        except StudyError as error:
            message = str(error).replace("\n", " ")
        self._draw(message)

    def _do(self, event: events.Key) -> str:
        session, key = self.session, event.key
        moves = {"right": 1, "left": -1, "pagedown": 1, "pageup": -1}
        if event.character is not None and session.press(event.character):
            return "complete: Enter goes to the next issue" if session.complete(session.row) else ""
        if key in moves:
            session.move(moves[key])
        elif key in ("up", "down"):
            count = len(session.codes())
            session.highlighted = (session.highlighted + (1 if key == "down" else -1)) % count
        elif key == "space":
            session.choose(session.highlighted)
        elif key == "enter":
            return self._enter()
        elif key == "backspace":
            session.back()
        elif event.character == "u":
            return "" if session.undo() else "nothing to undo"
        elif event.character == "?" and not session.adjudicating:
            session.toggle_unsure()
        elif event.character == "o":
            webbrowser.open(session.url)
            return session.url
        elif event.character in ("t", "d", "/"):
            return self._open_entry({"t": RATIONALE, "d": DECIDED_BY, "/": _FIND}[event.character])
        return ""

    def _enter(self) -> str:
        if self.session.skip_detail():
            return ""
        lacks = self.session.advance()
        if not lacks and self.session.done() == len(self.session.sheet.rows):
            return "all issues are labelled; ^Q quits"
        return lacks

    def _open_entry(self, column: str) -> str:
        """Let a text be entered; return what it is asked for."""
        if column == DECIDED_BY and not self.session.adjudicating:
            return ""
        self._entry = column
        entry = self.query_one("#entry", Input)
        entry.value = "" if column == _FIND else self.session.row[column]
        entry.styles.display = "block"
        entry.cursor_position = len(entry.value)
        entry.focus()
        asked = {_FIND: "find an issue by name, title, code or reason"}.get(column, HEADINGS.get(column, ""))
        return f"{asked}: Enter takes it, Escape leaves it"

    def _close_entry(self) -> None:
        self._entry = ""
        self.query_one("#entry", Input).styles.display = "none"
        self.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the text that was entered."""
        event.stop()
        column, message = self._entry, ""
        self._close_entry()
        try:
            if column == _FIND:
                message = "" if self.session.find(event.value) else f"no issue has “{event.value}”"
            else:
                self.session.write(column, event.value)
        except StudyError as error:
            message = str(error).replace("\n", " ")
        self._draw(message)

    def _draw(self, message: str = "") -> None:
        width, spare = max(self.size.width, 40), self.size.height - 4 - len(self.session.codes())
        # in an adjudication the raters' labels come before the rule's last lines
        rule = 2 if self.session.adjudicating else min(4, max(2, spare // 2))
        parts = {
            "progress": self._progress(width),
            "issue": self._issue(width, max(1, spare - rule)),
            "codes": self._codes(width),
            "rule": self._rule(width, rule),
            "message": Text((message or self._hint())[:width]),
            "keys": Text(
                (_HELP if not self.session.adjudicating else _HELP.replace("? unsure", "d decider")).ljust(width)
            ),
        }
        for name, text in parts.items():
            self.query_one(f"#{name}", Static).update(text)

    def _hint(self) -> str:
        return "may be left out: Enter goes on without a detail" if self.session.detail_is_optional() else ""

    def _progress(self, width: int) -> Text:
        row = self.session.row
        where = " · ".join(row[SHEET].split("/")) or self.session.sheet.path.name
        told = self.session.progress()
        return Text(f" {where}".ljust(width - len(told) - 1) + told + " ", no_wrap=True)

    def _issue(self, width: int, height: int) -> Text:
        """Return the issue in so many lines: name, title, and as much of what it says as there is room for."""
        row = self.session.row
        text = Text(f"{self.session.index + 1}. {row[ISSUE]}", style="bold")
        text.append("   unsure" if row[UNSURE] else "", style="italic")
        lines = [(shortened(row[TITLE], width - 1), "")] if row[TITLE] else []
        told = row[SAYS].splitlines() or textwrap.wrap(row[EXCERPT], width - 1)
        if self.session.adjudicating and len(lines) + len(told) > height - 1:
            told = [line for line in told if not line.startswith(" ")]  # what all say comes before why one says it
        lines += [(shortened(line, width - 1), "" if self.session.adjudicating else "dim") for line in told]
        if row[RATIONALE]:
            reason = (shortened(f"reason: {row[RATIONALE]}", width - 1), "italic")
            lines.insert(len(lines) if self.session.adjudicating else 1, reason)
        for line, style in lines[: height - 1]:
            text.append("\n").append(line, style=f"not bold {style}".strip())
        return text

    def _codes(self, width: int) -> Text:
        session, text = self.session, Text(no_wrap=True, overflow="ellipsis")
        for name in DIMENSIONS:
            value = session.row[name] or "–"
            shown = f"{NAMES[name]}: {value}" if name != "cause" else f"Cause: {value}"
            text.append(shown, style="bold underline" if name == session.dimension else "dim")
            text.append("  ")
        text.append("\n")
        codes = session.codes()
        wide = max((len(code.name) for code in codes), default=0)
        for place, code in enumerate(codes):
            given = session.row[session.dimension].casefold() in code.spellings
            style = "reverse" if place == session.highlighted else "bold" if given else ""
            text.append(f"{'●' if given else ' '}{KEYS[place]} {code.name.ljust(wide)} ", style=style)
            text.append(" " + shortened(" ".join(code.rule.split()), max(8, width - wide - 6)), style="dim")
            text.append("\n")
        return text

    def _rule(self, width: int, height: int) -> Text:
        codes = self.session.codes()
        if not codes:
            return Text("")
        code = codes[min(self.session.highlighted, len(codes) - 1)]
        whole = f"{code.name}: {' '.join(code.definition.split())} → {' '.join(code.rule.split())}"
        text = Text("\n".join(textwrap.wrap(whole, width - 1, max_lines=height, placeholder=" …")))
        text.stylize("bold", 0, len(code.name) + 1)
        return text
