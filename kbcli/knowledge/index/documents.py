"""A card as the index sees it: its file read, its terms by field, and what is kept of it to show a hit."""

import os
import time

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp, is_racy, make_stamp
from kbcli.foundation.disk.paths import fold_name
from kbcli.foundation.markdown.passages import note_passages
from kbcli.foundation.text.pipeline import analyse_text, gram_terms
from kbcli.foundation.text.signs import find_signs
from kbcli.foundation.text.sounds import list_sounds
from kbcli.foundation.text.words import fold_title, list_names
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import guess_script_language, read_card
from kbcli.knowledge.cards.reply_marks import has_reply
from kbcli.knowledge.cards.walk import stat_card_file
from kbcli.knowledge.index.record import TRUST_FIELD, CardRecord, make_trust_term
from kbcli.knowledge.index.schema import DIGEST_SIZE, FIELDS, NO_OWNER, SOUND_FIELD
from kbcli.knowledge.trust.states import find_due_date, find_warning_window


class IndexDocument(NamedTuple):
    """What the index takes in of one card: `terms` maps each field to its terms; the digest is of the file."""

    record: CardRecord
    terms: dict[str, list[str]]
    digest: bytes = bytes(DIGEST_SIZE)


def make_document(card: Card, body_offset: int) -> IndexDocument:
    """Analyse a card. `body_offset` is the byte at which its body starts in its file."""
    record = make_record(card, body_offset)
    lang = record.lang
    terms = {
        "title": _list_words(card.title, lang),
        "aliases": [term for alias in card.aliases for term in _list_words(alias, lang)],
        "tags": [term for tag in card.tags for term in _list_words(tag, lang)],
        "body": _list_words(card.body, lang),
        "grams": [],
        "tag": [tag.casefold() for tag in card.tags],
        "owner": [owner.casefold() for owner in card.owners] or [NO_OWNER],
        "type": [card.type.casefold()],
        "lang": _language_terms(lang),
        "product": [card.product.casefold()],
        "status": [card.status.casefold()],
        "audience": [card.audience.casefold()],
        "id": _endings(fold_name(card.id)),
        "path": _beginnings(fold_name(card.id)),
        "called": list(dict.fromkeys(map(fold_title, (*list_names(card.title), *card.aliases)))),
        "former": [term for former in card.former_ids for term in _endings(fold_name(former))],
        "source": [fold_name(card.translation_of)],
        TRUST_FIELD: [make_trust_term(record)],
    }
    terms[SOUND_FIELD] = list_sounds((*terms["title"], *terms["aliases"]))
    terms["grams"] = gram_terms((term for field in FIELDS for term in terms[field]), lang)
    terms = {name: found for name, found in terms.items() if found and found != [""]}
    return IndexDocument(record, terms)


def _list_words(text: str, lang: str) -> list[str]:
    return [*analyse_text(text, lang), *find_signs(text)]


def make_record(card: Card, body_offset: int) -> CardRecord:
    """What the index keeps of a card beside its words; `body_offset` as for make_document."""
    lang = card.lang or guess_script_language(card.title + card.body) or "en"
    flag, due = card.flagged, find_due_date(card)
    return CardRecord(
        path=card.path,
        id=card.id,
        title=card.title,
        aliases=card.aliases,
        former_ids=card.former_ids,
        type=card.type,
        status=card.status,
        owners=card.owners,
        tags=card.tags,
        product=card.product,
        lang=lang,
        audience=card.audience,
        verified=card.verified.isoformat() if card.verified else "",
        bad_date=card.bad_date,
        verified_by=card.verified_by,
        due=due.isoformat() if due else "",
        window_days=find_warning_window(card.verified, due, card.verify_every),
        verified_digest=card.verified_digest,
        changed=bool(card.verified_digest) and not card.has_digest(card.verified_digest),
        flagged=flag is not None,
        flagged_reason=flag.reason if flag else "",
        translation_of=card.translation_of,
        translation_digest=card.translation_digest,
        depends_on=card.depends_on,
        depends_digest=card.depends_digest,
        titled=bool(card.own_title) and not card.heading_title,
        body_offset=body_offset,
        has_reply=has_reply(card.body),
        passages=note_passages(card.body.replace("\0", "\ufffd")),
    )


def _language_terms(lang: str) -> list[str]:
    """The tag as it is and its language alone: `pt-BR` → pt-br, pt."""
    tag = lang.casefold()
    return list(dict.fromkeys((tag, tag.partition("-")[0])))


def _endings(card_id: str) -> list[str]:
    parts = card_id.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _beginnings(card_id: str) -> list[str]:
    parts = card_id.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


class Reading(NamedTuple):
    """The bytes of a card file, their digest, and the stamp it had just before it was read."""

    path: str
    data: bytes
    digest: bytes
    stamp: Stamp
    racy: bool


def read_file(config: Config, path: str) -> Reading | None:
    """Read a card file; None when it is gone or may not or cannot be read."""
    from hashlib import blake2b

    entry = stat_card_file(config, path)
    if entry is None or entry.trouble:
        return None
    try:
        with open(os.path.join(config.root, path), "rb") as stream:
            now = time.time_ns()
            stamp = make_stamp(os.fstat(stream.fileno()))
            data = stream.read()
    except OSError:
        return None
    return Reading(path, data, blake2b(data, digest_size=DIGEST_SIZE).digest(), stamp, is_racy(stamp, now))


def read_document(config: Config, reading: Reading) -> IndexDocument:
    """What the index takes in of a card."""
    card = read_card(reading.data, reading.path, config)
    return make_document(card, card.body_offset)
