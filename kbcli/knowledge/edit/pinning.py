"""Pinning digests (`kb verify --pin`): from now on every change of a trusted text shows, dates staying as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError
from kbcli.foundation.git.commit import commit_files
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import FileEdit, edit_fields, rewrite_card
from kbcli.knowledge.trust.score import INACTIVE
from kbcli.knowledge.trust.states import TRUSTED, Trust

RESULTS = ("pinned", "kept", "untrusted", "refused")


@dataclass(frozen=True, slots=True)
class PinRow:
    """What becomes of one card.

    `result`: `pinned` (its digest is, or would be, added), `kept` (it has one), `untrusted`
    (nobody may vouch for that text) or `refused`. `basis` is what it was judged by: `digest`,
    `history` (its text did not change since the date), `date` (history does not tell), or ""
    for a card that was never verified. `text` says why not, `hint` the next step.
    """

    card: Card
    trust: Trust
    result: str
    basis: str
    text: str = ""
    hint: str = ""


def plan_pins(cards: Sequence[Card], trusts: Mapping[str, Trust]) -> list[PinRow]:
    """What pinning means for each of the active ones of `cards`, in their order. Writes nothing.

    `trusts`, by path, must be judged with what git history says (`trust.provenance.load_changed`).
    """
    return [_plan_pin(card, trusts[card.path]) for card in cards if trusts[card.path].state not in INACTIVE]


def _plan_pin(card: Card, trust: Trust) -> PinRow:
    basis = trust.basis if card.verified is not None else ""
    if trust.state not in TRUSTED:
        hint = f"Verify it instead: `kb verify {card.id}`."
        return PinRow(card, trust, "untrusted", basis, trust.reasons[0].text, hint)
    if card.verified_digest:
        return PinRow(card, trust, "kept", basis)
    return PinRow(card, trust, "pinned", basis)


def pin_card(config: Config, card: Card) -> FileEdit:
    """Write the digest of the text as it stands, and nothing else.

    Raises RefusedError when the file is no longer what `card` holds or cannot be edited cleanly.
    """

    def plan(data: bytes) -> bytes:
        now = read_card(data, card.path, config)
        if now.digest != card.digest or now.verified != card.verified:
            raise RefusedError(f"{card.id} changed meanwhile", "Run it again.")
        after = edit_fields(config, card.path, data, {"verified_digest": card.digest})
        if read_card(after, card.path, config).digest != card.digest:
            raise RefusedError(f"{card.id}: the digest would change its text", "Change it by hand.")
        return after

    return rewrite_card(config, card.path, plan)


def pin_cards(config: Config, rows: Sequence[PinRow]) -> list[PinRow]:
    """Pin every row that says so; a card that cannot be is `refused` in the result, and the others go on."""
    done: list[PinRow] = []
    for row in rows:
        if row.result != "pinned":
            done.append(row)
            continue
        try:
            pin_card(config, row.card)
        except KbError as error:
            done.append(PinRow(row.card, row.trust, "refused", row.basis, error.message, error.hint))
        else:
            done.append(row)
    return done


def commit_pins(config: Config, rows: Sequence[PinRow], today: date) -> str:
    """One commit of exactly the pinned cards; its ID. It names no verifier: nobody verified. Raises GitError."""
    paths = [row.card.path for row in rows if row.result == "pinned"]
    subject = f"Pin the verified text of {len(paths)} card{'' if len(paths) == 1 else 's'}"
    body = "The digest of each text as it stands; dates and verifiers are as they were."
    return commit_files(config.root, paths, f"{subject}\n\n{body}", [("Pinned-on", today.isoformat())])
