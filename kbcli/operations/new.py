"""New: write a card, from a template or as the translation of another, and what says the same already."""

import posixpath
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypedDict, Unpack

from kbcli.config import Config
from kbcli.errors import KbError, UsageError
from kbcli.foundation.git.people import find_identity
from kbcli.foundation.git.revisions import read_branch
from kbcli.foundation.text.languages import guess_language
from kbcli.knowledge.cards.library import load_card_file, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import list_card_files
from kbcli.knowledge.edit.creation import NewCard, create_card, plan_card, read_template as load_template
from kbcli.knowledge.edit.translation import plan_translation
from kbcli.knowledge.index.references import resolve_reference
from kbcli.knowledge.index.sync import OpenIndex, ask_index
from kbcli.knowledge.likeness.pairs import ShingleCache, find_shingle_folder
from kbcli.knowledge.search.engine import Hit
from kbcli.knowledge.search.neighbours import Repeat, find_repeated_cards, find_similar_cards
from kbcli.knowledge.trust.filters import expand_owner
from kbcli.operations.base import Base, JudgedCard, keep_changes, read_judged
from kbcli.operations.gaps import find_gap
from kbcli.operations.gaps.close import make_closing
from kbcli.operations.tickets.card import begin_ticket_card
from kbcli.operations.values import check_choice, check_interval, check_language
from kbcli.support.links.lines import append_lines, read_question

_FROM_SOURCE = ("tag", "alias", "owner", "folder", "product", "audience", "every")


class NewFields(TypedDict, total=False):
    """What can be said of a new card, in the words of the command line; `folder` is where it is to be."""

    type: str
    tag: Sequence[str]
    alias: Sequence[str]
    owner: str
    lang: str
    folder: str
    product: str
    audience: str
    every: str
    draft: bool


class Neighbours(NamedTuple):
    """Cards near a new one: those that say the same as its text, and those that a search finds similar."""

    repeats: tuple[Repeat, ...] = ()
    similar: tuple[Hit, ...] = ()


_NONE = Neighbours()


class Creation(NamedTuple):
    """A new card with its file and its neighbours; where `card` is None, `note` says why nothing was created."""

    card: JudgedCard | None
    path: Path | None
    neighbours: Neighbours
    note: str = ""


class GapCard(NamedTuple):
    """What is known of a card that is to close a gap: what was `asked`, and fields of the card in the words of the command line."""

    asked: str
    title: str
    alias: Sequence[str]
    lang: str


def new_card(
    kb: Base,
    title: str = "",
    *,
    translate: str | None = None,
    gap: str | None = None,
    ticket: str | None = None,
    body: str | None = None,
    commit: bool = False,
    **fields: Unpack[NewFields],
) -> Creation:
    """Write a new card with this text, the bare template without one; what is near it already is said first.

    With `commit` its file is committed.

    With `translate`, the draft of that card's translation into `lang`. With `gap` (its number, or its words) the card has title
    and language from what was asked, and closes it. With `ticket` it has text, title and language from an earlier ticket that we
    answered. Raises what `begin_gap_card`, `begin_ticket_card`, `plan_new_card` and `write_new_card` raise.
    """
    closes = ""
    if gap is not None:
        alias, lang = fields.get("alias", ()), fields.get("lang", "")
        begun = begin_gap_card(kb, gap, title, alias=alias, lang=lang, translate=translate)
        closes, title = begun.asked, begun.title
        fields = {**fields, "alias": begun.alias, "lang": begun.lang}
    if ticket is not None:
        lang = fields.get("lang", "")
        title, body, lang = begin_ticket_card(kb, ticket, title, body=body, lang=lang, translate=translate)
        fields = {**fields, "lang": lang}
    new = plan_new_card(kb, title, translate=translate, body=body, **fields)
    if translate is not None:
        return write_new_card(kb, new, commit=commit)
    neighbours = find_neighbours(kb, new, title, body or "")
    for repeat in neighbours.repeats:
        kb.say(f"says the same as {repeat.card.id} ({int(repeat.similarity * 100)} %)")
    said = {repeat.card.id for repeat in neighbours.repeats}
    similar = [hit.record.id for hit in neighbours.similar if hit.record.id not in said]
    if similar:
        kb.say(f"similar cards exist: {', '.join(similar)}")
    return write_new_card(kb, new, neighbours=neighbours, closes=closes, commit=commit)


def begin_gap_card(
    kb: Base, gap: str, title: str, *, alias: Sequence[str] = (), lang: str = "", translate: str | None = None
) -> GapCard:
    """The card that is to close a gap (its number, or its words), with the fields that were given for it.

    Under another title the words become an alias, so that they find it. Raises KbError for an unknown gap, RefusedError where its
    words hold personal data, UsageError for a translation.
    """
    if translate is not None:
        raise UsageError("a translation closes no gap", "Use --gap or --translate.")
    asked = read_question(find_gap(kb, gap).asked)
    kb.say(f"for the gap “{asked}”")
    names = (*alias, asked) if title else tuple(alias)
    return GapCard(asked, title or asked[0].upper() + asked[1:], names, lang or _guess_language(kb, asked))


def _guess_language(kb: Base, text: str) -> str:
    """The language of a text among those of the cards; "" for the default."""
    config = kb.config
    langs = ask_index(config, lambda index: [tag for tag, _ in index.reader.terms("lang")], notice=kb.say)
    found = guess_language(text, langs, config.lang)
    return "" if found == config.lang else found


def read_template(kb: Base, card_type: str) -> str:
    """The template of a type, to save as `templates/TYPE.md` and adapt. Raises UsageError for an unknown type."""
    config = kb.config
    return load_template(config, check_choice(config, "type", card_type))


def plan_new_card(
    kb: Base,
    title: str = "",
    *,
    translate: str | None = None,
    body: str | None = None,
    **fields: Unpack[NewFields],
) -> NewCard:
    """The text and place that a new card would have. Writes nothing.

    Without `owner`, that is who the cards of its folder belong to, or the group of who writes, where
    that is one; see `has_owner`.

    Raises UsageError for a value that a card cannot have, RefusedError where there is such a card
    already, CardNotFoundError for an unknown source.
    """
    config = kb.config
    lang = fields.get("lang", "")
    if translate is not None:
        if any(fields.get(name) for name in _FROM_SOURCE):
            raise UsageError(
                "a translation takes its fields from its source", "Change them later with `kb edit`."
            )
        return _plan_translation(config, translate, lang, title)
    plan = partial(
        plan_card,
        config,
        title,
        today=kb.today,
        card_type=fields.get("type", "answer"),
        folder=fields.get("folder", ""),
        lang=check_language(lang) if lang else "",
        draft=fields.get("draft", False),
        body=body,
        fields=_check_fields(config, fields),
    )
    new = plan(owner=fields.get("owner", ""))
    if not has_owner(kb, new) and (owner := _find_owner(kb, config, new.path)):
        new = plan(owner=owner)
    return new


def has_owner(kb: Base, new: NewCard) -> bool:
    """Whether a planned card has somebody who answers for it, by its own text or by kb.toml."""
    return bool(read_card(new.text.encode(), new.path, kb.config).owners)


def _find_owner(kb: Base, config: Config, path: str) -> str:
    """The one owner of the cards in the folder, else the one group of who writes; "" where that is not one."""
    folder = posixpath.dirname(path)
    beside = (entry for entry in list_card_files(config) if posixpath.dirname(entry.path) == folder)
    cards = (load_card_file(config, entry) for entry in beside)
    owners = {card.owner for card in cards if isinstance(card, Card) and card.owners}
    if not owners:
        identity = find_identity(config.root)
        names = {name.casefold() for name in (kb.actor, identity.email, identity.name) if name}
        names |= {other for name in names for other in expand_owner(config, name)}
        owners = {group for group in config.groups if group.casefold() in names}
    return owners.pop() if len(owners) == 1 else ""


def _plan_translation(config: Config, reference: str, lang: str, title: str) -> NewCard:
    if not lang:
        raise UsageError("into which language?", "Say so with --lang, such as --lang de.")
    library = load_library(config)
    path = resolve_reference(config, reference)
    source = library.by_path.get(path)
    if source is None:
        raise KbError(f"{path} cannot be read", "`kb check` says why.")
    return plan_translation(library, source, check_language(lang), title=title)


def _check_fields(config: Config, given: NewFields) -> dict[str, str | list[str]]:
    """The fields that were given, under their names in cards. Raises UsageError for a wrong value."""
    audience, every = given.get("audience"), given.get("every")
    fields: dict[str, str | list[str]] = {
        "tags": list(given.get("tag", ())),
        "aliases": list(given.get("alias", ())),
        "product": given.get("product", ""),
        "audience": check_choice(config, "audience", audience) if audience else "",
        "verify_every": str(check_interval(every)) if every else "",
    }
    return {name: value for name, value in fields.items() if value}


def find_neighbours(kb: Base, new: NewCard, title: str, body: str) -> Neighbours:
    """The neighbours of a card that is to be written; without a body, only its title is compared."""
    config = kb.config

    def answer(index: OpenIndex) -> Neighbours:
        similar = find_similar_cards(config, index.reader, title, body, today=kb.today)
        repeats = _compare(kb, config, index, new.path, new.text) if body.strip() else ()
        return Neighbours(repeats, similar)

    return _ask(kb, config, answer)


def find_repeats(kb: Base, new: NewCard, text: str) -> tuple[Repeat, ...]:
    """The cards that say the same as a whole text that is to be the new card."""
    config = kb.config
    found = _ask(kb, config, lambda index: Neighbours(_compare(kb, config, index, new.path, text)))
    return found.repeats


def _ask(kb: Base, config: Config, question: Callable[[OpenIndex], Neighbours]) -> Neighbours:
    """The answer of the index; none where it cannot be asked, which must not keep anybody from writing."""
    try:
        with kb.show_progress("indexing") as progress:
            return ask_index(config, question, progress=progress, notice=kb.say)
    except (KbError, OSError) as error:
        kb.say(f"similar cards could not be looked for: {error}")
        return _NONE


def _compare(kb: Base, config: Config, index: OpenIndex, path: str, text: str) -> tuple[Repeat, ...]:
    card = read_card(text.encode("utf-8", "replace"), path, config)
    cache = ShingleCache(config, find_shingle_folder())
    with kb.show_progress("comparing") as progress:
        return find_repeated_cards(config, index.reader, card, cache, today=kb.today, progress=progress)


def write_new_card(
    kb: Base,
    new: NewCard,
    text: str | None = None,
    *,
    neighbours: Neighbours = _NONE,
    closes: str = "",
    commit: bool = False,
) -> Creation:
    """Write a planned card, with its text as a person left it where there is one: unchanged, it creates nothing.

    `closes` are the words of a gap that it answers, which is noted. Raises RefusedError where a file has appeared there meanwhile.
    """
    config = kb.config
    created = create_card(config, new, text, allow_unchanged=text is None)
    if created is None:
        return Creation(None, None, neighbours, "the template is as it was; nothing was created")
    judged = read_judged(config, created.path, kb.today)
    paths = [created.path]
    if closes:
        line = make_closing(judged.card, closes, kb.today)
        paths.append(append_lines(config.root, config.boundary, read_branch(config.root), [line]))
    keep_changes(kb, config, paths, f"Add {created.id}", commit=commit)
    return Creation(judged, config.root / created.path, neighbours)
