"""`kb check --base` judges unchanged cards once: with whatever change, it finds what judging both sides whole finds."""

import subprocess
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from trials import count_trials

from kbcli.config import load_config
from kbcli.foundation.git.objects import FileContents
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.differential import ChangeResult, compare_with_base
from kbcli.knowledge.gate.rule import CheckCache
from kbcli.knowledge.gate.run import choose_rules
from kbcli.knowledge.likeness import similarity as likeness
from kbcli.knowledge.likeness.pairs import DuplicatePair, PairFinder
from kbcli.operations.rules import RULES

TODAY = date(2026, 11, 21)
NAMES = tuple(f"{folder}{number}.md" for folder in ("", "sub/") for number in range(6))
SENTENCES = tuple(" ".join(f"word{(seed * 5 + step * 3) % 31}" for step in range(8)) for seed in range(8))
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(("One", "Two", "Three")), "owner": st.just("a"), "status": st.sampled_from(("active", "archived", "draft")),
        "verified": st.sampled_from(("2026-11-20", "2026-02-30", "2025-01-01")), "verify_every": st.just("90d"),
        "verified_digest": st.just("v1:0000000000000000"), "distinct_from": st.sampled_from(("['1']", "[sub/2]")),
        "translation_of": st.sampled_from(("1", "sub/3", "old", "SUB/3")), "lang": st.sampled_from(("en", "de")),
        "translation_digest": st.just("v1:0000000000000000"), "former_ids": st.sampled_from(("[old]", "['1']", "[sub/3]")),
        "depends_on": st.sampled_from(("[data.txt]", "[./data.txt]", "['card:1']", "['card:sub/3', 3.md]", "['card:old']", "['sub/*.md']")),
        "depends_digest": st.just("v1:0000000000000000"),
    },
)  # fmt: skip
LINKS = st.lists(
    st.sampled_from(("1.md", "sub/2.md#word1", "../3.md", "2.md", "none.md", "data.txt", "old")), max_size=2
)
BODIES = st.tuples(st.lists(st.sampled_from(SENTENCES), max_size=4), LINKS, st.booleans())
CARDS = st.tuples(FIELDS, BODIES)
BASES = st.dictionaries(st.sampled_from(NAMES), CARDS, min_size=4)
CHANGES = st.dictionaries(
    st.sampled_from((*NAMES, "new.md")),
    st.none() | CARDS | st.sampled_from((*NAMES, "sub/New.md")),
    max_size=4,
)
SETTINGS = st.sampled_from(
    ("", "", "", 'lang = "de"\n', '[fields]\ntitle = "name"\n', 'exclude = ["sub/1.md"]\n')
)
DATA = st.sampled_from(("one", "one", "two", None))


def write_card(card: tuple[dict[str, str], tuple[list[str], list[str], bool]]) -> str:
    """A card file."""
    fields, (sentences, links, with_heading) = card
    lines = ["---", *(f"{name}: {value}" for name, value in fields.items()), "---"]
    lines += ["# Word1"] * with_heading + ["\n\n".join(sentences), *(f"See [it]({link})." for link in links)]
    return "\n".join(lines) + "\n"


class FullPairs(PairFinder):
    """Compares every library whole."""

    def find(self, library: Library, **_: object) -> tuple[DuplicatePair, ...]:
        """The pairs, of texts taken apart anew."""
        for card in library.cards:
            vars(card).pop("shingles", None)
        return PairFinder().find(library)


class NoCache(CheckCache):
    """Remembers nothing."""

    def is_sound(self, card: Card) -> bool:
        """Nothing is known."""
        return False


def run_git(top: Path, *arguments: str) -> None:
    """Run git at the top."""
    subprocess.run(["git", *arguments], cwd=top, check=True, capture_output=True)


def compare(top: Path, *, whole: bool) -> ChangeResult:
    """The comparison with HEAD; `whole` as if nothing were known of one side when the other is judged."""
    contents = FileContents()
    library = load_library(load_config(top, top, {}), note=contents.note)
    rules = choose_rules(library.config, RULES, in_change=True)
    if whole:
        return compare_with_base(library, TODAY, "HEAD", rules, cache=NoCache(FullPairs()))
    pairs = PairFinder(digests=contents.digests)
    return compare_with_base(library, TODAY, "HEAD", rules, contents=contents, cache=CheckCache(pairs))


@settings(max_examples=count_trials(4, 25), deadline=None, suppress_health_check=list(HealthCheck))
@given(BASES, CHANGES, SETTINGS, DATA)
@example(
    base={name: ({"title": "One"}, ([SENTENCES[0]], [], False)) for name in NAMES[:4]},
    changes={},
    setting='[fields]\ntitle = "name"\n',
    data="one",
)
@example(
    base={name: ({}, ([], [], False)) for name in (*NAMES[:4], "sub/3.md", "sub/5.md")}
    | {"sub/0.md": ({"translation_of": "sub/3"}, ([], [], False))},
    changes={"sub/3.md": "4.md"},
    setting="",
    data="one",
)
def test_a_change_is_blamed_for_the_same_either_way(
    monkeypatch: pytest.MonkeyPatch,
    base: dict[str, tuple[dict[str, str], tuple[list[str], list[str], bool]]],
    changes: dict[str, tuple[dict[str, str], tuple[list[str], list[str], bool]] | str | None],
    setting: str,
    data: str | None,
) -> None:
    """Edits, deletions, moves, copies, new settings: the same findings are caused, and the same were there."""
    monkeypatch.setattr(likeness, "TEMPLATE_CARDS", 3)
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        (top / "sub").mkdir()
        (top / "kb.toml").write_text("")
        (top / "data.txt").write_text("one")
        for path, card in base.items():
            (top / path).write_text(write_card(card))
        for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Base")):
            run_git(top, *arguments)
        for path, change in changes.items():
            full = top / path
            if isinstance(change, tuple):
                full.write_text(write_card(change))
            elif change is None:
                full.unlink(missing_ok=True)
            elif full.exists() and not (top / change).exists():
                full.rename(top / change)
            elif full.exists():
                (top / change).write_bytes(full.read_bytes())
        (top / "kb.toml").write_text(setting)
        (top / "data.txt").unlink() if data is None else (top / "data.txt").write_text(data)
        quick, long = compare(top, whole=False), compare(top, whole=True)
    assert quick.caused.findings == long.caused.findings
    assert quick.existing == long.existing
    assert quick.caused == long.caused
