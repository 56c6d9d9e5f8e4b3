"""What kb knows of one card: the values of its fields, its text, and what was wrong with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kbcli.foundation.calendar import Interval
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from array import array

TYPES = ("answer", "how-to", "troubleshooting", "reply", "policy", "positioning", "reference")
STATUSES = ("draft", "active", "archived")
AUDIENCES = ("internal", "public")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file, found while reading it.

    `rule` is the ID of the check rule that reports it, `path` is relative to the knowledge
    base (POSIX separators), `line` counts from 1, `hint` is the remedy. `subject` tells two
    problems of one rule in one card apart without naming a line (a field, a link target).
    """

    rule: str
    path: str
    line: int
    message: str
    hint: str = ""
    subject: str = ""


class Mistake(NamedTuple):
    """What is wrong in a text: its 1-based line there, what, the remedy, and (where several may be on a line) what it is about."""

    line: int
    message: str
    hint: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A colleague's report that a card is wrong."""

    by: str
    on: date | None
    reason: str


@dataclass(frozen=True)
class Card:
    """One Markdown file, read.

    `id` is the path without its suffix; `path` is relative to the knowledge base, POSIX.
    `title` always holds something to show; `own_title` is what the file itself says (front
    matter or H1), empty when only the file name is left. `heading_title` is true
    when the title came from a heading. `body` has newlines unified to LF; `body_line` is
    the 1-based line of its first line in the file, `body_offset` the byte at which it starts.
    `due_on` is a due date that the file itself names (only by a mapping of `due`). `lines` maps a kb field name to the
    1-based line it stands on. `extra` holds the fields kb does not know, as text.
    """

    id: str
    path: str
    title: str
    own_title: str = ""
    heading_title: bool = False
    type: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    product: str = ""
    audience: str = "internal"
    owners: tuple[str, ...] = ()
    lang: str = ""
    translation_of: str = ""
    translation_digest: str = ""
    status: str = "active"
    verify_every: Interval | None = None
    verify_never_reason: str = ""
    verified: date | None = None
    verified_by: str = ""
    verified_digest: str = ""
    due_on: date | None = None
    depends_on: tuple[str, ...] = ()
    depends_digest: str = ""
    flagged: Flag | None = None
    distinct_from: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    former_ids: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    body_offset: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The digest of the text as it stands now, with the scheme's version in front."""
        from kbcli.foundation.markdown.digest import digest_text

        return digest_text(self.title, self.audience, self.body)

    @cached_property
    def digest_v1(self) -> str:
        """The same by scheme v1, where a title from the file name is none and one of the text is its first heading."""
        from kbcli.foundation.markdown.digest_v1 import digest_text_v1
        from kbcli.foundation.markdown.titles import find_title

        in_header = self.own_title and not self.heading_title
        title = self.own_title if in_header else find_title(self.body, any_level=True)
        return digest_text_v1(title, self.audience, self.body)

    def has_digest(self, stamp: str) -> bool:
        """Whether a stamp, of whichever scheme, is of the text as it stands now."""
        return stamp == (self.digest_v1 if stamp.startswith("v1:") else self.digest)

    @property
    def bad_date(self) -> str:
        """The verification date that cannot be read, as it is written, with its line; "" where there is none."""
        found = next(
            (one for one in self.problems if (one.rule, one.subject) == ("bad-date", "verified")), None
        )
        if found is None:
            return ""
        value = re.match(r"“.*”(?= (?:is not|is a|could))", found.message)
        return f"{value[0]}, line {found.line}" if value else f"line {found.line}"

    @property
    def text(self) -> str:
        """What a verification vouches for, as text: title, audience and body."""
        return f"title: {self.title}\naudience: {self.audience}\n\n{self.body.strip()}\n"

    @cached_property
    def shingles(self) -> "array[int]":
        """The shingles of what the card says: its title, unless that is a heading of the body, and its body; sorted."""
        from array import array

        from kbcli.foundation.text.shingles import make_shingles

        text = self.body if self.heading_title else f"{self.own_title}\n{self.body}"
        return array("I", sorted(make_shingles(text)))

    @property
    def owner(self) -> str:
        """The accountable people or groups as one text, empty when there are none."""
        return ", ".join(self.owners)

    def line_of(self, name: str) -> int:
        """The 1-based line of a field, or 1 when the file does not have it."""
        return self.lines.get(name, 1)
