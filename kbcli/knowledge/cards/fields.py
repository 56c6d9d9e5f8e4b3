"""What the fields of a card mean: one interpreter per kind of field, which never fails but notes a problem."""

import difflib
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from kbcli.config import MAPPABLE_FIELDS, Config
from kbcli.foundation.calendar import Interval, parse_date, parse_interval
from kbcli.knowledge.cards.header.read import Fields, Value
from kbcli.knowledge.cards.languages import normalize_tag
from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES, Flag, Problem

_PLACEHOLDER = re.compile(r"<%|%>|\{\{|\}\}|\{%|\bY{2,4}-M{1,2}|\bTODO\b|\bTBD\b|\bXX", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,4}\Z", re.ASCII)
UNIT_IN_NAME = re.compile(r"(?:^|_|\b)(day|week|month|year)s?$", re.IGNORECASE)
_DATE_HINT = "Write it as YYYY-MM-DD."
_INTERVAL_HINT = "Use 90d, 12w, 6m, 1y, “6 months”, P6M or never."


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
        offset = first_line - 1
        self.lines = {names.get(key, key): line + offset for key, line in fields.lines.items()}
        self.extra: dict[str, Value] = {}
        self._known: dict[str, Value] = {}
        for key, value in fields.values.items():
            if key in names:
                self._known[names[key]] = value
            else:
                self.extra[key] = value
        for key, line in fields.duplicates:
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

    def read_choice(self, name: str, choices: tuple[str, ...], fallback: str) -> str:
        """A field with a closed set of words, after kb.toml's `values` mapping."""
        value = self.read_text(name)
        value = self._config.values.get(name, {}).get(value, value)
        if not value:
            return fallback
        if value in choices:
            return value
        if value.lower() in choices:
            return value.lower()
        self._note("bad-field", name, f"“{value}” is not a {name}", f"Use one of: {', '.join(choices)}.")
        return fallback

    def read_type(self) -> str:
        """The card's type: one of kb's or of kb.toml's `types`."""
        return self.read_choice("type", TYPES + self._config.types, "")

    def read_status(self) -> str:
        """`draft`, `active` (also when missing) or `archived`."""
        return self.read_choice("status", STATUSES, "active")

    def read_audience(self) -> str:
        """`internal` (also when missing) or `public`."""
        return self.read_choice("audience", AUDIENCES, "internal")

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
        try:
            return _interpret_date(value, self._config.date_style)
        except ValueError as error:
            self._note("bad-date", name, str(error), _DATE_HINT)
            return None

    def read_interval(self) -> Interval | None:
        """The verification interval: the card's, its path's, or the knowledge base's.

        A bare number takes its unit from the name of the mapped field (`expiration_in_days`).
        """
        text = self.read_text("verify_every") or self._config.verify_every
        if not text:
            return None
        try:
            return interpret_interval(text, self._config.field_name("verify_every"))
        except ValueError as error:
            self._note("bad-field", "verify_every", str(error), _INTERVAL_HINT)
            return None

    def read_lang(self) -> str:
        """The language tag, "" when missing."""
        text = self.read_text("lang")
        text = self._config.values.get("lang", {}).get(text, text)
        if not text:
            return ""
        try:
            return normalize_tag(text)
        except ValueError as error:
            self._note("bad-field", "lang", str(error), "Use a tag such as en, de or zh-Hans.")
            return ""

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
        day = None
        if on := texts.get("on"):
            try:
                day = parse_date(on, self._config.date_style)
            except ValueError as error:
                self._note("bad-date", "flagged", str(error), _DATE_HINT)
        return Flag(texts.get("by", ""), day, texts.get("reason", ""))


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
