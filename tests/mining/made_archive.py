"""Large files in the true form of the study's archive, made small, with known answers and every trap that is known.

The answers stand beside what is made, counted by hand or implied by how it is made; the reader's code is not used.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]
ISSUE_FILES = {
    ("torch.onnx", "all"): "all_pytorch_issues.json",
    ("torch.onnx", "filtered"): "filt_pytorch_issues.json",
    ("tf2onnx", "all"): "all_tf2onnx_issues.json",
    ("tf2onnx", "filtered"): "filt_tf2onnx_issues.json",
}
DATA_ZIP = "Theme2/issue-data/data.zip"
PARSER_ZIP = "Theme3/synthetic-models/onnx_parsing_results/parser_results.zip"
REAL = {
    "torch.onnx": "Theme3/real-models/pytorch_conv_results.json",
    "tf2onnx": "Theme3/real-models/tf2onnx_conv_results.json",
}


def issue(repository: str, number: int, created: str, timeline: Iterable[Record] = (), **more: Any) -> Record:
    """Return an issue as GitHub's REST interface gave it, with its timeline; it carries texts that nobody may take over."""
    return {
        "url": f"https://api.github.com/repos/{repository}/issues/{number}", "number": number,
        "html_url": f"https://github.com/{repository}/issues/{number}", "title": f"SECRET title {number} \u2028 NaN",
        "user": None if number % 2 else {"login": "somebody"}, "body": "SECRET [{]} \\\" \ud83d\ude00 Infinity",
        "labels": [{"name": "module: onnx", "color": "ff00ff"}], "state": "closed", "comments": 3,
        "created_at": created, "updated_at": "2023-02-01T00:00:00Z", "closed_at": "2023-01-20T10:00:00Z",
        "timeline_url": f"https://api.github.com/repos/{repository}/issues/{number}/timeline",
        "timeline": list(timeline), **more,
    }  # fmt: skip


def event(kind: str, **more: Any) -> Record:
    """Return a timeline entry."""
    return {"event": kind, "created_at": "2023-01-10T00:00:00Z", "actor": None, **more}


def cross(name: str, state: str, owner: str = "somebody", number: int = 7) -> Record:
    """Return a cross-reference from another issue."""
    repository = {"name": name, "full_name": f"{owner}/{name}"}
    return event("cross-referenced", source={"issue": {"number": number, "state": state, "repository": repository}})


# kept by the study's filter, or not: what the timeline holds, and whether it is kept
FILTER_CASES: tuple[tuple[list[Record], bool], ...] = (
    ([], False),
    ([event("closed", commit_id="a" * 40)], True),
    ([event("closed", commit_id=None)], False),
    ([event("closed", commit_id="")], False),
    ([event("referenced", commit_id="b" * 40)], True),
    ([event("referenced")], False),
    ([cross("pytorch", "closed")], True),  # any owner's
    ([cross("tensorflow-onnx", "closed", "onnx")], True),  # the other project, too
    ([cross("pytorch", "open")], False),
    ([cross("vision", "closed", "pytorch")], False),  # the name, not the owner
    ([event("connected", commit_id=None)], True),
    ([event("labeled"), event("mentioned"), event("disconnected")], False),
    ([event("commented", body="SECRET text")] * 100, False),  # cut after the first page
    ([event("commented")] * 99 + [event("connected")], True),
    ([event("cross-referenced", source=None)], False),
)


def issue_lists(failures: Iterable[tuple[str, str, int, str]]) -> dict[str, list[Record]]:
    """Return the four lists.

    The sampled issues stand at their ranks; the filtered lists are filled up with kept issues, the others with those of
    `FILTER_CASES` that are not kept.

    Parameters
    ----------
    failures : iterable of (converter, issue, rank, created)
        The sampled ones.
    """
    lists: dict[str, list[Record]] = {}
    sampled = list(failures)
    kept = [timeline for timeline, keeps in FILTER_CASES if keeps]
    dropped = [timeline for timeline, keeps in FILTER_CASES if not keeps]
    for converter, repository in (("torch.onnx", "pytorch/pytorch"), ("tf2onnx", "onnx/tensorflow-onnx")):
        at = {rank: (int(key.partition("#")[2]), created) for name, key, rank, created in sampled if name == converter}
        filtered = []
        for rank in range(max(at) + 3):
            number, created = at.get(rank, (900_000 - rank, "2022-06-01T12:00:00Z"))
            filtered.append(issue(repository, number, created, kept[rank % len(kept)]))
        both: list[Record] = []
        for position, entry in enumerate(filtered):
            both.append(entry)
            if position < len(dropped):
                both.append(issue(repository, 800_000 + position, "2021-01-01T00:00:00Z", dropped[position]))
        for entries in (filtered, both):  # a page moved while the list was read: an issue stands twice
            entries.append(filtered[-1])
        lists[ISSUE_FILES[converter, "all"]] = both
        lists[ISSUE_FILES[converter, "filtered"]] = filtered
    lists[ISSUE_FILES["torch.onnx", "all"]][0]["closed_at"] = "2023-03-03T03:03:03Z"  # the latest moment of all
    return lists


def real(name: str, error: int, difference: Any, *files: str, kind: str | None = "bert", **more: Any) -> Record:
    """Return a real model's entry; `difference` of ... leaves the key out."""
    known = {} if difference is ... else {"max_abs_diff": difference}
    texts = {"stdout": "SECRET", "stderr": "SECRET NaN"} if error else ""
    return {
        "name": name, "error": error, "error_des": texts, **known, "file_path": list(files), "error_tuples": [],
        "model_type": kind, **more,
    }  # fmt: skip


TF, TORCH, ORT = "/usr/lib/tf2onnx/tfonnx.py", "/usr/lib/torch/onnx/utils.py", "/usr/lib/onnxruntime/capi/session.py"
REAL_MODELS: Mapping[str, list[Record]] = {
    "tf2onnx": [
        real("a", 0, 1e-3),  # mismatch: the bound belongs to it
        real("a", 0, 9.9e-4),  # success; a name is not unique
        real("b", 0, float("inf")),  # mismatch
        real("c", 0, float("nan")),  # undetermined
        real("d", 0, None),  # undetermined
        real("e", 0, ...),  # undetermined
        real("f", 1, None),  # wrapper
        real("g", 1, None, TF, "/x/other.py"),  # conversion
        real("h", 1, None, TF, TF),  # conversion: two files count twice
        real("i", 0, 0.0, ORT, kind="t5"),  # load failure although a file was written
        real("j", 1, None, TF, kind="t5"),  # conversion
        real("k", 0, 1e-9, kind="t5"),  # success
        real("l", 0, 0.5, kind="t5"),  # mismatch
        real("m", 1, None, kind="t5"),  # wrapper
        real("n", 2, None, kind=None),  # the script raised
        real("o", 0, None, TF),  # conversion without error 1: subtracted from the wrapper's all the same
    ],
    "torch.onnx": [real("a", 0, 0), real("b", 1, None, TORCH, kind="gpt2"), real("c", 1, None), real("d", 0, 2)],
}
# what the study's way and one class per model give: class → (the study's, per model)
REAL_ANSWERS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "tf2onnx": {
        "total": (16, 16), "mismatch": (3, 3), "conversion_failure": (5, 4), "load_failure": (1, 1),
        "wrapper_failure": (0, 2), "success": (2, 2),
    },
    "torch.onnx": {
        "total": (4, 4), "mismatch": (1, 1), "conversion_failure": (1, 1), "load_failure": (0, 0),
        "wrapper_failure": (1, 1), "success": (1, 1),
    },
}  # fmt: skip


def encode(pairs: Mapping[str, list[str]], first: int, *, decoded: bool = True, **more: Any) -> Record:
    """Return a file of shared sequences; operator types get the characters from `first` on, markers in their midst."""
    names = list(dict.fromkeys(name for held in pairs.values() for text in held for name in text.split()))
    names = list(dict.fromkeys([*names[:3], "input", *names[3:], "output", *more.pop("unused", ())]))
    code = {name: chr(first + number) for number, name in enumerate(names)}
    return {
        "node_type_token_dict": code,
        "token_node_type_dict": {token: name for name, token in code.items()},
        "total_path_pairs_analyzed": 12,
        "results": {pair: ["".join(code[name] for name in text.split()) for text in held] for pair, held in pairs.items()},
        **({"results_decoded": {pair: [text.split() for text in held] for pair, held in pairs.items()}} if decoded else {}),
        **more,
    }  # fmt: skip


_MODELS = {"mismatched_path_hash_dict": {f"/home/x/model_{n}.onnx": n for n in range(5)},
           "hash_mismatched_path_dict": {str(n): f"/home/x/model_{n}.onnx" for n in range(5)}}  # fmt: skip


def sequences() -> dict[str, Record]:
    """Return the six files; the codes begin at NUL, so that line feed, tab and others are tokens in each."""
    torch = {
        "0,1": ["input Abs Add Relu Mul output", "Abs Add Relu Mul Sub", "Cos Sin Tan"],
        "0,2": ["Cos Sin Tan", "input Cos Sin", "Abs Add Relu Mul Div"],
        "1,2": [],  # nothing in common
        "1,3": ["input input Cos Sin Tan output", "Neg Neg Neg"],
    }
    correct = {
        "0,0": ["Neg Neg Neg"],  # two models, not one with itself
        "1,5": ["Cos Sin Tan Exp Log", "Abs Add Relu Mul Div"],
    }
    tests = {"3,0": ["Neg Neg Neg", "Gelu Abs Add"]}
    types = " ".join(torch["0,1"] + torch["0,2"] + torch["1,3"]).split()
    # another model may come first; a sequence of many types carries the codes beyond 127
    wide = " ".join(f"Op{number}" for number in range(140))
    tf = {"1,0": [wide, "Min Max Abs"], "2,0": ["Min Max Abs"], "3,0": ["Min Max Abs"], "3,2": ["Min Max Abs"]}
    return {
        "torch_mismatch_seq_match_results.json": encode(torch, 0, **_MODELS),
        "torch_correct_mismatch_seq_match_results.json": encode(correct | {"2,2": []}, 0, unused=[*types, "Tanh"]),
        "torch_test_mismatch_seq_match_results.json": encode(tests, 5, decoded=False, unused=types),
        "tf2onnx_mismatch_seq_match_results.json": encode(tf, 0, **_MODELS),
        "tf2onnx_correct_mismatch_seq_match_results.json": encode(
            {"0,0": ["Min Max Abs Not"]}, 30, unused=wide.split()
        ),
        "tf2onnx_test_mismatch_seq_match_results.json": encode(
            {"0,0": ["Abs Abs Abs"]}, 9, unused=["Min", "Max", *wide.split()]
        )
        | {"total_path_pairs_analyzed": 0},
    }


SEQUENCE_ANSWERS: Mapping[str, int] = {
    "t12.mismatch_shared.torch.onnx.unique": 5,
    "t12.shared_with_correct.torch.onnx.unique": 3,
    "t12.shared_with_tests.torch.onnx.unique": 2,
    "t12.mismatch_only.torch.onnx.unique": 3,
    "t12.models_with_mismatch_only.torch.onnx": 4,
    "t12.mismatch_shared.tf2onnx.unique": 2,
    "t12.mismatch_only.tf2onnx.unique": 2,
    "t12.models_with_mismatch_only.tf2onnx": 4,
    "s62.sequences.models": 8,
    "s62.sequences.shared_by_more_than_3": 1,
    "s62.sequences.max_shared.tf2onnx": 4,
    "s7.sequences.shared_with_tests": 3,
    "t15.mismatched.torch.onnx": 12,
    "t15.mismatched.tf2onnx": 145,
    "t15.correct_not_mismatched.torch.onnx": 3,
    "t15.tests_not_mismatched.torch.onnx": 1,
    "t15.correct_not_mismatched.tf2onnx": 1,
    "t15.tests_not_mismatched.tf2onnx": 0,
}
# claim → canonical, least and most: a sequence that lies in another vanishes in some orders
REDUCED_ANSWERS: Mapping[str, tuple[int, int, int]] = {
    "t12.mismatch_shared.torch.onnx.reduced": (3, 2, 3),
    "t12.mismatch_only.torch.onnx.reduced": (1, 1, 1),
    "t12.mismatch_only.tf2onnx.reduced": (2, 2, 2),
}
# claim → least and most
BOUNDS: Mapping[str, tuple[int, int]] = {"t15.correct.torch.onnx": (12, 15), "t15.tests.torch.onnx": (4, 13)}


def write_zip(path: Path, members: Mapping[str, Any], folder: str = "", *, macos: bool = False) -> None:
    """Write a ZIP file as Python or the Finder of macOS makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        if folder:
            book.writestr(folder, "")
        for name, content in members.items():
            book.writestr(f"{folder}{name}", json.dumps(content))
            if macos:
                book.writestr(f"__MACOSX/{folder}._{name}", b"\0\5\x16\7")
                book.writestr(f"__MACOSX/{folder}{name}", b"\0")
        if macos:
            book.writestr(f"{folder}.DS_Store", b"\0\0\0\1Bud1")


def write_large_files(
    archive: Path, lists: Mapping[str, Any], *, folder: str = "", macos: bool = False,
    change: Callable[[str, Any], Any] = lambda _, content: content,
) -> None:  # fmt: skip
    """Write all four large files below an archive's root; `change` may alter a file's content, by its name."""
    write_zip(archive / DATA_ZIP, {k: change(k, v) for k, v in lists.items()}, folder and "issues/", macos=macos)
    write_zip(archive / PARSER_ZIP, {k: change(k, v) for k, v in sequences().items()}, folder, macos=macos)
    for converter, path in REAL.items():
        (archive / path).parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps(change(Path(path).name, REAL_MODELS[converter]))
        (archive / path).write_text(content, encoding="utf-8")
