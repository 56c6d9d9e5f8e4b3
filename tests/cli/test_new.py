"""kb new."""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from kbprocess import open_terminal

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def write_editor(path: Path, action: str) -> str:
    """An editor that changes the file it is given; returns its command."""
    path.write_text(
        f"import sys\nfile = sys.argv[1]\ntext = open(file).read()\n{action}\nopen(file, 'w').write(text)\n"
    )
    return f"{sys.executable} {path}"


def test_a_card_is_written_from_standard_input(kb_root: Path, run_kb: RunKb) -> None:
    """The text comes from the pipe, fields from options; ID and path are the answer."""
    made = run_kb(
        "new", "Export invoices", "--type", "how-to", "--tag", "billing", "--owner", "api-team", "--every", "90 days",
        "--folder", "billing", "--alias", "PDF", cwd=kb_root, stdin="Open Billing, choose Export.\n",
    )  # fmt: skip
    assert made.code == 0
    ident, path = made.out.rstrip("\n").split("\t")
    assert ident == "billing/export-invoices"
    text = Path(path).read_text()
    assert "Open Billing, choose Export." in text
    card = json.loads(run_kb("show", ident, "--format", "json", cwd=kb_root).out)["data"]["card"]
    assert (card["state"], card["type"], card["owner"], card["tags"]) == (
        "unverified",
        "how-to",
        "api-team",
        ["billing"],
    )
    assert "verify_every: 90d" in text


def test_a_draft_is_not_active(kb_root: Path, run_kb: RunKb) -> None:
    """--draft makes a card that is no answer yet."""
    made = run_kb("new", "Maybe", "--draft", "--format", "json", cwd=kb_root, stdin="Text\n")
    assert json.loads(made.out)["data"]["card"]["state"] == "draft"


def test_similar_cards_are_named_first(kb_root: Path, run_kb: RunKb) -> None:
    """In a pipe the similar ones are said on stderr, and the card is written all the same."""
    made = run_kb("new", "Too many requests: what does a 429 mean?", cwd=kb_root, stdin="Text\n")
    assert made.code == 0
    assert "similar cards exist: api/too-many-requests" in made.err


def test_no_text_at_all_creates_nothing(kb_root: Path, run_kb: RunKb) -> None:
    """An empty pipe is a usage error, unless the bare template is asked for."""
    empty = run_kb("new", "Nothing here", cwd=kb_root)
    assert empty.code == 2
    assert "--no-edit" in empty.err
    assert not (kb_root / "nothing-here.md").exists()
    assert run_kb("new", "Nothing here", "--no-edit", cwd=kb_root).code == 0
    assert (kb_root / "nothing-here.md").exists()


def test_nothing_is_overwritten(kb_root: Path, run_kb: RunKb) -> None:
    """A title whose card exists is refused, and the card stays."""
    before = (kb_root / "billing" / "refund.md").read_bytes()
    made = run_kb("new", "Refund", "--folder", "billing", cwd=kb_root, stdin="Other\n")
    assert made.code == 3
    assert (kb_root / "billing" / "refund.md").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("--type", "poem"),
        ("--every", "soon"),
        ("--audience", "all"),
        ("--lang", "no such"),
        ("--folder", "../.."),
    ],
)
def test_values_that_mean_nothing_are_refused(
    kb_root: Path, run_kb: RunKb, arguments: tuple[str, str]
) -> None:
    """An unknown type, interval, audience, language or folder creates nothing."""
    made = run_kb("new", "Odd", *arguments, cwd=kb_root, stdin="Text\n")
    assert made.code in (2, 3)
    assert "hint:" in made.err
    assert not list(kb_root.parent.rglob("odd.md"))


def test_the_editor_opens_on_a_terminal(
    kb_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal similar cards are offered; Enter goes on to the editor, and what it saved is the card."""
    monkeypatch.setenv("EDITOR", write_editor(tmp_path / "editor.py", "text += 'Typed by hand.\\n'"))
    child = open_terminal("new", "Explain too many requests", cwd=kb_root)
    child.expect("may answer it already")
    child.expect("too-many-requests")
    child.expect("q quits: ")
    child.sendline("")
    child.expect("explain-too-many-requests")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "Typed by hand." in (kb_root / "explain-too-many-requests.md").read_text()


@pytest.mark.parametrize(("action", "status"), [("pass", 0), ("sys.exit(1)", 3)])
def test_an_unchanged_template_and_a_failed_editor_create_nothing(
    kb_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, status: int
) -> None:
    """Leaving the editor without a change, or with an error, leaves no card behind."""
    monkeypatch.setenv("EDITOR", write_editor(tmp_path / "editor.py", action))
    child = open_terminal("new", "Zebra crossing", cwd=kb_root)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert not (kb_root / "zebra-crossing.md").exists()


def test_a_text_that_cannot_be_saved_is_not_lost(
    kb_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the card cannot be written after typing, kb says where the text is."""
    action = f"text += 'Precious.'; open({str(kb_root / 'zebra-crossing.md')!r}, 'w').write('taken')"
    monkeypatch.setenv("EDITOR", write_editor(tmp_path / "editor.py", action))
    monkeypatch.setenv("COLUMNS", "300")
    child = open_terminal("new", "Zebra crossing", cwd=kb_root)
    child.expect(r"Your text is in (\S+\.md)\.")
    kept = Path(child.match[1])
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3
    assert "Precious." in kept.read_text()
    assert (kb_root / "zebra-crossing.md").read_text() == "taken"


def test_a_translation_is_started(kb_root: Path, run_kb: RunKb) -> None:
    """--translate writes a draft with the source's fields and its text between marks; a second one is refused."""
    made = run_kb("new", "--translate", "quotas", "--lang", "DE", "Kontingente", cwd=kb_root)
    assert made.code == 0
    ident, path = made.out.rstrip("\n").split("\t")
    assert ident == "de/api/quotas"
    assert "kb edit de/api/quotas --status active" in made.err
    text = Path(path).read_text()
    for line in (
        "title: Kontingente",
        "lang: de",
        "translation_of: api/quotas",
        "status: draft",
        "owner: api-team",
    ):
        assert f"{line}\n" in text
    assert (
        text.index("<!-- kb:translate from en")
        < text.index("Each plan has a quota")
        < text.index("kb:translate end")
    )
    assert run_kb("new", "--translate", "quotas", "--lang", "de", cwd=kb_root).code == 3


def test_a_translation_needs_a_language_and_a_card_a_title(kb_root: Path, run_kb: RunKb) -> None:
    """What cannot be guessed is asked for, and fields that the source decides are refused."""
    assert run_kb("new", "--translate", "quotas", cwd=kb_root).code == 2
    assert run_kb("new", cwd=kb_root, stdin="Text\n").code == 2
    assert run_kb("new", "--translate", "quotas", "--lang", "de", "--tag", "x", cwd=kb_root).code == 2


def test_a_translation_left_as_it_was_is_not_written(kb_root: Path, tmp_path: Path) -> None:
    """On a terminal the editor opens on it; saved unchanged, nothing is created."""
    editor = write_editor(tmp_path / "editor.py", "")
    environment = {**os.environ, "EDITOR": editor}
    child = open_terminal("new", "--translate", "quotas", "--lang", "de", cwd=kb_root, env=environment)
    child.expect("nothing was created")
    child.expect(pexpect.EOF)
    child.close()
    assert not (kb_root / "de").exists()


REFUND = "Open the payment and choose Refund. The money arrives in five days on the card that paid it."


def test_a_card_that_says_the_same_is_named_first(kb_root: Path, run_kb: RunKb) -> None:
    """In a pipe the copy's original is said with its share, before the similar ones, and the card is written."""
    (kb_root / "billing" / "money.md").write_text(
        "---\ntitle: Money back\n---\nThe refund of a payment takes days.\n"
    )
    made = run_kb("new", "Refund of a payment", cwd=kb_root, stdin=f"{REFUND}\n")
    assert made.code == 0
    first, *others = [line for line in made.err.splitlines() if "same as" in line or "similar" in line]
    assert re.fullmatch(r"kb: says the same as billing/refund \((\d\d|100) %\)", first)
    assert all("billing/refund" not in line for line in others)
    assert (kb_root / "refund-of-a-payment.md").exists()


def test_what_says_the_same_is_in_the_json(kb_root: Path, run_kb: RunKb) -> None:
    """A program gets the card, how alike it is, and which of the two contains the other."""
    text = (
        REFUND + " Then tell the customer what the bank may keep, which day it was, and whom to ask about it."
    )
    made = run_kb("new", "Give it back", "--format", "json", cwd=kb_root, stdin=text)
    (found,) = json.loads(made.out)["data"]["repeats"]
    assert found["card"]["id"] == found["contained"] == "billing/refund"
    assert 0.65 <= found["similarity"] <= 1


def test_a_text_of_its_own_repeats_nothing(kb_root: Path, run_kb: RunKb) -> None:
    """Another text on the same matter is similar at most; without a text nothing is compared."""
    made = run_kb(
        "new", "Refund a payment by hand", cwd=kb_root, stdin="Ask the bank for the form and fill it in.\n"
    )
    assert "same as" not in made.err
    bare = run_kb("new", "Refund a payment", "--no-edit", "--format", "json", cwd=kb_root)
    assert json.loads(bare.out)["data"]["repeats"] == []


def type_copy(kb_root: Path, tmp_path: Path, extra: str = "") -> "pexpect.spawn[str]":
    """`kb new` on a terminal, with an editor that types the text of a card there is."""
    editor = write_editor(tmp_path / "editor.py", f"text = text{extra} + {REFUND!r}")
    return open_terminal(
        "new", "Zebra crossing", cwd=kb_root, env={**os.environ, "EDITOR": editor, "COLUMNS": "300"}
    )


@pytest.mark.parametrize(("answer", "created"), [("", True), ("q", False), ("1", False), ("\x03", False)])
def test_a_copy_typed_in_the_editor_is_asked_about(
    kb_root: Path, tmp_path: Path, answer: str, created: bool
) -> None:
    """Enter creates it all the same; otherwise nothing is created, and kb says where the text is."""
    child = type_copy(kb_root, tmp_path)
    child.expect(r"It says the same as:\s+1  Refund a payment  \(billing/refund, unverified, \d+ %\)")
    child.expect("q quits: ")
    child.send(answer) if answer == "\x03" else child.sendline(answer)
    if not created:
        child.expect(r"our text is in (\S+\.md)")
        assert REFUND in Path(child.match[1]).read_text()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (130 if answer == "\x03" else 0)
    assert (kb_root / "zebra-crossing.md").exists() == created


def test_a_copy_that_says_it_is_distinct_is_not_asked_about(kb_root: Path, tmp_path: Path) -> None:
    """A card that lists the other in distinct_from is written without a question."""
    child = type_copy(kb_root, tmp_path, ".replace('---\\n', '---\\ndistinct_from: [billing/refund]\\n', 1)")
    child.expect("zebra-crossing")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "same as" not in (child.before or "")
    assert (kb_root / "zebra-crossing.md").exists()
