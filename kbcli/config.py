"""Where a knowledge base is, and what it is set to: defaults < kb.toml < environment < flags."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kbcli.errors import ConfigError, NoKnowledgeBaseError
from kbcli.foundation.disk.containment import is_inside
from kbcli.foundation.git.worktree import find_git_root

if TYPE_CHECKING:
    from typing import Any

CONFIG_NAME = "kb.toml"
MAX_CONFIG_LENGTH = 1_000_000
SEVERITIES = ("error", "warning", "off")
DATE_STYLES = ("iso", "us", "eu")
MAPPABLE_FIELDS = (
    "title", "type", "aliases", "tags", "product", "audience", "owner", "lang", "translation_of",
    "translation_digest", "status", "verify_every", "verify_never_reason", "verified", "verified_by",
    "verified_digest", "due", "depends_on", "depends_digest", "flagged", "distinct_from", "evidence", "former_ids",
)  # fmt: skip
VALUE_FIELDS = ("status", "type", "audience", "lang")
DEFAULT_FIELDS = ("type", "product", "audience", "owner", "lang", "status", "verify_every", "tags")
_NOTHING: Mapping[str, "Any"] = MappingProxyType({})


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
    values: Mapping[str, str | tuple[str, ...]] = _NOTHING
    rules: Mapping[str, RuleSetting] = _NOTHING


class Config(NamedTuple):
    """The settings of one knowledge base. `root` is the folder that holds kb.toml, resolved.

    `git_root` is the top of the git work tree around it, or None. `fields` maps a kb field to
    the name it has in the front matter here, `values` a field's words here to kb's. `origins` says where a setting came from, by its
    kb.toml key ("default" when absent). `source` is the text kb.toml had, for fingerprints.
    """

    root: Path
    git_root: Path | None = None
    title: str = ""
    lang: str = "en"
    extensions: tuple[str, ...] = (".md", ".markdown")
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    verify_every: str = ""
    pin: bool = False
    history: bool = False
    date_style: str = "iso"
    fields: Mapping[str, str] = _NOTHING
    values: Mapping[str, Mapping[str, str]] = _NOTHING
    defaults: tuple[PathDefaults, ...] = ()
    translation_pattern: str = ""
    translation_source: str = ""
    groups: Mapping[str, tuple[str, ...]] = _NOTHING
    people: Mapping[str, tuple[str, ...]] = _NOTHING
    rules: Mapping[str, RuleSetting] = _NOTHING
    owner_rules: Mapping[str, Mapping[str, RuleSetting]] = _NOTHING
    trust_ranking: bool = True
    background: tuple[str, ...] = ()
    links_allow: tuple[str, ...] = ()
    links_deny: tuple[str, ...] = ()
    links_private: bool = False
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, str] = _NOTHING
    source: str = ""

    def field_name(self, name: str) -> str:
        """What a kb field is called in the front matter of this knowledge base."""
        return self.fields.get(name, name)

    @property
    def has_mapping(self) -> bool:
        """Whether the review fields here have another schema's names."""
        return any(self.fields.get(name, name) != name for name in ("verified", "verify_every", "due"))

    @property
    def pins_digests(self) -> bool:
        """Whether a verification adds digest and verifier: always with kb's own schema."""
        return self.pin or not self.has_mapping


def find_root(flag: str | None, environment: Mapping[str, str], start: Path) -> Path:
    """The folder of the knowledge base: `--kb`, KB_HOME, the nearest kb.toml, the git root's content/.

    Returns it resolved. Raises NoKnowledgeBaseError when there is none, or when the folder
    that was named does not exist.
    """
    named = flag or environment.get("KB_HOME")
    if named:
        folder = Path(named).expanduser()
        if folder.name == CONFIG_NAME and folder.is_file():
            folder = folder.parent
        if not folder.is_dir():
            origin = "--kb" if flag else "KB_HOME"
            raise NoKnowledgeBaseError(f"{origin} names {named}, which is not a folder")
        return folder.resolve()
    here = start.resolve()
    git_root = find_git_root(here)
    for candidate in (here, *here.parents):
        if (candidate / CONFIG_NAME).is_file():
            return candidate
        content = candidate / "content"
        if candidate == git_root and (content / CONFIG_NAME).is_file() and is_inside(content, git_root):
            return content
    raise NoKnowledgeBaseError(
        f"no knowledge base here: no {CONFIG_NAME} in {os.fspath(here)} or above",
        "Run `kb init` to start one, or name one with `kb --kb DIR …` or KB_HOME.",
    )


def read_settings(source: str) -> dict[str, object]:
    """The tables of a kb.toml, unjudged. Raises ConfigError, ValueError and RecursionError."""
    if not source:
        return {}
    import re
    import tomllib

    # A key of n parts takes tomllib the square of n.
    if len(source) > MAX_CONFIG_LENGTH or re.search(
        r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){64}", source
    ):
        raise ConfigError(f"{CONFIG_NAME} is too long, or has a key of too many parts", "Shorten it.")
    return tomllib.loads(source)


def load_config(
    root: Path,
    git_root: Path | None = None,
    environment: Mapping[str, str] | None = None,
    read_table: Callable[[str], dict[str, object]] = read_settings,
) -> Config:
    """Read kb.toml in `root` (absent: defaults) and lay the environment over it.

    `read_table` reads TOML in place of `read_settings`, such as one that remembers. Raises
    ConfigError, naming the key, for a value of the wrong kind; an unknown key is only a warning in
    the result, so that an older kb reads a newer file.
    """
    env = os.environ if environment is None else environment
    path = root / CONFIG_NAME
    try:
        source = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        source = ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "It must be a readable UTF-8 file.") from error
    config = parse_config(source, root, git_root, read_table)
    if lang := env.get("KB_LANG"):
        config = config._replace(lang=lang, origins={**config.origins, "lang": "KB_LANG"})
    # The environment only: a kb.toml that somebody else wrote must not open this machine's network to links.
    if env.get("KB_LINKS_PRIVATE", "") not in ("", "0"):
        config = config._replace(
            links_private=True, origins={**config.origins, "links_private": "KB_LINKS_PRIVATE"}
        )
    return config


def parse_config(
    source: str,
    root: Path,
    git_root: Path | None = None,
    read_table: Callable[[str], dict[str, object]] = read_settings,
) -> Config:
    """What the text of a kb.toml sets, without the environment. Raises ConfigError as load_config does."""
    try:
        data = read_table(source)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: endless digits and endless nesting have errors of their own.
        raise ConfigError(
            f"{root / CONFIG_NAME} is not valid TOML: {error}", "Mend the line it names."
        ) from error
    return _build_config(Config(root=root, git_root=git_root, source=source), data)


def _build_config(base: Config, data: dict[str, object]) -> Config:
    table = _Table(data, "")
    rules_data = table.take_table("rules")
    owners_data = rules_data.take_table("owners")
    translations = table.take_table("translations")
    search = table.take_table("search")
    links = table.take_table("links")
    built = base._replace(
        title=table.take_text("title", base.title),
        lang=table.take_text("lang", base.lang),
        extensions=_check_extensions(table.take_list("extensions", base.extensions)),
        include=table.take_list("include", base.include),
        exclude=table.take_list("exclude", base.exclude),
        types=table.take_list("types", base.types),
        verify_every=_check_interval(table.take_text("verify_every", base.verify_every), "verify_every"),
        pin=table.take_flag("pin", base.pin),
        history=table.take_flag("history", base.history),
        date_style=_check_choice(table.take_text("date_style", base.date_style), DATE_STYLES, "date_style"),
        fields=_read_fields(table.take_table("fields")),
        values=_read_values(table.take_table("values")),
        defaults=tuple(_read_defaults(item) for item in table.take_tables("defaults")),
        translation_pattern=_check_pattern(translations.take_text("pattern", "")),
        translation_source=translations.take_text("source", ""),
        groups=_read_groups(table.take_table("groups")),
        people=_read_groups(table.take_table("people")),
        rules=_read_rules(rules_data),
        owner_rules=MappingProxyType(
            {name: _read_rules(owners_data.take_table(name)) for name in owners_data.names()}
        ),
        trust_ranking=search.take_flag("trust_ranking", base.trust_ranking),
        background=search.take_list("background", base.background),
        links_allow=links.take_list("allow", ()),
        links_deny=links.take_list("deny", ()),
    )
    leftovers = (*table.leftovers(), *translations.leftovers(), *search.leftovers(), *links.leftovers())
    warnings = tuple(f"kb.toml: unknown setting “{name}”" for name in leftovers)
    origins = dict.fromkeys(data, CONFIG_NAME)
    return built._replace(warnings=warnings, origins=MappingProxyType(origins))


class _Table:
    """One TOML table, emptied setting by setting; what is left at the end is unknown."""

    def __init__(self, data: dict[str, object], prefix: str) -> None:
        self._data = dict(data)
        self._prefix = prefix

    def names(self) -> tuple[str, ...]:
        return tuple(self._data)

    def leftovers(self) -> tuple[str, ...]:
        return tuple(f"{self._prefix}{name}" for name in self._data)

    def fail(self, name: str, wanted: str) -> ConfigError:
        return ConfigError(f"kb.toml: “{self._prefix}{name}” must be {wanted}", "See `kb manual kb.toml`.")

    def take(self, name: str) -> object:
        return self._data.pop(name, None)

    def take_text(self, name: str, default: str) -> str:
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.fail(name, "a text in quotes")
        return value

    def take_flag(self, name: str, default: bool) -> bool:
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.fail(name, "true or false")
        return value

    def take_list(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(name, "a list of texts")
        return tuple(value)

    def take_count(self, name: str) -> int | None:
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(name, "a whole number of 0 or more")
        return value

    def take_days(self, name: str) -> int | None:
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, str) and len(value) < 8 and value[:-1].isdecimal() and value[-1:] in ("d", "w"):
            return int(value[:-1]) * (7 if value.endswith("w") else 1)
        raise self.fail(name, 'a number of days or weeks such as "30d" or "4w"')

    def take_table(self, name: str) -> "_Table":
        value = self.take(name)
        if value is None:
            return _Table({}, "")
        if not isinstance(value, dict):
            raise self.fail(name, "a table")
        return _Table(value, f"{self._prefix}{name}.")

    def take_tables(self, name: str) -> list["_Table"]:
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(name, f"a list of tables: [[{name}]]")
        return [_Table(item, f"{self._prefix}{name}.") for item in value]


def _check_choice(value: str, choices: tuple[str, ...], name: str) -> str:
    if value not in choices:
        raise ConfigError(f"kb.toml: “{name}” is “{value}”", f"It must be one of: {', '.join(choices)}.")
    return value


def _check_extensions(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or any(not value.startswith(".") for value in values):
        raise ConfigError(
            "kb.toml: “extensions” must each begin with a dot", 'Such as [".md", ".html.md.erb"].'
        )
    return tuple(sorted(values, key=lambda value: (-len(value), value)))


def _check_pattern(value: str) -> str:
    if value and (value.count("{lang}"), value.count("{path}")) != (1, 1):
        raise ConfigError(
            f"kb.toml: “translations.pattern” is “{value}”", "It must hold {lang} and {path}, each once."
        )
    return value


def _check_interval(value: str, name: str) -> str:
    from kbcli.foundation.calendar import parse_interval

    if value:
        try:
            parse_interval(value)
        except ValueError as error:
            raise ConfigError(f"kb.toml: “{name}”: {error}", "Use 90d, 12w, 6m, 1y or never.") from error
    return value


def _read_fields(table: _Table) -> Mapping[str, str]:
    mapping = {}
    for name in table.names():
        if name not in MAPPABLE_FIELDS:
            raise ConfigError(
                f"kb.toml: fields.{name} is not a field of kb", f"Known: {', '.join(MAPPABLE_FIELDS)}."
            )
        mapping[name] = table.take_text(name, name)
    return MappingProxyType(mapping)


def _read_values(table: _Table) -> Mapping[str, Mapping[str, str]]:
    values = {}
    for name in table.names():
        if name not in VALUE_FIELDS:
            raise ConfigError(
                f"kb.toml: values.{name} cannot be mapped", f"Known: {', '.join(VALUE_FIELDS)}."
            )
        inner = table.take_table(name)
        values[name] = MappingProxyType({word: inner.take_text(word, "") for word in inner.names()})
    return MappingProxyType(values)


def _read_defaults(table: _Table) -> PathDefaults:
    paths = table.take_list("paths", ())
    if not paths:
        raise table.fail("paths", "a list of globs")
    rules = _read_rules(table.take_table("rules"))
    values: dict[str, str | tuple[str, ...]] = {}
    for name in table.names():
        if name not in DEFAULT_FIELDS:
            raise ConfigError(
                f"kb.toml: defaults.{name} cannot have a default", f"Known: {', '.join(DEFAULT_FIELDS)}."
            )
        values[name] = table.take_list(name, ()) if name == "tags" else table.take_text(name, "")
    if isinstance(every := values.get("verify_every"), str):
        _check_interval(every, "defaults.verify_every")
    return PathDefaults(paths, MappingProxyType(values), rules)


def _read_groups(table: _Table) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({name: table.take_list(name, ()) for name in table.names()})


def _read_rules(table: _Table) -> Mapping[str, RuleSetting]:
    settings = {}
    for name in table.names():
        value = table.take(name)
        if isinstance(value, str):
            settings[name] = RuleSetting(_check_choice(value, SEVERITIES, f"rules.{name}"))
        elif isinstance(value, dict):
            inner = _Table(value, f"rules.{name}.")
            severity = inner.take_text("severity", "")
            if severity:
                _check_choice(severity, SEVERITIES, f"rules.{name}.severity")
            settings[name] = RuleSetting(
                severity,
                inner.take_days("warn_after"),
                inner.take_days("error_after"),
                inner.take_count("limit"),
            )
        else:
            raise table.fail(name, '"error", "warning", "off" or a table')
    return MappingProxyType(settings)
