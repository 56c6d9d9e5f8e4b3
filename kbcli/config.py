"""Where a knowledge base is, and what it is set to: defaults < kb.toml < environment < flags."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from kbcli.errors import ConfigError, NoKnowledgeBaseError
from kbcli.foundation.disk.files import find_user_folder, remember_table
from kbcli.foundation.disk.paths import find_boundary, is_inside, resolve_inside
from kbcli.foundation.git.worktree import find_git_root
from kbcli.foundation.typed import NamedTuple
from kbcli.kbtoml import (
    CARD_SETTINGS,
    NOTHING,
    SETTINGS,
    USER_SETTINGS,
    PathDefaults,
    RuleSetting,
    read_owner_rules,
    read_settings,
)

CONFIG_NAME = "kb.toml"
MAX_CONFIG_LENGTH = 1_000_000
_USER_VARIABLES = {
    "ref_key": "KB_REF_KEY",
    "engine_ca": "KB_ENGINE_CA",
    "engine_user": "KB_ENGINE_USER",
    "engine_password": "KB_ENGINE_PASSWORD",
    "engine_api_key": "KB_ENGINE_API_KEY",
}


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
    extensions: tuple[str, ...] = (".markdown", ".md")  # the longest first
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    verify_every: str = ""
    pin: bool = False
    history: bool = False
    date_style: str = "iso"
    renderer: str = "github"
    refs: str = "plain"
    fields: Mapping[str, str] = NOTHING
    values: Mapping[str, Mapping[str, str]] = NOTHING
    defaults: tuple[PathDefaults, ...] = ()
    translation_pattern: str = ""
    translation_source: str = ""
    translation_source_path: str = ""
    translation_fallback: bool = False
    groups: Mapping[str, tuple[str, ...]] = NOTHING
    people: Mapping[str, tuple[str, ...]] = NOTHING
    slack_people: Mapping[str, str] = NOTHING
    slack_pages: str = ""
    rules: Mapping[str, RuleSetting] = NOTHING
    owner_rules: Mapping[str, Mapping[str, RuleSetting]] = NOTHING
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
    style_words: Mapping[str, Mapping[str, str]] = NOTHING
    style_public: bool = False
    hand_over_github: str = ""
    hand_over_gitlab: str = ""
    hand_over_jira: str = ""
    hand_over_linear: str = ""
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, str] = NOTHING
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
    def of_cards(self) -> "Config":
        """Of these settings those that say which files are cards, and what they say; all others as where none is set.

        An index, and what keeps cards, is given no others, so that a change of them cannot make it wrong.
        """
        known = {name: getattr(self, name) for name in CARD_SETTINGS}
        known["defaults"] = tuple(entry._replace(rules=NOTHING) for entry in self.defaults)
        return Config(self.root, self.git_root, **known)

    @property
    def reading(self) -> str:
        """A text that is the same exactly where cards are found and read alike; what keeps anything of them goes by it."""
        return repr(self.of_cards[2:])

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
    tickets_archives: Mapping[str, str] = NOTHING
    tickets_own: tuple[str, ...] = ()
    engine_urls: tuple[str, ...] = ()
    engine_ca: str = ""
    engine_user: str = ""
    engine_password: str = ""
    engine_api_key: str = ""
    warnings: tuple[str, ...] = ()


def load_user_settings() -> UserSettings:
    """Read config.toml in kb's folder of the user's settings (absent: defaults), the environment over it. Raises ConfigError."""
    path = find_user_folder("config") / "config.toml"
    try:
        source = path.read_text(encoding="utf-8-sig")
        data = remember_table(path, _read_toml)(source)
    except FileNotFoundError:
        data = {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "It must be TOML in UTF-8.") from error
    try:
        found, unknown = read_settings(data, USER_SETTINGS)
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
    owner_rules = read_owner_rules(data)
    settings, unknown = read_settings(data, SETTINGS)
    settings.setdefault("links_wiki", settings.get("renderer") == "obsidian")
    return Config(
        root,
        git_root,
        **settings,
        owner_rules=owner_rules,
        warnings=tuple(f"kb.toml: unknown setting “{key}”" for key in unknown),
        origins=MappingProxyType(dict.fromkeys(data, CONFIG_NAME)),
        source=source,
    )


def _read_toml(source: str) -> dict[str, object]:
    if not source:
        return {}
    from kbcli.foundation.toml import load_toml

    if len(source) > MAX_CONFIG_LENGTH:
        raise ConfigError(f"{CONFIG_NAME} is too long", "Shorten it.")
    return load_toml(source)
