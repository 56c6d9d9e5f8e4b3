"""Which card exists in which language, and which translation its source has left behind."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kbcli.config import Config
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.git.log import History, Version
from kbcli.foundation.git.objects import read_blobs
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.trust import TRANSLATION_STATES


@dataclass(frozen=True, slots=True)
class TranslationStatus:
    """One source card in one language.

    `state` is `missing`, `outdated` (the source's text is not what was translated), `current`,
    or `unpinned` (there is a translation, and nothing tells of which text). `basis` says how it
    was judged: `digest`, `history`, or "" where there was nothing to judge by.
    """

    source: Card
    lang: str
    state: str
    translation: Card | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class TranslationReport:
    """Every source card in every language, sorted by source ID and language; counts by language and state."""

    rows: tuple[TranslationStatus, ...]
    languages: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]


def list_translations(
    library: Library,
    *,
    langs: Iterable[str] = (),
    sources: Iterable[str] = (),
    history: History | None = None,
) -> TranslationReport:
    """The state of every translation. `langs` default to all that occur, `sources` (IDs) to all cards.

    Only active cards have translations to ask for, and what kb.toml calls background only when named. `history` judges translations without a
    digest: outdated when the source's text changed after the translation's file last did.
    """
    by_source: dict[str, dict[str, Card]] = {}
    for card in library.cards:
        source = library.find_id(card.translation_of) if card.translation_of else None
        if source is not None and source.id != card.id:
            by_source.setdefault(source.id, {})[card.lang] = card
    languages = tuple(sorted(set(langs) or {lang for group in by_source.values() for lang in group}))
    wanted = frozenset(sources)
    is_behind = match_globs(library.config.background)
    chosen = [
        card
        for card in library.cards
        if card.status == "active"
        and not card.translation_of
        and (card.id in wanted if wanted else card.id in by_source or not is_behind(card.path))
    ]
    rows = tuple(
        _judge_translation(library, history, source, lang, by_source.get(source.id, {}).get(lang))
        for source in sorted(chosen, key=lambda card: card.id)
        for lang in languages
        if lang != source.lang
    )
    counted = Counter((row.lang, row.state) for row in rows)
    counts = {lang: {state: counted[lang, state] for state in TRANSLATION_STATES} for lang in languages}
    return TranslationReport(rows, languages, counts)


def _judge_translation(
    library: Library, history: History | None, source: Card, lang: str, card: Card | None
) -> TranslationStatus:
    """By its digest, or else by history."""
    if card is None:
        return TranslationStatus(source, lang, "missing")
    basis, digest = "digest", card.translation_digest or None
    if digest is None:
        basis, digest = "history", _find_source_digest(library.config, history, source, card)
    if digest is None:
        return TranslationStatus(source, lang, "unpinned", card)
    return TranslationStatus(
        source, lang, "current" if source.has_digest(digest) else "outdated", card, basis
    )


def _find_source_digest(config: Config, history: History | None, source: Card, card: Card) -> str | None:
    """The digest of the source as it stood when the translation was last changed; None when unknown."""
    versions = history.versions if history is not None and history.available else {}
    own = versions.get(card.path, ())
    # Where the source is younger than its translation it was moved, or history is cut off.
    version = find_version_at(versions.get(source.path, ()), own[0].commit.seconds) if own else None
    data = read_blobs(config.root, [version.blob]).get(version.blob) if version is not None else None
    return read_card(data, source.path, config).digest if data is not None else None


def find_version_at(versions: Iterable[Version], seconds: int) -> Version | None:
    """The newest of the versions (newest first) that is not younger than a moment (Unix time)."""
    return next((version for version in versions if version.commit.seconds <= seconds and version.blob), None)
