"""Taking on Markdown that exists already: which kb.toml reads it as it is. Reads, and writes nothing."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kbcli.config import Config, parse_config
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.git.codeowners import load_codeowners
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.text.languages import guess_language
from kbcli.knowledge.cards.header.document import (
    READ_BY,
    Fields,
    FrontMatterError,
    parse_header,
    split_document,
)
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import PROJECT_FILES
from kbcli.knowledge.cards.reader import is_language_code
from kbcli.knowledge.cards.walk import CardFile, card_id, list_card_files, select_card_paths
from kbcli.knowledge.edit.notations import survey_broken_links, survey_links
from kbcli.knowledge.edit.renderers import Sign, find_base, find_renderer, list_excluded
from kbcli.knowledge.edit.schemas import (
    FieldEvidence,
    Schema,
    count_keys,
    detect_schema,
    find_old_versions,
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
_TEMPLATE_NAME = re.compile(r"_?template\Z", re.IGNORECASE)
# Of VitePress and others the page from which many are made, `[id].md`; of Obsidian a drawing, `x.excalidraw.md`.
_NO_PAGE_NAME = re.compile(r"\[[^\[\]/]+\]\Z|.+\.excalidraw\Z", re.IGNORECASE)
# Folders whose files make pages or notes, and are none. Pages about templates can lie in one of the second kind.
_TEMPLATE_FOLDERS = frozenset(
    ("_includes", "_layouts", "_partials", "_templates", "Templates", "archetypes", "_archetypes")
)
_DOUBTFUL_FOLDERS = frozenset(("layouts", "partials", "templates", "includes"))
# Where a project keeps what is another's, and Docusaurus the pages of old versions.
_COPY_FOLDERS = frozenset(
    (
        "vendor",
        "vendored",
        "third_party",
        "third-party",
        "versioned_docs",
        "versioned_docs_archived",
        "exampleSite",
    )
)
# Texts that a program is tried with, and no pages about tests, which lie among other pages.
_TEST_FOLDERS = frozenset(("test", "tests", "__tests__", "testdata", "fixtures", "__fixtures__"))
_PAGE_FOLDERS = ("docs/", "doc/", "content/", "source/", "src/content/", "website/")
_TEMPLATE_CODE = re.compile(r"\{\{|\{%|<%")
# From that day on Hugo makes no page of a text any more: nobody has to look at it.
_HUGO_END = "expiryDate"
_DEFAULT_INTERVAL = "1y"
# What the survey of links may change, and no card is read by.
_NOT_OF_CARDS = (
    "links_roots",
    "links_base",
    "links_generated",
    "links_wiki",
    "rules",
    "translation_fallback",
    "origins",
    "source",
)
# In fewer pages what no page has may come yet.
_MANY = 10
# With a language's own words, or the only one of a script.
_TOLD_LANGUAGES = (
    "en",
    "de",
    "fr",
    "it",
    "es",
    "pt",
    "nl",
    "hi",
    "ja",
    "ko",
    "zh",
    "th",
    "he",
    "ru",
    "ar",
    "el",
)
_SAMPLE, _SAMPLE_LETTERS = 60, 2000
_HEADER_BYTES = 70_000
_RARE = 0.1
_FEW_LANGUAGES, _SURE = 2, 0.8
_MAX_FOLDERS = 8
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A kb.toml for the Markdown below `root`: `settings` nested as in the file, `text` the file itself.

    `found` is how many Markdown files there are, `suffixes` how many of each ending. `notes` are
    sentences about what was guessed or left alone, `library` the cards as they read so.
    """

    root: Path
    config: Config
    settings: Mapping[str, object]
    text: str
    found: int
    suffixes: Mapping[str, int]
    evidence: tuple[FieldEvidence, ...]
    notes: tuple[str, ...]
    library: Library


@dataclass(frozen=True, slots=True)
class _Scanned:
    """One Markdown file: its path, its ending, its front matter (None when it has none that can be read)."""

    path: str
    suffix: str
    header: Fields | None
    damaged: bool = False
    text: str = ""


def find_markdown(root: Path, git_root: Path | None) -> list[CardFile]:
    """Every Markdown-like file below a folder, whatever its ending, but not a code project's own at its top."""
    config = Config(root=root, git_root=git_root, extensions=_SUFFIXES)
    return [
        entry
        for entry in list_card_files(config)
        if not entry.trouble and ("/" in entry.path or not PROJECT_FILES.match(entry.path))
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
    kept = [item for item in scanned if item.suffix in kept_suffixes]
    copies = tuple(f"{folder}/" for folder in _find_copies(kept))
    marked = [item for item in headed if item.suffix in kept_suffixes and not item.path.startswith(copies)]
    sign = find_renderer(root, git_root)
    keys = count_keys(item.header for item in marked if item.header is not None)
    if sign.renderer.startswith("hugo"):
        keys.pop(_HUGO_END, None)
    schema = detect_schema(keys, today)
    settings: dict[str, object] = {"title": root.name or "Support"}
    if set(kept_suffixes) - {".md", ".markdown"} or len(kept_suffixes) < len(suffixes):
        settings["extensions"] = list(kept_suffixes)
    no_pages = list_excluded(root, sign)
    settings |= _choose_paths(kept, marked, kept_suffixes, root, no_pages)
    fields = {item.field: item.files for item in schema.evidence}
    off = _choose_rules(fields, kept, root, git_root)
    settings |= _choose_reading(settings, kept, schema, sign, off, root)
    library = load_library(parse_config(compose_settings(settings), root, git_root))
    cards, survey = library.cards, survey_links(library)
    settings |= survey.settings
    if "defaults" in settings and settings.get("renderer") == "obsidian":
        settings["links"] = {"roots": ["*"]}  # vaults side by side
    made = survey_broken_links(parse_config(compose_settings(settings), root, git_root), cards, today)
    settings |= made.settings
    notes = (
        *survey.notes,
        *made.notes,
        *schema.notes,
        *_list_left_out(scanned, cards, kept_suffixes, root, no_pages),
    )
    verified = [card for card in cards if card.verified is not None]
    timeless = sum(not (card.verify_every or card.due_on) for card in verified)
    if timeless:
        settings["verify_every"] = _DEFAULT_INTERVAL
        notes += (_explain_interval(timeless, len(verified)),)
    notes += tuple(f"{name} is switched off: hardly a page says such a thing yet." for name in off)
    notes += (*_list_doubts(fields, scanned), *_explain_site(settings, sign))
    text = compose_settings(settings, rules)
    config = parse_config(text, root, git_root)
    return Proposal(
        root,
        config,
        settings,
        text,
        len(scanned),
        dict(sorted(suffixes.items())),
        schema.evidence,
        notes,
        _read_by(library, config),
    )


def _explain_site(settings: Mapping[str, object], sign: Sign) -> Iterator[str]:
    if "search" in settings:
        yield "pages of older versions are kept in the background: they come first only where no newer one fits."
    if sign.place:
        yield f"links to headings are judged by the anchors of {sign.renderer}, which {sign.place} tells of."


def _read_by(library: Library, config: Config) -> Library:
    """The cards as another kb.toml reads them: as they are where it says nothing else of them."""
    names = [*_NOT_OF_CARDS, *([] if config.renderer.partition("-")[0] in READ_BY else ["renderer"])]
    is_same = library.config._replace(**{name: getattr(config, name) for name in names}) == config
    return replace(library, config=config) if is_same else load_library(config)


def _scan_file(root: Path, path: str) -> _Scanned:
    match = _SUFFIX.search(path)
    suffix = match[0] if match else os.path.splitext(path)[1]
    try:
        with open(root / path, "rb") as stream:
            document = split_document(stream.read(_HEADER_BYTES))
    except OSError:
        return _Scanned(path, suffix, None)
    text = document.body[:_SAMPLE_LETTERS]
    if not document.mark:
        damaged = any(rule == "bad-front-matter" for rule, *_ in document.trouble)
        return _Scanned(path, suffix, None, damaged, text)
    try:
        return _Scanned(path, suffix, parse_header(document.mark, document.header), text=text)
    except FrontMatterError:
        return _Scanned(path, suffix, None, True, text)


def _choose_suffixes(suffixes: Mapping[str, int], headed: Sequence[_Scanned]) -> tuple[str, ...]:
    """The endings whose files are cards: where some have front matter, those of which a tenth has it, else all."""
    with_header = Counter(item.suffix for item in headed)
    kept = [
        suffix for suffix, number in suffixes.items() if not headed or with_header[suffix] >= _RARE * number
    ]
    return tuple(sorted(kept or suffixes, key=lambda suffix: (-len(suffix), suffix)))


def _choose_paths(
    kept: Sequence[_Scanned],
    marked: Sequence[_Scanned],
    suffixes: Sequence[str],
    root: Path,
    no_pages: Sequence[str],
) -> dict[str, object]:
    """`include` and `exclude`: the top folders that hold files with front matter, where others hold none.

    `no_pages` are patterns of what the site's settings leave out.
    """
    chosen: dict[str, object] = {}
    copies = _find_copies(kept)
    inside = tuple(f"{folder}/" for folder in copies)
    kept = [item for item in kept if not item.path.startswith(inside)]
    tops = sorted({item.path.partition("/")[0] if "/" in item.path else "" for item in marked})
    ending = suffixes[0] if len(suffixes) == 1 else f"{{{','.join(suffixes)}}}"
    everything = {item.path.partition("/")[0] if "/" in item.path else "" for item in kept}
    only_one = len(tops) == 1 and tops != [""]
    is_usual = len(marked) >= _RARE * len(kept)
    if tops and is_usual and len(tops) <= _MAX_FOLDERS and (only_one or everything - set(tops)):
        chosen["include"] = [f"{top}/**/*{ending}" if top else f"*{ending}" for top in tops]
    excluded = [] if "include" in chosen else _list_project_files(root, tuple(suffixes))
    names = {item.path.rsplit("/", 1)[-1] for item in kept}
    excluded += sorted(f"**/{name}" for name in names if _TEMPLATE_NAME.fullmatch(_SUFFIX.sub("", name)))
    excluded += sorted({_name_no_page(item) for item in kept if _is_no_page(item)})
    excluded += [f"{folder}/**" for folder in _find_template_folders(kept)]
    fits = match_globs(no_pages)
    excluded += no_pages if 2 * sum(fits(item.path) for item in kept) < len(kept) else ()
    excluded += [
        f"{folder}/**" for folder in copies if "include" not in chosen or folder.partition("/")[0] in tops
    ]
    if excluded:
        chosen["exclude"] = excluded
    return chosen


def _list_project_files(root: Path, suffixes: tuple[str, ...]) -> list[str]:
    return sorted(
        name for name in os.listdir(root) if PROJECT_FILES.match(name) and name.lower().endswith(suffixes)
    )


def _find_template_folders(kept: Sequence[_Scanned]) -> list[str]:
    """The topmost folders of layout, partials and templates; none where nothing else would be left."""
    names = _TEMPLATE_FOLDERS | _DOUBTFUL_FOLDERS
    found = group_pairs((folder, item) for item in kept if (folder := _find_top(item, names)))
    chosen = {
        folder: items
        for folder, items in found.items()
        if folder.rpartition("/")[2] in _TEMPLATE_FOLDERS or not any(map(_is_page, items))
    }
    return sorted(chosen) if sum(map(len, chosen.values())) < len(kept) else []


def _is_no_page(item: _Scanned) -> bool:
    return _NO_PAGE_NAME.fullmatch(_SUFFIX.sub("", item.path.rsplit("/", 1)[-1])) is not None


def _name_no_page(item: _Scanned) -> str:
    """The pattern that leaves out a file that is no page, and all drawings with one."""
    return item.path if item.path.rsplit("/", 1)[-1].startswith("[") else f"**/*.excalidraw{item.suffix}"


def _find_copies(kept: Sequence[_Scanned]) -> list[str]:
    """The topmost folders of what others wrote, of pages as they once were, or of tests; none where nothing else would be left."""
    found = Counter(folder for item in kept if (folder := _find_copy(item)))
    return sorted(found) if found.total() < len(kept) else []


def _find_copy(item: _Scanned) -> str:
    for_tests = "" if item.path.startswith(_PAGE_FOLDERS) else _find_top(item, _TEST_FOLDERS)
    return for_tests or _find_top(item, _COPY_FOLDERS)


def _find_top(item: _Scanned, names: frozenset[str]) -> str:
    """The topmost folder around a file that is called by one of the names, "" without one."""
    parts = item.path.split("/")[:-1]
    depth = next((number for number, name in enumerate(parts, 1) if name in names), 0)
    return "/".join(parts[:depth])


def _is_page(item: _Scanned) -> bool:
    """Whether a file in a folder of templates has a title of its own, without a place to fill in."""
    values = item.header.values if item.header is not None else {}
    title = next((str(value) for name, value in values.items() if name.casefold() == "title"), "")
    return bool(title) and not _TEMPLATE_CODE.search(title)


def _guess_language(kept: Sequence[_Scanned], sample: int = _SAMPLE) -> str:
    """The language that most of the pages, or of a sample, are in, where that is not kb's default; "" else."""
    step = max(len(kept) // sample, 1)
    texts = [item.text for item in kept[::step] if item.text.strip()]
    votes = Counter(guess_language(text, _TOLD_LANGUAGES, "en") for text in texts)
    lang, number = next(iter(votes.most_common(1)), ("", 0))
    return lang if lang != "en" and 3 * number > 2 * len(texts) else ""


def _choose_languages(cards: Mapping[str, _Scanned]) -> dict[str, object]:
    """The language of the cards, by ID; where it is told by folders, of translations or of other pages, those."""
    folders = find_translation_folders(list(cards))
    if folders is None:
        lang = _guess_language(list(cards.values()))
        return {"lang": lang, "defaults": _find_language_folders(cards) or _find_foreign_folders(cards, lang)}
    chosen = {"pattern": folders.pattern, "source": folders.source}
    if not folders.source_path:
        return {"translations": chosen}
    place = folders.source_path.removesuffix("{path}")
    beside = [
        item
        for ident, item in cards.items()
        if ident.startswith(place) and not is_language_code(ident[len(place) :].partition("/")[0])
    ]
    lang = _guess_language(beside)
    # Docusaurus shows the source's page where there is no translation.
    falls_back = {"fallback": True} if "i18n/{lang}/" in folders.pattern else {}
    found = {"source": lang or "en", "source_path": folders.source_path, **falls_back}
    return {"lang": lang, "translations": {**chosen, **found}}


def _find_language_folders(cards: Mapping[str, _Scanned]) -> list[dict[str, object]]:
    """Folders at the top that are called as languages are, and whose pages are in those: what kb.toml says of each."""
    found: dict[str, list[_Scanned]] = {}
    for ident, item in cards.items():
        top = ident.partition("/")[0]
        if top != ident and is_language_code(top):
            found.setdefault(top, []).append(item)
    told = {top: items for top, items in found.items() if top in _TOLD_LANGUAGES}
    right = sum((_guess_language(items) or "en") == top for top, items in told.items())
    if len(told) < _FEW_LANGUAGES or right < _SURE * len(told):
        return []
    return [{"paths": [f"{top}/**"], "lang": top} for top in sorted(found) if top != "en"]


def _find_foreign_folders(cards: Mapping[str, _Scanned], lang: str) -> list[dict[str, object]]:
    """Folders at the top, whatever they are called, whose pages are in another language than most."""
    found = group_pairs((ident.partition("/")[0], item) for ident, item in cards.items() if "/" in ident)
    told = {
        top: _guess_language(items, _MANY)
        for top, items in found.items()
        if _MANY <= len(items) < len(cards) / 2 + 1
    }
    return [
        {"paths": [f"{top}/**"], "lang": other}
        for top, other in sorted(told.items())
        if other not in ("", lang)
    ]


def _choose_reading(
    settings: Mapping[str, object],
    kept: Sequence[_Scanned],
    schema: Schema,
    sign: Sign,
    off: Mapping[str, str],
    root: Path,
) -> dict[str, object]:
    """How what the settings so far choose is to be read: languages, fields and their words, rules that are `off`."""
    config = parse_config(compose_settings(settings), root)
    paths = frozenset(select_card_paths(config, [item.path for item in kept]))
    cards = {card_id(item.path, config): item for item in kept if item.path in paths}
    chosen: dict[str, object] = {
        "date_style": schema.date_style if schema.date_style != "iso" else "",
        "renderer": sign.renderer if sign.place else "",
        "types": list(schema.types),
        "fields": dict(schema.fields),
        "values": dict(schema.values),
        "rules": off,
        "links": _choose_links(root, sign),
        "search": {"background": old} if (old := find_old_versions(list(cards))) else {},
        **_choose_languages(cards),
    }
    return {key: value for key, value in chosen.items() if value}


def _choose_links(root: Path, sign: Sign) -> dict[str, object]:
    """Where the site lies, as its settings say: on its host, and for docsify its root, which is beside them."""
    found: dict[str, object] = {"base": base} if (base := find_base(root, sign)) else {}
    return found | ({"roots": [os.path.dirname(sign.place) or "."]} if sign.renderer == "docsify" else {})


def _choose_rules(
    fields: Mapping[str, int], kept: Sequence[_Scanned], root: Path, git_root: Path | None
) -> dict[str, str]:
    """Rules to switch off: they would find every page, of which none has the field, or of titles and owners few."""
    if len(kept) < _MANY:
        return {}
    off = ["unverified"] if fields.get("verified", 0) < _RARE * len(kept) else []
    titled = sum(item.header is not None and "title" in item.header.values for item in kept)
    if "title" not in fields or (titled and 3 * titled < len(kept)):
        off.append("missing-title")
    if 3 * fields.get("owner", 0) < len(kept) and not _have_owners(
        kept[:: -(-len(kept) // _SAMPLE)], root, git_root
    ):
        off.append("missing-owner")
    return dict.fromkeys(off, "off")


def _have_owners(items: Sequence[_Scanned], root: Path, git_root: Path | None) -> bool:
    """Whether CODEOWNERS says who owns two thirds of them."""
    owners = load_codeowners(git_root) if git_root is not None else None
    if owners is None:
        return False
    owned = sum(bool(owners.find_owners(os.path.relpath(root / item.path, git_root))) for item in items)
    return 3 * owned >= 2 * len(items)


def _list_left_out(
    scanned: Sequence[_Scanned],
    cards: Sequence[Card],
    suffixes: Sequence[str],
    root: Path,
    no_pages: Sequence[str],
) -> Iterator[str]:
    """Which files are no cards, and why; `no_pages` are patterns of those that the site's settings leave out."""
    fits = match_globs(no_pages)
    groups: dict[str, list[str]] = {}
    paths = {card.path for card in cards}
    own = [
        name for name in os.listdir(root) if PROJECT_FILES.match(name) and name.lower().endswith(_SUFFIXES)
    ]
    for item in scanned:
        if item.path in paths:
            continue
        if item.suffix not in suffixes:
            why = f"as hardly any page that ends with {item.suffix} has front matter"
        elif item.header is None:
            why = "without front matter, in a folder where no page has any"
        else:
            why = "as templates"
        if _is_no_page(item):
            why = "as drawings, or patterns of pages"
        elif _find_template_folders([item, _Scanned("", "", None)]):
            why = "as templates"
        elif _find_copy(item):
            why = "as copies, of others’ texts or of old versions, or made for tests"
        elif fits(item.path):
            why = "as the site's settings do"
        groups.setdefault(why, []).append(item.path)
    if own:
        groups["as the project's own"] = own
    for why, names in groups.items():
        more = f" and {len(names) - _EXAMPLES} more" if len(names) > _EXAMPLES else ""
        number = count_things(len(names), "file is", "files are")
        yield f"{number} left out {why}: {', '.join(sorted(names)[:_EXAMPLES])}{more}."


def _explain_interval(timeless: int, dated: int) -> str:
    each = "The dated page says" if dated == 1 else f"{timeless} of {dated} dated pages say"
    return (
        f'{each} not for how long: verify_every = "{_DEFAULT_INTERVAL}" lets them fall due a year after their date. '
        "Set what fits you; without it nothing ever falls due."
    )


def _list_doubts(found: Collection[str], scanned: Sequence[_Scanned]) -> Iterator[str]:
    """What no field says, and where to say it; what cannot be read."""
    if "verified" not in found:
        yield "no field says when a card was verified: every card begins unverified, and `kb verify` adds the fields."
    if damaged := sum(item.damaged for item in scanned):
        having = count_things(damaged, "file has", "files have")
        yield f"{having} front matter that cannot be read; `kb check` names each."


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
    library = proposal.library
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
