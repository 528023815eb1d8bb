"""JSON Schemas of the documents that people write by hand, for editors: generated from the models that check them.

``python -m docs.schemas`` writes ``data/schemas/``; ``--check`` compares it with what is stored. The documents name their
schema in a comment that editors with a YAML language server follow.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from datapackage.codebook import CodebookDocument
from datapackage.description import DescriptorDocument
from datapackage.documents import Document
from datapackage.files import write_atomic
from datapackage.questions import QuestionsDocument
from mining.converters import ConvertersDocument

FOLDER = Path(__file__).resolve().parents[1] / "data" / "schemas"
DOCUMENTS: Mapping[str, tuple[str, type[Document]]] = {
    "codebook": ("data/codebook.yaml", CodebookDocument),
    "converters": ("mining/converters.yaml", ConvertersDocument),
    "datapackage": ("data/datapackage.json", DescriptorDocument),
    "questions": ("data/survey/questions.yaml", QuestionsDocument),
}


def schemas() -> dict[str, str]:
    """Return the text of each schema by the name of its file."""
    made = {}
    for name, (file, model) in DOCUMENTS.items():
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": file}
        schema = model.model_json_schema(by_alias=True) | head
        made[f"{name}.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return made


def main(argv: list[str] | None = None) -> int:
    """Write the schemas, or compare them with what is stored."""
    parser = argparse.ArgumentParser(prog="python -m docs.schemas", description="Write the schemas of the documents.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where a stored schema differs")
    check = parser.parse_args(argv).check
    stale = False
    for name, text in schemas().items():
        path = FOLDER / name
        if not check:
            write_atomic(path, text)
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(
                f"data/schemas/{name}: is missing or not what the models give; run python -m docs.schemas\n"
            )
            stale = True
    return 3 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
