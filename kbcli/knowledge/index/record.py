"""What the index keeps of each card beside its words: enough to show a hit and to judge its state.

What the state is judged from is also a term, which cards that are always judged alike share.
"""

from datetime import date
from functools import lru_cache

from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.trust.states import TrustFacts


class CardRecord(NamedTuple):
    """Stored per document, plain values only (no dates: they are ISO text, "" for none).

    `window_days`: days before `due` in which it counts as due. `changed` is true when the card carries a digest that its text no longer has.
    `titled` is false when not its front matter gave the title, but a heading or the file name. `body_offset` is the byte at which the body starts in the file, for cutting snippets.
    `has_reply` is true when it has a text to send. `passages` is what is noted of those of a long body.
    """

    path: str
    id: str
    title: str
    aliases: tuple[str, ...]
    former_ids: tuple[str, ...]
    type: str
    status: str
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    product: str
    lang: str
    audience: str
    verified: str
    bad_date: str
    verified_by: str
    due: str
    window_days: int
    verified_digest: str
    changed: bool
    flagged: bool
    flagged_reason: str
    translation_of: str
    translation_digest: str
    depends_on: tuple[str, ...]
    depends_digest: str
    titled: bool
    body_offset: int
    has_reply: bool
    passages: str


TRUST_FIELD = "trust"
"""The field of the terms that states are judged from."""


def make_trust_term(record: CardRecord) -> str:
    """The term of a card: its facts without the wording of a flag, and whether it may be suspect."""
    changed = str(int(record.changed)) if record.verified_digest else ""
    # The status comes last: in a damaged card it may hold any sign.
    facts = (
        record.verified,
        record.due,
        record.window_days,
        changed,
        int(record.flagged),
        int(bool(record.translation_digest or record.depends_digest)),
        record.status,
    )
    return " ".join(map(str, facts))


@lru_cache(maxsize=4096)
def read_trust_term(term: str) -> tuple[TrustFacts, bool]:
    """The facts of a term's cards, none of them suspect, and whether what they depend on must be looked at."""
    verified, due, window, changed, flagged, hangs, status = term.split(" ", 6)
    # By place, as a search for a state makes them by the thousand.
    facts = TrustFacts(
        status,
        date.fromisoformat(verified) if verified else None,
        date.fromisoformat(due) if due else None,
        int(window),
        changed == "1" if changed else None,
        "digest" if changed else "date",
        flagged == "1",
        "",
        (),
        "",
    )
    return facts, hangs == "1"


def gather_record_facts(record: CardRecord) -> TrustFacts:
    """The facts of an indexed card, as `gather_facts` gives them for the card itself.

    The index knows nothing of git history: `changed` is None without a digest. What makes a card
    suspect is found by search.
    """
    facts, _ = read_trust_term(make_trust_term(record))
    return facts._replace(flag_reason=record.flagged_reason, bad_date=record.bad_date)
