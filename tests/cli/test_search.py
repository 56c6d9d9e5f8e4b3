"""Promises of `kb search`."""

import json
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from kbprocess import open_terminal

Run = Callable[..., object]


def read_json(text: str) -> dict:
    """The data of an envelope, its frame checked."""
    envelope = json.loads(text)
    assert envelope["kb"] == 1
    return envelope["data"]


def test_finds_a_card_by_its_alias(kb_root: Path, run_kb: Run) -> None:
    """A word that only the aliases hold finds the card, and plain output is tab-separated."""
    done = run_kb("search", "throttled", cwd=kb_root)
    assert done.code == 0
    first = done.out.splitlines()[0].split("\t")
    assert first[0] == "api/too-many-requests"
    assert first[1] == "verified"
    assert first[2] == "verified 20 days ago by api-lead"


def test_says_when_nothing_is_found(kb_root: Path, run_kb: Run) -> None:
    """Nothing found is exit 1, an empty stdout and a sentence on stderr."""
    done = run_kb("search", "zzzxqv", cwd=kb_root)
    assert (done.code, done.out) == (1, "")
    assert "nothing found" in done.err


def test_an_expired_card_is_shown_as_expired(kb_root: Path, run_kb: Run) -> None:
    """An expired card is found, and says how long it has been expired."""
    done = run_kb("search", "quotas", "--format", "json", cwd=kb_root)
    card = read_json(done.out)["hits"][0]["card"]
    assert (card["id"], card["state"], card["days_left"]) == ("api/quotas", "expired", -51)
    assert "expired 7 weeks ago" in run_kb("search", "quotas", cwd=kb_root).out


def test_edits_are_found_without_any_index_command(kb_root: Path, run_kb: Run) -> None:
    """A card edited, added or deleted a moment ago is searched as it is now."""
    run_kb("search", "refund", cwd=kb_root)
    (kb_root / "new.md").write_text("---\ntitle: Chargeback\n---\n\nThe bank asks us.\n")
    assert "new" in run_kb("search", "chargeback", cwd=kb_root).out
    (kb_root / "new.md").write_text("---\ntitle: Something else\n---\n\nNothing.\n")
    assert run_kb("search", "chargeback", cwd=kb_root).code == 1
    (kb_root / "billing/refund.md").unlink()
    assert "billing/refund" not in run_kb("search", "refund payment", cwd=kb_root).out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["requests", "tag:limits"], {"api/too-many-requests"}),
        (["requests", "--tag", "limits"], {"api/too-many-requests"}),
        (["plan", "-quota"], {"api/too-many-requests"}),
        (['"quota a minute"'], {"api/quotas"}),
        (["quot*"], {"api/quotas"}),
        (["plan", "state:expired"], {"api/quotas"}),
        (["plan", "--state", "expired"], {"api/quotas"}),
        (["payment", "owner:billing-team"], {"billing/refund"}),
        (["payment", "type:reference"], set()),
        (["plan", "--lang", "de"], set()),
        (["plan", "--product", "none"], set()),
    ],
)
def test_query_language(kb_root: Path, run_kb: Run, words: list[str], expected: set[str]) -> None:
    """Phrases, exclusion, prefixes and filters mean the same in the query and as flags."""
    done = run_kb("search", *words, "--format", "json", cwd=kb_root)
    assert {hit["card"]["id"] for hit in read_json(done.out)["hits"]} == expected
    assert done.code == (0 if expected else 1)


def test_an_unknown_option_says_how_to_search_for_it(kb_root: Path, run_kb: Run) -> None:
    """A pasted option that kb does not know is an error that says so, and after -- it is a word."""
    done = run_kb("search", "npm", "install", "--save-dev", cwd=kb_root)
    assert done.code == 2
    assert "kb search -- npm install --save-dev" in done.err
    assert run_kb("search", "--", "quota", "--save-dev", cwd=kb_root).code == 0


def test_reads_a_ticket_from_stdin(kb_root: Path, run_kb: Run) -> None:
    """A lone - searches for what a whole ticket is about."""
    ticket = "Hi team,\n\nsince this morning our script is throttled by your API.\n\nBest regards\nSam\n-- \nrefund refund refund\n"
    assert run_kb("search", "-", cwd=kb_root, stdin=ticket).out.startswith("api/too-many-requests\t")


def test_a_misspelt_word_is_corrected(kb_root: Path, run_kb: Run) -> None:
    """Without any hit the nearest spelling is searched, and said."""
    done = run_kb("search", "thortled", "--format", "json", cwd=kb_root)
    data = read_json(done.out)
    assert done.code == 0
    assert data["corrected"] == "throttled"
    assert data["hits"][0]["card"]["id"] == "api/too-many-requests"


def test_control_characters_never_reach_the_terminal(kb_root: Path, run_kb: Run) -> None:
    """An escape sequence in a card is written out, in a table and in a pipe."""
    (kb_root / "evil.md").write_text(
        '---\ntitle: "evil \\e]0;owned\\a title"\n---\n\nevil \x1b[2J\u202e text\n'
    )
    for form in ("plain", "table"):
        done = run_kb("search", "evil", "--format", form, "--no-color", cwd=kb_root)
        assert done.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out)


def test_explain_names_words_and_fields(kb_root: Path, run_kb: Run) -> None:
    """--explain says which word counted in which field."""
    done = run_kb("search", "throttled", "--explain", "--format", "table", cwd=kb_root)
    assert "throttled in aliases" in done.out


def test_an_unknown_flag_is_usage(kb_root: Path, run_kb: Run) -> None:
    """A flag that does not exist is exit 2, with a pointer to the help."""
    done = run_kb("search", "x", "--bogus", cwd=kb_root)
    assert done.code == 2
    assert "--bogus" in done.err
    assert "hint:" in done.err


def test_failure_is_an_envelope_too(tmp_path: Path, run_kb: Run) -> None:
    """Without a knowledge base JSON says so in the same envelope, with exit 3."""
    done = run_kb("search", "x", "--format", "json", cwd=tmp_path)
    assert done.code == 3
    envelope = json.loads(done.out)
    assert envelope["data"] is None
    assert "no knowledge base" in envelope["problems"][0]["message"]


def test_a_misspelt_state_is_usage(kb_root: Path, run_kb: Run) -> None:
    """`--state rotten` is a mistake and names the states, rather than finding nothing."""
    done = run_kb("search", "quota", "--state", "rotten", cwd=kb_root)
    assert done.code == 2
    assert "expired" in done.err


def test_a_screen_shows_the_hits_that_fit(kb_root: Path) -> None:
    """On a terminal a search shows whole hits up to the height of the screen and says how many more there are; asked for, all."""
    for number in range(12):
        (kb_root / f"many{number}.md").write_text(
            f"---\ntitle: Chargeback {number}\n---\n\nThe bank asks us.\n"
        )

    def search(*flags: str) -> str:
        terminal = open_terminal("--no-color", "search", "chargeback", *flags, cwd=kb_root)
        terminal.expect(pexpect.EOF)
        return terminal.before

    fitting = search()
    shown = fitting.count("The bank asks us.")
    assert 1 < shown < 10
    assert f"{12 - shown} more" in fitting
    assert fitting.count("\n") < 24
    assert search("--no-pager").count("The bank asks us.") == 10
