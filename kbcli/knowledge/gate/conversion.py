"""What .gitattributes makes of a card: kb and the site read what git writes to disk, those who read in git what it keeps."""

from collections.abc import Iterator

from kbcli.foundation.git.objects import find_blobs_at, is_kept_as_written, read_blob, read_written
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.gate.change import Change, has_same_text


def list_disguised(change: Change) -> Iterator[tuple[Card, str]]:
    """The cards of now of which the change lets those who read in git have another text than is judged, and that one's digest."""
    config = change.now.config
    for full, is_new in change.converted.items():
        card = change.now.by_path[full.removeprefix(config.prefix)]
        blob = find_blobs_at(config.root, [""], card.path).get("", "")
        data = read_blob(config.root, blob)
        if data is None or has_same_text(kept := read_card(data, card.path, config), card):
            continue
        written = read_written(config.root, card.path)
        # What was edited since it was added is another text too, which .gitattributes did not make.
        if written is not None and has_same_text(kept, read_card(written, card.path, config)):
            continue
        is_told = written is None or is_kept_as_written(config.root, card.path, blob, written)
        if is_new or not (_is_as_before(change, card, kept) or _is_seen(change, card, is_told=is_told)):
            yield card, kept.digest


def _is_as_before(change: Change, card: Card, kept: Card) -> bool:
    """Whether git keeps the text that it kept at the merge base."""
    root, before = change.now.config.boundary, change.pairs.get(card.path)
    full = change.names.prefix + before.path if before is not None else ""
    blob = find_blobs_at(root, [change.base], full).get(change.base, "") if full else ""
    data = read_blob(root, blob)
    return data is not None and has_same_text(kept, read_card(data, card.path, change.now.config))


def _is_seen(change: Change, card: Card, *, is_told: bool) -> bool:
    """Whether another text than the judged one would be noticed: by a finding, or by a verifier where the one tells the other (`is_told`)."""
    if card.verified is None or card.status != "active" or card.path in change.unvouched:
        return True
    return is_told and change.is_fresh(card)
