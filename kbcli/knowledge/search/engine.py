"""A query in, the best cards out."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from heapq import nlargest
from math import log
from types import MappingProxyType

from kbcli.config import Config
from kbcli.foundation.text.languages import find_foreign_language, find_likely_languages, language_code
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.foundation.text.words import fold_title
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.port import Backend, Candidate, Question, hold_any
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import WORD_FIELDS
from kbcli.knowledge.search.context import SearchContext, TextReader
from kbcli.knowledge.search.fitting import FITTING, measure_fit
from kbcli.knowledge.search.ordering import JudgedCard, Order, Orderer
from kbcli.knowledge.search.query import Query, free_phrases, parse_query
from kbcli.knowledge.search.query_words import Understood, find_query_words, is_known, is_sentence
from kbcli.knowledge.search.selection import select_documents
from kbcli.knowledge.search.snippets import Snippet, SnippetCutter, Span
from kbcli.knowledge.trust.states import Trust

if TYPE_CHECKING:
    from kbcli.knowledge.search.explanation import Explanation
    from kbcli.knowledge.search.spellings import SpellingUse
    from kbcli.knowledge.search.synonyms import Synonyms


_TOLD_BY = 2000
_MOST_VOTES = 2
"""Characters of a query by which its language is told, and how many of its words ask in which language cards are."""

_PLAINLY = 2.0
"""So many times as many cards must speak for a language as for the default: names and terms of the trade stand in all."""

_LONGEST_TITLE = 300
"""Characters of a query that may be a title."""

_MOST_READ = 4
_OTHER_FORM = 0.01
"""Cards that are read to see whether they have a word as it was typed, and how much those count that do not."""

_SNIPPET_WORDS = 12
"""Of a long text, passages are chosen by the words that tell most."""


class Hit(NamedTuple):
    """One card that answers a query.

    `score` is comparable within one result only. `title_spans` are the query's words in
    `record.title`. `explanation` is there when it was asked for.
    """

    record: CardRecord
    trust: Trust
    score: float
    snippet: Snippet
    title_spans: tuple[Span, ...] = ()
    explanation: "Explanation | None" = None


class SearchResult(NamedTuple):
    """The answer to a query: the best hits, best first.

    `total` is how many cards match, translations of one card counted once; when `total_exact` is
    false it is the most there can be. `corrected` is the query with the `spellings` that were searched for
    beside words which no card has, and without the quotes of `freed` phrases, which no card holds.
    `suggestions` are queries to try where nothing was found, best first. `lang` is the
    language that the query was taken to be in. `fit` is how well the first hit fits, 0 to 1; below FITTING
    nothing does; None for a ticket, and where more than words was asked for. `warnings` are sentences about what
    could not be used (a damaged synonyms.toml), which filters no card passes where nothing was found, and that nothing
    in that language fits. `nearest` is then the card in another language that holds more of it.
    """

    query: Query
    total: int
    hits: tuple[Hit, ...]
    corrected: str | None = None
    spellings: "tuple[SpellingUse, ...]" = ()
    freed: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    lang: str = ""
    warnings: tuple[str, ...] = ()
    total_exact: bool = True
    fit: float | None = None
    nearest: "CardRecord | None" = None

    @property
    def is_weak(self) -> bool:
        """Whether there are hits, of which none fits well."""
        return self.fit is not None and self.fit < FITTING


class _Answer:
    """The words that a query was understood as, and which cards answer it.

    `asked` is what the index was asked; None when no word was left. `freed` are phrases that no card holds,
    which were searched for word by word.
    """

    def __init__(
        self, understood: Understood, asked: Question | None = None, order: Order = ([], 0, True)
    ) -> None:
        self.words, self.uses, self.spellings, self.told = understood
        self.required = [word for word in self.words if word.required]
        self.asked = asked
        self.cards, self.total, self.total_exact = order
        self.freed: tuple[str, ...] = ()


def search_cards(
    config: Config,
    index: Backend,
    query: Query | str,
    *,
    today: date,
    limit: int = 10,
    trust_ranking: bool | None = None,
    exact: bool = False,
    explain: bool = False,
    snippets: bool = True,
    priors: Mapping[str, float] = MappingProxyType({}),
) -> SearchResult:
    """The best `limit` cards for a query; equal to judging every card.

    Cards match that hold a word, every phrase, and pass every filter; archived ones only when
    `state:` or `status:` asks for them. A card and its translations give one hit: the one in the
    query's language when it matches too, else the best. Expired and flagged cards count 3 % less
    unless `trust_ranking` (by default kb.toml's) is off; `priors` are factors by present or
    former ID, and count where no word of the query names one thing (a number, a code, a NAME). Unless `exact`, words that
    no card has are searched by near spellings too, a quotation within a sentence need not be held, and a phrase
    that no card holds gives way to its words. Raises nothing but DamagedIndexError from the index.
    """
    asked = parse_query(query) if isinstance(query, str) else query
    synonyms = _load_synonyms(config)
    if asked.is_empty or limit < 1:
        warnings = synonyms.warnings if synonyms else ()
        return SearchResult(asked, 0, (), lang=config.lang, warnings=warnings)

    def search(query: Query) -> tuple[SearchContext, SearchResult]:
        context = _make_context(config, index, query, today, priors)
        once = _Search(context, synonyms, limit, trust_ranking, exact=exact)
        return context, _search_once(once, query, explain=explain, snippets=snippets)

    context, found = search(asked)
    if exact or not asked.is_plain or (found.hits and not found.is_weak):
        return found
    from kbcli.knowledge.search.keyboards import search_retyped

    return search_retyped(context, found, lambda query: search(query)[1])


def _search_once(search: "_Search", asked: Query, *, explain: bool, snippets: bool) -> SearchResult:
    """The answer to a query as it was typed."""
    answer = search.answer(asked)
    context = search.context
    warnings = search.synonyms.warnings if search.synonyms else ()
    fit = _measure_first(context, asked, answer)
    nearest = None if fit is None else _put_nearest_first(context, answer, fit)
    if nearest is not None:
        told = f"no card in “{context.lang}” fits this well; nearest is {nearest.id} in “{language_code(nearest.lang)}”"
        warnings = (*warnings, told)
        fit = _measure_first(context, asked, answer)
    if not answer.cards:
        warnings = (*warnings, *search.tell_filters(asked))
    corrected, spellings = _describe_corrections(context, asked, answer)
    return SearchResult(
        query=asked,
        total=answer.total,
        hits=_make_hits(context, answer, explain=explain, snippets=snippets),
        corrected=corrected,
        spellings=spellings,
        freed=answer.freed,
        suggestions=() if answer.cards else search.suggest(asked),
        lang=context.lang,
        warnings=warnings,
        total_exact=answer.total_exact,
        fit=fit,
        nearest=nearest,
    )


def _describe_corrections(
    context: SearchContext, asked: Query, answer: _Answer
) -> "tuple[str | None, tuple[SpellingUse, ...]]":
    """The query as it was answered, if that is another than the one asked, and the spellings in it."""
    if not answer.freed and not answer.spellings:
        return None, ()
    from kbcli.knowledge.search.spellings import show_spellings
    from kbcli.knowledge.search.suggestions import format_freed, replace_words

    uses = show_spellings(context, answer.spellings)
    text = format_freed(asked, free_phrases(asked, answer.freed)) if answer.freed else asked.text
    return replace_words(text, {use.typed: use.searched[0] for use in uses}), uses


def _load_synonyms(config: Config) -> "Synonyms | None":
    """The synonyms, or None for a knowledge base without a file of them; only then is the code loaded."""
    if not os.path.lexists(os.path.join(config.root, "synonyms.toml")):
        return None
    from kbcli.knowledge.search.synonyms import load_synonyms

    return load_synonyms(config.root)


def _make_context(
    config: Config, index: Backend, query: Query, today: date, priors: Mapping[str, float]
) -> SearchContext:
    """The languages of the cards, or those that the query asks for, and which of them the query is in."""
    known = dict.fromkeys(language_code(tag) for tag, _ in index.terms("lang"))
    asked = [
        language_code(v)
        for part in query.filters
        if part.name == "lang" and not part.negated
        for v in part.values
    ]
    langs = tuple(lang for lang in known if lang in asked) or tuple(known)
    text = _join_text(query)
    default = language_code(config.lang)
    if langs and default not in langs and any(lang in asked for lang in langs):
        default = langs[0]
    spoken = find_foreign_language(text, langs)
    lang = default if spoken else _find_language(TextReader(config), index, text, langs, default)
    ordered = tuple(dict.fromkeys((lang, *langs))) if lang in langs or not langs else langs
    return SearchContext(config, index, today, ordered, lang, priors, spoken=spoken)


def _join_text(query: Query) -> str:
    """What tells the language of a query."""
    return " ".join((*query.words, *query.phrases, *query.titles, *query.prefixes))[:_TOLD_BY]


def _is_language_told(query: Query, context: SearchContext) -> bool:
    """Whether the words of a query tell themselves in which language it is."""
    return context.spoken != context.lang or len(find_likely_languages(_join_text(query), context.langs)) == 1


def _find_language(texts: TextReader, index: Backend, text: str, langs: Sequence[str], default: str) -> str:
    """The language of a query: where its own words do not tell, that of most cards that hold its rarest ones as typed."""
    likely = find_likely_languages(text, langs)
    if len(likely) < 2:
        return likely[0] if likely else default
    asked = analyse_query(text, likely)
    words = {word: _weigh(index, word) for word in asked if _tells_language(index, word)}
    rarest = nlargest(_MOST_VOTES, words, key=words.__getitem__)
    votes: dict[str, float] = {}
    # The default comes first: mostly it has the majority, and no other is asked for.
    for lang in sorted(likely, key=lambda lang: lang != default):
        votes[lang] = sum(_find_share(texts, index, word, lang) for word in rarest)
        if votes[lang] * 2 >= len(rarest):
            break
    best = max(votes, key=votes.__getitem__)
    rivals = [votes[lang] for lang in votes if lang != best and default in (best, lang)]
    if default not in votes or votes[best] > _PLAINLY * max(rivals, default=0.0):
        return best
    # Where cards do not tell, the ending of a word that none has may.
    strange = " ".join(word.text for word in asked if word.text.isalpha() and not is_known(index, word))
    told = find_likely_languages(strange, likely, 0.1)
    return told[0] if len(told) == 1 else default


def _tells_language(index: Backend, word: QueryWord) -> bool:
    return word.required and not word.is_identifier and is_known(index, word)


def _find_share(texts: TextReader, index: Backend, word: QueryWord, lang: str) -> float:
    """Which part of the cards that hold a word is in a language; next to none where these have it in another form.

    Stems of two languages may be alike: `cliente` and “clients”.
    """
    terms = hold_any(WORD_FIELDS, [term for term, _ in word.terms])
    held, held_so = ((terms,),), ((terms, (("lang", lang),)),)
    count = index.candidates(Question(all_of=(held,)), 0).total
    found = index.candidates(Question(all_of=(held_so,)), _MOST_READ)
    as_typed = _has_as_typed(texts, found.items, word)
    if not as_typed and found.total > _MOST_READ:
        # Those that are about it write it in most forms.
        best = index.candidates(Question((word,), lang, (held_so,)), _MOST_READ)
        as_typed = _has_as_typed(texts, best.items, word)
    return found.total / count * (1.0 if as_typed else _OTHER_FORM)


def _has_as_typed(texts: TextReader, found: Sequence[Candidate], word: QueryWord) -> bool:
    """Whether any of some cards has a word in the form in which it was typed."""
    typed = word.text.casefold()
    return any(
        typed in f"{texts.read_header(item.record)}\n{texts.read_body(item.record)}".casefold()
        for item in found
    )


class _Search:
    """One search, which may have to answer several queries: the one asked, and looser ones."""

    def __init__(
        self,
        context: SearchContext,
        synonyms: "Synonyms | None",
        limit: int,
        trust_ranking: bool | None,
        *,
        exact: bool,
    ) -> None:
        self.context = context
        self.synonyms = synonyms
        self._limit = limit
        self._trust_ranking = context.config.trust_ranking if trust_ranking is None else trust_ranking
        self._exact = exact

    def answer(self, asked: Query) -> _Answer:
        """The answer to a query, in the language that its words turn out to be in."""
        answer = self.run(asked)
        if answer.told not in self.context.langs or _is_language_told(asked, self.context):
            return answer
        self.context = self.context.speak(answer.told)
        again = self.run(asked)
        # Customers' words may have brought in what was a spelling before.
        held = {term for word in again.words for term, _ in word.terms}
        again.spellings = again.spellings or tuple(
            one for one in answer.spellings if held.issuperset(one.terms)
        )
        return again

    def run(self, asked: Query) -> _Answer:
        """The answer to a query; where nothing holds its phrases, to that without those which nothing holds."""
        answer = self._answer(asked)
        if answer.cards or not asked.phrases or self._exact:
            return answer
        alone = asked._replace(words=(), prefixes=())
        missing = [phrase for phrase in asked.phrases if not self._count(alone._replace(phrases=(phrase,)))]
        for freed in filter(None, (tuple(missing), asked.phrases)):
            answer = self._answer(free_phrases(asked, freed))
            answer.freed = freed
            if answer.cards:
                break
        return answer

    def suggest(self, query: Query) -> tuple[str, ...]:
        """Queries to try when nothing was found; the code for it is loaded only then."""
        if query.is_ticket:
            return ()
        from kbcli.knowledge.search.suggestions import suggest_queries

        return suggest_queries(self.context, query, self._count)

    def tell_filters(self, query: Query) -> tuple[str, ...]:
        """Which filters of a query that found nothing no card passes, in a sentence each."""
        if not query.filters:
            return ()
        from kbcli.knowledge.search.suggestions import tell_filters

        return tell_filters(query, self._count)

    def _count(self, query: Query) -> int:
        return self._answer(query, count_only=True).total

    def _answer(self, query: Query, *, count_only: bool = False) -> _Answer:
        """The cards for a query as it stands."""
        understood = find_query_words(self.context, query, self.synonyms, exact=self._exact)
        if not understood.words and query.has_words:
            return _Answer(understood)
        quotes = not self._exact and bool(query.phrases) and is_sentence(self.context, query)
        selection = select_documents(self.context, query, quotes=quotes)
        title = fold_title(" ".join((*query.words, *query.phrases))[:_LONGEST_TITLE])
        meant = (fold_title(use.other) for use in understood.uses if fold_title(use.wording) == title)
        orderer = Orderer(
            self.context,
            understood.words,
            selection,
            trust_ranking=self._trust_ranking and not count_only,
            titles=() if query.is_ticket else (title, *meant),
        )
        understood = understood._replace(words=orderer.words)
        return _Answer(understood, orderer.question, orderer.find_best(1 if count_only else self._limit))


def _measure_first(context: SearchContext, query: Query, answer: _Answer) -> float | None:
    """How well the first card fits; None when there is none, and for what is more than words."""
    if not query._replace(filters=()).is_plain or answer.asked is None or not answer.cards:
        return None
    return _measure_card(context, answer, answer.cards[0])


def _measure_card(context: SearchContext, answer: _Answer, card: JudgedCard) -> float:
    # A translation is shown for another that was found, with the score of that.
    score = card.score if card.shown_for else card.candidate.score
    return measure_fit(context.index, answer.words, score)


def _put_nearest_first(context: SearchContext, answer: _Answer, fit: float) -> CardRecord | None:
    """The card in another language that holds more of the query, where none in its own fits; else None.

    It then comes first. `fit` is that of the first card.
    """
    is_own = language_code(answer.cards[0].record.lang) == context.lang
    if context.lang not in context.langs or len(context.langs) < 2 or (is_own and fit >= FITTING):
        return None
    from kbcli.knowledge.search.nearest import find_nearest

    assert answer.asked is not None
    weights = {word: _weigh(context.index, word) for word in answer.required}
    best = find_nearest(context, answer.cards, answer.asked, weights, partial(_measure_card, context, answer))
    if best is None:
        return None
    answer.cards = [best, *(card for card in answer.cards if card is not best)]
    return best.record


def _make_hits(context: SearchContext, answer: _Answer, *, explain: bool, snippets: bool) -> tuple[Hit, ...]:
    cards = answer.cards
    if not snippets and not explain:
        return tuple(Hit(card.record, card.trust, card.score, Snippet("")) for card in cards)
    # Function words are no reason to show a passage, unless there is nothing else.
    words = list(dict.fromkeys(answer.required or answer.words))
    weights = {word: _weigh(context.index, word) for word in words}
    telling = nlargest(_SNIPPET_WORDS, words, key=lambda word: weights[word])
    cutter = SnippetCutter([word for word in words if word in telling], weights)
    hits = [_make_hit(context, card, cutter) for card in cards]
    if explain:
        from kbcli.knowledge.search.explanation import explain_card

        hits = [
            hit._replace(explanation=explain_card(card, answer.asked, answer.required, answer.uses))
            for hit, card in zip(hits, cards, strict=True)
        ]
    return tuple(hits)


def _weigh(index: Backend, word: QueryWord) -> float:
    """How much a word tells: the rarer, the more."""
    counts = [index.document_frequency("body", term) for term, _ in word.terms[:20]]
    return log(1 + index.doc_count / (1 + max(counts, default=0))) * word.weight


def _make_hit(context: SearchContext, card: JudgedCard, cutter: SnippetCutter) -> Hit:
    record = card.record
    return Hit(
        record,
        card.trust,
        card.score,
        cutter.cut(context.texts.read_body(record), record),
        cutter.mark(record.title, record.lang),
    )
