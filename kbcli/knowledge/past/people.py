"""Who is who: one person under the names that cards, commits, `.mailmap` and kb.toml give them, and groups of people.

Names in commits and cards are claims, not proof: anybody can set them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kbcli.config import Config
from kbcli.foundation.git.log import CommitInfo
from kbcli.foundation.git.people import Person, map_people
from kbcli.foundation.groups import group_pairs

_ADDRESSED = re.compile(r"([^<>]*)<([^<>]+)>\s*\Z")
# GitHub: 123+name@ or name@users.noreply.github.com; GitLab: 123-name@users.noreply.gitlab.com.
_NOREPLY = re.compile(r"(?:\d+[+-])?([^@+]+)@users\.noreply\.[^@]+\Z")
# GitHub commits in this name what people merge on its pages.
MACHINES = frozenset(("noreply@github.com", "noreply@gitlab.com"))
_WITNESSES = frozenset(("verified-by", "co-authored-by"))

Keys = frozenset[str]
Table = Mapping[str, tuple[str, ...]]


def parse_person(text: str) -> Person:
    """`Name <email>`, an e-mail address, or anything else as a name."""
    if match := _ADDRESSED.match(text.strip()):
        return Person(" ".join(match[1].split()).strip("\"'"), match[2].strip())
    word = " ".join(text.split())
    if "@" in word.strip("@") and " " not in word and not word.startswith("@"):
        return Person("", word)
    return Person(word)


def split_verifiers(text: str) -> tuple[str, ...]:
    """The people a `verified_by` names: several, when commas part e-mail addresses, else one."""
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    return (
        tuple(pieces)
        if len(pieces) > 1 and all("@" in piece for piece in pieces)
        else ((text,) if text else ())
    )


class IdentityBook:
    """Tells whether two names are one person's. Names, addresses and handles are compared without case.

    Two are one when they share a name, an address or a handle (`@ada`, or the one in a noreply
    address), directly, through `.mailmap`, through kb.toml's `people`, or because a commit in
    `commits` carries the address with the name. A bare word also fits an address that begins with it.
    `top` is the folder with the `.mailmap`, when that is not the work tree around `folder`.
    """

    def __init__(
        self,
        config: Config,
        commits: Iterable[CommitInfo],
        texts: Iterable[str],
        folder: Path,
        top: Path | None = None,
    ) -> None:
        people = {person for commit in commits for person in _list_people(commit)}
        self._named = group_pairs(
            (email.casefold(), fold_name(name))
            for name, email in sorted(people)
            if name and email.casefold() not in MACHINES
        )
        asked = people | {parse_person(text) for text in texts}
        self._mailmap = (folder, top)
        self._mapped: Mapping[Person, Person] = map_people(folder, asked, top)
        self._aliases: list[Keys] = [
            frozenset().union(*(_list_keys(parse_person(text)) for text in (name, *others)))
            for name, others in config.people.items()
        ]

    def read_claim(self, text: str) -> Keys:
        """The keys of a person that a card or kb.toml names."""
        person = parse_person(text)
        keys = set(self._expand(person))
        if person.email:
            keys |= {f"name:{name}" for name in self._named.get(person.email.casefold(), ())}
        elif " " not in person.name:
            keys |= {f"word:{fold_name(person.name.removeprefix('@'))}"}
        return frozenset(keys)

    def read_witness(self, person: Person) -> Keys:
        """The keys of a person whom a commit names; none for a machine."""
        if person.email.casefold() in MACHINES:
            return frozenset()
        keys = set(self._expand(person))
        keys |= {f"word:{key[5:].partition('@')[0]}" for key in keys if key.startswith("mail:")}
        return frozenset(keys)

    def read_signers(self, signers: Mapping[str, str]) -> dict[str, Keys]:
        """The keys of people whom signatures name, under the same names as given."""
        people = {name: parse_person(text) for name, text in signers.items()}
        folder, top = self._mailmap
        self._mapped = {**self._mapped, **map_people(folder, people.values(), top)}
        return {name: self.read_witness(person) for name, person in people.items()}

    def list_witnesses(self, commit: CommitInfo) -> list[Keys]:
        """Everybody a commit names: author, committer, and those in its Verified-by and Co-authored-by trailers."""
        return [keys for person in _list_people(commit) if (keys := self.read_witness(person))]

    def list_editors(self, commit: CommitInfo) -> list[Keys]:
        """Those who wrote what a commit changed: author and co-authors."""
        people = [Person(commit.author_name, commit.author_email)]
        people += [
            parse_person(value) for name, value in commit.trailers if name.casefold() == "co-authored-by"
        ]
        return [keys for person in people if (keys := self.read_witness(person))]

    def _expand(self, person: Person) -> Keys:
        keys = set(_list_keys(person))
        if person in self._mapped:
            keys |= _list_keys(self._mapped[person])
        for alias in self._aliases:
            if alias & keys:
                keys |= alias
        return frozenset(keys)


def _list_people(commit: CommitInfo) -> Iterator[Person]:
    """Author, committer, and those in its Verified-by and Co-authored-by trailers."""
    yield Person(commit.author_name, commit.author_email)
    yield Person(commit.committer_name, commit.committer_email)
    for name, value in commit.trailers:
        if name.casefold() in _WITNESSES:
            yield parse_person(value)


def _list_keys(person: Person) -> Keys:
    keys = set()
    if person.email:
        email = person.email.casefold()
        keys.add(f"mail:{email}")
        if match := _NOREPLY.match(email):
            keys.add(f"handle:{match[1]}")
    if person.name:
        name = fold_name(person.name)
        if " " not in name:
            keys.add(f"handle:{name.removeprefix('@')}")
        keys.add(f"name:{name}")
    return frozenset(keys)


def fold_name(name: str) -> str:
    """A name as it is compared."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


class Roster:
    """The groups and people of one kb.toml."""

    def __init__(self, groups: Table, people: Table) -> None:
        self._groups = {fold_name(name): (name, members) for name, members in groups.items()}
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
        known = any(
            fold_name(owner) in map(fold_name, (name, *others)) for name, others in self._people.items()
        )
        return (owner,) if (known or ("@" in owner and "/" not in owner)) else None

    def _find_group(self, name: str) -> str | None:
        """The key of a group; `@org/team` of CODEOWNERS is the group `team` unless there is one of that name."""
        folded = fold_name(name)
        choices = (
            (folded, folded.removeprefix("@"), folded.rpartition("/")[2])
            if folded.startswith("@")
            else (folded,)
        )
        return next((choice for choice in choices if choice in self._groups), None)

    def _walk(self, key: str, seen: set[str]) -> Iterator[str]:
        seen.add(key)
        for member in self._groups[key][1]:
            inner = fold_name(member)
            if inner in self._groups:
                if inner not in seen:
                    yield from self._walk(inner, seen)
            else:
                yield member

    def list_people(self) -> Iterator[tuple[str, str]]:
        """Everybody it names, with the group (or "people") that names them."""
        for name, members in self._groups.values():
            for member in members:
                if fold_name(member) not in self._groups:
                    yield member, name
        for name, others in self._people.items():
            for text in (name, *others):
                yield text, "people"

    def list_groups(self) -> Iterator[tuple[str, bool]]:
        """The names of its groups, and whether they have members."""
        for name, members in self._groups.values():
            yield name, bool(members)
