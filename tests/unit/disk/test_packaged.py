"""What kb carries along."""

from kbcli.config import Config
from kbcli.foundation.disk.packaged import find_content
from kbcli.knowledge.cards.model import TYPES
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.initialisation import FIRST_CARDS


def test_the_content_is_found_in_a_checkout() -> None:
    """The starter knowledge base lies beside the package."""
    assert (find_content() / "kb.toml").is_file()


def test_there_is_one_first_card_of_each_type_and_all_are_sound() -> None:
    """A new knowledge base shows every type, without a problem in any card."""
    config = Config(root=FIRST_CARDS)
    paths = {path.relative_to(FIRST_CARDS).as_posix(): path for path in FIRST_CARDS.rglob("*.md")}
    cards = [read_card(path.read_bytes(), name, config) for name, path in paths.items()]
    assert sorted(card.type for card in cards) == sorted(TYPES)
    assert [card.problems for card in cards if card.problems] == []
    assert all(
        card.owners == ("support",) and card.verify_every and card.tags and card.verified is None
        for card in cards
    )
