"""kb link, kb gaps, kb affected."""

import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from datedgit import run_git

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def read_files(root: Path) -> list[Path]:
    """The files of links there are, sorted."""
    return sorted((root / "support" / "links").rglob("*.jsonl"))


def test_a_link_is_a_line_of_text_in_the_knowledge_base(kb_root: Path, run_kb: RunKb) -> None:
    """Ticket, card, the text that was used and the outcome stand in a line of the month's file; nobody's name does."""
    done = run_kb("link", "zendesk:35436", "quotas", "refund", "--outcome", "fixed", cwd=kb_root)
    assert done.out == "zendesk:35436\tfixed\tapi/quotas\t\nzendesk:35436\tfixed\tbilling/refund\t\n"
    (file,) = read_files(kb_root)
    assert file.parent.name == "2026-11"
    first, second = map(json.loads, file.read_text().splitlines())
    assert {**first, "id": ""} == {
        "id": "", "on": "2026-11-21", "ticket": "zendesk:35436", "card": "api/quotas", "outcome": "fixed",
        "digest": first["digest"],
    }  # fmt: skip
    assert first["digest"].startswith("v2:")
    assert first["id"] != second["id"]


def test_linking_again_changes_nothing_and_undo_takes_back(kb_root: Path, run_kb: RunKb) -> None:
    """The same link is noted once; what was undone may be noted again; lines are only added."""
    run_kb("link", "7", "quotas", cwd=kb_root)
    (file,) = read_files(kb_root)
    before = file.read_bytes()
    assert run_kb("link", "7", "quotas", cwd=kb_root).out == ""
    assert file.read_bytes() == before
    assert run_kb("link", "7", "--undo", cwd=kb_root).out == "7\tundone\tapi/quotas\t\n"
    assert run_kb("link", "7", "quotas", cwd=kb_root).out == "7\tused\tapi/quotas\t\n"
    assert file.read_bytes().startswith(before)
    assert len(file.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("7", "--none", "mail ben@example.org about it"), "(email, from character 6)"),
        (("7", "--none", "call +49 30 901820 back"), "(phone, from character 6)"),
        (("ben@example.org", "quotas"), "is no name of a ticket"),
        (("7", "--none", "one two three four five six seven eight nine"), "9 words"),
        (("7", "--none", "no \udcff pdf"), "control characters"),
        (("../../7 8", "quotas"), "is no name of a ticket"),
    ],
)
def test_nothing_of_a_customer_is_written(
    kb_root: Path, run_kb: RunKb, arguments: tuple[str, ...], said: str
) -> None:
    """Personal data is refused with its place, and its value is not repeated in a log."""
    done = run_kb("link", *arguments, cwd=kb_root)
    assert done.code == 3
    assert said in done.err
    assert read_files(kb_root) == []


def test_it_must_be_clear_what_to_note(kb_root: Path, run_kb: RunKb) -> None:
    """Neither a card nor a gap, both, and an unknown card are refused before anything is written."""
    none = run_kb("link", "7", cwd=kb_root)
    assert (none.code, "After kb show or kb reply" in none.err) == (2, True)
    assert run_kb("link", "7", "quotas", "--none", "x", cwd=kb_root).code == 2
    assert run_kb("link", "7", "quotas", "nothing-like-it", cwd=kb_root).code == 3
    assert read_files(kb_root) == []


def test_gaps_are_listed_most_wanted_first(kb_root: Path, run_kb: RunKb) -> None:
    """The same words are one gap, by tickets and not by lines; one that was undone is none."""
    for ticket, asked in (
        ("1", "export as PDF"),
        ("2", "dark mode"),
        ("3", "Export as pdf"),
        ("4", "new logo"),
    ):
        run_kb("link", ticket, "--none", asked, cwd=kb_root)
    run_kb("link", "4", "--undo", cwd=kb_root)
    done = run_kb("gaps", cwd=kb_root)
    assert done.out.splitlines() == [
        "2\t2026-11-21\t2026-11-21\tExport as pdf\t1,3\t0\t\t",
        "1\t2026-11-21\t2026-11-21\tdark mode\t2\t0\t\t",
    ]
    assert json.loads(run_kb("gaps", "-n", "1", "--format", "json", cwd=kb_root).out)["data"]["more"] == 1


def test_own_searches_in_vain_stand_below_the_gaps(
    kb_root: Path, run_kb: RunKb, isolated_environment: Path
) -> None:
    """A search that nothing fits is kept once a day, short and redacted, for its user alone and 30 days; the first says so."""
    first = run_kb("search", "hovercraft eels of ben@example.org are far too many indeed", cwd=kb_root)
    assert "kept for `kb gaps`, 30 days" in first.err
    for words in (
        ["zebra"],
        ["zebra"],
        ["refund"],
        ["zzz", "tag:api"],
        ["zzz", "--exact"],
        ["qqq", "-refund"],
    ):
        assert "kept for" not in run_kb("search", *words, cwd=kb_root).err
    run_kb("search", "-", cwd=kb_root, stdin="xylophone")
    run_kb("search", "Zebra", cwd=kb_root, today=date(2026, 11, 22))
    run_kb("link", "1", "--none", "refund", cwd=kb_root)
    lines = run_kb("gaps", cwd=kb_root, today=date(2026, 11, 22)).out.splitlines()
    assert [line.split("\t")[3:6] for line in lines] == [
        ["refund", "1", "0"],
        ["Zebra", "", "2"],
        ["hovercraft eels of [email] are far too many", "", "1"],
    ]
    assert lines[0].endswith("\tbilling/refund\t")
    (file,) = (isolated_environment / ".state" / "kb" / "failed-searches").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    (kb_root / "zebra.md").write_text("---\ntitle: The zebra\n---\nIt has stripes.\n")
    assert "zebra" not in run_kb("gaps", cwd=kb_root).out.casefold()
    assert "hovercraft" not in run_kb("gaps", cwd=kb_root, today=date(2026, 12, 22)).out
    assert "3 searches in vain forgotten" in run_kb("gaps", "--clear", cwd=kb_root).err
    assert not file.exists()


def test_nobody_must_have_searches_kept(
    kb_root: Path, run_kb: RunKb, isolated_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment, the user and kb.toml can each turn it off."""
    own = isolated_environment / ".config" / "kb" / "config.toml"
    own.parent.mkdir(parents=True)
    monkeypatch.setenv("KB_KEEP_FAILED", "0")
    run_kb("search", "zebra", cwd=kb_root)
    monkeypatch.delenv("KB_KEEP_FAILED")
    own.write_text("keep_failed = false\nkep = 1\n")
    assert "config.toml: unknown setting “kep”" in run_kb("search", "zebra", cwd=kb_root).err
    own.write_text("keep_failed = 7\n")
    assert run_kb("search", "zebra", cwd=kb_root).code == 3
    own.unlink()
    (kb_root / "kb.toml").write_text("[search]\nkeep_failed = false\n")
    run_kb("search", "zebra", cwd=kb_root)
    assert not (isolated_environment / ".state").exists()


def test_two_branches_merge_without_a_conflict(
    kb_root: Path, run_kb: RunKb, git_commit: Callable[..., str]
) -> None:
    """Each branch writes a file of its own, so no merge driver and no attribute is needed; what one undid stays undone."""
    git_commit(kb_root)
    run_kb("link", "1", "quotas", "--commit", cwd=kb_root)
    run_kb("link", "9", "--none", "dark mode", "--commit", cwd=kb_root)
    moment = "2026-11-21T12:00:00+0000"
    run_git(kb_root, "switch", "-q", "-c", "other", moment=moment)
    run_kb("link", "2", "quotas", "--commit", cwd=kb_root)
    run_kb("link", "1", "--undo", "--commit", cwd=kb_root)
    run_kb("gaps", "take", "1", "--by", "ben", "--commit", cwd=kb_root)
    run_git(kb_root, "switch", "-q", "main", moment=moment)
    run_kb("link", "3", "quotas", "--commit", cwd=kb_root)
    run_kb("gaps", "take", "1", "--commit", cwd=kb_root)
    run_git(kb_root, "-c", "core.attributesFile=/dev/null", "merge", "-q", "-m", "m", "other", moment=moment)
    assert len(read_files(kb_root)) == 2
    assert run_kb("link", "2", "quotas", cwd=kb_root).out == ""
    assert run_kb("link", "3", "quotas", cwd=kb_root).out == ""
    assert set(run_kb("gaps", cwd=kb_root).out.rstrip().split("\t")[-1].split(",")) == {
        "ada@example.org",
        "ben",
    }
    assert run_kb("link", "1", "quotas", cwd=kb_root).out == "1\tused\tapi/quotas\t\n"


def test_broken_lines_are_told_and_stay(kb_root: Path, run_kb: RunKb) -> None:
    """A line that was cut off, or that is no line, is named with path and number; what follows begins anew."""
    run_kb("link", "1", "--none", "export", cwd=kb_root)
    (file,) = read_files(kb_root)
    with file.open("a") as stream:
        stream.write('[1]\n{"id": "x", "on": "2026-11')
    run_kb("link", "2", "--none", "export", cwd=kb_root)
    done = run_kb("gaps", cwd=kb_root)
    assert done.out.startswith("2\t")
    path = file.relative_to(kb_root).as_posix()
    assert f"{path}:2 cannot be read" in done.err
    assert f"{path}:3 cannot be read" in done.err


def test_no_line_leaves_the_repository(kb_root: Path, tmp_path: Path, run_kb: RunKb) -> None:
    """A hostile clone whose folder leads elsewhere gets nothing written, and nothing read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (kb_root / "support").symlink_to(outside)
    done = run_kb("link", "1", "quotas", cwd=kb_root)
    assert done.code == 3
    assert list(outside.iterdir()) == []
    (outside / "links" / "2026-11").mkdir(parents=True)
    (outside / "links" / "2026-11" / "a.jsonl").write_text(
        '{"id":"a","on":"2026-11-01","outcome":"none","asked":"x"}\n'
    )
    assert run_kb("gaps", cwd=kb_root).out == ""


def test_a_corrected_card_names_the_tickets_that_got_the_old_text(
    kb_root: Path, run_kb: RunKb, git_commit: Callable[..., str]
) -> None:
    """Affected are tickets answered from another text, with the words that differ; answered again or settled they are not."""
    git_commit(kb_root)
    for ticket in ("1", "2", "3"):
        run_kb("link", ticket, "refund", cwd=kb_root)
    assert run_kb("affected", "refund", cwd=kb_root).out == ""
    card = kb_root / "billing" / "refund.md"
    card.write_text(card.read_text().replace("five days", "ten days"))
    run_kb("link", "2", "refund", cwd=kb_root)
    assert [line.split("\t")[0] for line in run_kb("affected", "refund", cwd=kb_root).out.splitlines()] == [
        "3",
        "1",
    ]
    shown = run_kb("affected", "refund", "--format", "table", cwd=kb_root).out
    assert "[-five-]" in shown
    assert "{+ten+}" in shown
    assert run_kb("affected", "refund", "--settle", "9", cwd=kb_root).code == 2
    assert run_kb("affected", "refund", "--settle", "3", cwd=kb_root).out.startswith("1\t")
    run_kb("mv", "billing/refund", "billing/money", cwd=kb_root)
    assert run_kb("affected", "billing/money", cwd=kb_root).out.startswith("1\t")
    assert run_kb("affected", "money", "--editorial", "--commit", cwd=kb_root).out == ""
    moved = kb_root / "billing" / "money.md"
    moved.write_text(moved.read_text().replace("ten days", "a week"))
    rows = run_kb("affected", "money", cwd=kb_root).out.splitlines()
    assert {row.split("\t")[0] for row in rows} == {"1", "2"}
    assert run_kb("link", "2", "money", "--undo", cwd=kb_root).code == 0
    assert run_kb("affected", "money", cwd=kb_root).out.startswith("1\t")


def test_who_got_another_text_after_that_of_now_is_affected(kb_root: Path, run_kb: RunKb) -> None:
    """A card is corrected and put back: whose last answer was the correction must hear of it, whose was an earlier one need not."""
    card = kb_root / "billing" / "refund.md"
    was = card.read_text(encoding="utf-8")
    for day, text in (("20", was), ("21", f"{was}Within nine days.\n")):
        card.write_text(text, encoding="utf-8")
        for ticket in ("1", "2") if day == "20" else ("2",):
            assert run_kb("--today", f"2026-11-{day}", "link", ticket, "refund", cwd=kb_root).code == 0
    card.write_text(was, encoding="utf-8")
    rows = run_kb("affected", "refund", cwd=kb_root).out.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["2"]


def test_links_written_at_once_are_all_there(kb_root: Path, run_kb: RunKb) -> None:
    """Several kb in one clone add to one file, each its whole lines."""
    run_kb("link", "0", "quotas", cwd=kb_root)
    code = (
        "import sys; from datetime import date; from pathlib import Path; from kbcli.support.links.lines import *\n"
        "root = Path(sys.argv[1])\n"
        "for n in range(100): append_lines(root, root, 'main', [LinkLine(make_id(), date(2026, 11, 1), str(n), 'x' * 300)])\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(kb_root)]) for _ in range(2)]
    assert [process.wait() for process in started] == [0, 0]
    lines = [line for file in read_files(kb_root) for line in file.read_text().splitlines()]
    assert len({json.loads(line)["id"] for line in lines}) == 201


def test_a_gap_is_taken_by_one_who_writes_its_card(
    kb_root: Path, run_kb: RunKb, git_commit: Callable[..., str]
) -> None:
    """Who writes it stands in the list for all; nobody else takes it meanwhile; it can be given back."""
    run_kb("link", "1", "--none", "dark mode", cwd=kb_root)
    run_kb("search", "zebra", cwd=kb_root)
    assert run_kb("gaps", "take", "1", cwd=kb_root).out == "dark mode\tada@example.org\n"
    assert run_kb("gaps", "take", "zeb", "--by", "ben", cwd=kb_root).out == "zebra\tben\n"
    run_kb("gaps", "--clear", cwd=kb_root)
    rows = [line.split("\t") for line in run_kb("gaps", cwd=kb_root).out.splitlines()]
    assert [(row[0], row[3], row[7]) for row in rows] == [
        ("1", "dark mode", "ada@example.org"),
        ("0", "zebra", "ben"),
    ]
    refused = run_kb("gaps", "take", "dark mode", "--by", "ben", cwd=kb_root)
    assert (refused.code, "ada@example.org writes “dark mode”" in refused.err) == (3, True)
    (file,) = read_files(kb_root)
    before = file.read_bytes()
    assert run_kb("gaps", "take", "1", cwd=kb_root).code == 0
    assert file.read_bytes() == before
    assert run_kb("gaps", "take", "1", "--undo", "--commit", cwd=kb_root).code == 0
    assert run_kb("gaps", "take", "1", "--undo", cwd=kb_root).code == 2
    assert run_kb("gaps", "take", "1", "--by", "ben", cwd=kb_root).code == 0
    for unknown in ("9", "0", "no such words", ""):
        assert run_kb("gaps", "take", unknown, cwd=kb_root).code == 3


def test_a_card_closes_its_gap(kb_root: Path, run_kb: RunKb, git_commit: Callable[..., str]) -> None:
    """A new card has title and language of what was asked; the gap is gone until it is asked again on a later day."""
    (kb_root / "de.md").write_text("---\ntitle: Rechnung\nlang: de\n---\nDie Rechnung ist im Konto.\n")
    git_commit(kb_root)
    for ticket, asked in (
        ("1", "wie kann ich die Rechnung exportieren"),
        ("2", "dark mode"),
        ("3", "new logo"),
    ):
        run_kb("link", ticket, "--none", asked, "--commit", cwd=kb_root)
    new = run_kb("new", "--gap", "rechnung", "--no-edit", "--commit", cwd=kb_root)
    assert new.out.startswith("wie-kann-ich-die-rechnung-exportieren\t")
    assert "lang: de\n" in (kb_root / "wie-kann-ich-die-rechnung-exportieren.md").read_text()
    named = run_git(
        kb_root, "show", "--name-only", "--format=", moment="2026-11-21T12:00:00+0000"
    ).splitlines()
    assert [name.rpartition(".")[2] for name in named] == ["jsonl", "md"]
    run_kb("new", "Themes", "--gap", "dark mode", cwd=kb_root, stdin="Settings, Themes.\n")
    assert "aliases: [dark mode]" in (kb_root / "themes.md").read_text()
    assert run_kb("gaps", "close", "1", "quotas", cwd=kb_root).out == "new logo\tapi/quotas\n"
    assert run_kb("gaps", cwd=kb_root).out == ""
    assert run_kb("new", "--gap", "1", "--no-edit", cwd=kb_root).code == 3
    run_kb("link", "4", "--none", "Dark mode", cwd=kb_root, today=date(2026, 11, 22))
    assert run_kb("gaps", cwd=kb_root).out.startswith("1\t2026-11-22\t2026-11-22\tDark mode\t4\t")


def test_ticket_numbers_can_be_told_to_those_with_the_key_only(
    kb_root: Path,
    run_kb: RunKb,
    isolated_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    git_commit: Callable[..., str],
) -> None:
    """With keyed refs no number is in git; the key comes from the user's own settings or environment, and is needed."""
    settings = (kb_root / "kb.toml").read_text()
    (kb_root / "kb.toml").write_text(
        f'refs = "keyed"\nref_key = "in the clone, which counts not"\n{settings}'
    )
    git_commit(kb_root)
    for key in ("", "too short"):
        monkeypatch.setenv("KB_REF_KEY", key)
        refused = run_kb("link", "35436", "quotas", cwd=kb_root)
        assert (refused.code, "Set KB_REF_KEY, or ref_key in" in refused.err) == (3, True)
    assert read_files(kb_root) == []
    monkeypatch.setenv("KB_REF_KEY", "correct horse battery")
    name, *_ = run_kb("link", "35436", "quotas", cwd=kb_root).out.split("\t")
    assert name == f"keyed:{hmac.new(b'correct horse battery', b'35436', 'sha256').hexdigest()[:20]}"
    assert "35436" not in read_files(kb_root)[0].read_text()
    monkeypatch.delenv("KB_REF_KEY")
    own = isolated_environment / ".config" / "kb" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('ref_key = "correct horse battery"\n')
    assert run_kb("link", "35436", "quotas", cwd=kb_root).out == ""
    assert run_kb("link", name, "refund", cwd=kb_root).out.startswith(f"{name}\t")
    card = kb_root / "api" / "quotas.md"
    card.write_text(card.read_text().replace("a minute", "an hour"))
    assert run_kb("affected", "quotas", "--settle", "35436", cwd=kb_root).out == ""


def test_of_cards_that_fit_alike_the_one_that_answers_tickets_comes_first(
    kb_root: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Use decides near ties, is explained, fades, and can be turned off; it never comes before an identifier."""
    for name in ("one", "two"):
        (kb_root / f"{name}.md").write_text("---\ntitle: Zebra stripes\n---\nThey differ.\n")
    (kb_root / "code.md").write_text("---\ntitle: Zebra error\n---\nE4711\n")

    def search(*words: str, today: date = date(2026, 11, 21)) -> list[str]:
        return [
            line.split("\t")[0]
            for line in run_kb("search", *words, cwd=kb_root, today=today).out.splitlines()
        ]

    assert search("zebra", "stripes")[:2] == ["one", "two"]
    for ticket in ("1", "2", "3"):
        run_kb("link", ticket, "two", cwd=kb_root)
    assert search("zebra", "stripes")[:2] == ["two", "one"]
    assert search("zebra", "stripes", "E4711")[1:] == ["one", "two"]
    factors = []
    for day in (date(2026, 11, 21), date(2027, 2, 19), date(2036, 11, 21)):
        out = run_kb("search", "zebra stripes", "--explain", "--format", "json", cwd=kb_root, today=day).out
        hits = {hit["card"]["id"]: hit for hit in json.loads(out)["data"]["hits"]}
        factors.append(
            {factor["name"]: factor["value"] for factor in hits["two"]["explanation"]["factors"]}.get("use")
        )
    assert factors == [1.00375, pytest.approx(1 + 0.01 * 1.5 / 6.5, abs=1e-6), None]
    run_kb("link", "1", "--undo", cwd=kb_root)
    without = run_kb("search", "zebra stripes", "--explain", cwd=kb_root).out
    assert "1.003  use" in without
    (cached,) = (kb_root.parent / "home" / ".cache" / "kb" / "use").iterdir()
    cached.unlink()
    assert run_kb("search", "zebra stripes", "--explain", cwd=kb_root).out == without
    run_kb("mv", "two", "a-zebra", cwd=kb_root)
    assert search("zebra", "stripes")[0] == "a-zebra"
    (kb_root / "kb.toml").write_text("[search]\nuse_ranking = false\n")
    assert "  use" not in run_kb("search", "zebra stripes", "--explain", cwd=kb_root).out


def test_the_list_by_use_is_an_faq(kb_root: Path, run_kb: RunKb) -> None:
    """Cards come by the tickets of the last year that they answered, each ticket once, also under a former ID."""
    for ticket, card, day in (
        ("1", "refund", date(2026, 11, 1)),
        ("2", "refund", date(2026, 11, 2)),
        ("2", "quotas", date(2026, 11, 2)),
        ("3", "quotas", date(2025, 11, 1)),
    ):
        run_kb("link", ticket, card, cwd=kb_root, today=day)
    (kb_root / "billing" / "refund.md").write_text("---\ntitle: Refund\n---\nTen days.\n")
    run_kb("link", "2", "refund", cwd=kb_root)
    run_kb("mv", "billing/refund", "billing/money", cwd=kb_root)
    rows = [line.split("\t") for line in run_kb("list", "--sort", "used", cwd=kb_root).out.splitlines()]
    assert [(row[0], row[-1]) for row in rows] == [
        ("billing/money", "2"),
        ("api/quotas", "1"),
        ("api/too-many-requests", "0"),
    ]
    assert "  2 tickets  " in run_kb("list", "--sort", "used", "--format", "table", cwd=kb_root).out
    data = json.loads(run_kb("list", "--format", "json", cwd=kb_root).out)["data"]
    assert [card["used"] for card in data["cards"]] == [1, 0, 2]


def test_the_report_tells_what_was_answered_from_cards(kb_root: Path, run_kb: RunKb) -> None:
    """Each month has its tickets, how many a card answered, of how many nothing was known, and its gaps; nobody's name."""
    run_kb("link", "1", "quotas", cwd=kb_root, today=date(2026, 10, 1))
    run_kb("link", "1", "refund", cwd=kb_root, today=date(2026, 11, 1))
    run_kb("link", "2", "--none", "dark mode", cwd=kb_root, today=date(2026, 10, 2))
    run_kb("link", "3", "--none", "Dark mode", cwd=kb_root, today=date(2026, 10, 30))
    run_kb("gaps", "take", "1", cwd=kb_root)
    run_kb("gaps", "close", "1", "quotas", cwd=kb_root, today=date(2026, 11, 3))
    run_kb("link", "2", "quotas", cwd=kb_root, today=date(2026, 11, 3))
    run_kb("link", "4", "--none", "dark mode", cwd=kb_root, today=date(2026, 11, 4))
    use = json.loads(run_kb("report", "--format", "json", cwd=kb_root).out)["data"]["use"]
    assert use == {
        "tickets": 4, "link_rate": 0.5, "new_share": 0.75, "gaps_opened": 2, "gaps_closed": 1,
        "months": [
            {"month": "2026-10", "tickets": 3, "linked": 2, "new": 2, "gaps_opened": 1, "gaps_closed": 0},
            {"month": "2026-11", "tickets": 1, "linked": 0, "new": 1, "gaps_opened": 1, "gaps_closed": 1},
        ],
    }  # fmt: skip
    for form in ("table", "plain", "markdown", "csv", "html"):
        said = run_kb("report", "--format", form, cwd=kb_root).out
        assert (
            "Gaps opened" in said
            or "use\tmonth\topened\t2026-11-01\t1" in said
            or "use,month,opened,2026-11-01,1" in said
        )
        assert "ada@" not in said
    assert "answered from" not in run_kb("report", "--format", "markdown", "--tag", "api", cwd=kb_root).out


def test_half_a_character_is_a_line_that_cannot_be_read(kb_root: Path, run_kb: RunKb) -> None:
    """JSON can name half of a pair of UTF-16, which no file can hold: said with its line, and nothing that follows fails."""
    folder = kb_root / "support" / "links" / "2026-11"
    folder.mkdir(parents=True)
    line = '{"id": "%s", "on": "2026-11-20", "ticket": "1", "outcome": "none", "asked": "%s lone half"}\n'
    (folder / "ffffffffffffffff.jsonl").write_text(
        line % ("a", "\\ud800") + line % ("b", "\\ud83d\\ude00"), encoding="ascii"
    )
    listed = run_kb("gaps", cwd=kb_root)
    assert "ffffffffffffffff.jsonl:1 cannot be read" in listed.err
    assert [row.split("\t")[3] for row in listed.out.splitlines()] == ["😀 lone half"]
    assert run_kb("gaps", "take", "lone half", cwd=kb_root).code == 0


def test_who_writes_a_card_is_told_without_a_number_or_a_secret(kb_root: Path, run_kb: RunKb) -> None:
    """A colleague’s address may stand in git; a phone number or a token beside a name is refused and not written."""
    run_kb("link", "1", "--none", "labels jam", cwd=kb_root)
    for by in ("Max +49 30 901820", "sk_live_abcdefghijklmnop"):
        assert run_kb("gaps", "take", "1", "--by", by, cwd=kb_root).code == 3
    assert run_kb("gaps", "take", "1", "--by", "max@example.org", cwd=kb_root).code == 0
    text = "".join(path.read_text() for path in (kb_root / "support" / "links").rglob("*.jsonl"))
    assert "901820" not in text
    assert "max@example.org" in text


def test_a_line_that_does_not_fit_on_the_disk_leaves_none(kb_root: Path, run_kb: RunKb) -> None:
    """Of a line that is cut short nothing stays, and kb says that nothing was linked."""
    resource = pytest.importorskip("resource", reason="only POSIX limits the size of files")
    run_kb("link", "1", "--none", "dark mode", cwd=kb_root)
    (file,) = (kb_root / "support/links").rglob("*.jsonl")
    before, (soft, hard) = file.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 9, hard))
    try:
        done = run_kb("link", "2", "--none", "export", cwd=kb_root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (done.code, "Nothing was linked" in done.err) == (3, True)
    assert file.read_bytes() == before
