"""Cards on an engine: a push, what changed since, and who writes."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datedgit import run_git

from kbcli.errors import KbError
from kbcli.knowledge.index.opensearch import generation, opening
from kbcli.operations import load_operation
from kbcli.operations.base import Base
from kbcli.operations.live import LiveBase
from kbcli.render.formats import View, render
from tests.conftest import TODAY
from tests.engine.cluster import Cluster

MOMENT = "2026-11-21T12:00:00+0000"
OTHER_CARDS = 'exclude = ["nowhere/**"]\n'
"""A setting that says which files are cards: an index made under another one is not used."""

CARD = "---\ntitle: {title}\nverified: 2026-11-01\nverified_by: ada@example.org\n---\n\n{text}\n"


@pytest.fixture(autouse=True)
def no_time_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers may come late, and nobody who reads is waited for."""
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    monkeypatch.setattr(generation, "READER_SECONDS", 0.0)


@pytest.fixture
def ask(base: Path, run_kb: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """What `kb search` says in JSON."""

    def ask(*words: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(run_kb("search", *words, "--format", "json", cwd=base).out)["data"]
        return data

    return ask


def list_hits(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and state of the hits; the engine must have answered."""
    assert data["engine"] == {"used": "engine", "reason": None}
    return [(hit["card"]["path"], hit["card"]["state"]) for hit in data["hits"]]


def push(base: Path, *flags: str) -> dict[str, Any]:
    """Push by name, as a second door would; gives its data."""
    values = dict.fromkeys(flags, True)
    result = load_operation("index push")(Base(base, today=lambda: TODAY), **values)
    data: dict[str, Any] = json.loads(render("index push", "json", result, View()).text)["data"]
    return data


def test_a_push_brings_what_changed_and_no_more(
    base: Path, ask: Callable[..., dict[str, Any]], run_kb: Callable[..., Any], git_commit: Callable[..., str]
) -> None:
    """All cards at first, nothing when repeated, then the cards of the new commits; answers are those of the local index."""
    first = push(base)
    assert (first["written"], first["full"]) == (first["cards"], True)
    assert push(base)["written"] == 0
    (base / "new.md").write_text(CARD.format(title="Zebra crossing", text="Stripes."))
    (base / "gone.md").write_text(CARD.format(title="Zebra gone", text="Stripes."))
    git_commit(base)
    assert (push(base)["written"], push(base)["written"]) == (2, 0)
    assert {path for path, _ in list_hits(ask("zebra"))} == {"new.md", "gone.md"}
    (base / "gone.md").unlink()
    (base / "new.md").write_text(CARD.format(title="Zebra crossing", text="Lines."))
    head = git_commit(base)
    said = json.loads(run_kb("index", "push", "--format", "json", cwd=base).out)["data"]
    assert (said["commit"], said["written"], said["cards"], said["full"]) == (
        head,
        1,
        first["cards"] + 1,
        False,
    )
    assert list_hits(ask("zebra")) == [("new.md", "verified")]
    assert list_hits(ask("stripes")) == []
    for query in ("429", "too many requests", "refund limit", "owner:api-team", '"more requests"', "zebr*"):
        far = ask(query)
        (base / "kb.toml").write_text(OTHER_CARDS + (base / "kb.toml").read_text())
        near = ask(query)
        assert near["engine"]["used"] == "local"
        assert (list_hits(far), far["total"]) == (
            [(h["card"]["path"], h["card"]["state"]) for h in near["hits"]],
            near["total"],
        )
        run_git(base, "checkout", "-q", "kb.toml", moment=MOMENT)


def test_what_changed_since_is_answered_from_the_files(
    base: Path, ask: Callable[..., dict[str, Any]], git_commit: Callable[..., str]
) -> None:
    """An edit, a new card, a removed one and a branch count at once, committed or not, and nobody pushes."""
    (base / "zebra.md").write_text(CARD.format(title="Zebra", text="Stripes."))
    git_commit(base)
    push(base)
    assert list_hits(ask("stripes")) == [("zebra.md", "verified")]
    (base / "zebra.md").write_text(CARD.format(title="Zebra", text="Dots."))
    assert list_hits(ask("stripes")) == []
    assert [path for path, _ in list_hits(ask("dots"))] == ["zebra.md"]
    git_commit(base)
    assert [path for path, _ in list_hits(ask("dots"))] == ["zebra.md"]
    (base / "untracked.md").write_text(CARD.format(title="Untracked", text="Dots."))
    assert {path for path, _ in list_hits(ask("dots"))} == {"zebra.md", "untracked.md"}
    (base / "zebra.md").unlink()
    assert [path for path, _ in list_hits(ask("dots"))] == ["untracked.md"]
    run_git(base, "stash", "-q", moment=MOMENT)
    run_git(base, "checkout", "-q", "HEAD~1", moment=MOMENT)
    assert ("zebra.md", "verified") in list_hits(ask("stripes"))


def test_trust_is_read_from_the_files(
    cluster: Cluster, base: Path, ask: Callable[..., dict[str, Any]]
) -> None:
    """What the engine keeps of a card cannot make it trusted; a card of it that is not the one here makes it unused."""
    name = push(base)["name"]
    found = ask("429")
    hits = cluster.ask("GET", f"/{name}-cards-1/_search?size=100").body["hits"]["hits"]
    lines = [
        line
        for hit in hits
        for line in ({"index": {"_id": hit["_id"]}}, hit["_source"] | {"digest": "00" * 16})
    ]
    assert not cluster.ask("POST", f"/{name}-cards-1/_bulk?refresh=true", lines).body["errors"]
    told = ask("429")
    assert told["engine"] == {"used": "local", "reason": "a card of its index is not the one in this folder"}
    assert [hit["card"] for hit in told["hits"]] == [hit["card"] for hit in found["hits"]]


def test_who_is_behind_is_answered_too(
    base: Path, ask: Callable[..., dict[str, Any]], git_commit: Callable[..., str], tmp_path: Path
) -> None:
    """A clone that has not fetched the pushed commits gets its own cards as they are there, from the engine."""
    (base / "zebra.md").write_text(CARD.format(title="Zebra", text="Stripes."))
    git_commit(base)
    push(base)
    behind = tmp_path / "behind"
    run_git(tmp_path, "clone", "-q", str(base), str(behind), moment=MOMENT)
    for text, title in (("Dots.", "Giraffe"), ("Lines.", "Lion")):
        (base / "zebra.md").write_text(CARD.format(title="Zebra", text=text))
        (base / f"{title}.md").write_text(CARD.format(title=title, text="Stripes, nearly."))
        git_commit(base)
        push(base)
    assert {path for path, _ in list_hits(ask("stripes"))} == {"Giraffe.md", "Lion.md"}
    found = load_operation("search")(Base(behind, today=lambda: TODAY), "stripes")
    assert [hit.record.path for hit in found.result.hits] == ["zebra.md"]
    assert found.engine.used == "engine"


def test_an_index_of_another_kb_is_not_used(
    base: Path,
    ask: Callable[..., dict[str, Any]],
    git_commit: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another kb.toml, a commit that is not here, and no index at all are told, and the local index answers."""
    reasons = [ask("429")["engine"]["reason"]]
    push(base)
    settings = (base / "kb.toml").read_text()
    (base / "kb.toml").write_text(OTHER_CARDS + settings)
    reasons.append(ask("429")["engine"]["reason"])
    (base / "kb.toml").write_text(settings)
    (base / "new.md").write_text(CARD.format(title="New", text="Text."))
    git_commit(base)
    # As if more had changed since than is worth telling.
    monkeypatch.setattr(generation, "_MOST_TOLD", -1)
    push(base)
    run_git(base, "reset", "-q", "--hard", "HEAD~1", moment=MOMENT)
    run_git(base, "reflog", "expire", "--expire=now", "--all", moment=MOMENT)
    run_git(base, "gc", "-q", "--prune=now", moment=MOMENT)
    reasons.append(ask("429")["engine"]["reason"])
    assert reasons == [
        "it has no index of these cards yet (kb index push)",
        "its index is of another version of kb, or of a kb.toml that reads cards otherwise (kb index push)",
        "its index is of a commit that is not in this clone (git fetch)",
    ]


def test_only_commits_are_pushed(base: Path) -> None:
    """Cards that are not committed are refused, by name."""
    (base / "draft.md").write_text(CARD.format(title="Draft", text="Text."))
    with pytest.raises(KbError, match=r"1 cards are not committed, draft\.md among them"):
        push(base)


def test_one_writer_at_a_time(base: Path, git_commit: Callable[..., str]) -> None:
    """While one pushes another is refused; one that was killed is passed over, and what it wrote is not written twice."""
    for number in range(30):
        (base / f"card-{number}.md").write_text(CARD.format(title=f"Card {number}", text="Text."))
    git_commit(base)
    code = (
        "import sys, time\n"
        "from kbcli.knowledge.index.opensearch import generation\n"
        "generation._BATCH = 5\n"
        "before = generation.EngineGeneration._choose_missing\n"
        "def slow(self, batch):\n"
        "    print('batch', flush=True)\n"
        "    time.sleep(1)\n"
        "    return before(self, batch)\n"
        "generation.EngineGeneration._choose_missing = slow\n"
        "from kbcli.__main__ import main\n"
        "sys.argv = ['kb', 'index', 'push']\n"
        "sys.exit(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=base, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        for _ in range(3):
            assert other.stdout.readline() == "batch\n"
        with pytest.raises(KbError, match="another push is at work"):
            push(base)
        other.send_signal(signal.SIGKILL)
        other.wait()
    told = push(base)
    assert told["written"] == told["cards"]
    index = load_operation("index push")
    assert index(Base(base, today=lambda: TODAY)).written == 0


def test_nobody_sees_half_a_push(base: Path, git_commit: Callable[..., str]) -> None:
    """Who asks while the index is pushed to, and built anew twice, gets each time all cards of one commit, from the engine."""
    names = [f"zebra-{number}.md" for number in range(40)]
    for name in names:
        (base / name).write_text(CARD.format(title="Zebra", text="Round one."))
    git_commit(base)
    push(base)
    kb = LiveBase(base, today=lambda: TODAY)
    answers: list[tuple[str, int]] = []
    failures: list[BaseException] = []
    pushed: list[list[tuple[str, int]]] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                found = load_operation("search")(kb, "zebra round")
                answers.append((found.engine.used, found.result.total))
        except BaseException as error:  # noqa: BLE001  told below
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(2):
            for name in names:
                (base / name).write_text(CARD.format(title="Zebra", text=f"Round {turn}."))
            git_commit(base)
            # Who asks while files are written may be answered by the index of this machine.
            time.sleep(1.5)
            before = len(answers)
            push(base)
            push(base, "full")
            pushed.append(answers[before:])
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert {total for _, total in answers} == {40}
    assert all(len(found) > 3 for found in pushed)
    assert {used for found in pushed for used, _ in found} == {"engine"}
