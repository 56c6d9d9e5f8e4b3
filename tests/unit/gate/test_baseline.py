"""Promises of kb-baseline.json: what git makes of two branches' files is what both branches meant."""

import json
import subprocess
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from datedgit import make_repository
from hypothesis import given, settings, strategies as st
from trials import count_trials

from kbcli.errors import KbError
from kbcli.knowledge.gate.baseline import (
    BASELINE_NAME,
    Baseline,
    Entry,
    format_baseline,
    read_baseline,
)

UNION = f"{BASELINE_NAME} merge=union\n"


def name_entry(letter: str) -> Entry:
    """The entry that a letter stands for."""
    return "expired", f"cards/{letter}", ""


def write(letters: Iterable[str], before: str | None = None) -> str:
    """A baseline of entries; with `before`, what --update-baseline makes of that text."""
    entries = [name_entry(letter) for letter in letters]
    if before is None:
        return format_baseline(entries)
    known = {tuple(item): 1 for item in json.loads(before)["findings"][:-1]}
    return format_baseline(entries, Baseline(known, before))


def read(folder: Path, *, join: bool = False) -> str:
    """The letters of the baseline in a folder, sorted."""
    found = read_baseline(folder, join=join)
    assert found is not None
    return "".join(sorted(card.removeprefix("cards/") for _, card, _ in found.entries))


def merge(folder: Path, base: str | None, ours: str, theirs: str, *, attributes: str, style: str) -> bool:
    """Commit the three baselines (letters; None: there is no file) and merge for real; whether git saw no conflict."""
    before = None if base is None else write(base)
    files = {"base": before, "ours": write(ours, before), "theirs": write(theirs, before)}
    stream = ""
    for name, text in files.items():
        stream += f"commit refs/heads/{name}\ncommitter A <a@example.org> 1700000000 +0000\ndata 0\n"
        stream += "from refs/heads/base\n" if name != "base" else ""
        for path, data in ((".gitattributes", attributes), (BASELINE_NAME, text)):
            if data is not None:
                stream += f"M 100644 inline {path}\ndata {len(data)}\n{data}\n"
    make_repository(folder)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, text=True, check=True)
    subprocess.run(["git", "checkout", "-qf", "ours"], cwd=folder, check=True)
    done = subprocess.run(
        ["git", "-c", f"merge.conflictStyle={style}", "merge", "-q", "-m", "Merge", "theirs"],
        cwd=folder, check=False, capture_output=True,
    )  # fmt: skip
    return done.returncode == 0


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("abcde", "acde", "abde", "ade"),  # neighbours
        ("abcde", "bcde", "acde", "cde"),  # at the top
        ("abcde", "abcd", "abce", "abc"),  # at the end
        ("abcde", "ade", "abe", "ae"),  # overlapping
        ("abcde", "bd", "ace", ""),  # every other one
        ("abcde", "", "abde", ""),  # all of them here, one there
        ("abcde", "", "", ""),
        ("abcde", "ace", "abcde", "ace"),  # one branch leaves it alone
        ("ab", "b", "a", ""),
        ("a", "", "a", ""),
        ("ace", "abce", "ac", "abc"),  # one more here, another one less there
    ],
)
def test_branches_that_mend_merge_without_conflict_anywhere(
    tmp_path: Path, base: str, ours: str, theirs: str, result: str
) -> None:
    """Without any .gitattributes, git takes out what either branch mended, and nothing comes back."""
    assert merge(tmp_path, base, ours, theirs, attributes="", style="merge")
    json.loads((tmp_path / BASELINE_NAME).read_text())
    assert read(tmp_path) == result


SHAPES = [
    ("", "a", "b"),  # the base accepts nothing
    ("m", "am", "bm"),  # at the top
    ("am", "abm", "acm"),  # in the middle
    ("am", "amx", "amy"),  # at the end
    ("am", "abm", "abcm"),  # the same and one more
    ("abc", "ac", "abxc"),  # one less here, one more there
    ("abc", "axyz", "qbc"),
    (None, "ab", "bc"),  # both begin a baseline
    (None, "abc", "abc"),
]


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize(("base", "ours", "theirs"), SHAPES)
def test_with_the_attribute_nothing_conflicts(
    tmp_path: Path, base: str | None, ours: str, theirs: str, style: str
) -> None:
    """`merge=union` joins what branches added, in every conflict style; kb reads it and writes it in order again."""
    assert merge(tmp_path, base, ours, theirs, attributes=UNION, style=style)
    if base is not None or style == "merge":
        json.loads((tmp_path / BASELINE_NAME).read_text())
    found = read(tmp_path)
    added = (set(ours) | set(theirs)) - set(base or "")
    assert added | (set(ours) & set(theirs)) <= set(found) <= set(ours) | set(theirs)
    merged = read_baseline(tmp_path)
    assert merged is not None
    again = format_baseline(merged.entries, merged)
    assert [line for line in again.split("\n") if line] == [line for line in write(found).split("\n") if line]
    assert json.loads(again)["findings"][:-1] == [list(name_entry(letter)) for letter in found]


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize(("base", "ours", "theirs"), [SHAPES[1], SHAPES[2], SHAPES[3], SHAPES[7]])
def test_a_conflict_is_refused_until_both_sides_are_asked_for(
    tmp_path: Path, base: str | None, ours: str, theirs: str, style: str
) -> None:
    """Git's marks stop the gate with the remedy; joined, they are the findings of both sides, and of these only."""
    assert not merge(tmp_path, base, ours, theirs, attributes="", style=style)
    with pytest.raises(KbError) as caught:
        read_baseline(tmp_path)
    assert "kb check --update-baseline" in caught.value.hint
    found = set(read(tmp_path, join=True))
    added = (set(ours) | set(theirs)) - set(base or "")
    assert added | (set(ours) & set(theirs)) <= found <= set(ours) | set(theirs)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    """Half a baseline is not taken for a merge of two."""
    (tmp_path / BASELINE_NAME).write_text(write("abc").rpartition("null")[0])
    for join in (False, True):
        with pytest.raises(KbError, match="cut off"):
            read_baseline(tmp_path, join=join)


LETTERS = "abcdefghij"
SUBSETS = st.sets(st.sampled_from(LETTERS))


@settings(max_examples=count_trials(8, 60), deadline=None)
@given(start=SUBSETS, gone=SUBSETS, ours=SUBSETS, theirs=SUBSETS)
def test_mending_on_branches_commutes(
    tmp_path_factory: pytest.TempPathFactory,
    start: set[str],
    gone: set[str],
    ours: set[str],
    theirs: set[str],
) -> None:
    """Whatever was mended before, here and there: git's plain merge is the baseline without any of it."""
    folder = tmp_path_factory.mktemp("merge")
    left = start - gone
    base = write(sorted(left), write(sorted(start)))
    for name, mended in (("base", set()), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(write(sorted(left - mended), base) if mended else base)
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, check=False, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0
    (folder / BASELINE_NAME).write_text(done.stdout)
    assert read(folder) == "".join(sorted(left - ours - theirs))


@settings(max_examples=count_trials(25, 200), deadline=None)
@given(start=SUBSETS, then=SUBSETS)
def test_an_update_writes_what_is_left(start: set[str], then: set[str]) -> None:
    """Sorted, each finding on one line between empty ones, whether it was there, left or (renamed) came."""
    before = write(sorted(start))
    text = write(sorted(then), before)
    assert json.loads(text)["findings"] == [*(list(name_entry(letter)) for letter in sorted(then)), None]
    assert not any(one and other for one, other in pairwise(text.split("\n")))
    assert write(sorted(then), text).count("\n") <= text.count("\n")
