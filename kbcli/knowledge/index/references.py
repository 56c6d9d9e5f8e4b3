"""Cards by what people and other cards call them, found through the index without reading a file."""

from typing import TYPE_CHECKING

from kbcli.knowledge.index.question import Question, one_of

if TYPE_CHECKING:
    from kbcli.knowledge.index.port import Backend
    from kbcli.knowledge.index.record import CardRecord


def find_card(index: "Backend", ident: str) -> "CardRecord | None":
    """The card that has an ID now, else one that had it once, or None; of several the first by path."""
    folded = ident.casefold()
    for field in ("id", "former"):
        question = Question(all_of=(one_of((field, folded)),))
        records = [found.record for found in index.candidates(question, index.doc_count).items]
        known = [record for record in records if ident in (record.id, *record.former_ids)]
        if field == "id":
            known = [record for record in known if record.id == ident]
        if known:
            return min(known, key=lambda record: record.path)
    return None
