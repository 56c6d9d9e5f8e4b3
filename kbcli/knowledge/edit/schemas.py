"""Recognising another schema: which front matter field here is which field of kb, which folders are languages."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from kbcli.foundation.calendar import parse_date
from kbcli.knowledge.cards.header.document import Fields, Value
from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES
from kbcli.knowledge.cards.reader import interpret_interval, is_language_code

_ON = r"(?:_on|_at|_date)?"
# Per field of kb, names that mean it, the surest first; matched against the whole name in snake case.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "verified": (
        rf"(?:last_)?verified{_ON}|date_(?:last_)?verified",
        rf"last_review(?:ed)?{_ON}|(?:date_)?(?:last_)?reviewed{_ON}|date_of_(?:last_)?review",
        rf"(?:last_)?(?:checked|validated|confirmed|audited|approved){_ON}|freshness(?:_date)?",
        "ms_date|review_date|last_freshness_review",
    ),
    "due": (
        rf"(?:next|due_for)_(?:review|verification){_ON}|(?:review|verify|verification)_(?:by|due|before){_ON}",
        rf"expir(?:es|y|ation|e){_ON}|valid_(?:until|to|through|till)|review_(?:on|after)|due{_ON}|best_before",
        "review_date",
    ),
    "verify_every": (
        r"(?:verify|review)_(?:every|in)|(?:verification|review|validity)_(?:interval|cycle|period|frequency|cadence)",
        r"(?:review|verify|verification|valid|validity|expir\w*|ttl|max_age)_(?:in_|for_|after_|period_|interval_)?(?:days|weeks|months|years)",
        r"expires_in|valid_for|validity|review_after|update_frequency",
    ),
    "verified_by": (
        "(?:last_)?(?:verified|reviewed|checked|validated|approved)_by|verifier|reviewer|approver",
    ),
    "owner": (
        "owners?|owned_by|(?:page|content|doc|document|article|card)_owners?",
        r"owner_(?:slack|team|email|name|group|id)|owning_team|responsible(?:_\w+)?|accountable|steward|dri",
        "team|maintainers?|maintained_by|contact|contact_team|ms_author",
    ),
    "lang": ("lang|language|locale|ms_locale",),
    "tags": ("tags", "keywords?|labels?|topics?"),
    "status": ("status", "publication_status|state|lifecycle|workflow_state|doc_status|ms_status", "draft"),
    "title": ("title", "headline|name"),
}
_CHANGE_DATES = re.compile(r"(?:date|last_?mod\w*|last_?updated?|updated|modified)(?:_on|_at|_date)?\Z")
_STATUS_WORDS = {
    "active": "active, published, publish, live, current, completed, complete, final, done, stable, approved, released, "
    "accepted, in use, public, verified, maintained",
    "draft": "draft, wip, work in progress, in progress, in review, proposed, unpublished, todo, stub, new, pending, "
    "review, planned",
    "archived": "archived, archive, withdrawn, deprecated, obsolete, retired, superseded, removed, inactive, legacy, "
    "outdated, expired, rejected, moved",
}
_WORDS = {word: status for status, words in _STATUS_WORDS.items() for word in words.split(", ")}
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.]\d{4}\Z", re.ASCII)
_FITTING = 0.6
_MAX_WORDS = 20


@dataclass
class KeyCount:
    """What one front matter field holds over all files: how many have it, its texts, how many lists."""

    files: int = 0
    lists: int = 0
    texts: Counter[str] = field(default_factory=Counter)

    @property
    def example(self) -> str:
        """The most frequent text (of several, the first in order)."""
        return min(self.texts.items(), key=lambda item: (-item[1], item[0]))[0] if self.texts else ""


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """One field of kb found under a name here: in how many files, with an example of its values."""

    field: str
    name: str
    files: int
    example: str


@dataclass(frozen=True)
class Schema:
    """What was recognised, in terms of kb.toml: `fields`, `values`, `types`, `date_style`.

    `evidence` is for showing. `notes` are sentences about what was left alone, or guessed.
    """

    evidence: tuple[FieldEvidence, ...]
    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    types: tuple[str, ...]
    date_style: str
    notes: tuple[str, ...]


def count_keys(headers: Iterable[Fields]) -> dict[str, KeyCount]:
    """Statistics of every field over the headers of many files."""
    counts: dict[str, KeyCount] = {}
    for header in headers:
        for key, value in header.values.items():
            count = counts.setdefault(key, KeyCount())
            count.files += 1
            count.lists += isinstance(value, list)
            count.texts.update(_list_texts(value))
    return counts


def _list_texts(value: Value) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []


def detect_schema(counts: Mapping[str, KeyCount], today: date) -> Schema:
    """Which fields here are which of kb's. `today` tells a review in the past from one that is planned."""
    style, notes = _detect_date_style(counts)
    tests = _make_tests(style, today)
    chosen: dict[str, str] = {}
    for name in _NAMES:
        if key := _choose_key(name, counts, tests[name], taken=tuple(chosen.values())):
            chosen[name] = key
    values: dict[str, Mapping[str, str]] = {}
    if "status" in chosen:
        values["status"] = _map_statuses(counts[chosen["status"]], notes)
    types = _detect_types(counts.get("type"))
    fields = {name: key for name, key in chosen.items() if name != key}
    fields.update(_find_clashes(counts, chosen, types, notes))
    if "verified" not in chosen:
        # They say when a text changed, not that anybody verified it.
        notes += [
            f"“{key}” says when a text changed, not that somebody verified it, so it is not mapped."
            for key, count in sorted(counts.items())
            if _CHANGE_DATES.match(to_snake_case(key)) and _read_date(count.example, style) is not None
        ]
    if "due" in chosen:
        # kb reads a due date only where kb.toml names the field.
        fields["due"] = chosen["due"]
    evidence = tuple(
        FieldEvidence(name, key, counts[key].files, counts[key].example) for name, key in chosen.items()
    )
    return Schema(
        evidence, fields, {key: item for key, item in values.items() if item}, types, style, tuple(notes)
    )


def _make_tests(style: str, today: date) -> Mapping[str, Callable[[str, str], bool]]:
    """Per field, whether a text fits it; the first argument is the key it stands under."""

    def is_date(_: str, text: str) -> bool:
        return _read_date(text, style) is not None

    def is_past(key: str, text: str) -> bool:
        day = _read_date(text, style)
        return day is not None and (day <= today or to_snake_case(key) != "review_date")

    return {
        "verified": is_past,
        "due": is_date,
        "verify_every": _is_interval,
        "verified_by": lambda _, text: not text.isdecimal() and text not in ("true", "false"),
        "owner": lambda _, text: text not in ("true", "false"),
        "lang": lambda _, text: is_language_code(text),
        "tags": lambda *_: True,
        "status": lambda key, text: (
            text in ("true", "false") if to_snake_case(key) == "draft" else text.casefold() in _WORDS
        ),
        "title": lambda *_: True,
    }


def _choose_key(
    name: str, counts: Mapping[str, KeyCount], fits: Callable[[str, str], bool], *, taken: Sequence[str]
) -> str:
    """The key that is this field: the surest name, unless another stands in five times as many files."""
    found: list[tuple[int, int, str]] = []
    for key, count in counts.items():
        rank = next(
            (rank for rank, pattern in enumerate(_NAMES[name]) if re.fullmatch(pattern, to_snake_case(key))),
            None,
        )
        if rank is None or key in taken or not count.texts:
            continue
        fitting = sum(number for text, number in count.texts.items() if fits(key, text))
        if fitting >= _FITTING * count.texts.total():
            found.append((rank, -count.files, key))
    if not found:
        return ""
    most = -min(item[1] for item in found)
    return min(item for item in found if -item[1] * 5 >= most)[2]


def to_snake_case(key: str) -> str:
    """`lastReviewedOn`, `last-reviewed-on` and `Last Reviewed On` as `last_reviewed_on`."""
    return re.sub(r"[-. ]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)).lower()


def _read_date(text: str, style: str) -> date | None:
    try:
        return parse_date(text, style)
    except ValueError:
        return None


def _is_interval(key: str, text: str) -> bool:
    try:
        interpret_interval(text, key)
    except ValueError:
        return False
    return True


def _detect_date_style(counts: Mapping[str, KeyCount]) -> tuple[str, list[str]]:
    """The style of dates with slashes, by days past the twelfth."""
    patterns = re.compile("|".join((*_NAMES["verified"], *_NAMES["due"])))
    first = second = either = 0
    for key, count in counts.items():
        if not patterns.fullmatch(to_snake_case(key)):
            continue
        for text, number in count.texts.items():
            if match := _SLASHED.match(text.strip()):
                first += number * (int(match[1]) > 12)
                second += number * (int(match[2]) > 12)
                either += number
    if not either:
        return "iso", []
    if first and second:
        return "iso", [
            f"{first} dates have the day first and {second} the month: kb cannot read both. Mend the fewer."
        ]
    if not first and not second:
        return "us", [
            f"no date tells whether 07/04 is July or April; the month is taken to come first (date_style, {either} dates)."
        ]
    return ("eu" if first else "us"), []


def _map_statuses(count: KeyCount, notes: list[str]) -> dict[str, str]:
    """What the words of a status mean: kb's status for each word here; one that is not known, but frequent, is taken for active."""
    if set(count.texts) <= {"true", "false"}:
        return {"true": "draft", "false": "active"}
    mapped: dict[str, str] = {}
    guessed = []
    for word, number in count.texts.most_common(_MAX_WORDS):
        meaning = _WORDS.get(word.casefold())
        if meaning is None and number > 1:
            meaning = "active"
            guessed.append(f"“{word}” ({number})")
        if meaning and word.lower() != meaning:
            mapped[word] = meaning
    if guessed:
        notes.append(f"taken for active, as kb does not know these words: {', '.join(guessed)}.")
    return mapped


def _detect_types(count: KeyCount | None) -> tuple[str, ...]:
    """Words of `type` that kb.toml must add, when there are few enough to be types at all."""
    if count is None or count.lists or len(count.texts) > _MAX_WORDS:
        return ()
    return tuple(sorted(word for word in count.texts if word.lower() not in TYPES))


def _find_clashes(
    counts: Mapping[str, KeyCount], chosen: Mapping[str, str], types: Sequence[str], notes: list[str]
) -> dict[str, str]:
    """Names that kb has too but that mean something else here: kb's own gets another name."""
    fits: Mapping[str, Callable[[KeyCount, str], bool]] = {
        "type": lambda count, text: not count.lists and (text.lower() in TYPES or text in types),
        "audience": lambda _, text: text.lower() in AUDIENCES,
        "status": lambda _, text: text.lower() in STATUSES,
        "lang": lambda _, text: is_language_code(text),
        "aliases": lambda _, text: not text.startswith("/"),
        "product": lambda count, _: count.lists == 0,
        "verified": lambda _, text: _read_date(text, "us") is not None,
        "verified_by": lambda count, _: count.lists == 0,
        "flagged": lambda _, text: text in ("true", "false"),
    }
    renamed = {}
    for name, test in fits.items():
        count = counts.get(name)
        if count is None or name in chosen or not count.texts:
            continue
        if (
            sum(number for text, number in count.texts.items() if test(count, text))
            < _FITTING * count.texts.total()
        ):
            renamed[name] = f"kb_{name}"
            notes.append(
                f"“{name}” here is something else (“{count.example[:40]}”), so kb's own field is called kb_{name}."
            )
    return renamed


# A year alone is none: what was said in 2023 is not an older text of 2024's.
_NUMBERED = re.compile(r"(?!(?:19|20)\d\d\Z)(?:v|version-?)?\d+(?:\.(?:\d+|x))*", re.IGNORECASE)
_DOCS = "docusaurus-plugin-content-docs/current/"
_LOCALISED = re.compile(rf"(?P<site>(?:.*/)?)i18n/[^/]+/{_DOCS}(?P<path>.+)")
_GENERIC = frozenset(("index", "_index", "readme", "overview", "search", "about"))
_SHARE = 0.2
_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class TranslationFolders:
    """Language folders: `pattern` and `source` as kb.toml wants them.

    `translations` is how many cards have the source's file name. Where the sources lie beside the folders of
    languages, `source_path` says where, and `source` is "".
    """

    pattern: str
    source: str
    translations: int
    source_path: str = ""


def find_translation_folders(ids: Sequence[str]) -> TranslationFolders | None:
    """The language folders among card IDs, None when there are none.

    Of several places (`docs/en/…`, `blog/en/…`) the one with the most translations, as kb.toml
    has one pattern. The source is the language whose names the
    others share most; English where it comes near to that, as most documentation is written in it.
    """
    if localised := _find_localised(ids):
        return localised
    places: dict[str, dict[str, set[str]]] = {}
    for ident in ids:
        parts = ident.split("/")
        for depth, part in enumerate(parts[:-1]):
            if is_language_code(part):
                place = "".join(f"{folder}/" for folder in parts[:depth])
                places.setdefault(place, {}).setdefault(part, set()).add("/".join(parts[depth + 1 :]))
    for place, languages in places.items():
        # What lies beside the folders of languages may be what they translate.
        beside = (ident[len(place) :] for ident in ids if ident.startswith(place))
        languages[""] = {name for name in beside if name.partition("/")[0] not in languages}
    found = [
        judged for place, languages in sorted(places.items()) if (judged := _judge_place(place, languages))
    ]
    return max(found, key=lambda folders: folders.translations, default=None)


def find_old_versions(ids: Sequence[str]) -> list[str]:
    """Globs of the folders of versions (`docs/v1.2/**`) most of whose pages a newer one beside them has, too."""
    places: dict[str, dict[str, set[str]]] = {}
    for ident in ids:
        *folders, name = ident.split("/")
        depth = next((number for number, part in enumerate(folders) if _NUMBERED.fullmatch(part)), -1)
        if depth >= 0:
            place = "".join(f"{folder}/" for folder in folders[:depth])
            places.setdefault(place, {}).setdefault(folders[depth], set()).add(name)
    old: list[str] = []
    for place, versions in sorted(places.items()):
        by_age = sorted(versions, key=lambda one: (list(map(int, re.findall(r"\d+", one))), one))
        for version, newer in pairwise(by_age):
            if 2 * len(versions[version] & versions[newer]) > len(versions[version]):
                old.append(f"{place}{version}/**")
    return old


def _find_localised(ids: Sequence[str]) -> TranslationFolders | None:
    """The folders in which Docusaurus keeps translations of `docs`."""
    known = set(ids)
    found = [match for ident in ids if (match := _LOCALISED.fullmatch(ident))]
    counts = Counter(match["site"] for match in found if f"{match['site']}docs/{match['path']}" in known)
    for site, number in counts.most_common(1):
        return TranslationFolders(f"{site}i18n/{{lang}}/{_DOCS}{{path}}", "", number, f"{site}docs/{{path}}")
    return None


def _judge_place(place: str, languages: Mapping[str, set[str]]) -> TranslationFolders | None:
    """The folders of one place that are translations of one of them."""

    def count_shared(source: str) -> int:
        return sum(len(names & languages[source]) for lang, names in languages.items() if lang != source)

    shares = {lang: count_shared(lang) for lang in sorted(languages)}
    near = [lang for lang, shared in shares.items() if shared >= _NEAR * max(shares.values())]
    source = max(
        near,
        key=lambda lang: (lang.lower().startswith("en"), not lang, shares[lang], len(languages[lang])),
    )
    names = languages[source]
    partners = [
        others
        for lang, others in languages.items()
        if lang and lang != source and _is_translation(others, names)
    ]
    if not partners:
        return None
    shared = sum(len(others & names) for others in partners)
    return TranslationFolders(
        f"{place}{{lang}}/{{path}}", source, shared, "" if source else f"{place}{{path}}"
    )


def _is_translation(names: set[str], source: set[str]) -> bool:
    """Two telling names in common, or one where the folders hold little else."""
    shared = names & source
    telling = sum(name.rsplit("/", 1)[-1].lower() not in _GENERIC for name in shared)
    return len(shared) >= _SHARE * len(names) and (
        telling >= 2 or (telling == 1 and len(shared) * 2 >= len(names))
    )
