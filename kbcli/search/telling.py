"""The few words of a long text that say what it is about."""

from collections.abc import Sequence

from kbcli.index.analysis.pipeline import QueryWord
from kbcli.index.reader import IndexReader


def select_telling_words(reader: IndexReader, words: Sequence[QueryWord], limit: int = 12) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about."""
    return list(words[:limit])
