"""The names that people go by, as `.mailmap` joins them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kbcli.errors import GitError
from kbcli.foundation.git.layout import name_other_tree
from kbcli.foundation.git.process import run_git

MAILMAP = ".mailmap"


class Person(NamedTuple):
    """A name and an e-mail address as a commit, a trailer or a card gives them; either may be empty."""

    name: str = ""
    email: str = ""


def map_people(folder: Path, people: Iterable[Person], top: Path | None = None) -> Mapping[Person, Person]:
    """Each person with an e-mail address, as the repository's own `.mailmap` calls them. Never raises.

    A mailmap of this machine's git settings is not used: the answer must be the same in CI. `top`
    is a folder whose `.mailmap` is to be read in place of the work tree's.
    """
    asked = sorted({person for person in people if person.email and _is_plain(person)})
    if not asked:
        return {}
    lines = "".join(f"{person.name} <{person.email}>\n".lstrip() for person in asked)
    try:
        other = () if top is None else name_other_tree(folder, top)
        output = run_git(
            top or folder, *other, "-c", "mailmap.file=", "-c", "mailmap.blob=", "check-mailmap", "--stdin",
            data=lines.encode("utf-8", "surrogateescape"),
        )  # fmt: skip
    except GitError:
        return {}
    answers = output.decode("utf-8", "replace").split("\n")[:-1]
    if len(answers) != len(asked):
        return {}
    return {person: _read_answer(answer) for person, answer in zip(asked, answers, strict=True)}


def _is_plain(person: Person) -> bool:
    """Whether git would read it back as it is."""
    return not any(mark in text for text in person for mark in "<>\n\r\0")


def _read_answer(line: str) -> Person:
    name, _, email = line.rpartition("<")
    return Person(name.strip(), email.rstrip(">").strip())
