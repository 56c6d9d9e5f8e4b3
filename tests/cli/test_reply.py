"""kb reply."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]

CARD = """\
---
title: {title}
type: reply
lang: {lang}
{more}---

For colleagues: [the rules](refund.md).

<!-- reply short -->
Done, {{customer_name}}.
<!-- /reply -->

<!-- reply -->
{hello} {{customer_name}},

the **{{amount|10}} €** are on
their way, see [the list](https://example.org/{{page|list}}) or [write](mailto:help@example.org).<!-- for us -->

- {{note|}}
- one
- two
  `{{"code": 1}}`

{{agent_name}} {{{{ok}}
<!-- /reply -->
"""
SENT = """\
Hi Mia,

the 10 € are on their way, see the list (https://example.org/list) or write (help@example.org).

- one
- two {"code": 1}

Ada Example {ok}
"""


@pytest.fixture
def replies(kb_root: Path, run_kb: RunKb) -> Path:
    """The knowledge base with a verified reply and its German translation."""
    (kb_root / "billing" / "granted.md").write_text(
        CARD.format(title="Refund granted", lang="en", more="", hello="Hi"), encoding="utf-8"
    )
    more = "translation_of: billing/granted\n"
    (kb_root / "de").mkdir()
    (kb_root / "de" / "granted.md").write_text(
        CARD.format(title="Erstattet", lang="de", more=more, hello="Guten Tag"), encoding="utf-8"
    )
    assert run_kb("verify", "billing/granted", "de/granted", "--yes", cwd=kb_root).code == 0
    return kb_root


def test_only_the_text_is_printed_filled_in(replies: Path, run_kb: RunKb) -> None:
    """What goes to the customer is one text: unwrapped, links as words, without marks, comments and advice."""
    done = run_kb("reply", "billing/granted", "--set", "customer_name=Mia", cwd=replies)
    assert (done.code, done.out) == (0, SENT)


def test_a_value_is_no_markdown_and_no_html(replies: Path, run_kb: RunKb) -> None:
    """What is filled in arrives as it was typed, in each format, and leads nowhere that cannot be sent."""
    line = ("reply", "billing/granted", "--set", "customer_name=*A* <b>_x_</b> [y](z)", "--text", "short")
    plain = run_kb(*line, cwd=replies).out
    assert plain == "Done, *A* <b>_x_</b> [y](z).\n"
    html = run_kb(*line, "--format", "html", cwd=replies).out
    assert html == "<p>Done, *A* &lt;b&gt;_x_&lt;/b&gt; [y](z).</p>\n"
    written = run_kb(*line, "--format", "markdown", cwd=replies).out
    (replies / "again.md").write_text(f"---\ntitle: A\n---\n<!-- reply -->\n{written}<!-- /reply -->\n")
    assert run_kb("reply", "again", "--anyway", cwd=replies).out == plain


@pytest.mark.parametrize("value", ["&lt;b&gt; &amp;", "1. one", "2) two", "- item", "+ item", "===", "--- "])
def test_a_value_at_the_start_of_a_line_begins_nothing(kb_root: Path, run_kb: RunKb, value: str) -> None:
    """Neither a list nor a rule nor a character’s name: as Markdown it is read as what was typed."""
    (kb_root / "line.md").write_text(
        "---\ntitle: A\n---\n<!-- reply -->\nHello\n{value}\n<!-- /reply -->\n", encoding="utf-8"
    )
    line = ("reply", "line", "--anyway", "--set", f"value={value}")
    html = run_kb(*line, "--format", "html", cwd=kb_root).out
    written = run_kb(*line, "--format", "markdown", cwd=kb_root).out
    (kb_root / "again.md").write_text(
        f"---\ntitle: A\n---\n<!-- reply -->\n{written}<!-- /reply -->\n", encoding="utf-8"
    )
    again = run_kb("reply", "again", "--anyway", "--format", "html", cwd=kb_root).out
    assert again.replace(" </p>", "</p>") == html.replace(" </p>", "</p>")


def test_a_value_within_an_address_stays_within_it(kb_root: Path, run_kb: RunKb) -> None:
    """A value cannot end an address or begin anything else, and an address that is all of it is no link to send."""
    (kb_root / "odd.md").write_text(
        "---\ntitle: O\n---\n<!-- reply -->\n[here](https://example.org/{page})\n<!-- /reply -->\n",
        encoding="utf-8",
    )
    line = ("reply", "odd", "--anyway", "--format", "html", "--set", 'page=a b" onclick="x')
    assert (
        run_kb(*line, cwd=kb_root).out
        == '<p><a href="https://example.org/a%20b%22%20onclick=%22x">here</a></p>\n'
    )
    (kb_root / "odd.md").write_text(
        "---\ntitle: O\n---\n<!-- reply -->\n[here]({page})\n<!-- /reply -->\n", encoding="utf-8"
    )
    assert run_kb(*line[:-1], "page=javascript:alert(1)", cwd=kb_root).code == 3


def test_what_is_missing_is_named_in_a_pipe(replies: Path, run_kb: RunKb) -> None:
    """Nobody sends a text with holes unless they ask for it."""
    done = run_kb("reply", "billing/granted", cwd=replies)
    assert (done.code, done.out) == (3, "")
    assert "customer_name" in done.err
    assert "Hi {customer_name}," in run_kb("reply", "billing/granted", "--leave-blank", cwd=replies).out
    done = run_kb("reply", "billing/granted", "--set", "nmae=Mia", cwd=replies)
    assert done.code == 2
    assert "customer_name, amount" in done.err


def test_what_is_missing_is_asked_for_on_a_terminal(replies: Path) -> None:
    """A person is asked for each value and offered what kb knows, the default and the agent's name; after --set only for what is missing."""
    child = pexpect.spawn(
        sys.executable, ["-m", "kbcli", "reply", "billing/granted"], cwd=str(replies), encoding="utf-8"
    )
    for question, answer in (
        ("customer_name: ", "Mia"),
        (r"amount \[10\]: ", "12"),
        (r"page \[list\]: ", ""),
        ("note.*: ", ""),
        (r"agent_name \[Ada Example\]: ", ""),
    ):
        child.expect(question)
        child.sendline(answer)
    child.expect("Hi Mia,")
    child.expect("the 12 € are on")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    words = ["-m", "kbcli", "reply", "billing/granted", "--set", "amount=12"]
    child = pexpect.spawn(sys.executable, words, cwd=str(replies), encoding="utf-8")
    child.expect("customer_name: ")
    child.sendline("Mia")
    child.expect("Hi Mia,")
    child.close()


def test_an_untrusted_card_is_refused_with_its_reason(replies: Path, run_kb: RunKb) -> None:
    """A text that nobody stands for is not sent by accident."""
    card = replies / "billing" / "granted.md"
    card.write_text(card.read_text(encoding="utf-8").replace("on\ntheir", "soon on\ntheir"), encoding="utf-8")
    line = ("reply", "billing/granted", "--text", "short", "--set", "customer_name=Mia")
    done = run_kb(*line, cwd=replies)
    assert (done.code, done.out) == (3, "")
    assert "changed: its text is not what was verified" in done.err
    assert run_kb(*line, "--anyway", cwd=replies).out == "Done, Mia.\n"


def test_a_reply_is_in_the_language_of_the_ticket(replies: Path, run_kb: RunKb) -> None:
    """`--lang` and a ticket's text choose the translation, from either side; one that is not there is said, and for a ticket the card itself taken."""
    values = ("--set", "customer_name=Mia")
    for card in ("billing/granted", "de/granted"):
        german = run_kb("reply", card, "--lang", "de", *values, cwd=replies)
        assert german.out.startswith("Guten Tag Mia,")
    ticket = "Hallo, ich habe mein Geld noch nicht bekommen und möchte wissen, wann es kommt."
    read = run_kb("reply", "billing/granted", "--ticket-text", "-", *values, cwd=replies, stdin=ticket)
    assert read.out == german.out
    foreign = "Bonjour, je n'ai pas encore reçu mon argent et je voudrais savoir quand il arrive."
    read = run_kb("reply", "de/granted", "--ticket-text", "-", *values, cwd=replies, stdin=foreign)
    assert read.out == german.out
    assert "the ticket seems to be in “fr”; de/granted is in: de, en" in read.err
    missing = run_kb("reply", "billing/granted", "--lang", "it", *values, cwd=replies)
    assert missing.code == 3
    assert "It is in: de, en." in missing.err


def test_a_translation_that_lags_behind_names_the_source_that_can_be_sent(
    replies: Path, run_kb: RunKb
) -> None:
    """Whoever answers is not stuck until somebody translates again: the hint is an option that works."""
    card = replies / "billing" / "granted.md"
    card.write_text(card.read_text(encoding="utf-8").replace("on\ntheir", "soon on\ntheir"), encoding="utf-8")
    assert run_kb("verify", "billing/granted", "--yes", cwd=replies).code == 0
    values = ("--set", "customer_name=Mia", "--text", "short")
    done = run_kb("reply", "billing/granted", "--lang", "de", *values[:2], cwd=replies)
    assert (done.code, done.out) == (3, "")
    assert "Its source billing/granted is trusted, and sent with --lang en." in done.err
    assert run_kb("reply", "de/granted", "--lang", "en", *values, cwd=replies).out == "Done, Mia.\n"


def test_a_card_without_a_sound_text_is_refused(replies: Path, run_kb: RunKb) -> None:
    """No text, a broken one and an unknown name each say what to do, with the line."""
    assert "has no text to send" in run_kb("reply", "refund", "--anyway", cwd=replies).err
    assert "It has: short." in run_kb("reply", "billing/granted", "--text", "long", cwd=replies).err
    (replies / "odd.md").write_text("---\ntitle: O\n---\n\n<!-- reply -->\nHi {your name}\n<!-- /reply -->\n")
    done = run_kb("reply", "odd", "--anyway", cwd=replies)
    assert done.code == 3
    assert "odd.md:6: “{your name}” is no variable" in done.err


def test_wrapped_lines_join_as_their_script_does(kb_root: Path, run_kb: RunKb) -> None:
    """Lines of Chinese join without a space, those of Korean and Hindi with one."""
    body = "请等待，\n然后重试\n好。\n\n기다려\n주세요\n\nरुकिए\nज़रा\n"
    (kb_root / "odd.md").write_text(
        f"---\ntitle: O\n---\n<!-- reply -->\n{body}<!-- /reply -->\n", encoding="utf-8"
    )
    done = run_kb("reply", "odd", "--anyway", cwd=kb_root)
    assert done.out == "请等待，然后重试好。\n\n기다려 주세요\n\nरुकिए ज़रा\n"


def test_search_and_show_say_where_there_is_a_text_to_send(replies: Path, run_kb: RunKb) -> None:
    """A hit with one is marked, one that only shows the marks as code is not; `kb show` says where it stands."""
    (replies / "manual.md").write_text("# Granted marks\n\n```\n<!-- reply -->\n```\n", encoding="utf-8")
    rows = [line.split("\t") for line in run_kb("search", "granted", cwd=replies).out.splitlines()]
    assert {row[0]: row[5] for row in rows if row[0] in ("billing/granted", "manual")} == {
        "billing/granted": "reply",
        "manual": "",
    }
    hits = json.loads(run_kb("search", "granted", "--format", "json", cwd=replies).out)["data"]["hits"]
    assert {hit["card"]["id"] for hit in hits if hit["reply"]} >= {"billing/granted"}
    table = run_kb("search", "refund granted", "--format", "table", "-n", "1", cwd=replies).out
    assert "· reply" in table
    shown = run_kb("show", "billing/granted", "--format", "table", cwd=replies).out
    start, end = shown.index("kb reply billing/granted --text short"), shown.index("end of the text to send")
    assert start < shown.index("Done, {customer_name}.") < end
    assert "<!-- reply" in run_kb("show", "billing/granted", cwd=replies).out


def test_a_reference_that_is_defined_below_the_text_is_sent_with_its_address(
    kb_root: Path, run_kb: RunKb
) -> None:
    """In each form the words lead where the card says, with what fills the address in; what the text does not use stays away."""
    card = "<!-- reply -->\nSee [our page][docs].\n<!-- /reply -->\n\n[docs]: https://example.org/{id}\n[other]: https://example.com\n"
    (kb_root / "api" / "page.md").write_text(f"---\ntitle: Page\ntype: reply\n---\n{card}", encoding="utf-8")
    forms = [
        run_kb("reply", "page", "--anyway", "--set", "id=7", "--format", form, cwd=kb_root).out
        for form in ("plain", "markdown", "html")
    ]
    assert forms == [
        "See our page (https://example.org/7).\n",
        "See [our page][docs].\n\n[docs]: https://example.org/7\n",
        '<p>See <a href="https://example.org/7">our page</a>.</p>\n',
    ]
