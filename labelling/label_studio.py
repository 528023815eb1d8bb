"""Label Studio as a door to the same room: its labelling interface and tasks out, its exports back.

Label Studio accepts labels that its interface doesn't have (through its interface for programs), so all are checked again
here. It doesn't hide raters from each other: give each a project of their own, with the tasks written for them.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from datapackage.codebook import Code, Codebook
from datapackage.errors import Fault, InputError
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from labelling.columns import HEADINGS, ISSUE
from labelling.labels import REQUIRED, Label, resolve
from labelling.sheets import Returned
from labelling.texts import Text

FORMS = ("JSON", "JSON_MIN", "CSV")


def interface(codebook: Codebook) -> str:
    """Return the labelling interface (XML): symptom and location as choices, the cause as a taxonomy with its details."""
    view = Element("View")
    SubElement(view, "Header", value="$title")
    SubElement(view, "HyperText", name="link", value="$link")
    SubElement(view, "Text", name="text", value="$text")
    for name in REQUIRED:
        dimension = codebook[name]
        SubElement(view, "Header", value=f"{dimension.name}: {dimension.definition}", size="4")
        tag = "Taxonomy" if name == "cause" else "Choices"
        options = {"maxUsages": "1"} if name == "cause" else {"choice": "single", "showInline": "true"}
        choices = SubElement(view, tag, {"name": name, "toName": "text", "required": "true"} | options)
        for code in dimension.codes:
            choice = _choice(choices, code)
            for detail in code.details:
                _choice(choice, detail)
    unsure = SubElement(view, "Choices", name="unsure", toName="text", choice="multiple")
    SubElement(unsure, "Choice", value="unsure")
    SubElement(view, "TextArea", name="rationale", toName="text", rows="2", placeholder="Rationale", maxSubmissions="1")
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def _choice(parent: Element, code: Code) -> Element:
    return SubElement(parent, "Choice", value=code.name, hint=" ".join(code.rule.split()))


def tasks(identity: str, issues: Sequence[str], texts: Mapping[str, Text]) -> str:
    """Return a rater's tasks (JSON), in the rater's order; `identity` comes back with them."""
    found = []
    for issue in issues:
        text, url = texts.get(issue, Text("", "")), parse_issue(issue).url
        data = {
            "issue": issue,
            "sheet": identity,
            "title": f"{issue} {text.title}".strip(),
            "text": text.excerpt or issue,
        }
        found.append({"data": data | {"link": f'<a href="{url}" target="_blank" rel="noopener">{url}</a>'}})
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def read_export(path: Path, codebook: Codebook, time: str) -> Returned:
    """Read an export of Label Studio in one of `FORMS`.

    Parameters
    ----------
    path : Path
        The export.
    codebook : Codebook
        Codes and spellings.
    time : str
        Moment of labels that tell none.

    Raises
    ------
    InputError
        The file is no such export, or its tasks were not written for one rater by `tasks`.
    """
    rows = [dict(row) for row in _rows(path)]
    told = sorted({str(row.get("sheet", "")) for row in rows})
    if len(told) != 1 or told[0].count("/") != 2:
        message = "must hold the tasks of one rater, as `label-studio export` wrote them"
        raise InputError([Fault(str(path), message, value=", ".join(told), reason=Reason.UNKNOWN_SHEET)])
    sample, occasion, rater = told[0].split("/")
    returned = Returned((sample, occasion, rater))
    for number, row in enumerate(rows, start=1):
        if row["issue"] in returned.rows:
            message = "stands in two tasks; export a project without copies, or remove one of the two"
            issue = row["issue"]
            returned.faults.append(Fault(str(path), message, number, HEADINGS[ISSUE], issue, Reason.DUPLICATE_ISSUE))
            continue
        returned.rows[row["issue"]] = (str(path), number)
        texts = {name: str(row.get(name, "")) for name in ("symptom", "cause", "cause_detail", "location")}
        if not any(texts.values()):
            returned.open.append(row["issue"])
            continue
        codes, problems = resolve(codebook, texts)
        for problem in problems:
            faults = returned.half if problem.reason == Reason.HALF_LABELLED else returned.faults
            column, value = HEADINGS[problem.dimension], problem.value or None
            faults.append(Fault(f"{path} ({row['issue']})", problem.message, number, column, value, problem.reason))
        if not problems:
            returned.labels.append(
                Label(sample, occasion, row["issue"], rater, codes["symptom"], codes["cause"], codes["cause_detail"],
                      codes["location"], bool(row.get("unsure")), row.get("rationale", ""), row.get("time") or time,
                      "label_studio")
            )  # fmt: skip
    return returned


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".csv":
            records: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(text, newline="")))
        else:
            records = json.loads(text)
        yield from [_annotated(record) if "data" in record else _flat(record) for record in records]
    except FileNotFoundError:
        raise InputError([Fault(str(path), "file is missing", reason=Reason.MISSING_FILE)]) from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        message = f"is no export of Label Studio as {', '.join(FORMS)} ({type(error).__name__}: {error})"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)]) from error


def _annotated(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a task with its last annotation; skipped ones don't count."""
    row = {"issue": task["data"]["issue"], "sheet": task["data"]["sheet"]}
    done = [each for each in task.get("annotations", ()) if not each.get("was_cancelled")]
    if not done:
        return row
    last = max(done, key=lambda each: (each.get("updated_at") or each.get("created_at") or "", each.get("id") or 0))
    values: dict[str, Any] = {}
    for result in last["result"]:
        values[result["from_name"]] = next(iter(result["value"].values()))
    return row | _values(values) | {"time": _moment(last.get("updated_at") or last.get("created_at") or "")}


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a task in JSON_MIN or CSV, where single values stand bare and others as lists or JSON."""
    row = {"issue": record["issue"], "sheet": record["sheet"]}
    values = {name: _parsed(record.get(name)) for name in ("symptom", "cause", "location", "unsure", "rationale")}
    return row | _values(values) | {"time": _moment(str(record.get("updated_at") or record.get("created_at") or ""))}


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        value = json.loads(value)
    if isinstance(value, list) and value and isinstance(value[0], dict):  # a taxonomy: [{"taxonomy": [[…]]}]
        value = value[0]
    if isinstance(value, dict):
        value = next(iter(value.values()))
    return value


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    cause = values.get("cause") or [[]]
    path = cause if isinstance(cause, str) else cause[0]
    path = [path] if isinstance(path, str) else [_taxon(each) for each in path]
    single = {name: _first(values.get(name)) for name in ("symptom", "location", "unsure", "rationale")}
    return single | {"cause": path[0] if path else "", "cause_detail": path[1] if len(path) > 1 else ""}


def _taxon(value: Any) -> str:
    return str(_parsed(value))


def _first(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return str(value or "")


def _moment(text: str) -> str:
    return text[:19] + "Z" if len(text) >= 19 else ""
