"""What kb.toml said in the past: the default intervals, which a verification of then was to be worth, and who belonged where."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

from kbcli.config import CONFIG_NAME, Config, parse_config
from kbcli.errors import GitError, KbError
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.git.log import CommitInfo, History, Version
from kbcli.foundation.git.objects import find_blobs_at, read_blobs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import find_defaults, read_card
from kbcli.knowledge.past.people import Roster, fold_name

_KEY = re.compile(r"\s*verify_every\s*=")
_DEFAULTS_HEADER = re.compile(r"\s*\[\[\s*defaults\s*\]\]")


class DefaultKey(NamedTuple):
    """Where kb.toml says what the interval of a path is: the setting's name, the globs it is for, its line."""

    name: str
    paths: tuple[str, ...]
    line: int


class Leaver(NamedTuple):
    """A name that an earlier kb.toml had: where (a group, or "people"), and the day it was taken out."""

    text: str
    place: str
    until: date


class PastDefaults:
    """The kb.toml of each commit, as far as intervals go; all else counts as today's says.

    `is_known` is false where the clone lacks an earlier kb.toml.
    """

    def __init__(self, config: Config, history: History, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._versions: tuple[Version, ...] = history.versions.get(CONFIG_NAME, ())

    @cached_property
    def _settings(self) -> Mapping[str, Config] | None:
        """By blob, what each version of kb.toml says; today's where it cannot be read. None when one is missing."""
        blobs = {version.blob for version in self._versions if version.blob}
        try:
            texts = read_blobs(self._folder, sorted(blobs))
        except GitError:
            return None
        return {blob: self._read(data) for blob, data in texts.items()}

    def _read(self, data: bytes) -> Config:
        past = _parse(data, self._config)
        if past is None or _list_intervals(past) == _list_intervals(self._config):
            return self._config
        return self._config._replace(verify_every=past.verify_every, defaults=past.defaults)

    @property
    def is_known(self) -> bool:
        """Whether every earlier kb.toml could be read."""
        return self._settings is not None

    def read_cards(self, stamps: Mapping[str, Version]) -> dict[str, Card]:
        """By path, cards as they were at a version of theirs, under the default intervals of that commit.

        Only those for which other defaults held then than today's do.
        """
        settings = self._settings
        if settings is None or all(past is self._config for past in settings.values()):
            return {}
        commits = {version.commit.sha for version in stamps.values()}
        try:
            blobs = find_blobs_at(self._folder, sorted(commits), CONFIG_NAME)
        except GitError:
            return {}
        chosen: dict[str, Config] = {}
        for path, version in stamps.items():
            past = self._find_first(path, blobs[version.commit.sha], settings)
            if find_interval(past, path) != find_interval(self._config, path):
                chosen[path] = past
        try:
            texts = read_blobs(self._folder, sorted({stamps[path].blob for path in chosen}))
        except GitError:
            return {}
        return {
            path: read_card(texts[stamps[path].blob], path, past)
            for path, past in chosen.items()
            if stamps[path].blob in texts
        }

    def _find_first(self, path: str, blob: str, settings: Mapping[str, Config]) -> Config:
        """The kb.toml of a commit that had this blob, or the next one that gives a path an interval where it gave none."""
        past = (
            settings.get(blob, self._config) if blob else self._config._replace(verify_every="", defaults=())
        )
        if find_interval(past, path):
            return past
        number = next(
            (number for number, one in enumerate(self._versions) if one.blob == blob), len(self._versions)
        )
        later = (settings.get(one.blob, past) for one in reversed(self._versions[:number]))
        return next((config for config in later if find_interval(config, path)), past)

    def find_change(self, path: str) -> CommitInfo | None:
        """The commit since which kb.toml gives a path the interval it has now; None when it is not committed."""
        found = None
        now = find_interval(self._config, path)
        for version in self._versions:
            if (
                self._settings is None
                or find_interval(self._settings.get(version.blob, self._config), path) != now
            ):
                break
            found = version.commit
        return found


def find_interval(config: Config, path: str) -> str:
    """The interval that kb.toml gives to cards at a path that name none, "" without one."""
    value = find_defaults(config, path).get("verify_every")
    return value if isinstance(value, str) and value else config.verify_every


def find_key(config: Config, path: str) -> DefaultKey:
    """The setting that gives a path its interval."""
    lines = config.source.split("\n")
    for number, entry in reversed(tuple(enumerate(config.defaults))):
        if entry.values.get("verify_every") and match_globs(entry.paths)(path):
            return DefaultKey("defaults.verify_every", entry.paths, _find_line(lines, number))
    return DefaultKey("verify_every", (), _find_line(lines, None))


def _find_line(lines: Iterable[str], wanted: int | None) -> int:
    """The line of the setting at the top, or in one of the `[[defaults]]`; 1 when it stands in another way."""
    table: int | None = None
    count = 0
    for number, line in enumerate(lines, 1):
        if _DEFAULTS_HEADER.match(line):
            table, count = count, count + 1
        elif line.lstrip().startswith("["):
            table = -1
        elif table == wanted and _KEY.match(line):
            return number
    return 1


def _list_intervals(config: Config) -> tuple[object, ...]:
    entries = (
        (entry.paths, entry.values["verify_every"])
        for entry in config.defaults
        if "verify_every" in entry.values
    )
    return config.verify_every, *entries


def find_leavers(config: Config, history: History) -> tuple[list[Leaver], list[Leaver]]:
    """People, and groups with members, that earlier versions of kb.toml had and today's has not, newest first."""
    today = Roster(config.groups, config.people)
    present = {fold_name(text) for text, _ in today.list_people()}
    manned = {fold_name(name) for name, has_members in today.list_groups() if has_members}
    people: dict[str, Leaver] = {}
    groups: dict[str, Leaver] = {}
    for day, roster in _read_rosters(config, history):
        for text, place in roster.list_people():
            if fold_name(text) not in present:
                people.setdefault(fold_name(text), Leaver(text, place, day))
        for name, has_members in roster.list_groups():
            if has_members and fold_name(name) not in manned:
                groups.setdefault(fold_name(name), Leaver(name, name, day))
    return list(people.values()), list(groups.values())


def _read_rosters(config: Config, history: History) -> Iterable[tuple[date, Roster]]:
    """Every earlier roster, newest first, with the day on which a newer one took its place."""
    versions = history.versions.get(CONFIG_NAME, ())
    try:
        blobs = read_blobs(history.folder or config.root, [version.blob for version in versions])
    except GitError:
        return
    day = versions[0].commit.date if versions else date.min
    for version in versions:
        if (past := _parse(blobs.get(version.blob, b""), config)) is not None:
            yield day, Roster(past.groups, past.people)
            day = version.commit.date


def _parse(data: bytes, config: Config) -> Config | None:
    """An earlier kb.toml; None when it cannot be read."""
    try:
        return parse_config(data.decode("utf-8-sig"), config.root)
    except (KbError, UnicodeDecodeError):
        return None
