"""A second door to everything kb can do: operations by name, JSON values in, the command line's own JSON out.

It knows no operation: what a web page, a chat or an assistant needs is what stands in `answer`.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbcli.operations import OPERATIONS, load_operation
from kbcli.operations.base import Base
from kbcli.render.formats import View, render
from tests.commandlines import CALLS, LINKS, SHIFTS, TICKETS
from tests.conftest import TODAY

_OF_TICKETS = ("tickets ", "week", "top-ten", "hand-over", "renewals")


def answer(root: Path, word: str, values: str) -> Any:
    """What an operation says to a request in JSON, as data of JSON."""
    kb = Base(root, today=lambda: TODAY)
    result = load_operation(word)(kb, **json.loads(values))
    return json.loads(render(word, "json", result, View()).text)["data"]


# Without an engine nothing can be pushed: tests/engine does what this test does.
@pytest.mark.parametrize("word", [word for word in OPERATIONS if word not in ("index push", "tickets push")])
def test_two_doors_say_the_same(
    word: str,
    kb_root: Path,
    run_kb: Callable[..., Any],
    isolated_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The data of an operation called by name equals that of `kb … --format json`."""
    (kb_root / "wrong.md").write_text(
        "---\ntitle: W\nflagged: {by: me, on: 2026-11-20, reason: no}\n---\nText.\n"
    )
    (kb_root / "sorry.md").write_text(
        "---\ntitle: S\ntype: reply\n---\n<!-- reply -->\nDear {name}\n<!-- /reply -->\n"
    )
    (kb_root / "search-tests.toml").write_text('[[test]]\nquery = "quota"\nexpect = ["api/quotas"]\n')
    for path, text in {**SHIFTS, **LINKS, **TICKETS}.items():
        (kb_root / path).parent.mkdir(parents=True, exist_ok=True)
        (kb_root / path).write_text(text)
    data = isolated_environment / ".data"
    if word.startswith(_OF_TICKETS) and word != "tickets import":
        load_operation("tickets import")(
            Base(kb_root, today=lambda: TODAY), [str(kb_root / "tickets.ndjson")]
        )
        shutil.copytree(data, data.with_name("data-before"))
    before = kb_root.with_name("before")
    shutil.copytree(kb_root, before)
    arguments, values = CALLS[word]
    line = ("--kb", str(kb_root), *word.split(), *arguments.split(), "--format", "json")
    said = json.loads(run_kb(*line, cwd=kb_root).out)["data"]
    # Neither the knowledge base nor what is remembered of it may tell the second door that there was a first.
    for folder in (kb_root, isolated_environment / ".cache", isolated_environment / ".state", data):
        shutil.rmtree(folder, ignore_errors=True)
    kb_root.with_name("tickets.kbpack").unlink(missing_ok=True)
    before.rename(kb_root)
    monkeypatch.chdir(kb_root)
    if data.with_name("data-before").exists():
        data.with_name("data-before").rename(data)
    assert answer(kb_root, word, json.dumps(values)) == said
