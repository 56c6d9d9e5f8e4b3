"""Lines that are longer than the terminal, titles and links on it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.render.ansi import measure_width, paint, wrap_words
from kbcli.render.diff import format_diff
from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


@pytest.mark.parametrize("color", [False, True])
def test_lines_are_broken_between_words(color: bool) -> None:
    """No line of a difference, however it is marked, is wider than the terminal, and no word is cut."""
    old, new = "Wait " + "some more words " * 9, "Wait " + "some other words " * 9
    lines = format_diff(old, new, color=color, width=40).splitlines()
    assert all(measure_width(line) <= 40 for line in lines)
    assert " ".join(" ".join(lines).split()).count("words") == 18


def test_indents_and_spaces_stay_where_a_line_fits() -> None:
    """What fits is untouched; what does not keeps its first indent."""
    assert wrap_words("  a   b", 20) == "  a   b"
    assert wrap_words("  " + paint("one two", "red", color=True), 7, "    ").startswith(
        "  \x1b[31mone\n    two"
    )


def test_a_title_is_said_once(kb_root: Path, run_kb: RunKb) -> None:
    """A page whose title is its H1 shows it in the banner, and not again below."""
    (kb_root / "plain.md").write_text("# Reset a device\n\nHold the button.\n")
    shown = run_kb("show", "plain", "--format", "table", cwd=kb_root).out
    assert shown.count("Reset a device") == 1
    assert "Hold the button" in shown


def test_links_of_the_manual_lead_somewhere(run_kb: RunKb, tmp_path: Path) -> None:
    """A page names another as one gets there from a terminal."""
    shown = run_kb("manual", "commands/verify", "--format", "table", cwd=tmp_path).out
    assert "(kb manual verification)" in shown
    assert "verification.md" not in shown


def test_what_is_in_no_other_language_is_counted(kb_root: Path, run_kb: RunKb) -> None:
    """Rows are the cards that are translated at all; the others are asked for by their state."""
    (kb_root / "de").mkdir()
    (kb_root / "de/quotas.md").write_text(
        "---\ntitle: Kontingente\nlang: de\ntranslation_of: api/quotas\n---\n\nText.\n"
    )
    shown = run_kb("translations", "--format", "table", cwd=kb_root).out
    assert "api/quotas" in shown
    assert "billing/refund" not in shown
    assert "2 cards in no other language" in shown
    missing = run_kb("translations", "--state", "missing", "--format", "table", cwd=kb_root).out
    assert "billing/refund" in missing


def test_templates_can_be_printed_and_kept(kb_root: Path, run_kb: RunKb) -> None:
    """The printed template, saved as the knowledge base's own, makes the same card."""
    line = ("new", "Why", "--type", "how-to", "--owner", "ada", "--no-edit")
    run_kb(*line, cwd=kb_root)
    before = (kb_root / "why.md").read_text()
    (kb_root / "why.md").unlink()
    (kb_root / "templates").mkdir()
    (kb_root / "templates/how-to.md").write_text(
        run_kb("new", "--template", "--type", "how-to", cwd=kb_root).out
    )
    run_kb(*line, cwd=kb_root)
    after = (kb_root / "why.md").read_text()
    assert after.partition("\n---\n")[2].strip() == before.partition("\n---\n")[2].strip()
    assert "owner: ada" in after.replace('"', "")
    assert "title: Why" in after.replace('"', "")
