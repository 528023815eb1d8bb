"""Titles and bodies out of the raw archive, for people who label; they go to untracked places only."""

from pathlib import Path

from mining.github.archive import Archive


def archived_texts(store: Path, converter: str) -> dict[str, dict[str, str]]:
    """Return issue → ``title`` and ``body`` of one converter's present snapshot.

    Raises
    ------
    InputError
        The converter has no complete fetch, or a part of it is damaged.
    """
    texts = {}
    for current in Archive(store, converter).snapshot():
        for envelope in current.envelopes():
            if envelope["kind"] != "issues":
                continue
            # of a list that was begun again, the later reading of a text counts
            for node in envelope["answer"]["data"]["repository"]["issues"]["nodes"]:
                if node is not None:
                    name = f"{node['repository']['nameWithOwner']}#{node['number']}"
                    texts[name] = {"title": node["title"], "body": node["body"]}
    return texts
