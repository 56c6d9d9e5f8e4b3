"""What kb writes is a real Whoosh index: Whoosh opens it and reads the same from it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbcli.config import Config
from kbcli.foundation.disk.files import find_user_folder
from kbcli.knowledge.index.schema import FIELDS, LENGTHS
from kbcli.knowledge.index.sync import open_local_index
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.store import find_index_folder

# Whoosh leaves files to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed file:ResourceWarning"
)


def write_cards(root: Path, numbers: range, text: str = "") -> None:
    """Cards with common and rare words."""
    for number in numbers:
        body = f"common {'often ' * (number if number % 23 == 0 else number % 10)} rare{number} {text} mod{number % 7}"
        (root / f"card-{number}.md").write_text(
            f"---\ntitle: Card {number}\ntags: [t{number % 3}]\n---\n{body}\n"
        )


@pytest.fixture
def config(make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch) -> Config:
    """A knowledge base whose index has several segments, and deletions in them."""
    monkeypatch.setattr("kbcli.knowledge.index.updating.choose_merges", lambda entries, terms: [])
    config = make_config({})
    write_cards(config.root, range(300))
    open_local_index(config)
    write_cards(config.root, range(100, 220), "again")
    open_local_index(config)
    for number in range(205, 215):
        (config.root / f"card-{number}.md").unlink()
    open_local_index(config)
    return config


def read_whoosh(reader: Any, field: str, term: bytes) -> list[tuple[int, float, int]]:
    """Documents, weights and frequencies of a term as Whoosh's matcher gives them."""
    matcher = reader.postings(field, term)
    found = []
    while matcher.is_active():
        found.append((matcher.id(), matcher.weight(), matcher.value_as("frequency")))
        matcher.next()
    return found


def test_whoosh_reads_the_same_postings(config: Config) -> None:
    """Over several segments with deletions: every term, document, weight, length and record."""
    from whoosh.index import open_dir

    mine = open_local_index(config).reader
    assert len(mine.segments) > 1
    theirs = open_dir(find_index_folder(config.root)).reader()
    assert theirs.doc_count() == mine.doc_count == 290
    terms = 0
    for field, term in theirs.all_terms():
        numbers, weights = mine.postings(field, term.decode())
        expected = [
            (number, float(weight), int(weight)) for number, weight in zip(numbers, weights, strict=True)
        ]
        assert read_whoosh(theirs, field, term) == expected
        terms += 1
    assert terms > 400
    assert set(mine.terms("body")) == {
        (term.decode(), mine.document_frequency("body", term.decode()))
        for field, term in theirs.all_terms()
        if field == "body" and mine.document_frequency("body", term.decode())
    }
    for field in FIELDS:
        for number in theirs.all_doc_ids():
            assert (theirs.doc_field_length(number, field) or 0) == LENGTHS[mine.lengths(field)[number]]
    record = theirs.column_reader("record", translate=False)
    assert all(mine.record(number).path.encode() in record[number] for number in theirs.all_doc_ids())


def test_whoosh_searches_it(config: Config) -> None:
    """Whoosh's own searcher finds and ranks in it."""
    from whoosh.index import open_dir
    from whoosh.query import And, Term

    mine = open_local_index(config).reader
    with open_dir(find_index_folder(config.root)).searcher() as searcher:
        hits = searcher.search(And([Term("body", "often"), Term("body", "mod3")]), limit=None)
        found = {hit.docnum for hit in hits}
    assert found == set(mine.postings("body", "often")[0]) & set(mine.postings("body", "mod3")[0])


def test_segments_are_loose_files(config: Config) -> None:
    """No compound file, which Whoosh would copy into memory on opening."""
    names = os.listdir(find_index_folder(config.root))
    assert not [name for name in names if name.endswith(".seg")]
    assert len([name for name in names if name.endswith(".toc")]) == 1


def test_an_update_does_not_import_whoosh(config: Config, start_python: Callable[[str], str]) -> None:
    """Importing Whoosh takes longer than updating one card may."""
    write_cards(config.root, range(1), "changed")
    script = f"""
import sys
from pathlib import Path
from kbcli.config import load_config
from kbcli.knowledge.index.sync import open_local_index
index = open_local_index(load_config(Path({str(config.root)!r})))
print(index.built, "whoosh" in sys.modules)
"""
    assert start_python(script).split() == ["1", "False"]


def test_a_fresh_index_opens_without_heavy_imports(
    config: Config, start_python: Callable[[str], str]
) -> None:
    """Opening what is in step imports neither Whoosh nor pickle, filelock, platformdirs or any analysis."""
    open_local_index(config)
    script = f"""
import sys
from pathlib import Path
from kbcli.config import load_config
from kbcli.knowledge.index.sync import open_local_index
config = load_config(Path({str(config.root)!r}))
before = set(sys.modules)
index = open_local_index(config)
index.reader.postings("body", "common"), index.reader.record(0)
heavy = ["whoosh", "pickle", "filelock", "platformdirs", "subprocess", "hashlib", "kbcli.knowledge.index.documents",
    "kbcli.knowledge.index.updating", "regex", "yaml"]
print([name for name in heavy if name in set(sys.modules) - before])
"""
    assert start_python(script).strip() == "[]"


def test_the_folder_is_the_one_platformdirs_names(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortcut taken on Linux leads where the library would, for caches, settings, data and state."""
    import platformdirs

    for kind in ("cache", "config", "data", "state"):
        for value in (str(config.root / kind), "", "relative/folder"):
            monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", value)
            assert str(find_user_folder(kind)) == getattr(platformdirs, f"user_{kind}_dir")("kb", False)
    assert find_index_folder(config.root).parent == find_user_folder("cache") / "index"


def test_a_wrong_whoosh_is_named(make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork that installs the same import name is refused with the way out, before any card is read."""
    import whoosh

    from kbcli.errors import KbError

    steps: list[int] = []
    monkeypatch.setattr(whoosh, "__version__", (2, 7, 5))
    with pytest.raises(KbError) as caught:
        open_local_index(
            make_config({"a.md": "# A"}, name="other"), progress=lambda done, total: steps.append(done)
        )
    assert "2.7.5" in caught.value.message
    assert "whoosh-reloaded" in caught.value.hint
    assert not steps


def test_unused_disk_reader_is_empty() -> None:
    """An index without a segment answers nothing instead of failing."""
    assert DiskReader([]).doc_count == 0
