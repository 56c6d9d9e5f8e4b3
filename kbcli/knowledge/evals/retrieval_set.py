"""A retrieval set: documents, questions, and which documents answer them, and a knowledge base made of one.

A folder with

- `docs.jsonl`: one `{"id", "text"}` a line, with `title` and `lang` where there are any;
- `queries.jsonl`: one `{"id", "text"}` a line, with `lang`;
- `qrels.tsv`: query, document and grade, tab-separated; a grade of 0 says that it is no answer;
- `meta.json`, if there is one: its `lang` is that of documents and queries that do not say.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from kbcli.config import CONFIG_NAME, Config, parse_config
from kbcli.errors import KbError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.evals import HALVES
from kbcli.knowledge.index.building import Progress, index_files
from kbcli.knowledge.index.documents import Reading
from kbcli.knowledge.index.port import Backend

_KEYS = ("id", "title", "text", "lang")
_NEEDED = ("id", "text")


class SetText(NamedTuple):
    """A document or a question; `title` and `lang` may be "" (a question has no title)."""

    id: str
    title: str
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """What a folder holds, in the order of its files. `queries` are those with a right answer.

    `grades` are by query and document. `unanswered` counts the queries without a right answer,
    which nothing can be measured by; `unknown` the judgements about a document or query that is
    not there. Such a document counts as one that is never found.
    """

    name: str
    lang: str
    documents: tuple[SetText, ...]
    queries: tuple[SetText, ...]
    grades: Mapping[str, Mapping[str, float]]
    unanswered: int = 0
    unknown: int = 0


def read_retrieval_set(folder: Path) -> RetrievalSet:
    """Read a set. Raises KbError, with file and line, for what is missing or malformed."""
    if not folder.is_dir():
        raise KbError(
            f"{folder} is not a folder",
            "Name the folder of a retrieval set: docs.jsonl, queries.jsonl, qrels.tsv.",
        )
    lang = _read_language(folder / "meta.json")
    documents = _read_texts(folder / "docs.jsonl", lang)
    queries = _read_texts(folder / "queries.jsonl", lang)
    grades = _read_grades(folder / "qrels.tsv")
    answered = tuple(
        query for query in queries if any(grade > 0 for grade in grades.get(query.id, {}).values())
    )
    document_ids, query_ids = {item.id for item in documents}, {item.id for item in queries}
    unknown = sum(
        query not in query_ids or document not in document_ids
        for query, found in grades.items()
        for document in found
    )
    if not answered:
        raise KbError(
            f"{folder / 'qrels.tsv'}: no query has a right answer",
            "Its queries must be those of queries.jsonl.",
        )
    return RetrievalSet(
        folder.resolve().name, lang, documents, answered, grades, len(queries) - len(answered), unknown
    )


def choose_half(queries: Iterable[SetText], half: str) -> tuple[SetText, ...]:
    """The queries of one half, `even` or `odd` by the CRC-32 of their ID; all of them for ""."""
    wanted = HALVES.index(half) if half else None
    return tuple(query for query in queries if wanted is None or crc32(query.id.encode()) & 1 == wanted)


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KbError(
            f"{path}: {error.strerror}", "A retrieval set has docs.jsonl, queries.jsonl and qrels.tsv."
        ) from error
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
        except UnicodeDecodeError as error:
            raise KbError(f"{path}:{number}: it is not UTF-8", "Save it as UTF-8.") from error
        if text.strip():
            yield number, text


def _read_language(path: Path) -> str:
    if not path.exists():
        return ""
    text = "\n".join(line for _, line in _read_lines(path))
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KbError(f"{path}: it is not JSON: {error}") from error
    lang = meta.get("lang", "") if isinstance(meta, dict) else ""
    return lang if isinstance(lang, str) else ""


def _read_texts(path: Path, lang: str) -> tuple[SetText, ...]:
    found: dict[str, SetText] = {}
    for number, line in _read_lines(path):
        where = f"{path}:{number}"
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise KbError(f"{where}: it is not JSON: {error}", "Each line is one JSON object.") from error
        if not isinstance(item, dict) or any(key not in item for key in _NEEDED):
            raise KbError(f"{where}: it is no object with id and text", 'Such as {"id": "d1", "text": "…"}.')
        if not all(isinstance(item.get(key) or "", str) for key in _KEYS):
            raise KbError(f"{where}: {', '.join(_KEYS)} must be texts")
        text = SetText(*(item.get(key) or "" for key in _KEYS))
        if text.id in found:
            raise KbError(f"{where}: there is a “{text.id}” already", "IDs must differ.")
        found[text.id] = text if text.lang else text._replace(lang=lang)
    if not found:
        raise KbError(f"{path}: it is empty")
    return tuple(found.values())


def _read_grades(path: Path) -> dict[str, dict[str, float]]:
    grades: dict[str, dict[str, float]] = {}
    for number, line in _read_lines(path):
        fields = line.split("\t")
        try:
            query, document, grade = fields[0], fields[1], int(fields[2])
        except (IndexError, ValueError):
            raise KbError(
                f"{path}:{number}: it is no judgement",
                "Each line is query, document and grade (a whole number), tab-separated.",
            ) from None
        if len(fields) > 3:
            raise KbError(f"{path}:{number}: it has {len(fields)} fields and not 3")
        grades.setdefault(query, {})[document] = float(grade)
    return grades


class ThrowawayBase(NamedTuple):
    """Its settings, its index, and the documents' names by card ID."""

    config: Config
    reader: Backend
    names: Mapping[str, str]


@contextmanager
def build_base(documents: RetrievalSet, progress: Progress | None = None) -> Iterator[ThrowawayBase]:
    """A knowledge base of a set's documents, gone when the context ends.

    Each is a card with title, language and text. The files are called by number, so that no
    document's name can lead anywhere. All that is between a card file and a hit is what `kb search`
    uses; only the index is not written to the user's cache. Raises KbError for a document that no card can be.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="kb-eval-") as folder:
        root = Path(folder).resolve()
        config = parse_config(write_base(root, documents), root)
        paths = [f"{number:07}.md" for number in range(len(documents.documents))]
        names = dict(zip(paths, (item.id for item in documents.documents), strict=True))

        def note(path: str, reading: Reading | None) -> None:
            if reading is None:
                raise KbError(f"document {names[path]} cannot be a card", "A card has at most 5 MB.")

        yield ThrowawayBase(
            config,
            index_files(config, paths, note, progress),
            {path[:-3]: name for path, name in names.items()},
        )


def write_base(root: Path, documents: RetrievalSet) -> str:
    """Write kb.toml and the card files to an empty folder; gives the text of kb.toml."""
    lang = documents.lang or documents.documents[0].lang or "en"
    source = f"lang = {_quote(lang)}\n"
    (root / CONFIG_NAME).write_text(source, encoding="utf-8")
    for number, item in enumerate(documents.documents):
        fields = f"title: {_quote(item.title)}\n" + (f"lang: {_quote(item.lang)}\n" if item.lang else "")
        (root / f"{number:07}.md").write_bytes(f"---\n{fields}---\n{item.text}\n".encode("utf-8", "replace"))
    return source


def _quote(text: str) -> str:
    """The text in quotes as YAML and TOML both read it: on one line, whatever it holds."""
    marked = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else _escape(sign) for sign in marked) + '"'


def _escape(sign: str) -> str:
    return "\\ufffd" if "\ud800" <= sign <= "\udfff" else f"\\U{ord(sign):08x}"
