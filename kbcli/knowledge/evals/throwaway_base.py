"""A knowledge base for one run: a retrieval set's documents as card files, and their index in memory.

All that is between a card file and a hit is what `kb search` uses; only the index's bytes are
not written to the user's cache.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from kbcli.config import CONFIG_NAME, Config, parse_config
from kbcli.errors import KbError
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText
from kbcli.knowledge.index.building import add_cards, finish_segment
from kbcli.knowledge.index.intake import Reading
from kbcli.knowledge.index.sync import Progress
from kbcli.knowledge.index.whoosh.committing import open_data
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder


class ThrowawayBase(NamedTuple):
    """Its settings, its index, and the documents' names by card ID."""

    config: Config
    reader: DiskReader
    names: Mapping[str, str]


@contextmanager
def build_base(documents: RetrievalSet, progress: Progress | None = None) -> Iterator[ThrowawayBase]:
    """A knowledge base of a set's documents, gone when the context ends.

    Each is a card with title, language and text. The files are called by number, so that no
    document's name can lead anywhere. Raises KbError for a document that no card can be.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="kb-eval-") as folder:
        root = Path(folder).resolve()
        config = parse_config(write_base(root, documents), root)
        paths = [f"{number:07}.md" for number in range(len(documents.documents))]
        reader = _index_files(config, paths, documents.documents, progress)
        names = {path[:-3]: item.id for path, item in zip(paths, documents.documents, strict=True)}
        yield ThrowawayBase(config, reader, names)


def write_base(root: Path, documents: RetrievalSet) -> str:
    """Write kb.toml and the card files to an empty folder; gives the text of kb.toml."""
    lang = documents.lang or documents.documents[0].lang or "en"
    source = f"lang = {_quote(lang)}\n"
    (root / CONFIG_NAME).write_text(source, encoding="utf-8")
    for number, item in enumerate(documents.documents):
        fields = f"title: {_quote(item.title)}\n" + (f"lang: {_quote(item.lang)}\n" if item.lang else "")
        text = f"---\n{fields}---\n{item.text}\n"
        (root / f"{number:07}.md").write_bytes(text.encode("utf-8", "replace"))
    return source


def _quote(text: str) -> str:
    """The text in quotes as YAML and TOML both read it: on one line, whatever it holds."""
    marked = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else _escape(sign) for sign in marked) + '"'


def _escape(sign: str) -> str:
    return "\\ufffd" if "\ud800" <= sign <= "\udfff" else f"\\U{ord(sign):08x}"


def _index_files(
    config: Config, paths: Sequence[str], documents: Sequence[SetText], progress: Progress | None
) -> DiskReader:
    names = dict(zip(paths, (item.id for item in documents), strict=True))

    def note(path: str, reading: Reading | None) -> None:
        if reading is None:
            raise KbError(f"document {names[path]} cannot be a card", "A card has at most 5 MB.")

    segments: list[SegmentReader] = []
    builder = SegmentBuilder()
    add_cards(config, paths, builder, note, lambda data: segments.append(open_data(data)), progress)
    segments.append(open_data(finish_segment(builder)))
    return DiskReader(segments)
