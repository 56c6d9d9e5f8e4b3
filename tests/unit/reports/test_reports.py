"""Promises of the parts of the report: load, links to expired cards, rubber stamps, groups."""

import subprocess
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository, read_head, run_git

from kbcli.config import load_config
from kbcli.errors import UsageError
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.reports.backlinks import count_backlinks
from kbcli.knowledge.reports.report import LoadRow, Report, make_report, measure_workload
from kbcli.knowledge.reports.trends import StampReport, count_stamps, load_past
from kbcli.knowledge.trust.judging import judge_library
from kbcli.render.report.data import list_report_rows

TODAY = date(2026, 11, 21)


def write(root: Path, **files: str) -> None:
    """Write cards: front matter lines and body, cut at `|`."""
    root.mkdir(exist_ok=True)
    (root / "kb.toml").touch()
    for name, text in files.items():
        head, _, body = text.partition("|")
        (root / f"{name.replace('__', '/')}.md").parent.mkdir(exist_ok=True)
        fields = head.strip().replace("; ", "\n")
        (root / f"{name.replace('__', '/')}.md").write_text(f"---\n{fields}\n---\n{body or 'Text.'}\n")


def commit(root: Path, day: str, message: str = "Change") -> str:
    """Commit everything on a day, and return the commit."""
    moment = f"{day}T12:00:00+0000"
    if not (root / ".git").exists():
        make_repository(root)
    for arguments in (("add", "-A"), ("commit", "-q", "--allow-empty", "-m", message)):
        run_git(root, *arguments, moment=moment)
    return read_head(root)


def report(root: Path, **options: object) -> Report:
    """The report of a folder."""
    config = load_config(root, find_git_root(root))
    return make_report(load_library(config), TODAY, FactCache(config, None), **options)  # type: ignore[arg-type]


def test_load_by_week(tmp_path: Path) -> None:
    """Due today is overdue, tomorrow to the seventh day is week one, day 84 is the last; drafts are left out."""
    every = "owner: ann; verify_every: 1d; verified:"
    write(
        tmp_path,
        a=f"{every} 2026-11-20", b=f"{every} 2026-11-21", c=f"{every} 2026-11-27", d=f"{every} 2026-11-28",
        e="owner: [bob, ann]; verify_every: 84d; verified: 2026-11-21", f="verify_every: 85d; verified: 2026-11-21",
        g=f"{every} 2026-11-01; status: draft", h="owner: zoe",
    )  # fmt: skip
    library = load_library(load_config(tmp_path))
    load = measure_workload(library.cards, judge_library(library, TODAY), TODAY)
    assert (load.ends[0], load.ends[-1]) == (date(2026, 11, 28), date(2027, 2, 13))
    assert load.rows == (
        LoadRow("ann", 1, (2, 1, *[0] * 9, 1)),
        LoadRow("bob", 0, (*[0] * 11, 1)),
    )
    assert load.total == LoadRow("", 1, (2, 1, *[0] * 9, 1))


def test_links_count_once_a_card(tmp_path: Path) -> None:
    """Every form of link counts, one per linking card, none from itself, from code or from an archived card."""
    write(
        tmp_path,
        goal="title: Goal|[self](goal.md)", one="title: 1|[x](goal.md) and [y](goal.md#part)", docs__two="title: 2|[x](../goal)",
        docs__three="title: 3|[x](/goal.html)", four="title: 4|`[x](goal.md)` [y](https://example.org/goal.md)",
        five="status: archived|[x](goal.md)", docs__site="title: S", docs__six="title: 6|[x](/site.html)",
    )  # fmt: skip
    library = load_library(load_config(tmp_path))
    found = count_backlinks(library, [library.by_id["goal"], library.by_id["docs/site"]])
    assert found == {"goal.md": 3, "docs/site.md": 1}


def test_expired_most_linked_first(tmp_path: Path) -> None:
    """Among expired cards links come first, then how long they have been so."""
    old, older = "verify_every: 30d; verified: 2026-09-01", "verify_every: 30d; verified: 2026-01-01"
    write(tmp_path, a=f"{old}", b=f"{older}", c=f"{old}", d="title: D|[c](c.md)")
    assert [(row.card.id, row.links) for row in report(tmp_path).expired] == [("c", 1), ("b", 0), ("a", 0)]


def stamps(root: Path, **options: object) -> StampReport:
    """The rubber stamps of a repository."""
    config = load_config(root, find_git_root(root))
    facts = FactCache(config, None)
    return count_stamps(load_past(config, TODAY, facts).events, facts, **options)  # type: ignore[arg-type]


def test_what_a_rubber_stamp_is(tmp_path: Path) -> None:
    """Only a later date on the same text without evidence; the largest batch is named."""
    root = tmp_path / "kb"
    write(
        root,
        a="verified: 2026-01-01",
        b="verified: 2026-01-01",
        c="title: C",
        d="verified: 2026-01-01",
        e="verified: 2026-01-01",
    )
    commit(root, "2026-01-01")
    write(
        root,
        a="verified: 2026-02-01",
        b="verified: 2026-02-01|New text.",
        c="verified: 2026-02-01; title: C",
        e="verified: 2025-01-01",
    )
    batch = commit(root, "2026-02-01", "Batch")
    write(
        root, a="verified: 2026-03-01; evidence: [https://example.org]", d="verified: 2026-03-01; tags: [x]"
    )
    commit(root, "2026-03-01")
    write(root, a="verified: 2026-03-02; owner: ann")
    commit(root, "2026-03-02", "Verify a\n\nEvidence: https://example.org/log\n\nSome more.")
    found = stamps(root)
    assert (found.total, found.new, dict(found.counts)) == (6, 4, {"text": 1, "evidence": 2, "stamp": 3})
    assert found.largest is not None
    assert (found.largest.sha, found.largest.subject, found.largest_count, found.largest_stamps) == (
        batch,
        "Batch",
        3,
        2,
    )
    assert stamps(root, since=date(2026, 2, 15)).total == 3


def test_stamp_beside_an_edit_in_one_merge(tmp_path: Path) -> None:
    """A stamp whose card another commit of the same merge edited is counted as such; a merge is no verification."""
    root = tmp_path / "kb"
    long = "Line.\n\n" * 9
    write(root, a="verified: 2026-01-01", b=f"verified: 2026-01-01|{long}")
    commit(root, "2026-01-01")
    subprocess.run(["git", "checkout", "-q", "-b", "side"], cwd=root, check=True)
    write(root, a="verified: 2026-01-01|Better.")
    commit(root, "2026-02-01")
    write(root, a="verified: 2026-02-01|Better.", b=f"verified: 2026-02-01|{long}")
    commit(root, "2026-02-02")
    subprocess.run(["git", "checkout", "-q", "main"], cwd=root, check=True)
    write(root, b=f"verified: 2026-01-01|{long}The end.")
    commit(root, "2026-02-03")
    subprocess.run(["git", "merge", "-q", "--no-ff", "-m", "Merge", "side"], cwd=root, check=True)
    found = stamps(root)
    assert (found.total, found.counts["stamp"], found.edited_with) == (2, 2, 1)


def test_a_moved_card_is_not_verified_again(tmp_path: Path) -> None:
    """A rename with its date kept is no verification."""
    root = tmp_path / "kb"
    write(root, a="verified: 2026-01-01|" + "Long text.\n\n" * 9)
    commit(root, "2026-01-01")
    (root / "a.md").rename(root / "b.md")
    commit(root, "2026-01-02")
    assert (stamps(root).total, stamps(root).new) == (0, 1)


def test_groups_are_sorted_and_today_ends_the_curve(tmp_path: Path) -> None:
    """Most untrusted first, without a group last; the last point is today's files, committed or not."""
    root = tmp_path / "kb"
    write(
        root,
        a="owner: ann; verified: 2026-11-01",
        b="owner: bob",
        c="owner: bob",
        d="title: D",
        e="owner: cy",
    )
    commit(root, "2026-11-02")
    write(root, f="owner: ann")
    made = report(root, group_by="owner")
    assert [(group.name, group.untrusted) for group in made.groups["owner"]] == [
        ("bob", 2),
        ("ann", 1),
        ("cy", 1),
        ("", 1),
    ]
    assert (made.curve[-1].day, made.curve[-1].summary.active, made.curve[-2].summary.active) == (TODAY, 6, 5)
    assert all(len(group.curve) == len(made.curve) for group in made.groups["owner"])
    assert made.summary.active == 6


def test_usage(tmp_path: Path) -> None:
    """A grouping that does not exist, and a start after today, are usage errors."""
    write(tmp_path, a="title: A")
    for options in ({"group_by": "colour"}, {"since": date(2027, 1, 1)}):
        with pytest.raises(UsageError):
            report(tmp_path, **options)


def test_the_commit_at_a_cliff_is_named(tmp_path: Path) -> None:
    """Where trust falls by more than a fifth and one commit changed most of those cards, it is named, with the way out."""
    cards = {f"c{number}": "verified: 2026-10-01; verify_every: 1y|* One" for number in range(5)}
    write(tmp_path, **cards)
    commit(tmp_path, "2026-10-01", "Verify")
    write(tmp_path, c0="verified: 2026-10-01; verify_every: 1y|* Two")
    commit(tmp_path, "2026-10-02", "Edit one card")
    assert report(tmp_path).cliffs == ()
    write(tmp_path, **{name: text.replace("*", "-") for name, text in cards.items()})
    sha = commit(tmp_path, "2026-11-03", "Format everything")
    found = report(tmp_path)
    assert [(cliff.commit.sha, cliff.touched) for cliff in found.cliffs] == [(sha, 5)]
    assert any(
        "80% to 0%" in note and "“Format everything”" in note and sha[:10] in note for note in found.notes
    )
    (row,) = (row for row in list_report_rows(found) if row[0] == "cliff")
    assert row[1:5] == ("commit", f"{sha[:10]} Format everything", "2026-11-08", 5)
    (tmp_path / ".git-blame-ignore-revs").write_text(f"{sha}\n")
    commit(tmp_path, "2026-11-04", "Name it")
    mended = report(tmp_path)
    assert (mended.cliffs, mended.summary.trusted) == ((), 4)


def test_a_date_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The report says which dates count as none because they were mistyped."""
    write(tmp_path, a="verified: 2023-13-45", b="verified: 2026-11-01")
    assert any("a (“2023-13-45”, line 2)" in note for note in report(tmp_path).notes)
