"""kb edit."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]
CARD = "api/too-many-requests.md"


def test_fields_change_without_an_editor_and_without_losing_trust(kb_root: Path, run_kb: RunKb) -> None:
    """Tags and aliases are added and removed, single fields set; the verification stays."""
    run_kb("verify", "too-many-requests", "--yes", cwd=kb_root)
    done = run_kb(
        "edit", "too-many-requests", "--tag", "+429", "--tag", "-limits", "--alias", "slow down", "--owner", "web-team",
        "--every", "12w", "--type", "reply", cwd=kb_root,
    )  # fmt: skip
    assert done.code == 0
    assert done.out == "api/too-many-requests\tverified\tverified\n"
    text = (kb_root / CARD).read_text()
    assert 'tags: [api, "429"]' in text or "tags: [api, '429']" in text
    assert "aliases: [rate limit, throttled, slow down]" in text
    assert "owner: web-team" in text
    assert "verify_every: 12w" in text


def test_a_new_title_costs_the_verification(kb_root: Path, run_kb: RunKb) -> None:
    """The title is part of what was verified: the state before and after are said."""
    run_kb("verify", "too-many-requests", "--yes", cwd=kb_root)
    done = run_kb("edit", "too-many-requests", "--title", "Another title", "--format", "json", cwd=kb_root)
    data = json.loads(done.out)["data"]
    assert (data["state_before"], data["card"]["state"], data["text_changed"]) == (
        "verified",
        "changed",
        True,
    )


def test_what_is_wrong_with_the_card_now_is_said(kb_root: Path, run_kb: RunKb) -> None:
    """After a change the findings of the card are listed."""
    done = run_kb("edit", "refund", "--owner", "nobody-knows", "--format", "json", cwd=kb_root)
    assert "unknown-owner" in {finding["rule"] for finding in json.loads(done.out)["data"]["findings"]}


@pytest.mark.parametrize(
    "arguments",
    [("--status", "gone"), ("--type", "poem"), ("--every", "soon"), ("--audience", "all"), ("--lang", "x y"),
     ("--title", " "), ("--tag", "-missing"), ("--tag", "+")],
)  # fmt: skip
def test_values_that_mean_nothing_change_nothing(
    kb_root: Path, run_kb: RunKb, arguments: tuple[str, str]
) -> None:
    """A wrong value is a usage error with a hint, and the file stays as it is."""
    before = (kb_root / CARD).read_bytes()
    done = run_kb("edit", "too-many-requests", *arguments, cwd=kb_root)
    assert done.code == 2
    assert "hint:" in done.err
    assert (kb_root / CARD).read_bytes() == before


def test_the_editor_changes_the_file(
    kb_root: Path, tmp_path: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without options the editor opens on the card itself, and the effect on its trust is said."""
    editor = tmp_path / "editor.py"
    editor.write_text("import sys\nopen(sys.argv[1], 'a').write('Added by hand.\\n')\n")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    run_kb("verify", "too-many-requests", "--yes", cwd=kb_root)
    done = run_kb("edit", "too-many-requests", "--format", "table", cwd=kb_root)
    assert done.code == 0
    assert "changed since it was verified" in done.out
    assert "kb verify api/too-many-requests" in done.out
    assert (kb_root / CARD).read_text().endswith("Added by hand.\n")


def test_an_editor_that_saves_nothing_changes_nothing(
    kb_root: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving the editor at once is said to have changed nothing."""
    monkeypatch.setenv("EDITOR", f"{sys.executable} -c pass")
    done = run_kb("edit", "refund", "--format", "table", cwd=kb_root)
    assert done.out == "nothing changed\n"


def test_without_terminal_and_editor_options_are_needed(kb_root: Path, run_kb: RunKb) -> None:
    """In a pipe, with no editor named, kb does not start one."""
    assert run_kb("edit", "refund", cwd=kb_root).code == 2
