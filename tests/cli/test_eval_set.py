"""Promises of `kb eval --set`: a retrieval set measured as kb search answers it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., object]

DOCUMENTS = [
    {"id": "../evil", "title": "Rate limits", "text": "Wait a minute, then send again.", "lang": "en"},
    {
        "id": "b",
        "title": 'Say "refund" \\ now',
        "text": "# Money\n---\nIt comes back in five days.",
        "lang": "en",
    },
    {"id": "c", "title": "", "text": "Die Rechnung wird am Monatsende verschickt.", "lang": "de"},
]
QUERIES = [
    {"id": "q1", "text": "how long to wait for the rate limit", "lang": "en"},
    {"id": "q2", "text": "money refund", "lang": "en"},
    {"id": "q5", "text": "wann kommt die Rechnung", "lang": "de"},
    {"id": "q4", "text": "no answer to this one", "lang": "en"},
]
QRELS = "q1\t../evil\t3\nq1\tb\t1\nq2\tb\t1\nq5\tc\t2\nq5\tgone\t1\nq4\tb\t0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small retrieval set."""
    folder = tmp_path / "faq"
    folder.mkdir()
    for name, items in (("docs", DOCUMENTS), ("queries", QUERIES)):
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels.tsv").write_text(QRELS)
    (folder / "meta.json").write_text('{"lang": "en"}')
    return folder


def measure(run_kb: Run, *arguments: str, cwd: Path) -> dict:
    """The data of a run that succeeds."""
    done = run_kb("eval", *arguments, "--format", "json", cwd=cwd)
    assert done.code == 0, done.err
    return json.loads(done.out)["data"]


def test_a_set_is_measured_without_a_knowledge_base(folder: Path, run_kb: Run) -> None:
    """The means over the queries with an answer, by language too; a missing document counts as never found."""
    data = measure(run_kb, "--set", str(folder), cwd=folder)
    assert (data["queries"], data["documents"], data["set"]) == (3, 3, "faq")
    assert data["mrr@10"] == 1
    assert data["languages"]["de"]["recall@10"] == 0.5
    said = run_kb("eval", "--set", str(folder), cwd=folder).err
    assert "1 judgements name a document or query that is not there" in said
    assert "1 queries without a right answer are left out" in said


def test_each_query_can_be_seen(folder: Path, run_kb: Run) -> None:
    """--per-query gives rank and measures under the names of the set."""
    data = measure(run_kb, "--set", str(folder), "--per-query", cwd=folder)
    assert [(item["id"], item["rank"], item["first"][0]) for item in data["per_query"]] == [
        ("q1", 1, "../evil"), ("q2", 1, "b"), ("q5", 1, "c"),
    ]  # fmt: skip
    lines = run_kb("eval", "--set", str(folder), "--per-query", cwd=folder).out.splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["q1", "en", "1"],
        ["q2", "en", "1"],
        ["q5", "de", "1"],
    ]


def test_the_halves_are_the_whole(folder: Path, run_kb: Run) -> None:
    """Each query is in one half, the same one every time."""
    found = [
        [
            item["id"]
            for item in measure(run_kb, "--set", str(folder), "--half", half, "--per-query", cwd=folder)[
                "per_query"
            ]
        ]
        for half in ("even", "odd")
    ]
    assert sorted(found[0] + found[1]) == ["q1", "q2", "q5"]
    assert found[0]
    assert found[1]


def test_operators_in_a_query_work_as_in_search(folder: Path, run_kb: Run) -> None:
    """A minus sign excludes, a phrase is checked in the text; with --long both are words."""
    queries = [{"id": "q2", "text": '"five days" -money'}, {"id": "q1", "text": '"five days" wait'}]
    (folder / "queries.jsonl").write_text("".join(json.dumps(item) + "\n" for item in queries))
    (folder / "qrels.tsv").write_text("q2\tb\t1\nq1\tb\t1\n")
    short = measure(run_kb, "--set", str(folder), "--per-query", cwd=folder)
    assert [item["first"] for item in short["per_query"]] == [[], ["b"]]
    long = measure(run_kb, "--set", str(folder), "--long", "--per-query", cwd=folder)
    assert [len(item["first"]) for item in long["per_query"]] == [1, 2]


def test_the_next_run_is_compared_with_the_last(folder: Path, run_kb: Run) -> None:
    """A set keeps its last run too, apart for each way of asking."""
    measure(run_kb, "--set", str(folder), cwd=folder)
    assert measure(run_kb, "--set", str(folder), "--long", cwd=folder)["compared"] is None
    again = measure(run_kb, "--set", str(folder), cwd=folder)
    assert (again["compared"]["with"], again["compared"]["moves"]) == ("the last run", [])


def test_nothing_is_left_behind(
    folder: Path, run_kb: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The throwaway base is gone afterwards, and the user's cache has no index of it."""
    import tempfile

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    measure(run_kb, "--set", str(folder), cwd=folder)
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "home/.cache/kb/index").exists()
    assert not (tmp_path / "evil.md").exists()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("docs.jsonl", '{"id": "a", "text": "x"}\n{"id": ', "docs.jsonl:2"),
        ("docs.jsonl", '{"id": "a", "text": "x"}\n\n{"id": "a", "text": "y"}\n', "docs.jsonl:3"),
        ("docs.jsonl", '{"id": "a"}\n', "docs.jsonl:1"),
        ("docs.jsonl", '{"id": "a", "text": 3}\n', "docs.jsonl:1"),
        ("docs.jsonl", "[1]\n", "docs.jsonl:1"),
        ("docs.jsonl", "", "docs.jsonl: it is empty"),
        ("queries.jsonl", "[" * 100_000, "queries.jsonl:1"),
        ("qrels.tsv", "q1\tb\t1\nq1 b 1\n", "qrels.tsv:2"),
        ("qrels.tsv", "q1\tb\tgood\n", "qrels.tsv:1"),
        ("qrels.tsv", "q1\t0\tb\t1\n", "qrels.tsv:1"),
        ("qrels.tsv", "", "no query has a right answer"),
        ("meta.json", "{", "meta.json"),
    ],
)
def test_a_bad_set_is_said_with_its_line(folder: Path, run_kb: Run, name: str, text: str, said: str) -> None:
    """What is malformed is exit 3 with file and line, never a traceback."""
    (folder / name).write_text(text)
    done = run_kb("eval", "--set", str(folder), cwd=folder)
    assert done.code == 3
    assert said in done.err


def test_a_missing_file_is_said(folder: Path, run_kb: Run) -> None:
    """So is a file that is not there, a folder that is none, and text that is not UTF-8."""
    (folder / "queries.jsonl").write_bytes(b'{"id": "q\xff"}')
    assert "queries.jsonl:1" in run_kb("eval", "--set", str(folder), cwd=folder).err
    (folder / "queries.jsonl").unlink()
    assert "queries.jsonl" in run_kb("eval", "--set", str(folder), cwd=folder).err
    done = run_kb("eval", "--set", str(folder / "docs.jsonl"), cwd=folder)
    assert (done.code, "is not a folder" in done.err) == (3, True)
