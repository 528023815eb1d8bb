"""The software in the forms of CodeMeta 3.0 and of Zenodo's deposits."""

from typing import Any

from release.facts import Facts

_DOI = "https://doi.org/"


def codemeta(facts: Facts) -> dict[str, Any]:
    """Return ``codemeta.json`` (https://w3id.org/codemeta/3.0)."""
    citation, study = facts.citation, facts.citation["preferred-citation"]
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": citation["title"],
        "identifier": facts.project["name"],
        "description": citation["abstract"],
        "version": citation["version"],
        "license": f"https://spdx.org/licenses/{citation['license']}",
        "author": [{"@type": "Organization", "name": name} for name in facts.authors],
        "keywords": citation["keywords"],
        "programmingLanguage": {"@type": "ComputerLanguage", "name": "Python"},
        "runtimePlatform": f"Python {facts.project['requires-python']}",
        "softwareRequirements": list(facts.requirements),
        "developmentStatus": "active",
        "isAccessibleForFree": True,
        "referencePublication": {
            "@type": "ScholarlyArticle",
            "@id": f"{_DOI}{study['doi']}",
            "name": study["title"],
            "author": [
                {"@type": "Person", "givenName": each["given-names"], "familyName": each["family-names"]}
                for each in study["authors"]
            ],
        },
    }


def zenodo(facts: Facts) -> dict[str, Any]:
    """Return ``.zenodo.json``: what a deposit takes when it is made from the repository."""
    citation, study = facts.citation, facts.citation["preferred-citation"]
    related = [
        {"identifier": study["doi"], "relation": "isDerivedFrom", "resource_type": "publication-conferencepaper"}
    ]
    related += [
        {"identifier": each["value"], "relation": "isDerivedFrom", "resource_type": "publication-preprint"}
        for each in study["identifiers"]
    ]
    related += [
        {"identifier": source["path"], "relation": "isDerivedFrom", "resource_type": "dataset"}
        for source in facts.data["sources"]
        if not source["path"].startswith(_DOI)
    ]
    return {
        "title": citation["title"],
        "upload_type": "software",
        "description": citation["abstract"],
        "creators": [{"name": name} for name in facts.authors],
        "version": citation["version"],
        "license": citation["license"],
        "access_right": "open",
        "language": "eng",
        "keywords": citation["keywords"],
        "related_identifiers": related,
    }
