"""The card in another language that is nearest to a question, where none in its own fits."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from kbcli.foundation.disk.paths import fold_name
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.port import Backend, Question, one_of
from kbcli.knowledge.index.schema import WORD_FIELDS
from kbcli.knowledge.search.context import SearchContext, hold_words
from kbcli.knowledge.search.fitting import FITTING
from kbcli.knowledge.search.ordering import JudgedCard


def find_nearest(
    context: SearchContext,
    cards: Sequence[JudgedCard],
    asked: Question,
    weights: Mapping[QueryWord, float],
    measure: Callable[[JudgedCard], float],
) -> JudgedCard | None:
    """The card that holds more of the query's words, by their weights, than all in its language; None where one of these fits.

    `cards` were found by `asked`, best first; `measure` says how well one fits.
    """
    own = [card for card in cards if language_code(card.record.lang) == context.lang]
    if cards[0] not in own and any(measure(card) >= FITTING for card in own[:1]):
        return None
    held = _weigh_held(context.index, cards, weights)
    if any(word.grams for word in weights):
        # Words glued together are held by their pieces, which only a look at each card tells.
        held = {card.candidate.number: _weigh_found(card, asked, weights) for card in cards}
    most = max((held[card.candidate.number] for card in own), default=0.0)
    best = max(cards, key=lambda card: held[card.candidate.number])
    return best if held[best.candidate.number] > most else None


def _weigh_held(
    index: Backend, cards: Sequence[JudgedCard], weights: Mapping[QueryWord, float]
) -> Mapping[int, float]:
    """By the number of a card, the weights of the words that it holds whole, together."""
    held: defaultdict[int, float] = defaultdict(float)
    these = one_of(*(("id", fold_name(card.record.id)) for card in cards))
    for word, weight in weights.items():
        question = Question(all_of=(these, hold_words([word], WORD_FIELDS)))
        for found in index.candidates(question, index.doc_count).items:
            held[found.number] += weight
    return held


def _weigh_found(card: JudgedCard, asked: Question, weights: Mapping[QueryWord, float]) -> float:
    """The weights of the words together by which a card was found."""
    found = {word for word, _, _ in card.candidate.explain(asked)}
    return sum(weight for word, weight in weights.items() if word in found)
