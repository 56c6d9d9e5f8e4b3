"""Promises of the curve: what it says of a past day is what a checkout of that day says."""

import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from datedgit import make_repository, run_git

from kbcli.config import Config, load_config
from kbcli.foundation.git.log import load_history
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.past.provenance import find_changed
from kbcli.knowledge.reports import trends
from kbcli.knowledge.reports.trends import Past, TrendPoint, draw_curve, judge_changes, load_past
from kbcli.knowledge.trust.dependencies import digest_dependencies
from kbcli.knowledge.trust.judging import judge_library
from kbcli.knowledge.trust.states import STATES

TODAY = date(2026, 11, 21)
Files = Mapping[str, str | None]


def card(body: str = "Wait a minute.", **fields: str) -> str:
    """The text of a card."""
    lines = "".join(
        f"{name}: {value}\n" for name, value in {"title": "T", "verify_every": "90d", **fields}.items()
    )
    return f"---\n{lines}---\n{body}\n"


class Repo:
    """A repository whose commits are dated by hand."""

    def __init__(self, top: Path, sub: str = "") -> None:
        self.top, self.root = top, top / sub
        self.root.mkdir(parents=True)
        make_repository(top)

    def git(self, *arguments: str, day: str = "2026-01-01") -> str:
        return run_git(self.top, *arguments, moment=f"{day}T12:00:00+0000")

    def commit(self, day: str, files: Files, message: str = "Change") -> None:
        """Write files (None deletes) and commit everything on that day."""
        for path, text in files.items():
            full = self.root / path
            full.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                full.unlink()
            else:
                full.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, day=day)

    @property
    def config(self) -> Config:
        return load_config(self.root, find_git_root(self.root))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository that is a knowledge base."""
    made = Repo(tmp_path / "repo")
    made.commit("2026-01-05", {"kb.toml": ""})
    return made


def draw(
    repo: Repo, folder: Path | None = None, **options: object
) -> tuple[Past, FactCache, tuple[TrendPoint, ...]]:
    """The past and its curve."""
    facts = FactCache(repo.config, folder)
    past = load_past(repo.config, TODAY, facts)
    return past, facts, draw_curve(past, facts, **options)[""]  # type: ignore[arg-type]


def judge_checkout(repo: Repo, point: TrendPoint, target: Path, basis: str) -> dict[str, int]:
    """The counts that a clone checked out at a point's commit has on its day."""
    if not target.exists():
        subprocess.run(["git", "clone", "-q", repo.top, target], check=True, capture_output=True)
    subprocess.run(
        ["git", "checkout", "-q", "--detach", point.sha], cwd=target, check=True, capture_output=True
    )
    root = target / repo.root.relative_to(repo.top)
    root.mkdir(exist_ok=True)
    (root / "kb.toml").write_text(repo.config.source)
    library = load_library(load_config(root, target))
    changed = find_changed(library, load_history(root)) if basis == "history" else None
    counts = Counter(trust.state for trust in judge_library(library, point.day, changed=changed).values())
    return {state: counts[state] for state in STATES}


def expect_as_checked_out(repo: Repo, tmp_path: Path) -> tuple[TrendPoint, ...]:
    """Compare every week at which the commit or a state is another one, on both bases."""
    curves = {basis: draw(repo, basis=basis)[2] for basis in ("history", "date")}
    log = repo.git("log", "--first-parent", "--format=%H %ct").splitlines()
    mainline = [(sha, int(seconds)) for sha, _, seconds in (line.partition(" ") for line in log)]
    for basis, curve in curves.items():
        before: TrendPoint | None = None
        for point in curve:
            end = datetime.combine(point.day, time.max, UTC).timestamp()
            assert point.sha == next((sha for sha, seconds in mainline if seconds <= end), "")
            if point.sha and (before is None or before[1:] != point[1:]):
                assert judge_checkout(repo, point, tmp_path / "clone", basis) == point.summary.counts, (
                    basis,
                    point,
                )
            before = point
    return curves["history"]


def find_states(curve: tuple[TrendPoint, ...], day: str) -> dict[str, int]:
    """The states that cards had at the end of a week."""
    point = next(point for point in curve if point.day == date.fromisoformat(day))
    return {state: count for state, count in point.summary.counts.items() if count}


def test_states_follow_the_calendar(repo: Repo, tmp_path: Path) -> None:
    """A card nobody touches is verified, then due, then expired; a draft and an unverified one stay what they are."""
    repo.commit(
        "2026-01-07", {"a.md": card(verified="2026-01-07"), "b.md": card(status="draft"), "c.md": card()}
    )
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-11") == {"verified": 1, "draft": 1, "unverified": 1}
    assert find_states(curve, "2026-03-29") == {"due": 1, "draft": 1, "unverified": 1}
    assert find_states(curve, "2026-04-12") == {"expired": 1, "draft": 1, "unverified": 1}
    assert curve[-1].day == date(2026, 11, 15)


def test_a_text_edited_after_its_date_is_changed(repo: Repo, tmp_path: Path) -> None:
    """Through a rename, until it is verified again; judged by date alone it stays verified."""
    long = "\n\n".join(f"Paragraph {number} of the answer." for number in range(9))
    repo.commit("2026-01-07", {"a.md": card(long, verified="2026-01-07")})
    repo.commit("2026-01-14", {"a.md": card(long + " More.", verified="2026-01-07")})
    repo.git("mv", "a.md", "b.md")
    repo.commit("2026-01-21", {})
    repo.commit("2026-01-28", {"b.md": card(long + " More.", verified="2026-01-28")})
    curve = expect_as_checked_out(repo, tmp_path)
    assert [find_states(curve, f"2026-{day}") for day in ("01-11", "01-18", "01-25", "02-01")] == [
        {"verified": 1}, {"changed": 1}, {"changed": 1}, {"verified": 1},
    ]  # fmt: skip
    assert find_states(draw(repo, basis="date")[2], "2026-01-18") == {"verified": 1}


def test_merges_deletions_and_returns(repo: Repo, tmp_path: Path) -> None:
    """A branch counts from its merge on; a deleted card is gone, and one that comes back is a new one."""
    repo.commit("2026-01-06", {"a.md": card(verified="2026-01-06")})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(
        "2026-01-08",
        {"a.md": card("Another text.", verified="2026-01-06"), "n.md": card(verified="2026-01-08")},
    )
    repo.git("checkout", "-q", "main")
    repo.commit("2026-01-20", {"b.md": card(flagged="wrong")})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side", day="2026-01-27")
    repo.commit("2026-02-10", {"b.md": None, "n.md": None})
    repo.commit("2026-02-17", {"b.md": card(verified="2026-02-17")})
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-18") == {"verified": 1}
    assert find_states(curve, "2026-02-01") == {"changed": 1, "flagged": 1, "verified": 1}
    assert find_states(curve, "2026-02-15") == {"changed": 1}
    assert find_states(curve, "2026-02-22") == {"changed": 1, "verified": 1}


def test_a_branch_not_merged_yet_tells_nothing(repo: Repo, tmp_path: Path) -> None:
    """A branch that verifies a card leaves it as it is on the main line until the merge, whatever the dates."""
    long = "\n\n".join(f"Paragraph {number} of the answer." for number in range(9))
    repo.commit("2026-01-06", {"a.md": card(long, verified="2026-01-06")})
    repo.commit("2026-01-13", {"a.md": card(long + " More.", verified="2026-01-06")})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("2026-01-15", {"a.md": card(long + " More.", verified="2026-01-15")})
    repo.git("checkout", "-q", "main")
    repo.commit("2026-01-20", {"b.md": card()})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side", day="2026-01-27")
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-25") == {"changed": 1, "unverified": 1}
    assert find_states(curve, "2026-02-01") == {"verified": 1, "unverified": 1}


def test_a_branch_vouches_from_its_merge_on(repo: Repo, tmp_path: Path) -> None:
    """A branch that set the same date beside the text that the main line has counts only once it is merged."""
    repo.commit("2026-01-05", {"a.md": card("One.")})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("2026-01-06", {"a.md": card("Two.", verified="2026-01-06"), "n.md": card()})
    repo.git("checkout", "-q", "main")
    repo.commit("2026-01-07", {"a.md": card("One.", verified="2026-01-06")})
    repo.commit("2026-01-08", {"a.md": card("Two.", verified="2026-01-06")})
    repo.commit("2026-01-13", {"b.md": card()})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side", day="2026-01-27")
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-18") == {"changed": 1, "unverified": 1}
    assert find_states(curve, "2026-02-01") == {"verified": 1, "unverified": 2}


def test_a_date_set_twice(repo: Repo, tmp_path: Path) -> None:
    """Dates undone and set again, and merges that pass one on, are judged as in a checkout."""
    long = "\n\n".join(f"Paragraph {number} of the answer." for number in range(9))
    repo.commit("2026-01-06", {"a.md": card(long, verified="2026-01-06")})
    repo.commit("2026-01-07", {"a.md": card(long)})
    repo.commit("2026-01-08", {"a.md": card(long + " More.", verified="2026-01-06")})
    repo.commit("2026-01-14", {"a.md": card(long, verified="2026-01-06")})
    repo.commit("2026-01-21", {"a.md": card("Other.\n\n" + long, verified="2026-01-06")})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("2026-01-28", {"a.md": card("Other.\n\n" + long + " End.", verified="2026-01-06")})
    repo.git("checkout", "-q", "main")
    repo.commit("2026-01-29", {"a.md": card("Others.\n\n" + long, verified="2026-01-06")})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side", day="2026-02-03")
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-25") == {"changed": 1}


def test_suspects_of_the_past(tmp_path: Path) -> None:
    """A changed source makes its translation suspect and a changed file its card, in a folder below the git root too."""
    repo = Repo(tmp_path / "repo", "kb")
    (repo.top / "src").mkdir()
    (repo.top / "src" / "limits.py").write_text("LIMIT = 1\n")
    source = card("Original.", lang="en")
    repo.commit("2026-01-05", {"kb.toml": "", "en.md": source})
    plain = card(depends_on="[src/limits.py]", verified="2026-01-06")
    (repo.root / "d.md").write_text(plain)
    library = load_library(repo.config)
    stamp = digest_dependencies(library.by_id["d"], library)
    digest = read_card(source.encode(), "en.md", repo.config).digest
    repo.commit("2026-01-06", {
        "d.md": card(depends_on="[src/limits.py]", verified="2026-01-06", depends_digest=stamp),
        "de.md": card("Übersetzt.", lang="de", verified="2026-01-06", translation_of="en", translation_digest=digest),
    })  # fmt: skip
    repo.commit("2026-01-13", {"en.md": card("Changed.", lang="en")})
    (repo.top / "src" / "limits.py").write_text("LIMIT = 2\n")
    repo.commit("2026-01-20", {})
    curve = expect_as_checked_out(repo, tmp_path)
    assert [find_states(curve, f"2026-01-{day}").get("suspect", 0) for day in (11, 18, 25)] == [0, 1, 2]


def test_links_and_exclusions(repo: Repo, tmp_path: Path) -> None:
    """A symbolic link inside counts as its target, one to nowhere not at all; today's kb.toml decides what is a card."""
    repo.commit("2026-01-06", {"a.md": card(verified="2026-01-06"), "old/x.md": card()})
    (repo.root / "link.md").symlink_to("a.md")
    (repo.root / "out.md").symlink_to("/etc/hostname")
    repo.commit("2026-01-08", {"kb.toml": 'exclude = ["old/**"]\n'})
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-11") == {"verified": 2}


def test_today_agrees_with_provenance(repo: Repo) -> None:
    """What changed by now is what `find_changed` says, also for texts and dates that are not committed."""
    names = ("kept", "edited", "dirty", "redated", "new")
    repo.commit("2026-01-06", {f"{name}.md": card(verified="2026-01-06") for name in names[:4]})
    repo.commit("2026-01-08", {"edited.md": card("Another.", verified="2026-01-06")})
    (repo.root / "dirty.md").write_text(card("Dirty.", verified="2026-01-06"))
    (repo.root / "redated.md").write_text(card("Dirty.", verified="2026-02-06"))
    (repo.root / "new.md").write_text(card(verified="2026-01-06"))
    library = load_library(repo.config)
    past, facts, _ = draw(repo)
    found = judge_changes(library, past, facts)
    assert found == find_changed(library, load_history(repo.root))
    assert {path for path, changed in found.items() if changed} == {"edited.md", "dirty.md"}


def test_second_run_asks_git_for_no_content(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the cache the same curve comes without reading a blob, and a new commit reads only what is new."""
    repo.commit("2026-01-06", {"a.md": card(verified="2026-01-06"), "b.md": card()})
    first = draw(repo, tmp_path / "cache")
    asked: list[str] = []
    import kbcli.knowledge.past.factcache as module

    read = module.iterate_blobs
    walks: list[object] = []
    walk = trends.read_commits
    monkeypatch.setattr(trends, "read_commits", lambda *given: (walks.append(given), walk(*given))[1])
    monkeypatch.setattr(
        module, "iterate_blobs", lambda folder, blobs: (asked.extend(blobs), read(folder, blobs))[1]
    )
    again = draw(repo, tmp_path / "cache")
    assert (again[0], again[2], asked, walks) == (first[0], first[2], [], [])
    assert load_past(repo.config, TODAY + timedelta(days=1), again[1]).weeks == first[0].weeks
    later = load_past(repo.config, TODAY + timedelta(days=2), again[1])
    assert (len(later.weeks), len(walks), asked) == (len(first[0].weeks) + 1, 1, [])
    repo.commit("2026-01-13", {"b.md": card("New.")})
    draw(repo, tmp_path / "cache")
    assert len(asked) == 1


@pytest.mark.parametrize("damage", [b"", b"{", b"0" * 64 + b"\n{}", b"\x80pickle", "cut", "edit"])
def test_damaged_cache_is_built_again(repo: Repo, tmp_path: Path, damage: bytes | str) -> None:
    """Whatever happened to the cache, the curve is right, and the cache is whole afterwards."""
    repo.commit("2026-01-06", {"a.md": card(verified="2026-01-06")})
    wanted = draw(repo, tmp_path / "cache")
    (path,) = (tmp_path / "cache").glob("*.json")
    whole = path.read_bytes()
    if isinstance(damage, str):
        damage = whole[: len(whole) // 2] if damage == "cut" else whole.replace(b"2026-01-06", b"2026-01-16")
        assert damage != whole
    path.write_bytes(damage)
    again = draw(repo, tmp_path / "cache")
    assert (again[0], again[2]) == (wanted[0], wanted[2])
    assert path.read_bytes() == whole


def test_cache_is_the_users_own(repo: Repo, tmp_path: Path) -> None:
    """The folder may be entered by the user only, the file is plain JSON, and a link in its place is not written through."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    draw(repo, folder)
    (path,) = folder.glob("*.json")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert isinstance(json.loads(path.read_bytes().partition(b"\n")[2]), dict)
    victim = tmp_path / "victim"
    victim.write_text("keep")
    path.unlink()
    path.symlink_to(victim)
    draw(repo, folder)
    assert victim.read_text() == "keep"


def test_other_settings_are_not_served_from_the_cache(repo: Repo, tmp_path: Path) -> None:
    """What kb.toml says otherwise of how cards are read reads the past anew; what it says of rules does not."""
    repo.commit("2026-01-06", {"a.md": "---\nreviewed: 2026-01-06\n---\nText.\n"})
    assert find_states(draw(repo, tmp_path / "cache")[2], "2026-01-11") == {"unverified": 1}
    (repo.root / "kb.toml").write_text('[rules]\ndue = "off"\n')
    assert FactCache(repo.config, tmp_path / "cache").record
    (repo.root / "kb.toml").write_text('[fields]\nverified = "reviewed"\n')
    assert find_states(draw(repo, tmp_path / "cache")[2], "2026-01-11") == {"verified": 1}


def test_without_history_it_says_why(repo: Repo, tmp_path: Path) -> None:
    """A shallow clone, a repository without commits and a folder without git have no past, each with its reason."""
    repo.commit("2026-01-06", {"a.md": card()})
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", repo.top.as_uri(), shallow], check=True, capture_output=True
    )
    empty = Repo(tmp_path / "empty")
    for root, words in ((shallow, "shallow"), (empty.root, "no commits"), (tmp_path, "not a git repository")):
        config = load_config(root, find_git_root(root))
        past = load_past(config, TODAY, FactCache(config, None))
        assert not past.available
        assert words in past.why


def test_time_that_runs_backwards(repo: Repo, tmp_path: Path) -> None:
    """A commit dated before its parent counts as `git rev-list --before` counts it."""
    repo.commit("2026-02-10", {"a.md": card(verified="2026-02-10")})
    repo.commit("2026-02-12", {"d.md": card()})
    repo.commit("2026-02-14", {"d.md": None})
    repo.commit("2026-01-20", {"b.md": card()})
    repo.commit("2026-03-03", {"c.md": card()})
    curve = expect_as_checked_out(repo, tmp_path)
    assert find_states(curve, "2026-01-25") == {"unverified": 2}
    for point in curve:
        if date(2026, 1, 12) <= point.day <= date(2026, 3, 10):
            wanted = repo.git("rev-list", "-1", "--first-parent", f"--before={point.day}T23:59:59Z", "HEAD")
            assert point.sha == wanted


def test_groups_and_since(repo: Repo) -> None:
    """Each owner has a curve of the same weeks, and `since` leaves out what was before."""
    repo.commit(
        "2026-01-06", {"a.md": card(owner="ann", verified="2026-01-06"), "b.md": card(owner="[ann, bob]")}
    )
    past, facts, _ = draw(repo)
    curves = draw_curve(past, facts, group_by="owner", since=date(2026, 2, 1))
    assert {name: points[0].summary.active for name, points in curves.items()} == {"ann": 2, "bob": 1}
    assert {points[0].day for points in curves.values()} == {date(2026, 2, 1)}
