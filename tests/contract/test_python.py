"""The public Python face: `from kbcli import KnowledgeBase`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kbcli import KnowledgeBase
from kbcli.operations import OPERATIONS, load_operation
from tests.contract.test_imports import list_modules

PAGE = Path(__file__).parents[2] / "content" / "manual" / "python.md"


def test_the_example_of_the_manual_runs(
    kb_root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the manual shows works as it stands there, on a knowledge base in `support-kb`."""
    kb_root.rename(kb_root.with_name("support-kb"))
    monkeypatch.chdir(kb_root.parent)
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(example, str(PAGE), "exec"), {})
    said = capsys.readouterr().out
    assert "api/too-many-requests" in said
    assert "no card is called “no-such-card”" in said
    root = kb_root.with_name("support-kb")
    assert "ada@example.org" in (root / "api" / "quotas.md").read_text(encoding="utf-8")


def test_every_operation_is_a_method() -> None:
    """What the command line can do, a program can, and its help is the operation's own."""
    for word in OPERATIONS:
        assert getattr(KnowledgeBase, word.replace(" ", "_").replace("-", "_")) is load_operation(word)


def test_importing_it_loads_no_more_than_a_search(kb_root: Path) -> None:
    """A program pays at its start for what a search needs, and for the door itself."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys\nfrom kbcli import KnowledgeBase\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    list_modules(["search", "limits"], kb_root)
    extra = set(done.stdout.split()) - list_modules(["search", "limits"], kb_root)
    assert extra <= {"kbcli.doors.python"}


def test_a_relative_folder_stays_the_same_one(kb_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A knowledge base that was opened by a relative path is still that one after a change of the working folder."""
    monkeypatch.chdir(kb_root.parent)
    kb = KnowledgeBase.open("kb")
    monkeypatch.chdir("/")
    assert [hit.record.id for hit in kb.search("refund").result.hits] == ["billing/refund"]
    assert kb.show("refund").card.id == "billing/refund"
