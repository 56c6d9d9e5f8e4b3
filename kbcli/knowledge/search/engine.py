"""A query in, the best cards out."""

import os
from datetime import date
from heapq import nlargest
from math import log
from typing import TYPE_CHECKING, NamedTuple

from kbcli.config import Config
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord, guess_language
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.search.gathering import Gathered, gather_words, is_known
from kbcli.knowledge.search.ordering import Candidate, Order, Orderer
from kbcli.knowledge.search.query import Query, parse_query
from kbcli.knowledge.search.results import Hit, SearchResult, Snippet
from kbcli.knowledge.search.scoring import find_held
from kbcli.knowledge.search.selection import Scene, select_documents
from kbcli.knowledge.search.snippets import SnippetCutter, make_cutter
from kbcli.knowledge.search.texts import TextReader

if TYPE_CHECKING:
    from kbcli.knowledge.index.reader import IndexReader
    from kbcli.knowledge.search.explanation import Explanation
    from kbcli.knowledge.search.synonyms import Synonyms


_SNIPPET_WORDS = 12
"""Of a long text, passages are chosen by the words that tell most."""


class _Answer(NamedTuple):
    gathered: Gathered
    order: Order


class _Wish(NamedTuple):
    limit: int
    trust_ranking: bool


def search_cards(
    config: Config,
    reader: "IndexReader",
    query: Query | str,
    *,
    today: date,
    limit: int = 10,
    trust_ranking: bool | None = None,
    correct: bool = True,
    explain: bool = False,
    snippets: bool = True,
) -> SearchResult:
    """The best `limit` cards for a query; equal to judging every card.

    Cards match that hold a word, every phrase, and pass every filter; archived ones only when
    `state:` or `status:` asks for them. A card and its translations give one hit: the one in the
    query's language when it matches too, else the best. Expired and flagged cards count 3 % less
    unless `trust_ranking` (by default kb.toml's) is off. When no card holds any of
    the words, or a phrase, and `correct` is on, the likeliest spelling, or the words without the quotes, are
    searched for. Without `snippets` and `explain` the hits have none. Raises nothing for any query; DamagedIndexError from the reader
    is let through.
    """
    asked = parse_query(query) if isinstance(query, str) else query
    synonyms = _load_synonyms(config)
    warnings = synonyms.warnings if synonyms is not None else ()
    if asked.is_empty or limit < 1:
        return SearchResult(asked, 0, (), lang=config.lang, warnings=warnings)
    scene = _set_scene(config, reader, asked, today)
    wish = _Wish(limit, config.trust_ranking if trust_ranking is None else trust_ranking)
    answer = _answer(scene, asked, synonyms, wish)
    suggestions = _suggest(scene, asked, answer, synonyms)
    corrected = None
    if correct and _is_hollow(scene, answer):
        for text, sure in suggestions:
            if sure and corrected is None:
                corrected, answer = _correct(scene, asked, text, answer, synonyms, wish)
    return SearchResult(
        query=asked,
        total=answer.order.total,
        hits=_make_hits(scene, answer, explain=explain, snippets=snippets),
        corrected=corrected,
        suggestions=tuple(text for text, _ in suggestions if text != corrected),
        lang=scene.lang,
        warnings=warnings,
        total_exact=answer.order.total_exact,
    )


def _load_synonyms(config: Config) -> "Synonyms | None":
    """The synonyms, or None for a knowledge base without a file of them; only then is the code loaded."""
    if not os.path.lexists(os.path.join(config.root, "synonyms.toml")):
        return None
    from kbcli.knowledge.search.synonyms import load_synonyms

    return load_synonyms(config.root)


def _set_scene(config: Config, reader: "IndexReader", query: Query, today: date) -> Scene:
    """The languages of the cards, or those that the query asks for, and which of them the query is in."""
    known = dict.fromkeys(language_code(tag) for tag, _ in reader.terms("lang"))
    asked = [
        language_code(v)
        for part in query.filters
        if part.name == "lang" and not part.negated
        for v in part.values
    ]
    langs = tuple(lang for lang in known if lang in asked) or tuple(known)
    text = " ".join((*query.words, *query.phrases, *query.titles, *query.prefixes))
    default = language_code(config.lang)
    if langs and default not in langs and any(lang in asked for lang in langs):
        default = langs[0]
    lang = guess_language(text[:2000], langs, default)
    ordered = tuple(dict.fromkeys((lang, *langs))) if lang in langs or not langs else langs
    return Scene(config, reader, TextReader(config), today, ordered, lang)


def _answer(scene: Scene, query: Query, synonyms: "Synonyms | None", wish: _Wish) -> _Answer:
    gathered = gather_words(scene, query, synonyms)
    if not gathered.words and query.has_words:
        return _Answer(gathered, Order([], 0, total_exact=True))
    selection = select_documents(scene, query)
    orderer = Orderer(scene, gathered.words, selection, trust_ranking=wish.trust_ranking)
    return _Answer(gathered, orderer.find_best(wish.limit))


def _suggest(
    scene: Scene, query: Query, answer: _Answer, synonyms: "Synonyms | None"
) -> list[tuple[str, bool]]:
    """Queries to try when a word is unknown or nothing was found; the code for it is loaded only then."""
    if query.is_ticket:
        return []
    unknown = [
        word for word in answer.gathered.words
        if not word.text.endswith("*") and not is_known(scene.reader, word)
    ]  # fmt: skip
    if answer.order.candidates and not any(word.required for word in unknown):
        return []
    from kbcli.knowledge.search.suggestions import choose_correctable, suggest_queries

    unknown = choose_correctable(unknown)
    if answer.order.candidates and not unknown:
        return []

    def count(looser: Query) -> int:
        return _answer(scene, looser, synonyms, _Wish(1, trust_ranking=False)).order.total

    return [(item.text, item.sure) for item in suggest_queries(
        scene, query, unknown, found=len(answer.order.candidates), counts=count
    )]  # fmt: skip


def _correct(
    scene: Scene, asked: Query, text: str, answer: _Answer, synonyms: "Synonyms | None", wish: _Wish
) -> tuple[str | None, _Answer]:
    """The answer to a corrected query, if it has hits; else the one there is."""
    read = parse_query(text)
    # What flags asked for is not in the text.
    typed = parse_query(asked.text).filters
    flags = tuple(part for part in asked.filters if part not in typed)
    better = _answer(scene, read._replace(filters=read.filters + flags), synonyms, wish)
    return (text, better) if better.order.candidates else (None, answer)


def _is_hollow(scene: Scene, answer: _Answer) -> bool:
    """Whether nothing was found, or only by function words and pieces of words."""
    words = [word for word in answer.gathered.words if word.required]
    return not answer.order.candidates or not any(is_known(scene.reader, word) for word in words)


def _make_hits(scene: Scene, answer: _Answer, *, explain: bool, snippets: bool) -> tuple[Hit, ...]:
    if not snippets and not explain:
        return tuple(Hit(f.record, f.trust, f.score, Snippet("")) for f in answer.order.candidates)
    # Function words are no reason to show a passage, unless there is nothing else.
    words = (
        list(dict.fromkeys(word for word in answer.gathered.words if word.required)) or answer.gathered.words
    )
    weights = {word: _weigh(scene.reader, word) for word in words}
    telling = nlargest(_SNIPPET_WORDS, words, key=lambda word: weights[word])
    cutter = make_cutter([word for word in words if word in telling], weights)
    return tuple(
        _make_hit(scene, answer, found, cutter, explain=explain) for found in answer.order.candidates
    )


def _weigh(reader: "IndexReader", word: QueryWord) -> float:
    """How much a word tells: the rarer, the more."""
    counts = [reader.document_frequency("body", term) for term, _ in word.terms[:20]]
    return log(1 + reader.doc_count / (1 + max(counts, default=0))) * word.weight


def _make_hit(
    scene: Scene, answer: _Answer, found: Candidate, cutter: SnippetCutter, *, explain: bool
) -> Hit:
    record = found.record
    snippet = cutter.cut(scene.texts.read_body(record), record)
    hit = Hit(record, found.trust, found.score, snippet, cutter.mark(record.title, record.lang))
    return hit._replace(explanation=_explain_hit(scene, answer, found)) if explain else hit


def _explain_hit(scene: Scene, answer: _Answer, found: Candidate) -> "Explanation":
    from kbcli.knowledge.search.explanation import Explanation
    from kbcli.knowledge.search.ranking import explain as explain_score

    words = answer.gathered.words
    contributions = explain_score(scene.reader, words, found.number, query_lang=scene.lang)
    missing = [word.text for word in words if word.required and not _holds(scene.reader, word, found.number)]
    return Explanation(
        score=found.score,
        contributions=tuple(contributions),
        factors=found.factors,
        missing=tuple(dict.fromkeys(missing)),
        synonyms=answer.gathered.uses,
        shown_for=found.shown_for,
    )


def _holds(reader: "IndexReader", word: QueryWord, number: int) -> bool:
    lists = tuple(reader.postings(field, term)[0] for term, _ in word.terms for field in WORD_FIELDS)
    return bool(find_held({number}, lists))
