"""What cards depend on: stamped at verification, named when it changes."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.trust.dependencies import (
    MAX_HINTS,
    STAMP,
    DependencyReader,
    digest_dependencies,
    find_suspects,
)
from kbcli.knowledge.trust.judging import judge_library, judge_one
from tests.unit.conftest import write_card

TODAY = date(2026, 11, 21)
Make = Callable[..., Library]
FILES = {"src/limits.py": "LIMIT = 20\n", "src/quotas.py": "QUOTA = 9\n", "b.md": write_card(title="B")}


def stamp(library: Library, ident: str = "a") -> str:
    """The stamp that verifying a card would write."""
    return digest_dependencies(library.by_id[ident], library)


def find_sentences(library: Library, stamped: str, ident: str = "a") -> tuple[str, ...]:
    """What makes a card suspect that carries a stamp."""
    cards = tuple(
        replace(card, depends_digest=stamped) if card.id == ident else card for card in library.cards
    )
    return find_suspects(Library(library.config, cards)).get(ident, ())


def test_nothing_changed_is_nothing_suspect(make_library: Make) -> None:
    """A stamp fits the files and cards that it was made of, and has the documented form."""
    library = make_library({**FILES, "a.md": write_card(depends_on='[src/limits.py, "card:b"]')})
    assert STAMP.match(stamp(library))
    assert find_sentences(library, stamp(library)) == ()


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        ({"src/limits.py": "LIMIT = 30\n"}, ("src/limits.py changed since it was verified",)),
        ({"src/new.py": "x"}, ("src/new.py is new since it was verified",)),
        ({"src/quotas.py": None}, ("a file it depended on is gone since it was verified",)),
        ({"b.md": write_card("Another text.\n", title="B")}, ("the card b changed since it was verified",)),
        ({"b.md": None}, ("the card b is gone since it was verified",)),
        ({"b.md": write_card(title="B", owner="someone-else", tags="[x]")}, ()),
        ({"src/limits.py": "LIMIT = 20\r\n"}, ()),
        ({"other.py": "x"}, ()),
        (
            {"src/limits.py": "a", "src/quotas.py": "b"},
            ("src/limits.py changed since it was verified", "src/quotas.py changed since it was verified"),
        ),
    ],
)
def test_what_changed_is_named(
    make_library: Make, tmp_path: Path, change: dict[str, str | None], sentences: tuple[str, ...]
) -> None:
    """A suspect says which file or card changed, is new, or is gone; a card's tags and a file's newlines do not count."""
    files = {**FILES, "a.md": write_card(title="A", depends_on='["src/*.py", "card:b"]')}
    stamped = stamp(make_library(files))
    for path, text in change.items():
        target = tmp_path / "base" / path
        if text is None:
            target.unlink()
        else:
            target.write_bytes(text.encode())
    assert find_sentences(make_library({}), stamped) == sentences


def test_more_files_than_hints_are_one_digest(make_library: Make) -> None:
    """Beyond 16 files the stamp stays short, and says only that one of them changed."""
    files = {f"src/f{number}.py": str(number) for number in range(MAX_HINTS + 1)}
    library = make_library({**files, "a.md": write_card(depends_on="[src/]")})
    stamped = stamp(library)
    assert len(stamped) == len("v2:") + 32
    changed = make_library({"src/f3.py": "other"})
    assert find_sentences(changed, stamped) == (
        f"one of the {MAX_HINTS + 1} things it depends on changed since it was verified",
    )


def test_files_count_from_the_git_root(make_library: Make, tmp_path: Path) -> None:
    """A card in content/ depends on src/limits.py at the top of the repository."""
    (tmp_path / "base").mkdir()
    make_repository(tmp_path / "base")
    files = {"src/limits.py": "x", "src/ignored.log": "x", ".gitignore": "*.log\n"}
    library = make_library({**files, "content/a.md": write_card(depends_on='["src/**"]')}, folder="content/")
    assert [name for name, _ in DependencyReader(library).resolve(library.by_id["a"]).entries] == [
        "src/limits.py"
    ]


@pytest.mark.parametrize(
    "value",
    ["../secret", "/etc/passwd", "a/../../secret", "../**", "~/x", "C:\\x", "card:../a", "..", "inside-link"],
)
def test_nothing_outside_is_read(make_library: Make, tmp_path: Path, value: str) -> None:
    """A dependency that leads out, by its words or by a symbolic link, is named and not read."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "inside-link").symlink_to(tmp_path / "secret")
    library = make_library({"a.md": write_card(depends_on=f"['{value}']")})
    found = DependencyReader(library).resolve(library.by_id["a"])
    assert (found.outside, found.entries) == ((value,), ())


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
def test_a_pipe_or_a_huge_file_is_missing_and_not_read(make_library: Make, tmp_path: Path) -> None:
    """A named pipe is not waited for, and a file over 50 MB is not read."""
    (tmp_path / "base").mkdir()
    os.mkfifo(tmp_path / "base" / "pipe")
    with (tmp_path / "base" / "huge").open("wb") as stream:
        stream.truncate(50_000_001)
    library = make_library({"a.md": write_card(depends_on="[pipe, huge, none, 'card:none', '*.none']")})
    found = DependencyReader(library).resolve(library.by_id["a"])
    assert found.missing == ("pipe", "huge", "none", "card:none", "*.none")


def test_a_file_whose_name_looks_like_a_glob_is_that_file(make_library: Make) -> None:
    """Brackets in a file's name are letters when that file exists."""
    library = make_library(
        {"docs/[x].py": "x", "docs/x.py": "y", "a.md": write_card(depends_on="['docs/[x].py']")}
    )
    assert [name for name, _ in DependencyReader(library).resolve(library.by_id["a"]).entries] == [
        "docs/[x].py"
    ]


def test_a_moved_card_is_still_depended_on(make_library: Make) -> None:
    """A dependency by a former ID goes on, and moving the card alone makes nothing suspect."""
    before = make_library(
        {"a.md": write_card(title="A", depends_on="['card:old/b']"), "old/b.md": write_card(title="B")}
    )
    stamped = stamp(before)
    cards = (before.by_id["a"], replace(before.by_id["old/b"], id="b", path="b.md", former_ids=("old/b",)))
    assert find_sentences(Library(before.config, cards), stamped) == ()


def test_a_translation_is_suspect_when_its_source_changed(make_library: Make) -> None:
    """A translation names its source; a change of the source's tags does not matter."""
    source = make_library({"en.md": write_card(title="Limits")}).by_id["en"]
    german = write_card(
        "Eine Minute warten.\n",
        title="Grenzen",
        lang="de",
        translation_of="en",
        translation_digest=source.digest,
    )
    same = make_library({"de.md": german, "en.md": write_card(title="Limits", tags="[new]")})
    assert judge_library(same, TODAY)["de.md"].state == "verified"
    changed = make_library({"en.md": write_card("Wait two minutes.\n", title="Limits")})
    trust = judge_library(changed, TODAY)["de.md"]
    assert (trust.state, trust.reasons[0].text) == (
        "suspect",
        "its source en changed since it was translated",
    )


def test_a_stamp_that_is_none_is_not_judged(make_library: Make) -> None:
    """A malformed stamp is bad-field's business, not a reason for suspicion."""
    library = make_library(
        {**FILES, "a.md": write_card(depends_on="[src/limits.py]", depends_digest="v9:what")}
    )
    assert find_suspects(library) == {}


def test_one_card_is_judged_like_in_the_whole_library(make_library: Make) -> None:
    """`kb show` reads only what a card depends on, and comes to the same verdict."""
    library = make_library({
        **FILES, "en.md": write_card(title="Limits", former_ids="[old]"),
        "a.md": write_card(title="A", depends_on='["card:b"]', depends_digest="v1:0123456789abcdef"),
        "de.md": write_card(title="Grenzen", lang="de", translation_of="old", translation_digest="v1:0123456789abcdef"),
    })  # fmt: skip
    together = judge_library(library, TODAY)
    for card in library.cards:
        assert judge_one(library.config, card, TODAY) == together[card.path]
    assert {trust.state for trust in together.values()} == {"verified", "suspect"}
