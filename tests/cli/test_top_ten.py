"""Promises of kb week, top-ten, hand-over and renewals, from an export of a help desk to whom to tell."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kbcli.operations.base import Base
from kbcli.operations.top_ten.draft import find_fitting_card

THEMES = {
    "limit": "api answers 429 too many requests limit retry",
    "export": "export invoices as pdf download button missing",
    "printer": "printed page margin cut landscape paper",
}
NOISE = [a + b + c for a in "bdfgkl" for b in "aeiou" for c in ("rin", "lop", "zat", "mek")]
# Tickets of each theme by month: the limit is mended after October, the printer is new.
LOADS = {"2026-09": (20, 12, 0), "2026-10": (24, 12, 14), "2026-11": (2, 11, 8)}
ADA = "ada@customer.example"


def list_records() -> Iterator[dict[str, Any]]:
    """Two organizations, then tickets: every fourth is open, every third of the others took two replies."""
    yield {"id": 77, "name": "Acme", "organization_fields": {"tier": "gold", "renewal_date": "2026-12-24"}}
    yield {"id": 78, "name": "Later", "organization_fields": {"renewal_date": "2028-01-01"}}
    dice = random.Random(4)
    number = 1000
    for month, counts in LOADS.items():
        for theme, count in zip(THEMES, (*counts, 0), strict=False):
            for place in range(count):
                number += 1
                words = [*dice.sample(THEMES[theme].split(), 5), *dice.sample(NOISE, 2)]
                yield make_ticket(
                    number, date.fromisoformat(f"{month}-01") + timedelta(days=place % 27), words
                )
        for place in range(20):
            number += 1
            yield make_ticket(
                number, date.fromisoformat(f"{month}-02") + timedelta(days=place), dice.sample(NOISE, 6)
            )


def make_ticket(number: int, day: date, words: list[str]) -> dict[str, Any]:
    """A ticket as Zendesk exports it."""
    at = f"{day}T09:00:00Z"
    asker = 501 + number % 40
    comments = [
        (asker, " ".join(words[2:]) + f" {ADA}"),
        (9001, "Please look here."),
        *([(9001, "And here.")] * (number % 3 == 0)),
    ]
    return {
        "id": number, "created_at": at, "updated_at": at, "subject": " ".join(words[:4]), "raw_subject": " ".join(words[:4]),
        "description": comments[0][1], "status": "open" if number % 4 == 0 else "closed", "requester_id": asker,
        "submitter_id": asker, "assignee_id": 9001, "organization_id": 77, "tags": ["api"],
        "comments": [
            {"id": 10 * number + place, "author_id": who, "plain_body": text, "public": True, "created_at": at}
            for place, (who, text) in enumerate(comments)
        ],
    }  # fmt: skip


@pytest.fixture
def desk(
    kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], isolated_environment: Path
) -> Callable[..., Any]:
    """`kb` on a knowledge base with an archive of three months, as a function of command line and day."""
    del isolated_environment
    export = tmp_path / "export"
    export.mkdir()
    records = list(list_records())
    (export / "organizations.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in records[:2]))
    (export / "tickets.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in records[2:]))

    def run(line: str, day: str = "2026-12-07", stdin: str = "") -> Any:
        return run_kb("--kb", str(kb_root), *line.split(), today=date.fromisoformat(day), stdin=stdin)

    assert run(f"tickets import {export}").code == 0
    return run


def test_a_month_is_drafted_decided_handed_over_told_and_counted_again(
    desk: Callable[..., Any], kb_root: Path
) -> None:
    """What was asked most is a row with its count; people's edits stay; the issue has counts and no customer's words; those to tell are told once; a month later it is fewer."""
    drafted = json.loads(desk("top-ten draft --format json", "2026-11-05").out)["data"]
    assert drafted["month"] == "2026-10"
    rows = {
        theme: row
        for row in drafted["rows"]
        for theme in THEMES
        if set(row["words"]) & set(THEMES[theme].split())
    }
    assert set(rows) == set(THEMES)
    assert 22 <= rows["limit"]["tickets"] <= 26
    assert 18 <= rows["limit"]["before"] <= 22
    assert rows["printer"]["growing"]
    assert not rows["export"]["growing"]
    assert rows["limit"]["card"] is not None
    path = kb_root / drafted["path"]
    text = path.read_text()
    again = desk("top-ten draft", "2026-11-05")
    assert "stays as it is" in again.err
    assert path.read_text() == text

    row = rows["limit"]["id"]
    text = text.replace("  category:", "  category: bug", 1).replace(
        "  remedy:", "  remedy: https://example.org/1 # ours", 1
    )
    path.write_text(text)
    assert rows["limit"] == max(drafted["rows"], key=lambda one: one["tickets"])
    handed = json.loads(desk(f"hand-over {row} --to github --project a/b --format json", "2026-11-05").out)[
        "data"
    ]
    assert handed["url"].startswith("https://github.com/a/b/issues/new?title=")
    assert f"**{rows['limit']['tickets']} tickets**" in handed["body"]
    assert not any(word in handed["body"] for word in (*NOISE, "1021", ADA))
    assert "  handed_over: [github a/b 2026-11-05]\n" in path.read_text()
    quoted = desk(f"hand-over {row} --to linear --ticket zendesk:1033 --format markdown", "2026-11-05").out
    assert "\n> " in quoted
    assert ADA not in quoted

    done = json.loads(desk(f"hand-over {row} --done --format json").out)["data"]
    assert "  state: done\n" in path.read_text()
    assert " # ours\n" in path.read_text()
    assert {one["opened"][:7] for one in done["tickets"]} <= {"2026-10", "2026-11"}
    subjects = json.loads(desk("top-ten show --subjects --format json").out)["data"]["rows"][0]["subjects"]
    assert all(
        set(one.split()) & set(" ".join(THEMES.values()).split())
        for one in (*subjects, done["tickets"][0]["subject"])
    )
    for form in ("plain", "markdown", "html", "table"):
        assert subjects[0] in desk(f"top-ten show --subjects --format {form}").out
    first, second = (one["ticket"] for one in done["tickets"][:2])
    told = json.loads(desk(f"hand-over {row} --told {first} --told {second[8:]} --format json").out)["data"]
    assert len(told["tickets"]) == len(done["tickets"]) - 2
    assert {first, second}.isdisjoint(one["ticket"] for one in told["tickets"])
    assert desk(f"hand-over {row} --told {first}").code == 2
    rest = desk(f"hand-over {row} --done --format plain").out
    assert desk(f"hand-over {row} --told - --format plain", stdin=rest).out == ""

    reviewed = json.loads(desk("top-ten review --format json").out)["data"]
    verdicts = {one["id"]: one["verdict"] for one in reviewed["rows"]}
    assert reviewed["month"] == "2026-10"
    assert (verdicts[row], verdicts[rows["export"]["id"]]) == ("fewer", "no clear change")
    early = desk("top-ten review 2026-10 --format plain", "2026-11-20")
    assert "too early" in early.out


def test_a_card_fits_a_row_only_if_a_ticket_of_it_finds_the_card_too(kb_root: Path) -> None:
    """“refund payment” finds the card of refunds, which helps nobody whose tickets are about something else."""
    kb = Base(str(kb_root), today=lambda: date(2026, 11, 21))
    fits = [
        find_fitting_card(kb, ["refund", "payment"], [subject], {})
        for subject in ("Refund a payment twice", "Requests are throttled")
    ]
    assert [card and card.id for card in fits] == ["billing/refund", None]


def test_a_week_counts_what_is_known_and_says_what_is_not(desk: Callable[..., Any], kb_root: Path) -> None:
    """Load, first contact and links are those of the export; in git no count is below five; a running week is not written."""
    assert desk("link zendesk:1025 quotas", "2026-10-08").code == 0
    assert desk("link 1026 --none pdf", "2026-10-08").code == 0
    week = json.loads(desk("week 2026-W41 --format json").out)["data"]
    records = [
        one for one in list_records() if "2026-10-05" <= one.get("created_at", "")[:10] <= "2026-10-11"
    ]
    closed = [one for one in records if one["status"] == "closed"]
    assert week["opened"] == len(records)
    assert week["first_contact"]["now"] == {
        "no": sum(1 for one in closed if one["id"] % 3 == 0),
        "yes": sum(1 for one in closed if one["id"] % 3),
        "not-closed": len(records) - len(closed),
    }
    assert week["past"][:3] == [None, None, None]
    assert [(load["name"], load["tickets"]) for load in week["tags"]] == [("api", len(records))]
    assert sum(load["replies"] for load in week["tags"]) == sum(len(one["comments"]) - 1 for one in records)
    assert "ada" not in json.dumps(week)
    assert desk("week 2026-W50 --write").code == 3
    assert desk("week 2026-W41 --write").code == 0
    told = json.loads((kb_root / "support/weeks/2026-W41.json").read_text())
    counts = [count for part in told.values() if isinstance(part, dict) for count in part["counts"].values()]
    assert told["opened"] == len(records)
    assert min(counts) >= 5
    assert desk("week 2026-W41 --write").code == 3


def test_one_customer_makes_no_row_and_names_no_product(
    kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], isolated_environment: Path
) -> None:
    """Tickets that are all of one customer are in no row and in no name of a week, whatever their number; with unknown askers of that desk they count as one more."""
    del isolated_environment
    lines = []
    for number in range(1, 61):
        theme = number <= 12
        words = ["Zwirbelmann", "calendar", "vanished", "from", "Zwirbelgasse", "today"]
        noise = [NOISE[number], NOISE[number + 30], NOISE[-number]]
        other = [
            *["the", "printer", "cuts", "the", "margin", "of", "every", "page", "that", "we", "print"],
            *noise,
        ]
        one = make_ticket(number, date(2026, 11, 3 + number % 4), words if theme else other)
        asker = (777 if number <= 9 else None) if theme else 800 + number
        if number > 36:
            one = make_ticket(
                number, date(2026, 11, 3), f"why is the {noise[0]} of this {noise[1]} not {noise[2]}".split()
            )
        lines.append(json.dumps({**one, "requester_id": asker, "submitter_id": asker}))
    (tmp_path / "tickets.ndjson").write_text("\n".join(lines))

    def run(line: str) -> Any:
        return run_kb("--kb", str(kb_root), *line.split(), today=date(2026, 12, 7))

    assert run(f"tickets import {tmp_path / 'tickets.ndjson'}").code == 0
    drafted = json.loads(run("top-ten draft 2026-11 --format json").out)["data"]
    assert [row["tickets"] for row in drafted["rows"]] == [24]
    text = (kb_root / "support/top-ten/2026-11.yaml").read_text().casefold()
    assert "printer" in text
    assert "zwirbel" not in text
    (tmp_path / "table.csv").write_text(
        "id,date,title,question,customer,product\n"
        + "".join(
            f"{n},2026-11-1{n % 5},a,b,{n if n > 9 else 1},{'app' if n > 9 else 'Zwirbelmann'}\n"
            for n in range(30)
        )
    )
    columns = [
        "ref=id",
        "opened=date",
        "subject=title",
        "question=question",
        "customer=customer",
        "product=product",
    ]
    options = " ".join(f"--column {column}" for column in columns)
    assert run(f"tickets import {tmp_path / 'table.csv'} {options}").code == 0
    assert run("week 2026-W46 --write").code == 0
    week = (kb_root / "support/weeks/2026-W46.json").read_text()
    assert '"app": ' in week
    assert "Zwirbel" not in week
    handed = run("hand-over 1 --to github --project https://evil.example/#")
    assert (handed.code, handed.out) == (2, "")
    assert (kb_root / "support/top-ten/2026-11.yaml").read_text().casefold() == text


THEME_WORDS = {"limit": THEMES["limit"], "printer": THEMES["printer"], "": ""}


def test_what_grows_with_all_the_rest_does_not_grow(
    kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], isolated_environment: Path
) -> None:
    """In a month with three times the tickets a theme with three times as many is none that grows; one with eight times is."""
    del isolated_environment
    dice, lines = random.Random(5), []
    for month in (8, 9, 10, 11):
        counts = {"limit": 10, "printer": 10, "": 40} if month < 11 else {"limit": 30, "printer": 80, "": 120}
        for theme, count in counts.items():
            for day in range(count):
                words = dice.sample(THEME_WORDS[theme].split(), 5 if theme else 0)
                day_of = date(2026, month, day % 27 + 1)
                one = make_ticket(
                    len(lines) + 1, day_of, [*words[:5], *dice.sample(NOISE, 2 if words else 6)]
                )
                lines.append(json.dumps(one))
    (tmp_path / "tickets.ndjson").write_text("\n".join(lines))

    def run(line: str) -> Any:
        return run_kb("--kb", str(kb_root), *line.split(), today=date(2026, 12, 7))

    assert run(f"tickets import {tmp_path / 'tickets.ndjson'}").code == 0
    rows = json.loads(run("top-ten draft 2026-11 --format json").out)["data"]["rows"]
    growing = {word: row["growing"] for row in rows for word in row["words"]}
    found = [{growing[word] for word in words.split() if word in growing} for words in THEME_WORDS.values()]
    assert found == [{False}, {True}, set()]


def test_renewals_name_the_open_problems_of_those_who_are_due(desk: Callable[..., Any]) -> None:
    """A contract that is due is listed with its tier, its days left and each open ticket; a later one is not."""
    found = json.loads(desk("renewals --format json").out)["data"]
    (acme,) = found["renewals"]
    assert (acme["company"], acme["tier"], acme["days_left"]) == ("Acme", "gold", 17)
    tickets = [one for one in list_records() if one.get("status") == "open"]
    assert [one["ticket"] for one in acme["open"]] == [
        f"zendesk:{one['id']}" for one in sorted(tickets, key=lambda one: (one["created_at"], one["id"]))
    ]
    assert json.loads(desk("renewals --within 10d --format json").out)["data"]["renewals"] == []


def test_without_an_archive_the_next_step_is_named(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """Each of them exits with 3 where no ticket was imported, and says how to begin."""
    for line in ("week", "top-ten draft", "renewals"):
        said = run_kb("--kb", str(kb_root), *line.split())
        assert (said.code, "kb tickets import" in said.err) == (3, True)
