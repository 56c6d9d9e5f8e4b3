"""Taking on Markdown that exists already: which kb.toml reads it as it is. Reads, and writes nothing."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kbcli.config import Config, parse_config
from kbcli.knowledge.cards.header.document import Fields, FrontMatterError, parse_header, split_document
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import CardFile, card_id, list_card_files, select_card_paths
from kbcli.knowledge.edit.renderers import find_renderer
from kbcli.knowledge.edit.schemas import (
    FieldEvidence,
    TranslationFolders,
    count_keys,
    detect_schema,
    find_translation_folders,
)
from kbcli.knowledge.edit.settings import compose_settings
from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.trust.judging import TrustSummary, judge_library, summarise_trust
from kbcli.knowledge.trust.states import STATES, Trust

_SUFFIX = re.compile(
    r"(?:\.html)?\.(?:md|markdown|mdown|mkdn?|mdx|qmd|rmd)(?:\.(?:erb|liquid|njk|j2))?\Z", re.IGNORECASE
)
_SUFFIXES = tuple(
    f"{page}{ending}{template}"
    for page in (".html", "")
    for ending in (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx", ".qmd", ".rmd")
    for template in (".erb", ".liquid", ".njk", ".j2", "")
)
_PROJECT_FILES = re.compile(
    r"(?:readme|changelog|changes|history|contributing|contributors|code[_-]of[_-]conduct|security|license|licence"
    r"|authors|maintainers|governance|support|notice|agents|claude|pull_request_template)[^/]*\Z",
    re.IGNORECASE,
)
_TEMPLATE_NAME = re.compile(r"_?template\Z", re.IGNORECASE)
_HEADER_BYTES = 70_000
_RARE = 0.1
_MAX_FOLDERS = 8
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A kb.toml for the Markdown below `root`: `settings` nested as in the file, `text` the file itself.

    `found` is how many Markdown files there are, `suffixes` how many of each ending. `notes` are
    sentences about what was guessed or left alone.
    """

    root: Path
    config: Config
    settings: Mapping[str, object]
    text: str
    found: int
    suffixes: Mapping[str, int]
    evidence: tuple[FieldEvidence, ...]
    translations: TranslationFolders | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scanned:
    """One Markdown file: its path, its ending, its front matter (None when it has none that can be read)."""

    path: str
    suffix: str
    header: Fields | None
    damaged: bool = False


def find_markdown(root: Path, git_root: Path | None) -> list[CardFile]:
    """Every Markdown-like file below a folder, whatever its ending, but not a code project's own at its top."""
    config = Config(root=root, git_root=git_root, extensions=_SUFFIXES)
    return [
        entry
        for entry in list_card_files(config)
        if not entry.trouble and ("/" in entry.path or not _PROJECT_FILES.match(entry.path))
    ]


def propose_settings(
    root: Path, git_root: Path | None, files: Sequence[CardFile], today: date, rules: Sequence[Rule] = ()
) -> Proposal:
    """The kb.toml that reads these files (from `find_markdown`) with the meaning their fields seem to have.

    It explains `rules`.
    """
    scanned = [_scan_file(root, entry.path) for entry in files]
    suffixes = Counter(item.suffix for item in scanned)
    headed = [item for item in scanned if item.header is not None and item.header.values]
    kept_suffixes = _choose_suffixes(suffixes, headed)
    marked = [item for item in headed if item.suffix in kept_suffixes]
    schema = detect_schema(count_keys(item.header for item in marked if item.header is not None), today)
    settings: dict[str, object] = {"title": root.name or "Support"}
    if set(kept_suffixes) - {".md", ".markdown"} or len(kept_suffixes) < len(suffixes):
        settings["extensions"] = list(kept_suffixes)
    kept = [item for item in scanned if item.suffix in kept_suffixes]
    settings |= _choose_paths(kept, marked, kept_suffixes, root)
    found: dict[str, object] = {"date_style": schema.date_style if schema.date_style != "iso" else ""}
    sign = find_renderer(root, git_root)
    found |= {
        "renderer": sign.renderer if sign.place else "",
        "types": list(schema.types),
        "fields": dict(schema.fields),
        "values": dict(schema.values),
    }
    settings |= {key: value for key, value in found.items() if value}
    translations = _find_translations(settings, kept, root)
    if translations is not None:
        settings["translations"] = {"pattern": translations.pattern, "source": translations.source}
    text = compose_settings(settings, rules)
    notes = (*schema.notes, *_list_doubts({item.field for item in schema.evidence}, scanned))
    if sign.place:
        notes += (
            f"links to headings are judged by the anchors of {sign.renderer}, which {sign.place} tells of.",
        )
    config = parse_config(text, root, git_root)
    return Proposal(
        root,
        config,
        settings,
        text,
        len(scanned),
        dict(sorted(suffixes.items())),
        schema.evidence,
        translations,
        notes,
    )


def _scan_file(root: Path, path: str) -> _Scanned:
    match = _SUFFIX.search(path)
    suffix = match[0] if match else os.path.splitext(path)[1]
    try:
        with open(root / path, "rb") as stream:
            document = split_document(stream.read(_HEADER_BYTES))
    except OSError:
        return _Scanned(path, suffix, None)
    if not document.mark:
        return _Scanned(
            path, suffix, None, damaged=any(rule == "bad-front-matter" for rule, *_ in document.trouble)
        )
    try:
        return _Scanned(path, suffix, parse_header(document.mark, document.header))
    except FrontMatterError:
        return _Scanned(path, suffix, None, damaged=True)


def _choose_suffixes(suffixes: Mapping[str, int], headed: Sequence[_Scanned]) -> tuple[str, ...]:
    """The endings whose files are cards: where some have front matter, those of which a tenth has it, else all."""
    with_header = Counter(item.suffix for item in headed)
    kept = [
        suffix for suffix, number in suffixes.items() if not headed or with_header[suffix] >= _RARE * number
    ]
    return tuple(sorted(kept or suffixes, key=lambda suffix: (-len(suffix), suffix)))


def _choose_paths(
    kept: Sequence[_Scanned], marked: Sequence[_Scanned], suffixes: Sequence[str], root: Path
) -> dict[str, object]:
    """`include` and `exclude`: the top folders that hold files with front matter, where others hold none."""
    chosen: dict[str, object] = {}
    tops = sorted({item.path.partition("/")[0] if "/" in item.path else "" for item in marked})
    ending = suffixes[0] if len(suffixes) == 1 else f"{{{','.join(suffixes)}}}"
    everything = {item.path.partition("/")[0] if "/" in item.path else "" for item in kept}
    only_one = len(tops) == 1 and tops != [""]
    if tops and len(tops) <= _MAX_FOLDERS and (only_one or everything - set(tops)):
        chosen["include"] = [f"{top}/**/*{ending}" if top else f"*{ending}" for top in tops]
    excluded = (
        []
        if "include" in chosen
        else sorted(
            name
            for name in os.listdir(root)
            if _PROJECT_FILES.match(name) and name.lower().endswith(tuple(suffixes))
        )
    )
    names = {item.path.rsplit("/", 1)[-1] for item in kept}
    excluded += sorted(f"**/{name}" for name in names if _TEMPLATE_NAME.fullmatch(_SUFFIX.sub("", name)))
    if excluded:
        chosen["exclude"] = excluded
    return chosen


def _find_translations(
    settings: Mapping[str, object], kept: Sequence[_Scanned], root: Path
) -> TranslationFolders | None:
    config = parse_config(compose_settings(settings), root)
    return find_translation_folders(
        [card_id(path, config) for path in select_card_paths(config, [item.path for item in kept])]
    )


def _list_doubts(found: set[str], scanned: Sequence[_Scanned]) -> Iterator[str]:
    """What no field says, and where to say it; what cannot be read."""
    if "verified" not in found:
        yield "no field says when a card was verified: every card begins unverified, and `kb verify` adds the fields."
    elif not found & {"verify_every", "due"}:
        yield 'no field says for how long: set verify_every (such as "6m") in kb.toml, or nothing ever falls due.'
    if damaged := sum(item.damaged for item in scanned):
        verb = "file has" if damaged == 1 else "files have"
        yield f"{damaged} {verb} front matter that cannot be read; `kb check` names each."


@dataclass(frozen=True, slots=True)
class AdoptionSummary:
    """How the files read with the proposed settings: numbers of cards with each thing, states, a few examples."""

    cards: int
    dated: int
    bad_dates: int
    timed: int
    owned: int
    translations: int
    trust: TrustSummary
    examples: tuple[tuple[Card, Trust], ...]


def summarise_adoption(proposal: Proposal, today: date) -> AdoptionSummary:
    """Read every card with the proposed settings; the examples are one card of each state, worst first."""
    library = load_library(proposal.config)
    trusts = judge_library(library, today)
    cards = library.cards
    first: dict[str, tuple[Card, Trust]] = {}
    for card in cards:
        first.setdefault(trusts[card.path].state, (card, trusts[card.path]))
    return AdoptionSummary(
        cards=len(cards),
        dated=sum(card.verified is not None for card in cards),
        bad_dates=sum(any(problem.rule == "bad-date" for problem in card.problems) for card in cards),
        timed=sum(card.verify_every is not None or card.due_on is not None for card in cards),
        owned=sum(bool(card.owners) for card in cards),
        translations=sum(bool(card.translation_of) for card in cards),
        trust=summarise_trust(trusts.values()),
        examples=tuple(first[state] for state in STATES if state in first)[:_EXAMPLES],
    )
