"""Cards by what people and other cards call them, found through the index without reading a file."""

import os
from pathlib import Path

from kbcli.config import Config
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.walk import card_id
from kbcli.knowledge.index.port import Question, one_of

if TYPE_CHECKING:
    from kbcli.knowledge.index.port import Backend
    from kbcli.knowledge.index.record import CardRecord


def find_card(index: "Backend", ident: str) -> "CardRecord | None":
    """The card that has an ID now, else one that had it once, or None; of several the first by path."""
    records = _list_called(index, ident)
    known = [record for record in records if record.id == ident]
    known += [record for record in records if ident in record.former_ids]
    return known[0] if known else None


def find_reference(index: "Backend", config: Config, reference: str, cwd: Path | None = None) -> str | None:
    """The path, relative to the knowledge base, of the card that a reference names; None unless it is one.

    As `resolve_reference` finds it among the files: an ID, an unambiguous ending of one, a former ID,
    or a path. Why there is none or which may be meant it tells, and knows files that cannot be read.
    """
    wanted = reference.strip()
    full = os.path.realpath(os.path.join(cwd or Path.cwd(), wanted))
    relative = os.path.relpath(full, config.root).replace(os.sep, "/")
    tail = wanted.strip("/")
    found = _list_called(index, tail, card_id(tail, config), card_id(relative, config))
    exact = [record for record in found if record.id == wanted]
    exact += [record for record in found if record.path == wanted]
    exact += [record for record in found if record.path == relative]
    if exact:
        return exact[0].path
    former = [record for record in found if any(_ends(name, tail) for name in record.former_ids)]
    ending = [record for record in found if _ends(record.id, tail)]
    ending = ending or [record for record in found if _ends(record.path, tail)] or former
    if len(ending) > 1:
        named = {record.id for record in ending}
        ending = [record for record in ending if record.translation_of not in named]
    if len(ending) > 1 or (ending and "/" in wanted and ending[0].id.casefold() != wanted.casefold()):
        ending = _prefer_former(ending, former, wanted)
    return ending[0].path if len(ending) == 1 else None


def _prefer_former(found: "list[CardRecord]", former: "list[CardRecord]", wanted: str) -> "list[CardRecord]":
    """The card that once had exactly this ID, or whose former ID ends so while the others translate it."""
    exact = [record for record in former if wanted in record.former_ids]
    if exact:
        return exact[:1]
    if len(former) != 1:
        return found
    others = [record for record in found if record != former[0]]
    return former if all(other.translation_of == former[0].id for other in others) else found


def _list_called(index: "Backend", *names: str) -> "list[CardRecord]":
    """The cards whose ID, or one they had, ends with one of the names after a slash or is one, by path."""
    pairs = [(field, name.casefold()) for name in names for field in ("id", "former")]
    found = index.candidates(Question(all_of=(one_of(*pairs),)), index.doc_count).items
    return sorted((candidate.record for candidate in found), key=lambda record: record.path)


def _ends(name: str, tail: str) -> bool:
    return f"/{name}".casefold().endswith(f"/{tail}".casefold())
