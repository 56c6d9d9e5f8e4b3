"""Where a knowledge base is, and what it is set to: defaults < kb.toml < environment < flags."""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from kbcli.errors import ConfigError, NoKnowledgeBaseError
from kbcli.foundation.disk.paths import find_boundary, is_inside, resolve_inside
from kbcli.foundation.git.worktree import find_git_root
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

CONFIG_NAME = "kb.toml"
MAX_CONFIG_LENGTH = 1_000_000
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
_NOTHING: Mapping[str, Any] = MappingProxyType({})


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
    the name it has in the front matter here, `values` a field's words here to kb's. `origins` says
    where a setting came from, by its kb.toml key ("default" when absent). `source` is the text kb.toml had, for fingerprints.
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
    renderer: str = "github"
    refs: str = "plain"
    fields: Mapping[str, str] = _NOTHING
    values: Mapping[str, Mapping[str, str]] = _NOTHING
    defaults: tuple[PathDefaults, ...] = ()
    translation_pattern: str = ""
    translation_source: str = ""
    translation_source_path: str = ""
    translation_fallback: bool = False
    groups: Mapping[str, tuple[str, ...]] = _NOTHING
    people: Mapping[str, tuple[str, ...]] = _NOTHING
    slack_people: Mapping[str, str] = _NOTHING
    slack_pages: str = ""
    rules: Mapping[str, RuleSetting] = _NOTHING
    owner_rules: Mapping[str, Mapping[str, RuleSetting]] = _NOTHING
    trust_ranking: bool = True
    use_ranking: bool = True
    background: tuple[str, ...] = ()
    customers_words: bool = True
    keep_failed: bool = True
    links_allow: tuple[str, ...] = ()
    links_deny: tuple[str, ...] = ()
    links_roots: tuple[str, ...] = ()
    links_base: str = ""
    links_generated: tuple[str, ...] = ()
    links_wiki: bool = False
    links_private: bool = False
    personal_data_allow: tuple[str, ...] = ()
    serve_branch: str = ""
    serve_embed: tuple[str, ...] = ()
    tickets_keep: str = ""
    engine_index: str = ""
    style_words: Mapping[str, Mapping[str, str]] = _NOTHING
    style_public: bool = False
    hand_over_github: str = ""
    hand_over_gitlab: str = ""
    hand_over_jira: str = ""
    hand_over_linear: str = ""
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, str] = _NOTHING
    source: str = ""

    def field_name(self, name: str) -> str:
        """What a kb field is called in the front matter of this knowledge base."""
        return self.fields.get(name, name)

    @property
    def place(self) -> str:
        """Where the root lies below the git root, POSIX; "." at its top, and where there is no git."""
        return os.path.relpath(self.root, self.git_root or self.root).replace(os.sep, "/")

    @property
    def prefix(self) -> str:
        """What to put before a path of the knowledge base to have it from the git root: "", or "content/"."""
        return "" if self.place == "." else f"{self.place}/"

    @property
    def boundary(self) -> Path:
        """The folder that nothing may leave."""
        return find_boundary(self.root, self.git_root)

    def locate(self, path: str) -> Path:
        """The real file of a path below the knowledge base. Raises OutsidePathError when it leaves the repository."""
        return resolve_inside(self.root / path, self.boundary)

    @property
    def source_pattern(self) -> str:
        """Where the sources of translations lie: an ID with `{path}` in it."""
        return self.translation_source_path or self.translation_pattern.replace(
            "{lang}", self.translation_source
        )

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


def load_config(
    root: Path, git_root: Path | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Read kb.toml in `root` (absent: defaults) and lay the environment over it.

    Raises ConfigError, naming the key, for a value of the wrong kind; an unknown key is only a
    warning in the result, so that an older kb reads a newer file.
    """
    # It brings what only the few need who read a kb.toml from disk.
    from kbcli.foundation.disk.files import remember_table

    env = os.environ if environment is None else environment
    root, git_root = root.resolve(), git_root and git_root.resolve()
    path = root / CONFIG_NAME
    try:
        source = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        source = ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "It must be a readable UTF-8 file.") from error
    config = parse_config(source, root, git_root, remember_table(path, _read_toml))
    origins = dict(config.origins)
    if lang := env.get("KB_LANG"):
        config, origins["lang"] = config._replace(lang=lang), "KB_LANG"
    # The environment only: a kb.toml that somebody else wrote must not open this machine's network to links.
    if env.get("KB_LINKS_PRIVATE", "") not in ("", "0"):
        config, origins["links_private"] = config._replace(links_private=True), "KB_LINKS_PRIVATE"
    if env.get("KB_KEEP_FAILED") == "0":
        config, origins["keep_failed"] = config._replace(keep_failed=False), "KB_KEEP_FAILED"
    return config._replace(origins=MappingProxyType(origins))


class UserSettings(NamedTuple):
    """What a user set for every knowledge base, in `path`, where no clone has a say.

    `ref_key` is the secret by which tickets are named where kb.toml wants `refs = "keyed"`; "" for none.
    `tickets_archives` are the folders of ticket archives by the folders of knowledge bases, as the user wrote them;
    `tickets_own` are addresses, domains, logins and IDs of colleagues, by which tickets tell who answers.
    `engine_urls` and what follows are where an OpenSearch or Elasticsearch is reached, and with what rights.
    """

    path: Path
    keep_failed: bool = True
    ref_key: str = ""
    tickets_keep: str = ""
    tickets_archives: Mapping[str, str] = _NOTHING
    tickets_own: tuple[str, ...] = ()
    engine_urls: tuple[str, ...] = ()
    engine_ca: str = ""
    engine_user: str = ""
    engine_password: str = ""
    engine_api_key: str = ""
    warnings: tuple[str, ...] = ()


def load_user_settings() -> UserSettings:
    """Read config.toml in kb's folder of the user's settings (absent: defaults), the environment over it. Raises ConfigError."""
    from kbcli.foundation.disk.files import find_user_folder, remember_table

    path = find_user_folder("config") / "config.toml"
    try:
        source = path.read_text(encoding="utf-8-sig")
        data = remember_table(path, _read_toml)(source)
    except FileNotFoundError:
        data = {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "It must be TOML in UTF-8.") from error
    try:
        found, unknown = _read_settings(data, _USER_SETTINGS)
    except ConfigError as error:
        raise ConfigError(error.message.replace(CONFIG_NAME, str(path), 1), error.hint) from error
    for name, variable in _USER_VARIABLES.items():
        if value := os.environ.get(variable):
            found[name] = value
    if (urls := os.environ.get("KB_ENGINE_URLS")) is not None:
        found["engine_urls"] = tuple(urls.split())
    return UserSettings(path, **found, warnings=tuple(f"{path}: unknown setting “{key}”" for key in unknown))


def parse_config(
    source: str,
    root: Path,
    git_root: Path | None = None,
    read: Callable[[str], dict[str, object]] | None = None,
) -> Config:
    """What the text of a kb.toml sets, without the environment. Raises ConfigError as load_config does.

    `read` takes the place of what reads TOML.
    """
    try:
        data = (read or _read_toml)(source)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: endless digits and endless nesting have errors of their own.
        raise ConfigError(
            f"{root / CONFIG_NAME} is not valid TOML: {error}", "Mend the line it names."
        ) from error
    owners = _read_table(data.get("rules", {}), "rules").pop("owners", {})
    settings: dict[str, Any] = {
        "extensions": _read_extensions(list(Config(root).extensions), "extensions"),
        "owner_rules": _read_each(_read_rules, owners, "rules.owners"),
    }
    found, unknown = _read_settings(data, _SETTINGS)
    settings |= found
    settings.setdefault("links_wiki", settings.get("renderer") == "obsidian")
    return Config(
        root,
        git_root,
        **settings,
        warnings=tuple(f"kb.toml: unknown setting “{key}”" for key in unknown),
        origins=MappingProxyType(dict.fromkeys(data, CONFIG_NAME)),
        source=source,
    )


_Settings = Mapping[str, tuple[str, Mapping[str, Callable[[object, str], object]]]]


def _read_settings(data: Mapping[str, object], known: _Settings) -> tuple[dict[str, Any], list[str]]:
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


def _read_toml(source: str) -> dict[str, object]:
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


# --- What a value may be. Each reader takes it with the key it stands under, and raises ConfigError.


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
    import re

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


# Per table of kb.toml ("" is its top): how the names of its settings begin in Config, and their readers.
_SETTINGS: _Settings = {
    "": (
        "",
        {
            "title": _read_text,
            "lang": _read_text,
            "extensions": _read_extensions,
            "include": _read_list,
            "exclude": _read_list,
            "types": _read_list,
            "verify_every": _read_interval,
            "pin": _read_flag,
            "history": _read_flag,
            "date_style": partial(_read_choice, DATE_STYLES),
            "renderer": partial(_read_choice, RENDERERS),
            "refs": partial(_read_choice, REFS),
            "fields": _read_fields,
            "values": _read_words,
            "defaults": _read_defaults,
            "groups": partial(_read_each, _read_list),
            "people": partial(_read_each, _read_list),
            "rules": _read_rules,
        },
    ),
    "translations": (
        "translation_",
        {
            "pattern": partial(_read_pattern, 1, "{lang} and {path}, each once"),
            "source": _read_text,
            "source_path": partial(_read_pattern, 0, "{path} once, and no {lang}"),
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

_USER_VARIABLES = {
    "ref_key": "KB_REF_KEY",
    "engine_ca": "KB_ENGINE_CA",
    "engine_user": "KB_ENGINE_USER",
    "engine_password": "KB_ENGINE_PASSWORD",
    "engine_api_key": "KB_ENGINE_API_KEY",
}

# The same of the user's own config.toml.
_USER_SETTINGS: _Settings = {
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
