"""kb shift: a month on the command line, on a real repository."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from datedgit import run_git

from kbcli.knowledge.past.life import TextChange
from kbcli.knowledge.past.since import CardChange
from kbcli.operations.base import Base
from kbcli.operations.shift.brief import Affected, Brief, Doubtful
from kbcli.operations.shift.end import end_shift
from kbcli.render.brief import format_brief
from kbcli.render.formats import View
from kbcli.support.links.gaps import Gap
from kbcli.support.shifts.plan import Seat
from tests.conftest import Outcome

RunKb = Callable[..., Outcome]
MONDAY = date(2026, 11, 23)
ROSTER = """\
# our rota
read = ["refund", "no-such-card"]
[[rota]]
people = ["ada@example.org", "ben@example.org", "cleo@example.org"]
buddies = ["eve@example.org", "finn@example.org"]
publish = "4w"
"""


@pytest.fixture
def shifts_root(kb_root: Path) -> Path:
    """A knowledge base with a rota, not planned yet."""
    (kb_root / "support").mkdir()
    (kb_root / "support" / "shifts.toml").write_text(ROSTER.replace('publish = "4w"\n', ""))
    return kb_root


def read_plan(root: Path) -> dict[str, list[str]]:
    """The lines of the plan by day."""
    text = "".join(path.read_text() for path in sorted((root / "support" / "shifts").glob("*.tsv")))
    return {line[:10]: line.split("\t")[1:] for line in text.splitlines() if line and line[0] != "#"}


def write_as(root: Path, who: str, path: str, text: str, day: str) -> None:
    """A commit of a person on a day."""
    (root / path).write_text(text)
    moment = f"{day}T10:00:00+0000"
    run_git(root, "add", "-A", moment=moment)
    run_git(
        root, "-c", f"user.email={who}", "-c", f"user.name={who}", "commit", "-qm", "Change", moment=moment
    )


def test_planning_is_written_once_and_said_in_words(shifts_root: Path, run_kb: RunKb) -> None:
    """The plan is committed text with the rotas it is of, planning again writes nothing, and the list begins with who is on."""
    done = run_kb("shift", "plan", "--until", "2026-12-31", "--commit", cwd=shifts_root, today=MONDAY)
    assert done.code == 0
    assert "committed" in done.err
    assert "support/shifts.toml" in run_git(shifts_root, "ls-files", moment="2026-11-23T12:00:00+0000")
    before = (shifts_root / "support" / "shifts" / "2026-12.tsv").read_bytes()
    again = run_kb(
        "shift", "plan", "--until", "2026-12-31", "--format", "table", cwd=shifts_root, today=MONDAY
    )
    assert again.out == "Nothing changed.\n"
    assert (shifts_root / "support" / "shifts" / "2026-12.tsv").read_bytes() == before
    plan = read_plan(shifts_root)
    assert set(plan) == {
        f"2026-{day:%m-%d}"
        for day in map(date.fromordinal, range(MONDAY.toordinal(), date(2027, 1, 1).toordinal()))
        if day.weekday() < 5
    }
    listed = run_kb("shift", "list", "--format", "table", cwd=shifts_root, today=MONDAY).out.splitlines()
    assert listed[0].startswith("On that day (2026-11-23)")
    assert listed[1].split()[:5] == [
        "Mon",
        "2026-11-23",
        plan["2026-11-23"][1].split("@")[0],
        "with",
        plan["2026-11-23"][2].split("@")[0],
    ]


def test_an_absence_is_written_beside_the_comments_and_moves_nobody_else(
    shifts_root: Path, run_kb: RunKb
) -> None:
    """shifts.toml keeps every line that it had, and only the seats of the absent change."""
    run_kb("shift", "plan", "--until", "2026-12-31", cwd=shifts_root, today=MONDAY)
    before, text = read_plan(shifts_root), (shifts_root / "support" / "shifts.toml").read_text()
    done = run_kb(
        "shift", "away", "ben", "2026-12-01..2026-12-11", "--format", "json", cwd=shifts_root, today=MONDAY
    )
    after, now = read_plan(shifts_root), (shifts_root / "support" / "shifts.toml").read_text()
    assert now.startswith(text)
    assert '["2026-12-01..2026-12-11"]' in now
    moved = {day for day in before if before[day] != after[day]}
    assert moved == {
        day
        for day, seat in before.items()
        if seat[1] == "ben@example.org" and "2026-12-01" <= day <= "2026-12-11"
    }
    assert {change["after"]["day"] for change in json.loads(done.out)["data"]["changes"]} == moved
    left = run_kb("shift", "leave", "cleo", "2026-12-15", cwd=shifts_root, today=MONDAY)
    assert left.code == 0
    assert all(
        seat[1] != "cleo@example.org" for day, seat in read_plan(shifts_root).items() if day > "2026-12-15"
    )
    assert not [
        line
        for line in run_kb("check", cwd=shifts_root, today=MONDAY).out.splitlines()
        if "shift-away" in line
    ]


def test_a_swap_is_refused_in_words_or_undone_by_itself(shifts_root: Path, run_kb: RunKb) -> None:
    """The same swap twice gives the same bytes; a past shift and a stranger are refused."""
    run_kb("shift", "plan", "--until", "2026-12-04", cwd=shifts_root, today=MONDAY)
    path = shifts_root / "support" / "shifts" / "2026-11.tsv"
    before = path.read_bytes()
    for _ in range(2):
        assert run_kb("shift", "swap", "2026-11-24", "2026-11-26", cwd=shifts_root, today=MONDAY).code == 0
    assert path.read_bytes() == before
    past = run_kb("shift", "swap", "2026-11-23", "2026-11-26", cwd=shifts_root, today=date(2026, 11, 25))
    assert (past.code, "is over" in past.err) == (3, True)
    stranger = run_kb("shift", "swap", "2026-11-24", "zoe", cwd=shifts_root, today=MONDAY)
    assert (stranger.code, "nobody of the rotas" in stranger.err) == (3, True)
    assert path.read_bytes() == before


def test_what_a_shift_left_is_found_in_git_and_handed_over(shifts_root: Path, run_kb: RunKb) -> None:
    """Texts, new cards and verifications of the person count, those of others not; the next brief says so."""
    (shifts_root / "support" / "shifts").mkdir()
    (shifts_root / "support" / "shifts" / "2026-11.tsv").write_text(
        "2026-11-02\t0\tada@example.org\n2026-11-23\t0\tben@example.org\teve@example.org\n2026-11-24\t0\tada@example.org\tfinn@example.org\n"
    )
    quotas = (shifts_root / "api" / "quotas.md").read_text()
    refund = (shifts_root / "billing" / "refund.md").read_text()
    none = run_kb("shift", "end", "--who", "ben", cwd=shifts_root, today=MONDAY)
    assert (none.code, "--nothing REASON" in none.err) == (3, True)
    kb = Base(str(shifts_root), today=lambda: MONDAY, actor="ben@example.org")
    assert end_shift(kb, explain=lambda: "only known questions").debrief.nothing == "only known questions"
    (shifts_root / "support" / "shifts" / "done" / "2026-11-23-0.toml").unlink()
    (shifts_root / "support" / "shifts" / "done").rmdir()
    reason = "only eva@customer.example asked, twice"
    told = run_kb("shift", "end", "--who", "ben", "--nothing", reason, cwd=shifts_root, today=MONDAY)
    assert (told.code, "email, from character 6" in told.err, "eva" in told.err) == (3, True, False)
    assert not (shifts_root / "support" / "shifts" / "done").exists()
    assert run_kb("link", "1", "refund", "quotas", cwd=shifts_root, today=date(2026, 11, 20)).code == 0
    assert run_kb("link", "2", "--none", "export as PDF", cwd=shifts_root, today=date(2026, 11, 20)).code == 0
    write_as(
        shifts_root,
        "ben@example.org",
        "billing/refund.md",
        refund.replace("five days", "ten days"),
        "2026-11-23",
    )
    write_as(
        shifts_root,
        "ben@example.org",
        "api/quotas.md",
        quotas.replace("2026-09-01", "2026-11-23"),
        "2026-11-23",
    )
    write_as(
        shifts_root, "cleo@example.org", "api/new.md", "---\ntitle: New\n---\nOne two three.\n", "2026-11-23"
    )
    ended = run_kb("shift", "end", "--who", "ben", "--commit", cwd=shifts_root, today=MONDAY)
    assert ended.out.splitlines() == ["text\tbilling/refund", "verified\tapi/quotas"]
    brief = run_kb("shift", "brief", "--format", "json", cwd=shifts_root, today=date(2026, 11, 24))
    data = json.loads(brief.out)["data"]
    assert (data["shift"]["buddy"], data["since"]) == ("finn@example.org", "2026-11-02")
    assert data["handover"]["person"] == "ben@example.org"
    assert [(one["kind"], one["id"], one["added"]) for one in data["changes"]] == [
        ("new", "api/new", 3),
        ("text", "billing/refund", 1),
    ]
    assert data["stamped"] == 1
    assert [one["id"] for one in data["reading"]] == ["api/new", "billing/refund"]
    assert [(one["id"], one["tickets"]) for one in data["affected"]] == [("billing/refund", 1)]
    assert [(one["asked"], one["tickets"]) for one in data["gaps"]] == [("export as PDF", ["2"])]
    report = json.loads(
        run_kb("shift", "report", "--format", "json", cwd=shifts_root, today=date(2026, 11, 24)).out
    )
    assert {name: report["data"][name] for name in ("contributed", "nothing", "open", "rows")} == {
        "contributed": 1,
        "nothing": 0,
        "open": 1,
        "rows": [],
    }


def test_a_first_shift_gets_the_reading_list(shifts_root: Path, run_kb: RunKb) -> None:
    """Before a first shift the cards of shifts.toml are to be read, and one that is gone is said; what is doubtful is named."""
    (shifts_root / "support" / "shifts").mkdir()
    (shifts_root / "support" / "shifts" / "2026-11.tsv").write_text("2026-11-24\t0\tben@example.org\n")
    done = run_kb("shift", "brief", "--who", "ben", "--format", "table", cwd=shifts_root, today=MONDAY)
    assert "Your first shift." in done.out
    assert "billing/refund: Refund a payment" in done.out
    assert "expired api/quotas" in done.out
    assert "no-such-card" in done.err


def test_what_was_asked_in_vain_is_offered_at_the_end(shifts_root: Path, run_kb: RunKb) -> None:
    """In a pipe it is named, beside what was answered without a card; who is asked and says yes has noted a gap for all."""
    (shifts_root / "support" / "shifts").mkdir()
    (shifts_root / "support" / "shifts" / "2026-11.tsv").write_text(
        "2026-11-12\t0\tada@example.org\n2026-11-23\t0\tada@example.org\n"
    )
    assert run_kb("search", "webhook wombat", cwd=shifts_root, today=MONDAY).code == 1
    refused = run_kb("shift", "end", "--who", "ada", cwd=shifts_root, today=MONDAY)
    assert (refused.code, "searched for in vain: “webhook wombat”" in refused.err) == (3, True)
    assert run_kb("link", "7", "--none", "export as PDF", cwd=shifts_root, today=MONDAY).code == 0
    ended = run_kb("shift", "end", "--who", "ada", cwd=shifts_root, today=MONDAY)
    assert ended.out.splitlines() == [
        "gap\texport as PDF",
        "unanswered\texport as PDF",
        "searched\twebhook wombat",
        "open\t2026-11-12-0",
    ]
    kb = Base(str(shifts_root), today=lambda: MONDAY, actor="ada@example.org")
    asked: list[str] = []
    done = end_shift(kb, shift="2026-11-23", confirm=lambda text: not asked.append(text))
    assert (asked, done.searches) == (["webhook wombat"], ())
    assert {found.card for found in done.debrief.contributions} == {"export as PDF", "webhook wombat"}
    gaps = run_kb("gaps", cwd=shifts_root, today=date(2026, 11, 24)).out
    assert "webhook wombat" in gaps
    again = run_kb(
        "shift", "end", "--who", "ada", "--shift", "2026-11-23", "--commit", cwd=shifts_root, today=MONDAY
    )
    assert "searched" not in again.out
    assert run_git(shifts_root, "status", "--porcelain", "support/links", moment="") == ""


def test_a_brief_fits_on_the_screen() -> None:
    """However much there is to say, it takes the lines of the screen, and each part shows its two worst at least."""
    seat = Seat(MONDAY, "0", "ada")
    changes = tuple(CardChange("new", f"c{number}", "T" * 200, TextChange(9, 0)) for number in range(50))
    gaps = tuple(Gap("how " * 8, MONDAY, MONDAY, ("1",)) for _ in range(50))
    affected = tuple(Affected(f"c{number}", "T", 3) for number in range(50))
    doubtful = tuple(Doubtful(f"c{number}", "T" * 99, "expired") for number in range(5))
    brief = Brief(seat, "ada", None, MONDAY, None, changes, 9, doubtful, 99, (), (), affected, gaps)
    for height in (25, 40, 60):
        lines = format_brief(brief, View(width=80, height=height)).text.splitlines()
        assert len(lines) <= height - 1
        assert max(map(len, lines)) <= 80
        assert [sum(word in line for line in lines) >= 2 for word in ("kb affected", "how", "expired", "new c")] == [True] * 4  # fmt: skip
    assert len(lines) > 40


def test_an_error_of_the_plan_names_file_and_line(shifts_root: Path, run_kb: RunKb) -> None:
    """A merge conflict, a wrong day, a seat twice: said with path and line, never a traceback."""
    (shifts_root / "support" / "shifts").mkdir()
    path = shifts_root / "support" / "shifts" / "2026-11.tsv"
    for text, line in (
        ("# head\n<<<<<<< HEAD\n", 2),
        ("2026-11-31\t0\tada\n", 1),
        ("2026-11-24\t0\tada\n2026-11-24\t0\tben\n", 2),
        ("2026-12-24\t0\tada\n", 1),
        ("2026-11-24\t0\t\x1b[31mada\n", 1),
    ):
        path.write_text(text)
        done = run_kb("shift", "list", cwd=shifts_root, today=MONDAY)
        assert (done.code, f"support/shifts/2026-11.tsv:{line}: " in done.err) == (3, True)
        assert "Traceback" not in done.err
        assert "\x1b" not in done.err
