"""Bytes to Card. Pure: reads no disk, knows no day, and never fails."""

import difflib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from kbcli.config import Config
from kbcli.foundation.calendar import Interval, parse_date, parse_interval
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.typed import TYPE_CHECKING, Any, compile_late
from kbcli.kbtoml import MAPPABLE_FIELDS
from kbcli.knowledge.cards.header.document import (
    READ_BY,
    Document,
    Fields,
    FrontMatterError,
    Value,
    count_newlines,
    parse_header,
    split_document,
)
from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES, Card, Flag, Problem
from kbcli.knowledge.cards.walk import card_id

if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

_TITLE_LINE = compile_late(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_CONFLICT_MARK = compile_late(r"^(?:<{7}(?: .*)?|={7}|>{7}(?: .*)?)$", re.MULTILINE)
_HEADER_REACH = 2_000
_TEXTS = ("product", "translation_digest", "verify_never_reason", "verified_by", "depends_digest")
_LISTS = ("depends_on", "distinct_from", "evidence", "former_ids")
_PLACEHOLDER = compile_late(r"<%|%>|\{\{|\}\}|\{%|\bY{2,4}-M{1,2}|\bTODO\b|\bTBD\b|\bXX", re.IGNORECASE)
_NUMBER = compile_late(r"\d{1,4}\Z", re.ASCII)
UNIT_IN_NAME = compile_late(r"(?:^|_|\b)(day|week|month|year)s?$", re.IGNORECASE)
_RESOLVE = "Resolve the conflict: keep one side and delete the marks."
_DATE_HINT = "Write it as YYYY-MM-DD."
_INTERVAL_HINT = "Use 90d, 12w, 6m, 1y, “6 months”, P6M or never."
# Subset of BCP 47 (RFC 5646 §2.1): language, script, region, variants.
_TAG = compile_late(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z", re.ASCII)
# The first and last of their letters, in turn.
_SCRIPTS = (
    ("ko", "\uac00\ud7af\u1100\u11ff"),
    ("ja", "\u3040\u30ff"),
    ("zh", "\u4e00\u9fff"),
    ("hi", "\u0900\u097f"),
    ("th", "\u0e00\u0e7f"),
    ("ru", "\u0400\u04ff"),
    ("ar", "\u0600\u06ff"),
    ("he", "\u0590\u05ff"),
    ("el", "\u0370\u03ff"),
)
# ISO 639-1, and the three-letter codes (ISO 639-3) that translated documentation really has.
_ISO_639 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
    "ast ceb ckb cmn fil haw hsb dsb gsw yue"
)
_CODES = frozenset(_ISO_639.split())
_PLAIN_TAG = compile_late(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_](?:[A-Za-z]{2}|\d{3}))?\Z", re.ASCII)
_SAMPLE = 600
_SHARE = 0.15


def read_card(data: bytes, path: str, config: Config) -> Card:
    """What the file with these bytes means, `path` being relative to the knowledge base.

    Always a card: what cannot be understood is left out and noted in `problems`, with its line
    and remedy, so that a damaged card is still found and shown.
    """
    document = split_document(data)
    fine = READ_BY.get(config.renderer.partition("-")[0], ())
    problems = [
        Problem(rule, path, line, message, hint)
        for rule, line, message, hint in document.trouble
        if message not in fine
    ]
    fields, salvaged = _read_fields(document, path, problems)
    reader = FieldReader(fields, config, path, document.header_line, find_defaults(config, path))
    body = document.body
    _note_conflict(body, document, path, problems)
    path_lang, path_source = match_translation(config, path)
    ident = card_id(path, config)
    translation_of = reader.read_text("translation_of") or path_source
    return Card(
        id=ident,
        path=path,
        **_read_title(reader, salvaged, body, ident),
        type=reader.read_choice("type", TYPES + config.types, ""),
        aliases=reader.read_list("aliases", split=True),
        tags=reader.read_list("tags", split=True),
        audience=reader.read_choice("audience", AUDIENCES, "internal"),
        owners=reader.read_list("owner"),
        lang=reader.read_lang() or path_lang or guess_script_language(body) or config.lang,
        translation_of="" if translation_of == ident else translation_of,
        status=reader.read_choice("status", STATUSES, "active"),
        verify_every=reader.read_interval(),
        verified=reader.read_date("verified"),
        due_on=reader.read_date("due") if "due" in config.fields else None,
        flagged=reader.read_flag(),
        **_read_plain_fields(reader),
        extra=reader.extra,
        body=body,
        body_line=document.body_line,
        body_offset=document.body_offset,
        lines=reader.lines,
        problems=(*problems, *reader.problems),
    )


def _read_title(reader: "FieldReader", salvaged: str, body: str, ident: str) -> dict[str, Any]:
    own = reader.read_text("title") or _read_hero(reader.extra) or salvaged
    heading = ""
    if not own:
        from kbcli.foundation.markdown.titles import find_title

        heading = find_title(body)
    title = own or heading
    return {
        "title": title or _name_from_path(ident),
        "own_title": title,
        "heading_title": bool(heading),
    }


def _read_hero(extra: Mapping[str, object]) -> str:
    """What VitePress shows in large letters on a page that has it, which is its title."""
    hero = extra.get("hero")
    name = hero.get("name") if isinstance(hero, Mapping) else None
    return " ".join(name.split()) if isinstance(name, str) else ""


def _read_plain_fields(reader: "FieldReader") -> dict[str, Any]:
    """The fields that are taken as they are written."""
    fields: dict[str, Any] = {name: reader.read_text(name) for name in _TEXTS}
    fields |= {name: reader.read_list(name) for name in _LISTS}
    # A digest that was emptied pins nothing, but it must not read as a card that never had one.
    emptied = "(empty)" if "verified_digest" in reader.lines else ""
    return fields | {"verified_digest": reader.read_text("verified_digest") or emptied}


def _read_fields(document: Document, path: str, problems: list[Problem]) -> tuple[Fields, str]:
    """The header's fields, and the title when all that could be saved of it is that line."""
    if not document.mark:
        # With a damaged fence the header is part of the text; its title is saved all the same.
        damaged = any(problem.rule != "bad-encoding" for problem in problems)
        match = _TITLE_LINE.search(document.text[:_HEADER_REACH].replace("\r", "\n")) if damaged else None
        return Fields({}, {}), match[1].strip("\"'` ") if match else ""
    try:
        return parse_header(document.mark, document.header), ""
    except FrontMatterError as error:
        line = document.header_line + error.line - 1
        problem = Problem("bad-front-matter", path, line, str(error), error.hint)
        before, mark, _ = document.header.partition("<<<<<<<")
        if mark:
            line = document.header_line + count_newlines(before)
            message = "the front matter holds a merge conflict"
            problem = Problem("merge-conflict", path, line, message, _RESOLVE)
        problems.append(problem)
        match = _TITLE_LINE.search(document.header.replace("\r", "\n"))
        return Fields({}, {}), match[1].strip("\"'` ") if match else ""


def _note_conflict(body: str, document: Document, path: str, problems: list[Problem]) -> None:
    if "\n=======\n" not in body or any(problem.rule == "merge-conflict" for problem in problems):
        return
    from kbcli.foundation.markdown.blocks import blank_code

    marks = "".join(match[0][0] for match in _CONFLICT_MARK.finditer(blank_code(body)))
    if ">" in marks.partition("<")[2].partition("=")[2]:
        line = document.body_line + body.count("\n", 0, body.find("<<<<<<<"))
        problems.append(Problem("merge-conflict", path, line, "the text holds a merge conflict", _RESOLVE))


def _name_from_path(ident: str) -> str:
    *folders, name = ident.split("/")
    if name in ("index", "README", "_index") and folders:
        name = folders[-1]
    return re.sub(r"[-_]+", " ", name).strip() or ident


def find_defaults(config: Config, path: str) -> Mapping[str, str | tuple[str, ...]]:
    """The field values that kb.toml gives to cards at this path; a later table wins."""
    fitting = (entry for entry in config.defaults if match_globs(entry.paths)(path))
    return {name: value for entry in fitting for name, value in entry.values.items()}


@lru_cache(maxsize=8)
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\{lang\}", r"(?P<lang>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)")
    return re.compile(escaped.replace(r"\{path\}", r"(?P<path>.+)") + r"\Z")


def match_translation(config: Config, path: str) -> tuple[str, str]:
    """Language and source ID of a card by kb.toml's `translations` pattern; both "" when it has none.

    With the pattern `{lang}/{path}` and source `en`, `de/pod.md` is German and a translation
    of `en/pod`.
    """
    if not config.translation_pattern:
        return "", ""
    match = _compile_pattern(config.translation_pattern).match(card_id(path, config))
    if match is None:
        return "", ""
    source = config.source_pattern.replace("{path}", match["path"])
    is_source = match["lang"] == config.translation_source or not config.translation_source
    return normalize_tag(match["lang"]), "" if is_source else source


class FieldReader:
    """Interprets the fields of one header; collects what is wrong in `problems`.

    `first_line` is the file's line on which the header begins. Path `defaults` fill in for
    fields that the card does not have.
    """

    def __init__(
        self,
        fields: Fields,
        config: Config,
        path: str,
        first_line: int,
        defaults: Mapping[str, str | tuple[str, ...]],
    ) -> None:
        self._config = config
        self._path = path
        self._defaults = defaults
        self.problems: list[Problem] = []
        names = _invert_names(tuple(config.fields.items()))
        # Hugo reads “Title” as it does “title”; where both stand, kb reads the one that it would write.
        others = {
            key: names[key.lower()] for key in fields.lines if key not in names and key.lower() in names
        }
        spelt = [key.lower() for key in fields.lines] if others else []
        again = [(key, fields.lines[key]) for key in others if spelt.count(key.lower()) > 1]
        if others:
            names = {
                **names,
                **{key: name for key, name in others.items() if key.lower() not in fields.lines},
            }
        offset = first_line - 1
        self.lines = {names.get(key, key): line + offset for key, line in fields.lines.items()}
        values = fields.values.items()
        self.extra = {key: value for key, value in values if key not in names}
        self._known = {names[key]: value for key, value in values if key in names}
        for key, line in (*fields.duplicates, *again):
            self._note(
                "bad-front-matter", names.get(key, key), f"“{key}” stands twice", "Delete one.", line + offset
            )
        self._note_misspelled(names)

    def _note(self, rule: str, name: str, message: str, hint: str, line: int = 0) -> None:
        line = line or self.lines.get(name, 1)
        self.problems.append(Problem(rule, self._path, line, message, hint, name))

    def _note_misspelled(self, names: Mapping[str, str]) -> None:
        for key in self.extra:
            wanted = _find_similar(key, tuple(names))
            if wanted and names[wanted] not in self._known:
                self._note(
                    "bad-field",
                    key,
                    f"“{key}” is not read; did you mean “{wanted}”?",
                    f"Rename it to {wanted}.",
                )

    def read_text(self, name: str) -> str:
        """A field that holds one text; a list or mapping there is a problem."""
        value = self._known.get(name)
        if value is None:
            default = self._defaults.get(name, "") if self._defaults else ""
            return default if isinstance(default, str) else ", ".join(default)
        if isinstance(value, str):
            return " ".join(value.split())
        self._note(
            "bad-field",
            name,
            f"“{self._config.field_name(name)}” must be one text",
            "Write one value after the colon.",
        )
        return ""

    def _read_word(self, name: str) -> str:
        """A field's text in kb's own words, by kb.toml's `values` mapping."""
        value = self.read_text(name)
        return self._config.values.get(name, {}).get(value, value)

    def read_choice(self, name: str, choices: tuple[str, ...], fallback: str) -> str:
        """A field with a closed set of words."""
        value = self._read_word(name)
        if not value:
            return fallback
        if value in choices:
            return value
        if value.lower() in choices:
            return value.lower()
        self._note("bad-field", name, f"“{value}” is not a {name}", f"Use one of: {', '.join(choices)}.")
        return fallback

    def read_list(self, name: str, *, split: bool = False) -> tuple[str, ...]:
        """A field that holds texts: a list, or one text (cut at commas when `split`)."""
        value = self._known.get(name)
        if value is None:
            default = self._defaults.get(name, ()) if self._defaults else ()
            return default if isinstance(default, tuple) else (default,) if default else ()
        if isinstance(value, str):
            items: list[Value] = list(value.split(",")) if split else [value]
        elif isinstance(value, list):
            items = value
        else:
            self._note(
                "bad-field",
                name,
                f"“{self._config.field_name(name)}” must be a list of texts",
                "Write [one, two].",
            )
            return ()
        texts = [" ".join(item.split()) for item in items if isinstance(item, str) and item.strip()]
        if any(isinstance(item, list | dict) for item in items):
            self._note(
                "bad-field",
                name,
                f"“{self._config.field_name(name)}” holds something that is not a text",
                "Write [one, two].",
            )
        return tuple(dict.fromkeys(texts))

    def read_date(self, name: str) -> date | None:
        """A day; an empty, impossible or foreign one is the problem `bad-date`."""
        value = self._known.get(name)
        if value is None:
            if name in self.lines:
                self._note(
                    "bad-date",
                    name,
                    f"“{self._config.field_name(name)}” is empty",
                    f"{_DATE_HINT} Or delete the line.",
                )
            return None
        if not isinstance(value, str):
            self._note("bad-date", name, f"“{self._config.field_name(name)}” must be one date", _DATE_HINT)
            return None
        return self._interpret("bad-date", name, _DATE_HINT, _interpret_date, value, self._config.date_style)

    def read_interval(self) -> Interval | None:
        """The verification interval: the card's, its path's, or the knowledge base's.

        A bare number takes its unit from the name of the mapped field (`expiration_in_days`).
        """
        text = self.read_text("verify_every") or self._config.verify_every
        if not text:
            return None
        called = self._config.field_name("verify_every")
        return self._interpret("bad-field", "verify_every", _INTERVAL_HINT, interpret_interval, text, called)

    def read_lang(self) -> str:
        """The language tag, "" when missing."""
        text = self._read_word("lang")
        hint = "Use a tag such as en, de or zh-Hans."
        return (self._interpret("bad-field", "lang", hint, normalize_tag, text) if text else "") or ""

    def read_flag(self) -> Flag | None:
        """The report that the card is wrong: a mapping with by, on and reason, or just the reason."""
        value = self._known.get("flagged")
        if value is None or value == "false":
            return None
        if isinstance(value, str):
            return Flag("", None, value)
        if isinstance(value, list):
            self._note(
                "bad-field", "flagged", "“flagged” must hold by, on and reason", "Run `kb flag` to write it."
            )
            return Flag("", None, "")
        texts = {key: item for key, item in value.items() if isinstance(item, str)}
        on, style = texts.get("on"), self._config.date_style
        day = self._interpret("bad-date", "flagged", _DATE_HINT, parse_date, on, style) if on else None
        return Flag(texts.get("by", ""), day, texts.get("reason", ""))

    def _interpret(
        self, rule: str, name: str, hint: str, read: "Callable[..., _T]", *given: str
    ) -> "_T | None":
        """What a field's text means; a problem, and None, where `read` raises ValueError."""
        try:
            return read(*given)
        except ValueError as error:
            self._note(rule, name, str(error), hint)
            return None


@lru_cache(maxsize=256)
def interpret_interval(text: str, name: str) -> Interval:
    """An interval; a bare number takes its unit from the field's `name`. Raises ValueError."""
    unit = UNIT_IN_NAME.search(name)
    if unit and _NUMBER.match(text):
        text = f"{text} {unit[1]}"
    return parse_interval(text)


@lru_cache(maxsize=1024)
def _interpret_date(text: str, style: str) -> date:
    """A day. Raises ValueError, also for a template's placeholder."""
    if _PLACEHOLDER.search(text):
        raise ValueError(f"“{text}” is a template's placeholder, not a date")
    return parse_date(text, style)


@lru_cache(maxsize=8)
def _invert_names(fields: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """What each field of kb is called in the front matter here, the other way round."""
    called = dict(fields)
    return {called.get(name, name): name for name in MAPPABLE_FIELDS}


@lru_cache(maxsize=2048)
def _find_similar(key: str, names: tuple[str, ...]) -> str:
    """The known field that an unknown one is most likely a misspelling of."""
    if len(key) < 5:
        return ""
    found = difflib.get_close_matches(key, names, n=1, cutoff=0.85)
    return found[0] if found else ""


def normalize_tag(text: str) -> str:
    """A language tag in canonical case (`zh-Hans`, `pt-BR`). Raises ValueError for what is none."""
    tag = text.strip().replace("_", "-")
    if not _TAG.match(tag):
        raise ValueError(f"“{text}” is not a language tag")
    first, *rest = tag.split("-")
    cased = (
        part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in rest
    )
    return "-".join((first.lower(), *cased))


def is_language_code(text: str) -> bool:
    """Whether a text is a language tag such as `en`, `zh-cn`, `pt_BR` or `zh-Hans`, of a language that exists."""
    match = _PLAIN_TAG.match(text)
    return match is not None and match[1].lower() in _CODES


def guess_script_language(text: str) -> str:
    """The language that a text's script points to, "" for Latin and for too little evidence.

    Kana wins over Han, so that Japanese is not taken for Chinese.
    """
    sample = text[:_SAMPLE]
    if sample.isascii():
        return ""
    enough = max(2, _SHARE * len(sample))
    signs = sorted(set(sample))
    for lang, bounds in _SCRIPTS:
        found = 0
        for first, last in zip(bounds[::2], bounds[1::2], strict=True):
            found += sum(map(sample.count, signs[bisect_left(signs, first) : bisect_right(signs, last)]))
        if found >= (enough if lang != "ja" else enough / 2):
            return lang
    return ""
