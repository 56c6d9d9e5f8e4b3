"""kb show 1, kb search -i, and kb show without a card."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kbprocess import CAN_FORK, open_shell

from tests.conftest import TODAY, Outcome

RunKb = Callable[..., Outcome]
Shell = Callable[..., str]
pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the shell of these tests forks")


@pytest.fixture
def shell(kb_root: Path, tmp_path: Path) -> Iterator[Shell]:
    """A shell on a terminal of its own, in which one command line after the other is run; returns what it shows."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "cat"):
        (programs / name).symlink_to(str(shutil.which(name)))
    env = {**os.environ, "PATH": str(programs), "TERM": "xterm", "PAGER": "cat"}
    child = open_shell("--no-color", "--today", str(TODAY), cwd=kb_root, env=env)
    child.expect("READY>")

    def run(line: str, *answers: tuple[str, str]) -> str:
        child.sendline(line)
        for question, answer in answers:
            child.expect(question)
            child.sendline(answer)
        child.expect("READY>")
        return str(child.before)

    yield run
    child.close(force=True)


def test_a_number_is_a_hit_of_the_last_search_here(
    shell: Shell, kb_root: Path, isolated_environment: Path
) -> None:
    """`kb show 1` opens the first; a number that the search has not names the search; nothing of the cards is kept."""
    assert "no card is called" in shell("kb show 1")
    shell("kb search quotas")
    shown = shell("kb show 1")
    assert "1 of “quotas”: api/quotas" in shown
    assert "Request quotas of each plan" in shown
    assert "the last search here, “quotas”, shows" in shell("kb show 77")
    (kb_root / "77.md").write_text("---\ntitle: Error 77\n---\n\nA full disk.\n")
    assert "Error 77" in shell("kb show 77")
    (folder,) = (isolated_environment / ".cache").rglob("hits")
    kept = sorted(folder.iterdir())
    assert len(kept) == 2
    assert "Each plan" not in "".join(path.read_text() for path in kept)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *kept)] == [0o700, 0o600, 0o600]


def test_a_ticket_alone_is_linked_to_the_card_that_was_shown_or_sent_last_here(
    shell: Shell, kb_root: Path, isolated_environment: Path
) -> None:
    """`kb link T` means the card of the last `kb show` or `kb reply` in this terminal, for some hours and in this base."""
    reply = "---\ntitle: Sorry\ntype: reply\n---\n<!-- reply -->\nWe are sorry.\n<!-- /reply -->\n"
    (kb_root / "sorry.md").write_text(reply)
    assert "which card answered it?" in shell("kb link 7")
    shell("kb show quotas")
    assert "7 → api/quotas" in shell("kb link 7")
    assert "8 → sorry" in shell("kb reply sorry --anyway --ticket 8")
    assert "9 → sorry" in shell("kb link 9")
    assert "sorry." not in (refused := shell("kb reply sorry --anyway --ticket ben@example.org"))
    assert "no name of a ticket" in refused
    assert "1 → billing/refund" in shell("kb link 1 refund")
    assert "2 → sorry" in shell("kb link 2")
    (kept,) = (isolated_environment / ".cache").rglob("*-card.json")
    os.utime(kept, (0, 0))
    assert "which card answered it?" in shell("kb link 3")


def test_without_fzf_a_number_chooses(shell: Shell) -> None:
    """`kb show` lists the cards, `kb search -i` the hits; what is chosen is shown, and Enter chooses none."""
    assert (
        "Refund a payment" in shell("kb show", ("api/too-many-requests.*Which one", "3")).partition("\n")[2]
    )
    assert "due 2026-10-01" in shell("kb search -i quotas", ("Which one", "1"))
    assert "due 2026-10-01" not in shell("kb search -i quotas", ("Which one", ""))


def test_fzf_chooses_where_it_is_installed(shell: Shell, tmp_path: Path, kb_root: Path) -> None:
    """It gets a list of words, a preview that no shell can be fooled by, and its choice is shown."""
    (kb_root / "$(touch pwned).md").write_text("---\ntitle: ';touch pwned'\n---\n\nText.\n")
    fzf = tmp_path / "bin" / "fzf"
    fzf.write_text(
        f"#!{sys.executable}\nimport json, sys\nlines = sys.stdin.read().splitlines()\n"
        f"json.dump([sys.argv, lines], open({str(tmp_path / 'seen')!r}, 'w'))\nprint(lines[-1])\n"
    )
    fzf.chmod(0o755)
    assert "Refund a payment" in shell("kb show")
    seen = (tmp_path / "seen").read_text()
    assert "show --format table --no-pager -- {1}" in seen
    assert '"\\t0\\t;touch pwned\\t$(touch pwned)\\tunverified"' in seen
    assert "api/quotas\\t1\\tRequest quotas" in seen
    assert not list(tmp_path.rglob("pwned"))


def test_nobody_chooses_in_a_pipe(kb_root: Path, run_kb: RunKb) -> None:
    """Without a terminal both are wrong usage."""
    assert run_kb("show", cwd=kb_root).code == 2
    assert run_kb("search", "-i", "quotas", cwd=kb_root).code == 2
