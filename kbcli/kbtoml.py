"""What may stand in kb.toml and in the user's own config.toml: each key with what reads its value.

A reader takes a value with the key it stands under, and raises ConfigError for one of the wrong kind.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from kbcli.errors import ConfigError
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

SEVERITIES = ("error", "warning", "off")
DATE_STYLES = ("iso", "us", "eu")
REFS = ("plain", "keyed")
RENDERERS = (
    "github",
    "gitlab",
    "mkdocs",
    "mkdocs-unicode",
    "mkdocs-pymdownx",
    "python-markdown",
    "hugo",
    "hugo-ascii",
    "hugo-dashes",
    "hugo-blackfriday",
    "goldmark",
    "docusaurus",
    "docusaurus-case",
    "jekyll",
    "kramdown",
    "tech-docs",
    "vitepress",
    "myst",
    "astro",
    "mdbook",
    "docsify",
    "zola",
    "obsidian",
)
_FIELDS = """
    title type aliases tags product audience owner lang translation_of translation_digest status verify_every
    verify_never_reason verified verified_by verified_digest due depends_on depends_digest flagged distinct_from
    evidence former_ids
"""
MAPPABLE_FIELDS = tuple(_FIELDS.split())
VALUE_FIELDS = ("status", "type", "audience", "lang")
DEFAULT_FIELDS = ("type", "product", "audience", "owner", "lang", "status", "verify_every", "tags")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class RuleSetting(NamedTuple):
    """How one check rule is judged: `severity`, or error only from `error_after` days on.

    `warn_after` and `error_after` are days past the moment a finding begins (None: not set).
    """

    severity: str = ""
    warn_after: int | None = None
    error_after: int | None = None
    limit: int | None = None


class PathDefaults(NamedTuple):
    """Field values for cards whose path matches one of `paths` and that do not say otherwise.

    `rules` are severities for these paths only.
    """

    paths: tuple[str, ...]
    values: Mapping[str, str | tuple[str, ...]] = NOTHING
    rules: Mapping[str, RuleSetting] = NOTHING


class CardSetting(partial[object]):
    """Reads a setting that says which files are cards, or what they say: what keeps cards by others would miss changes of it."""


Settings = Mapping[str, tuple[str, Mapping[str, Callable[[object, str], object]]]]


def read_settings(data: Mapping[str, object], known: Settings) -> tuple[dict[str, Any], list[str]]:
    """The settings of a file by their names in Config, and the keys that are not known. Raises ConfigError."""
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for section, (attributes, readers) in known.items():
        prefix = f"{section}." if section else ""
        for key, value in (_read_table(data.get(section, {}), section) if section else data).items():
            if key in readers:
                found[attributes + key] = readers[key](value, prefix + key)
            elif section or key not in known:
                unknown.append(prefix + key)
    return found, unknown


def _refuse(key: str, wanted: str) -> ConfigError:
    return ConfigError(f"kb.toml: “{key}” must be {wanted}", "See `kb manual kb.toml`.")


def _read_kind(kind: "type[_T]", wanted: str, value: object, key: str) -> "_T":
    if not isinstance(value, kind):
        raise _refuse(key, wanted)
    return value


_read_text = partial(_read_kind, str, "a text in quotes")
_read_flag = partial(_read_kind, bool, "true or false")
_read_table = partial(_read_kind, dict, "a table")


def _read_list(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _refuse(key, "a list of texts")
    return tuple(value)


def _read_index_name(value: object, key: str) -> str:
    text = _read_text(value, key)
    # What is part of the path of a request, and the beginning of the names of several indexes.
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", text):
        raise _refuse(key, "a name of small letters, digits, - and _")
    return text


def _read_each(read: "Callable[[object, str], _T]", value: object, key: str) -> "Mapping[str, _T]":
    """A table whose keys are the user's own, every value of one kind."""
    table = _read_table(value, key)
    return MappingProxyType({name: read(item, f"{key}.{name}") for name, item in table.items()})


def _read_count(value: object, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _refuse(key, "a whole number of 0 or more")
    return value


def _read_days(value: object, key: str) -> int:
    if isinstance(value, str) and len(value) < 8 and value[:-1].isdecimal() and value[-1:] in ("d", "w"):
        return int(value[:-1]) * (7 if value.endswith("w") else 1)
    raise _refuse(key, 'a number of days or weeks such as "30d" or "4w"')


def _read_choice(choices: tuple[str, ...], value: object, key: str) -> str:
    text = _read_text(value, key)
    if text not in choices:
        raise ConfigError(
            f"kb.toml: “{key}” is “{text}”", f"It must be one of: {', '.join(filter(None, choices))}."
        )
    return text


def _read_extensions(value: object, key: str) -> tuple[str, ...]:
    values = _read_list(value, key)
    if not values or any(not value.startswith(".") for value in values):
        raise ConfigError(
            "kb.toml: “extensions” must each begin with a dot", 'Such as [".md", ".html.md.erb"].'
        )
    return tuple(sorted(values, key=lambda value: (-len(value), value)))


def _read_pattern(languages: int, wanted: str, value: object, key: str) -> str:
    pattern = _read_text(value, key)
    if pattern and (pattern.count("{lang}"), pattern.count("{path}")) != (languages, 1):
        raise ConfigError(f"kb.toml: “{key}” is “{pattern}”", f"It must hold {wanted}.")
    return pattern


def _read_interval(value: object, key: str) -> str:
    from kbcli.foundation.calendar import parse_interval

    if text := _read_text(value, key):
        try:
            parse_interval(text)
        except ValueError as error:
            raise ConfigError(f"kb.toml: “{key}”: {error}", "Use 90d, 12w, 6m, 1y or never.") from error
    return text


def _check_known(table: Mapping[str, object], known: tuple[str, ...], key: str, problem: str) -> None:
    for name in table:
        if name not in known:
            raise ConfigError(f"kb.toml: {key}.{name} {problem}", f"Known: {', '.join(known)}.")


def _read_fields(value: object, key: str) -> Mapping[str, str]:
    _check_known(_read_table(value, key), MAPPABLE_FIELDS, key, "is not a field of kb")
    return _read_each(_read_text, value, key)


def _read_words(value: object, key: str) -> Mapping[str, Mapping[str, str]]:
    _check_known(_read_table(value, key), VALUE_FIELDS, key, "cannot be mapped")
    return _read_each(partial(_read_each, _read_text), value, key)


def _read_defaults(value: object, key: str) -> tuple[PathDefaults, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _refuse(key, f"a list of tables: [[{key}]]")
    return tuple(_read_path_defaults(dict(item), key) for item in value)


def _read_address(value: object, key: str) -> str:
    text = _read_text(value, key)
    if not re.fullmatch(r"https?://[^\s\x00-\x20<>\"'`\\\\]+", text):
        raise _refuse(key, "an address such as https://kb.example.org")
    return text


def _read_origins(value: object, key: str) -> tuple[str, ...]:
    """Exact origins as browsers send them (RFC 6454): each of these may stand in a header."""
    label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    for text in (origins := _read_list(value, key)):
        if not re.fullmatch(rf"https://{label}(?:\.{label})*(?::(?!443\Z)[1-9][0-9]{{0,4}})?", text):
            raise _refuse(key, 'a list of exact origins such as "https://desk.example.org", in small letters')
    return origins


def _read_path_defaults(table: dict[str, object], key: str) -> PathDefaults:
    paths = _read_list(table.pop("paths", []), f"{key}.paths")
    if not paths:
        raise _refuse(f"{key}.paths", "a list of globs")
    rules = _read_rules(table.pop("rules", {}), f"{key}.rules")
    _check_known(table, DEFAULT_FIELDS, key, "cannot have a default")
    readers: Mapping[str, Callable[[object, str], str | tuple[str, ...]]] = {
        "tags": _read_list,
        "verify_every": _read_interval,
    }
    values: dict[str, str | tuple[str, ...]] = {
        name: readers.get(name, _read_text)(item, f"{key}.{name}") for name, item in table.items()
    }
    return PathDefaults(paths, MappingProxyType(values), rules)


def _read_rule(value: object, key: str) -> RuleSetting:
    short = f"rules.{key.rpartition('.')[2]}"
    if isinstance(value, str):
        return RuleSetting(_read_choice(SEVERITIES, value, short))
    if not isinstance(value, dict):
        raise _refuse(key, '"error", "warning", "off" or a table')
    readers: Mapping[str, Callable[[object, str], Any]] = {
        "severity": partial(_read_choice, ("", *SEVERITIES)),
        "warn_after": _read_days,
        "error_after": _read_days,
        "limit": _read_count,
    }
    found = {name: read(value[name], f"{short}.{name}") for name, read in readers.items() if name in value}
    return RuleSetting(**found)


_read_rules = partial(_read_each, _read_rule)


def read_owner_rules(data: Mapping[str, object]) -> Mapping[str, Mapping[str, RuleSetting]]:
    """The rules by owner of a kb.toml, which are taken out of its `rules`. Raises ConfigError."""
    owners = _read_table(data.get("rules", {}), "rules").pop("owners", {})
    return _read_each(_read_rules, owners, "rules.owners")


# Per table of kb.toml ("" is its top): how the names of its settings begin in Config, and their readers.
SETTINGS: Settings = {
    "": (
        "",
        {
            "title": _read_text,
            "lang": CardSetting(_read_text),
            "extensions": CardSetting(_read_extensions),
            "include": CardSetting(_read_list),
            "exclude": CardSetting(_read_list),
            "types": CardSetting(_read_list),
            "verify_every": CardSetting(_read_interval),
            "pin": _read_flag,
            "history": _read_flag,
            "date_style": CardSetting(_read_choice, DATE_STYLES),
            "renderer": CardSetting(_read_choice, RENDERERS),
            "refs": partial(_read_choice, REFS),
            "fields": CardSetting(_read_fields),
            "values": CardSetting(_read_words),
            "defaults": CardSetting(_read_defaults),
            "groups": partial(_read_each, _read_list),
            "people": partial(_read_each, _read_list),
            "rules": _read_rules,
        },
    ),
    "translations": (
        "translation_",
        {
            "pattern": CardSetting(_read_pattern, 1, "{lang} and {path}, each once"),
            "source": CardSetting(_read_text),
            "source_path": CardSetting(_read_pattern, 0, "{path} once, and no {lang}"),
            "fallback": _read_flag,
        },
    ),
    "search": (
        "",
        {
            "trust_ranking": _read_flag,
            "use_ranking": _read_flag,
            "background": _read_list,
            "customers_words": _read_flag,
            "keep_failed": _read_flag,
        },
    ),
    "links": (
        "links_",
        {
            "allow": _read_list,
            "deny": _read_list,
            "roots": _read_list,
            "base": _read_text,
            "generated": _read_list,
            "wiki": _read_flag,
        },
    ),
    "slack": ("slack_", {"people": partial(_read_each, _read_text), "pages": _read_address}),
    "style": (
        "style_",
        {"words": partial(_read_each, partial(_read_each, _read_text)), "public": _read_flag},
    ),
    "personal_data": ("personal_data_", {"allow": _read_list}),
    "tickets": ("tickets_", {"keep": _read_interval}),
    "engine": ("engine_", {"index": _read_index_name}),
    "serve": ("serve_", {"branch": _read_text, "embed": _read_origins}),
    "hand_over": ("hand_over_", dict.fromkeys(("github", "gitlab", "jira", "linear"), _read_text)),
}

CARD_SETTINGS = tuple(
    attributes + key
    for attributes, readers in SETTINGS.values()
    for key, read in readers.items()
    if isinstance(read, CardSetting)
)
"""The names in Config of what says which files are cards, and what they say."""

# The same of the user's own config.toml.
USER_SETTINGS: Settings = {
    "": ("", {"keep_failed": _read_flag, "ref_key": _read_text}),
    "tickets": (
        "tickets_",
        {"keep": _read_interval, "archives": partial(_read_each, _read_text), "own": _read_list},
    ),
    "engine": (
        "engine_",
        {"urls": _read_list, **dict.fromkeys(("ca", "user", "password", "api_key"), _read_text)},
    ),
}
