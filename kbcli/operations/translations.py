"""Translations: which card exists in which language, and which lags behind."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kbcli.config import Config
from kbcli.errors import refuse_unknown
from kbcli.foundation.git.log import load_history
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.walk import card_id
from kbcli.knowledge.index.references import resolve_reference
from kbcli.knowledge.past.provenance import find_text_by_digest
from kbcli.knowledge.trust import TRANSLATION_STATES
from kbcli.knowledge.trust.translations import (
    TranslationReport,
    TranslationStatus,
    list_translations as judge_translations,
)
from kbcli.operations.base import Base


class SourceChange(NamedTuple):
    """An outdated translation, with the text of its source that it translates (None: git does not have it)."""

    translation: TranslationStatus
    before: str | None


class TranslationList(NamedTuple):
    """Translations with their states; the counts are of all states, the rows of those asked for."""

    report: TranslationReport
    changes: tuple[SourceChange, ...] = ()


def list_translations(
    kb: Base,
    cards: Sequence[str] = (),
    *,
    lang: Sequence[str] = (),
    state: Sequence[str] = (),
    diff: bool = False,
) -> TranslationList:
    """The state of each card in each language: of these source cards, languages and TRANSLATION_STATES, or all.

    With `diff` also what changed in the source of the outdated ones. Raises UsageError for a state
    that does not exist, KbError for an unknown card.
    """
    for word in state:
        refuse_unknown(word, TRANSLATION_STATES, f"“{word}” is not a state of a translation")
    config = kb.config
    sources = [card_id(resolve_reference(config, item), config) for item in cards]
    library = load_library(config)
    unpinned = any(card.translation_of and not card.translation_digest for card in library.cards)
    history = load_history(config.root) if unpinned else None
    report = judge_translations(library, langs=lang, sources=sources, history=history)
    rows = tuple(row for row in report.rows if not state or row.state in state)
    changes = tuple(_find_changes(config, rows)) if diff else ()
    return TranslationList(replace(report, rows=rows), changes)


def _find_changes(config: Config, rows: Iterable[TranslationStatus]) -> Iterator[SourceChange]:
    for row in rows:
        if row.state == "outdated" and row.translation is not None:
            found = find_text_by_digest(config, row.source, row.translation.translation_digest)
            yield SourceChange(row, found.body if found is not None else None)
