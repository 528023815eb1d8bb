"""The tables in the form of Croissant 1.0 (MLCommons): a file and a set of records for each, by column."""

from collections.abc import Mapping
from typing import Any

from release.facts import Facts

# https://docs.mlcommons.org/croissant/docs/croissant-spec.html, appendix 1
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES: Mapping[str, str] = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}


def croissant(facts: Facts) -> dict[str, Any]:
    """Return ``data/croissant.json``; its files lie beside it."""
    data, study = facts.data, facts.citation["preferred-citation"]
    tables = [entry for entry in data["resources"] if "schema" in entry]
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": data["name"],
        "alternateName": data["title"],
        "description": data["description"],
        "version": data["version"],
        "license": data["licenses"][0]["path"],
        "keywords": data["keywords"],
        "creator": [{"@type": "sc:Organization", "name": name} for name in facts.authors],
        "isBasedOn": [source["path"] for source in data["sources"]],
        "citeAs": f"{', '.join(facts.authors)}: {facts.citation['title']}, version {facts.citation['version']}; "
        f"and the study, doi:{study['doi']}",
        # samples that are not frozen may grow, in later versions of the data
        "isLiveDataset": False,
        "distribution": [_file(entry) for entry in data["resources"]],
        "recordSet": [_records(entry) for entry in tables],
    }


def _file(entry: Mapping[str, Any]) -> dict[str, Any]:
    path = entry["path"]
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "description": entry["description"],
        "contentUrl": path,
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": {"csv": "text/csv", "json": "application/json", "yaml": "application/yaml"}[
            path.rsplit(".", 1)[-1]
        ],
        "sha256": entry["hash"].removeprefix("sha256:"),
    }


def _records(entry: Mapping[str, Any]) -> dict[str, Any]:
    name, schema = entry["name"], entry["schema"]
    found = {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": entry["description"],
        "field": [_field(name, entry["path"], field) for field in schema["fields"]],
    }
    key = schema.get("primaryKey", ())
    if key:
        found["key"] = [{"@id": f"{name}/{column}"} for column in key]
    return found


def _field(table: str, path: str, field: Mapping[str, Any]) -> dict[str, Any]:
    unit = f" Unit: {field['unit']}." if "unit" in field else ""
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{field['name']}",
        "name": field["name"],
        "description": f"{field['description']}{unit}",
        "dataType": _TYPES[field["type"]],
        "source": {"fileObject": {"@id": path}, "extract": {"column": field["name"]}},
    }
