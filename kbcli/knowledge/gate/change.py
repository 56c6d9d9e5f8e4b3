"""The two sides of a change: the cards at the merge base and now, and which verification of now can be one of its text."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from kbcli.config import CONFIG_NAME, Config
from kbcli.foundation.git.log import find_main_versions
from kbcli.foundation.git.objects import find_blobs_at, read_blobs
from kbcli.foundation.git.revisions import read_days
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.trust.states import gather_facts, is_digest

LEFT_GATE, DATE_WENT_BACK = "left-gate", "date-went-back"
CHANGE_RULES = (LEFT_GATE, DATE_WENT_BACK)
BASELINE_NAME = "kb-baseline.json"
Entry = tuple[str, str, str]
# The days of people who stamp are their own, those of commits are UTC's.
_DAY = timedelta(days=1)
# Of 164 edits with a new date in a handbook, 6 in a hundred were dated before the branch began, nearly all by less; of
# new pages no fewer.
_FORTNIGHT = timedelta(days=14)
_QUARTER = timedelta(days=92)


class Names:
    """What files and cards of one side of a change are called now; of this side, as they are.

    `prefix` is what to put before a path of the knowledge base of that side to have it from the git root.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def find_path(self, path: str) -> str | None:
        """The path of a card's file, both relative to the knowledge base; None when another took its place."""
        return path

    def find_full(self, full: str) -> str:
        """The path of any file (or of a card's path without its suffix), both from the git root."""
        return full

    def find_file(self, full: str) -> str:
        """The path of a file, both from the git root, as git follows it, whether it is a card now or not."""
        return full

    def find_id(self, ident: str) -> str:
        """The ID of a card; the same when it is not known."""
        return ident


class BaselineSides(NamedTuple):
    """The entries of the baseline at the merge base, under the names of now, and those that the change adds."""

    then: frozenset[Entry] = frozenset()
    added: frozenset[Entry] = frozenset()

    @property
    def accepted(self) -> frozenset[Entry]:
        """What accepts things that a change does, whether this one or an earlier one."""
        return frozenset(entry for entry in (*self.then, *self.added) if entry[0] in CHANGE_RULES)

    @property
    def grown(self) -> frozenset[Entry]:
        """The findings that the change accepts by the way."""
        return frozenset(entry for entry in self.added if entry[0] not in CHANGE_RULES)


_NO_BASELINES = BaselineSides()


@dataclass(frozen=True)
class Change:
    """The two sides of a change.

    `before` are the cards of the merge base `base`, by its own settings, `now` those of the working tree,
    and `held` those of the working tree by the settings of the merge base. `own` are those settings (None
    where it had none), `shadowed` is the kb.toml of the merge base, from the git root, whose place another
    one takes. `converted` are files, from the git root, of which git writes to disk something else than it keeps, and
    whether it did not so then.
    """

    before: Library
    now: Library
    names: Names
    base: str
    today: date
    held: Library
    own: Config | None = None
    shadowed: str = ""
    baselines: BaselineSides = _NO_BASELINES
    converted: Mapping[str, bool] = field(default_factory=dict)

    @cached_property
    def settings(self) -> str:
        """What stands for this change of kb.toml in the baseline that accepts it."""
        sources = (self.own.source if self.own is not None else "", self.now.config.source, self.shadowed)
        return f"settings {hashlib.sha256(chr(0).join(sources).encode()).hexdigest()[:16]}"

    @property
    def settings_entry(self) -> Entry:
        """What accepts the change of kb.toml."""
        return (LEFT_GATE, CONFIG_NAME, self.settings)

    @property
    def is_settled(self) -> bool:
        """Whether the kb.toml of now alone decides: it is that of then, or the change of it is accepted."""
        return (self.held is self.now and not self.shadowed) or self.settings_entry in self.accepted

    @cached_property
    def accepted(self) -> frozenset[Entry]:
        """What the baselines of both sides accept of what changes do."""
        return self.baselines.accepted

    @cached_property
    def day(self) -> date:
        """The day of the merge base: what was verified earlier was verified there, or not at all."""
        return min(self._days[0], self.today)

    @cached_property
    def began(self) -> date:
        """The day on which the change began, which a rebase or a merge of the main line puts before its merge base."""
        return min(self.day, self._days[1] or self.day)

    @cached_property
    def _days(self) -> tuple[date, date | None]:
        return read_days(self.now.config.root, self.base)

    @cached_property
    def pairs(self) -> Mapping[str, Card]:
        """By path of now, the card as it was: under its name then, else what stood at that path."""
        cut = len(self.now.config.prefix)
        found = {path: card for card in self.before.cards if (path := self.names.find_path(card.path))}
        for card in self.before.cards:
            found.setdefault((self.names.prefix + card.path)[cut:], card)
        return found

    @cached_property
    def _by_title(self) -> Mapping[str, list[Card]]:
        """The verified cards of the merge base; to find a text among them, as its title is part of it."""
        return group_pairs((card.title, card) for card in self.before.cards if card.verified is not None)

    def is_fresh(self, card: Card) -> bool:
        """Whether a card of now was verified in the change: its stamp is new, whole, and not older than the change.

        People read first and write later: a date that was not there before may be some days older.
        """
        before = self.pairs.get(card.path)
        then = before.verified if before is not None else None
        if card.verified is None:
            return False
        is_new = card.verified > then if then is not None else card.verified not in self._days_left
        if card.verified < self.began - (_FORTNIGHT if is_new else _DAY):
            return False
        if before is None:
            return True
        stamped = is_stamped(card)
        if is_digest(before.verified_digest) and not stamped:
            return False
        if card.verified != before.verified:
            return True
        is_restamped = card.verified_digest != before.verified_digest and not has_same_text(before, card)
        return stamped and is_restamped and card.verified >= self.day - _DAY

    @cached_property
    def _days_left(self) -> frozenset[date | None]:
        """The days on which cards were verified that are gone, unless one goes on under a name that nothing tells."""
        paths = ((card, self.names.find_path(card.path)) for card in self.before.cards)
        return frozenset(card.verified for card, path in paths if path not in self.now.by_path)

    def is_untouched(self, card: Card) -> bool:
        """Whether a card of now is to be read as it was at the merge base, wherever its file lies."""
        before = self.pairs.get(card.path)
        return before is card or (before is not None and _list_content(before) == _list_content(card))

    def is_text_known(self, card: Card) -> bool:
        """Whether the text of a card of now stood at the merge base, in the gate and not known to be unverified."""
        before = self.pairs.get(card.path)
        if before is not None and has_same_text(before, card) and _is_sound(before):
            return True
        return any(map(_is_sound, self.find_originals(card)))

    def find_originals(self, card: Card) -> list[Card]:
        """The verified cards of the merge base that have the text of a card."""
        return [other for other in self._by_title.get(card.title, ()) if has_same_text(other, card)]

    def is_unvouched(self, card: Card) -> bool:
        """Whether a verified card has a text that is new here under a verification that is not."""
        if card.verified is None or card.status != "active" or self.before.by_path.get(card.path) is card:
            return False
        if card.path in self.accepted_texts:
            return False
        return not (self.is_fresh(card) or self.is_text_known(card) or self.is_restored(card))

    def is_late(self, card: Card) -> bool:
        """Whether nothing that the base has or had vouches for the verification of a card, which nobody had verified."""
        before = self.pairs.get(card.path)
        if before is None or before.verified is not None or self.is_restored(card):
            return False
        return all(other.verified != card.verified for other in self.find_originals(card))

    def is_restored(self, card: Card) -> bool:
        """Whether the card was so before the merge base: it was put back."""
        before = self.pairs.get(card.path)
        prefix, path = (self.names.prefix, before.path) if before else (self.now.config.prefix, card.path)
        # By the settings of now it would always have been what they make of it.
        config = self.now.config if self.own is None or self.is_settled else self.own
        return is_put_back(config, card, prefix + path, self.base)

    @cached_property
    def accepted_texts(self) -> frozenset[str]:
        """The paths of the cards that the change touched and whose text was accepted under an older verification."""
        return frozenset(
            card.path
            for card in (self.now.cards if self.accepted else ())
            if self.before.by_path.get(card.path) is not card and make_text_entry(card) in self.accepted
        )

    @cached_property
    def unvouched(self) -> frozenset[str]:
        """The paths of the cards of now of which the text changed and the verification did not."""
        return frozenset(card.path for card in self.now.cards if self.is_unvouched(card))

    def find_outside(self, before: Card) -> str:
        """Where the file of a card lies that is no card any more, or what took its place, from the git root; "" when it is gone, or a card."""
        config = self.now.config
        full = self.names.find_file(self.names.prefix + before.path)
        path = full.removeprefix(config.prefix) if full.startswith(config.prefix) else None
        is_there = path in self.now.by_path or any(problem.path == path for problem in self.now.problems)
        is_kept = self.names.find_path(before.path) in self.now.by_path
        if is_there or is_kept:
            return ""
        # A submodule shows its own files there, wherever it is checked out.
        lies = os.path.lexists(os.path.join(config.git_root or "", full)) or self.now.explain_submodule(full)
        return full if lies else self._find_successor(self.names.prefix + before.id)

    def _find_successor(self, stem: str) -> str:
        """The file that is new under the name of a card but for its ending, from the git root; "" where there is none."""
        boundary = self.now.config.boundary
        folder, _, name = stem.rpartition("/")
        try:
            names = sorted(one for one in os.listdir(boundary / folder) if one.startswith(f"{name}."))
        except OSError:
            return ""
        full = (f"{folder}/{one}" if folder else one for one in names)
        return next((one for one in full if not find_blobs_at(boundary, [self.base], one).get(self.base)), "")


def is_put_back(config: Config, card: Card, full: str, revision: str) -> bool:
    """Whether a card, then at this path from the git root, had this text when it first had this date, up to a commit.

    That is on the main line, and the date must have been of those days: in the middle of a branch, or under an old
    date, a text can be put there only to be put back.
    """
    top = config.git_root or config.root
    versions = find_main_versions(top, full, revision)
    blobs = read_blobs(top, {version.blob for version in versions})
    past = [(one, read_card(blobs[one.blob], card.path, config)) for one in versions if one.blob in blobs]
    dated = [(one, then) for one, then in past if then.verified == card.verified]
    if not dated or card.verified is None or not has_same_text(dated[-1][1], card):
        return False
    first = dated[-1][0]
    return not first.old_blob or card.verified >= first.commit.date - _QUARTER


def make_text_entry(card: Card) -> Entry:
    """What accepts that a card has this text under a verification that is older."""
    text = hashlib.sha256(f"{card.verified}\0{card.digest}".encode()).hexdigest()[:16]
    return (LEFT_GATE, card.id, f"text {text}")


def _is_sound(card: Card) -> bool:
    """Whether a card of the merge base was judged there, and its text not known to be another than the verified one."""
    return card.status == "active" and not gather_facts(card).changed


def is_stamped(card: Card) -> bool:
    """Whether a card has the digest of its own text."""
    return is_digest(card.verified_digest) and not gather_facts(card).changed


def _list_content(card: Card) -> tuple[object, ...]:
    """What decides with which cards a card is compared, and as what."""
    return (card.title, card.body, card.lang, card.status, card.translation_of, card.distinct_from)


def has_same_text(one: Card, other: Card) -> bool:
    """Whether two cards say the same, by what a verification vouches for."""
    same = (one.title, one.audience, one.body) == (other.title, other.audience, other.body)
    return one is other or same or one.digest == other.digest
