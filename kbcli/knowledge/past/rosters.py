"""Who belongs to which group, by kb.toml, and who once did."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from kbcli.config import CONFIG_NAME, Config, parse_config
from kbcli.errors import GitError, KbError
from kbcli.foundation.git.log import History
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.typed import NamedTuple

Table = Mapping[str, tuple[str, ...]]


class Leaver(NamedTuple):
    """A name that an earlier kb.toml had: where (a group, or "people"), and the day it was taken out."""

    text: str
    place: str
    until: date


class Roster:
    """The groups and people of one kb.toml."""

    def __init__(self, groups: Table, people: Table) -> None:
        self._groups = {_fold(name): (name, members) for name, members in groups.items()}
        self._people = people

    @property
    def names_people(self) -> bool:
        """Whether it says of anybody who they are, so that others can be told from them."""
        return bool(self._people) or any(members for _, members in self._groups.values())

    def is_group(self, name: str) -> bool:
        """Whether a name is that of a group."""
        return self._find_group(name) is not None

    def find_members(self, owner: str) -> tuple[str, ...] | None:
        """The people an owner stands for: a group's members, or the person; None when nothing tells.

        Nothing tells of a group without members, and of a name that is neither a group, nor in
        people, nor an e-mail address or handle.
        """
        group = self._find_group(owner)
        if group is not None:
            return tuple(dict.fromkeys(self._walk(group, set()))) or None
        known = any(_fold(owner) in map(_fold, (name, *others)) for name, others in self._people.items())
        is_person = known or ("@" in owner and "/" not in owner)
        return (owner,) if is_person else None

    def _find_group(self, name: str) -> str | None:
        """The key of a group; `@org/team` of CODEOWNERS is the group `team` unless there is one of that name."""
        folded = _fold(name)
        choices = (
            (folded, folded.removeprefix("@"), folded.rpartition("/")[2])
            if folded.startswith("@")
            else (folded,)
        )
        return next((choice for choice in choices if choice in self._groups), None)

    def _walk(self, key: str, seen: set[str]) -> Iterator[str]:
        seen.add(key)
        for member in self._groups[key][1]:
            inner = _fold(member)
            if inner in self._groups:
                if inner not in seen:
                    yield from self._walk(inner, seen)
            else:
                yield member

    def list_people(self) -> Iterator[tuple[str, str]]:
        """Everybody it names, with the group (or "people") that names them."""
        for name, members in self._groups.values():
            for member in members:
                if _fold(member) not in self._groups:
                    yield member, name
        for name, others in self._people.items():
            for text in (name, *others):
                yield text, "people"

    def list_groups(self) -> Iterator[tuple[str, bool]]:
        """The names of its groups, and whether they have members."""
        for name, members in self._groups.values():
            yield name, bool(members)


def find_leavers(config: Config, history: History) -> tuple[list[Leaver], list[Leaver]]:
    """People, and groups with members, that earlier versions of kb.toml had and today's has not, newest first."""
    today = Roster(config.groups, config.people)
    present = {_fold(text) for text, _ in today.list_people()}
    manned = {_fold(name) for name, has_members in today.list_groups() if has_members}
    people: dict[str, Leaver] = {}
    groups: dict[str, Leaver] = {}
    for day, roster in _read_rosters(config, history):
        for text, place in roster.list_people():
            if _fold(text) not in present:
                people.setdefault(_fold(text), Leaver(text, place, day))
        for name, has_members in roster.list_groups():
            if has_members and _fold(name) not in manned:
                groups.setdefault(_fold(name), Leaver(name, name, day))
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
        try:
            past = parse_config(blobs.get(version.blob, b"").decode("utf-8-sig"), config.root)
        except (KbError, UnicodeDecodeError):
            continue
        yield day, Roster(past.groups, past.people)
        day = version.commit.date


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
