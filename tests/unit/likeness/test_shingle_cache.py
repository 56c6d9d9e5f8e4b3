"""Promises of the cache of shingles: it spares work, and is never believed."""

from array import array
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.foundation.disk.files import seal
from kbcli.foundation.git.objects import FileContents, digest_content
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.likeness.pairs import PairFinder, ShingleCache

TEXT = "Wait for the time that the header names, then send the request again, and again after that.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A knowledge base of two copies and another card."""
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "kb.toml").write_text("")
    (folder / "a.md").write_text(TEXT)
    (folder / "b.md").write_text(f"---\ntitle: B\n---\n{TEXT}")
    (folder / "c.md").write_text("A refund takes five days and goes to the card that paid.\n")
    return folder


def find(root: Path, folder: Path) -> list[tuple[str, str]]:
    """The pairs, by ID, found with the cache in a folder."""
    contents = FileContents()
    config = load_config(root)
    library = load_library(config, note=contents.note)
    pairs = PairFinder(0.65, ShingleCache(config, folder), contents.digests).find(library)
    return [(pair.a.id, pair.b.id) for pair in pairs]


def count_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that shingles are made of from now on."""
    import kbcli.foundation.text.shingles as module

    made: list[str] = []
    make = module.make_shingles
    monkeypatch.setattr(module, "make_shingles", lambda text: (made.append(text), make(text))[1])
    return made


def test_the_second_run_takes_no_text_apart(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier run has read is known by its content, and only what is new is taken apart."""
    assert find(root, tmp_path / "cache") == [("a", "b")]
    made = count_made(monkeypatch)
    (root / "c.md").rename(root / "d.md")
    assert (find(root, tmp_path / "cache"), made) == ([("a", "b")], [])
    (root / "d.md").write_text(TEXT)
    assert sorted(find(root, tmp_path / "cache")) == [("a", "b"), ("a", "d"), ("b", "d")]
    (root / "d.md").write_text("Something else is said here, in ten words or so.\n")
    assert find(root, tmp_path / "cache") == [("a", "b")]
    assert len(made) == 1


@pytest.mark.parametrize("damage", [b"", b"{", b"0" * 64 + b"\n{}\n", b"\x80pickle", "cut", "edit", "claim"])
def test_a_damaged_cache_is_made_again(root: Path, tmp_path: Path, damage: bytes | str) -> None:
    """Whatever happened to the file, the pairs are right, and the file is whole afterwards."""
    find(root, tmp_path / "cache")
    (path,) = (tmp_path / "cache").iterdir()
    whole = path.read_bytes()
    if damage == "cut":
        damage = whole[: len(whole) // 2]
    elif damage == "edit":
        damage = whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]
    elif damage == "claim":
        head, _, rest = whole.partition(b"\n")[2].partition(b"\n")
        damage = seal(head.replace(b'"texts": 3', b'"texts": 90000') + b"\n" + rest)
    assert isinstance(damage, bytes)
    path.write_bytes(damage)
    assert find(root, tmp_path / "cache") == [("a", "b")]
    assert path.read_bytes() == whole


def test_other_settings_are_not_served(root: Path, tmp_path: Path) -> None:
    """Where another field is the title, the texts are taken apart anew; not for a setting that changes no card."""
    find(root, tmp_path / "cache")
    old = ShingleCache(load_config(root), tmp_path / "cache")
    digest = digest_content((root / "b.md").read_bytes())
    assert old.find(digest) is not None
    (root / "kb.toml").write_text('[rules]\ndue = "off"\n')
    assert ShingleCache(load_config(root), tmp_path / "cache").find(digest) is not None
    (root / "kb.toml").write_text('[fields]\ntitle = "name"\n')
    assert ShingleCache(load_config(root), tmp_path / "cache").find(digest) is None


def test_rows_of_other_texts_are_forgotten(root: Path, tmp_path: Path) -> None:
    """The file holds the cards of now, and does not grow with every edit."""
    find(root, tmp_path / "cache")
    (path,) = (tmp_path / "cache").iterdir()
    size = path.stat().st_size
    for turn in range(3):
        (root / "c.md").write_text(f"A refund takes five days and goes to the card that was used {turn}.\n")
        find(root, tmp_path / "cache")
    assert path.stat().st_size < 1.2 * size


def test_few_new_texts_are_not_worth_writing(tmp_path: Path, root: Path) -> None:
    """One new text of two hundred is sooner taken apart again than all are written."""
    cache = ShingleCache(load_config(root), tmp_path / "cache")
    digests = [digest_content(bytes([number])) for number in range(200)]
    for digest in digests:
        cache.note(digest, array("I", [1]))
    cache.save(digests)
    (path,) = (tmp_path / "cache").iterdir()
    before = path.read_bytes()
    again = ShingleCache(load_config(root), tmp_path / "cache")
    again.note(digest_content(b"new"), array("I", [2]))
    again.save([*digests, digest_content(b"new")])
    assert path.read_bytes() == before


def test_without_a_place_there_is_no_cache(root: Path, tmp_path: Path) -> None:
    """A folder that cannot be made, or none at all, changes no answer."""
    (tmp_path / "file").write_text("")
    assert find(root, tmp_path / "file" / "cache") == [("a", "b")]
    cache = ShingleCache(load_config(root), None)
    cache.note(b"1", array("I", [1]))
    cache.save([b"1"])
    assert list(tmp_path.glob("*.shingles")) == []
