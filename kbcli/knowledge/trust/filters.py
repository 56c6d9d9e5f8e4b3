"""Choosing cards by their fields: the one meaning of `--tag`, `--owner`, `--state` and their like."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict, Unpack

from kbcli.config import Config
from kbcli.errors import refuse_unknown
from kbcli.foundation.disk.paths import fold_name
from kbcli.knowledge.cards.model import AUDIENCES, STATUSES
from kbcli.knowledge.trust.states import STATES

NO_OWNER = "-"


class Filterable(Protocol):
    """The fields filters look at: those of a card, and of what the index keeps of one."""

    @property
    def type(self) -> str:
        """One of the types, or ""."""

    @property
    def status(self) -> str:
        """`draft`, `active` or `archived`."""

    @property
    def owners(self) -> tuple[str, ...]:
        """People and groups."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags as written."""

    @property
    def product(self) -> str:
        """The product, or ""."""

    @property
    def lang(self) -> str:
        """A language tag."""

    @property
    def audience(self) -> str:
        """`internal` or `public`."""


@dataclass(frozen=True, slots=True)
class CardFilter:
    """What a card must be. Of several values of one kind one must fit; every kind given must.

    Values are casefolded, as `make_filter` leaves them. An empty kind lets every card through.
    """

    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every card passes."""
        return self == CardFilter()

    def matches(self, card: Filterable, state: str = "") -> bool:
        """Whether a card in a trust state passes; `state` counts only when states are asked for."""
        return (
            (not self.tags or any(fold_name(tag) in self.tags for tag in card.tags))
            and (not self.owners or _has_owner(card.owners, self.owners))
            and (not self.types or card.type.casefold() in self.types)
            and (not self.langs or _has_language(card.lang.casefold(), self.langs))
            and (not self.products or fold_name(card.product) in self.products)
            and (not self.states or state in self.states)
            and (not self.statuses or card.status in self.statuses)
            and (not self.audiences or card.audience in self.audiences)
        )


def _has_owner(owners: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if not owners:
        return NO_OWNER in wanted
    return any(fold_name(owner) in wanted for owner in owners)


def _has_language(lang: str, wanted: tuple[str, ...]) -> bool:
    """`en` fits en-GB too, `en-GB` only itself."""
    return lang in wanted or any(lang.startswith(f"{choice}-") for choice in wanted)


class FilterWords(TypedDict, total=False):
    """What people say of the cards they want, in the words of the command line and of a query."""

    tag: Sequence[str]
    owner: Sequence[str]
    type: Sequence[str]
    lang: Sequence[str]
    product: Sequence[str]
    state: Sequence[str]
    status: Sequence[str]
    audience: Sequence[str]


def make_filter(config: Config, **words: Unpack[FilterWords]) -> CardFilter:
    """A filter from what the user typed; an empty list leaves a field open.

    A person's cards are also those of the groups that the person is in; the owner `-` means
    cards without one. Raises UsageError for a state, status or audience that does not exist.
    """
    if unknown := words.keys() - FilterWords.__annotations__.keys():
        raise TypeError(f"no card is chosen by {', '.join(sorted(unknown))}")
    owners = words.get("owner", ())
    return CardFilter(
        tags=_fold(words.get("tag", ())),
        owners=tuple(dict.fromkeys(name for owner in owners for name in expand_owner(config, owner))),
        types=_fold(words.get("type", ())),
        langs=tuple(lang.replace("_", "-") for lang in _fold(words.get("lang", ()))),
        products=_fold(words.get("product", ())),
        states=_check_words(words.get("state", ()), STATES, "state"),
        statuses=_check_words(words.get("status", ()), STATUSES, "status"),
        audiences=_check_words(words.get("audience", ()), AUDIENCES, "audience"),
    )


def find_unknown_words(cards: Iterable[Filterable], chosen: CardFilter) -> Iterator[str]:
    """A sentence for each kind of words that no card has any of, with what may have been meant."""
    from difflib import get_close_matches

    cards = tuple(cards)
    kinds: dict[str, tuple[tuple[str, ...], Callable[[Filterable], tuple[str, ...]]]] = {
        "tag": (chosen.tags, lambda card: card.tags),
        "owner": (chosen.owners, lambda card: card.owners or (NO_OWNER,)),
        "type": (chosen.types, lambda card: (card.type,)),
        "product": (chosen.products, lambda card: (card.product,)),
    }
    for kind, (words, read) in kinds.items():
        if not words:
            continue
        known = {value.casefold(): value for card in cards for value in read(card) if value}
        if known.keys() & set(words) or words == (NO_OWNER,):
            continue
        near = [known[match] for word in words for match in get_close_matches(word, known, n=1)]
        question = f"; did you mean “{near[0]}”?" if near else ""
        yield f"no card has the {kind} “{words[0]}”{question}"


def expand_owner(config: Config, owner: str) -> tuple[str, ...]:
    """The names, casefolded, under which an owner may stand in a card.

    These are the name itself, with the other names and addresses of that person in kb.toml's
    `people`, and the groups that any of them is a member of.
    """
    names = {fold_name(owner)}
    for person, addresses in config.people.items():
        known = {fold_name(person), *map(fold_name, addresses)}
        if names & known:
            names |= known
    groups = {
        fold_name(group) for group, members in config.groups.items() if names & set(map(fold_name, members))
    }
    return tuple(sorted(names | groups))


def _fold(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold_name(value.strip()) for value in values if value.strip()))


def _check_words(values: Sequence[str], known: tuple[str, ...], kind: str) -> tuple[str, ...]:
    words = _fold(values)
    for word in words:
        refuse_unknown(word, known, f"“{word}” is not a {kind}")
    return words
