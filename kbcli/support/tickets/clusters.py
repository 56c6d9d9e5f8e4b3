"""What many tickets are about: a star cover of those that are alike, language by language.

A ticket is the vector of its terms (tf-idf, of length 1); those whose cosine is at least 0.35 are alike. The
ticket with most like it is the centre of the first star, then the one with most of the rest, and so on (Aslam, Pelekhov,
Rus 2004, "The star clustering algorithm"). Stars with much the same words become one, and each ticket goes to the
cluster whose mean it is most like. Of the ways tried, this one changes least when a few tickets come or go.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import reduce
from heapq import heapify, heappop, heappush, nlargest
from itertools import combinations
from operator import and_

from kbcli.foundation.redaction import find_personal_data
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord, find_matches
from kbcli.foundation.typed import NamedTuple
from kbcli.support.tickets.redaction import looks_like_name
from kbcli.support.tickets.terms import MOST_CHARACTERS, NEEDED, TicketText, read_terms, read_word

LEAST = 3
_ALIKE, _SAME, _MEMBER = 0.35, 0.4, 0.25
_MOST_TERMS, _MOST_OF_MEAN = 25, 60
# A term of more tickets than this share tells them apart no more.
_COMMON = 0.5
_CANDIDATES, _MOST_WORDS, _SUBJECTS = 8, 4, 3
_SHARE = 0.15
_MOSTLY = 0.7
_MOST_READ = 40

Vector = Mapping[int, float]
Progress = Callable[[int, int], None]


class Cluster(NamedTuple):
    """Tickets about one thing, as places in what was given, the most typical first.

    `words` are what they have in common and others have not, as customers write it: two of them (the one, where there is
    but one) tell these tickets from others best, how well says `fit`, the harmonic mean of precision and recall.
    `subjects` are those of the three most typical.
    """

    lang: str
    members: tuple[int, ...]
    words: tuple[str, ...]
    fit: float
    subjects: tuple[str, ...]


def find_clusters(
    texts: Sequence[TicketText],
    progress: Progress | None = None,
    *,
    least: int = LEAST,
    customers: Sequence[Hashable] | None = None,
    companies: Sequence[Hashable] | None = None,
) -> list[Cluster]:
    """The clusters of at least `least` customers, largest first; as many of them use each of its words, in that form.

    `customers` says of each text whose it is: each has its own where it is not given. Where `companies` says that they
    are of several, what customers of one alone write is no word of a cluster: it may be what that one calls its own.
    Nor is personal data, or what looks like a name.

    2,000 tickets take a second, 10,000 less than twenty.
    """
    askers = range(len(texts)) if customers is None else customers
    firms = askers if companies is None else companies
    by_lang = defaultdict[str, list[int]](list)
    for place, text in enumerate(texts):
        by_lang[language_code(text.lang)].append(place)
    found: list[Cluster] = []
    for lang, places in by_lang.items():
        group = [texts[place] for place in places]
        terms = [read_terms(text) for text in group]
        vectors = make_vectors(terms)
        clusters = group_vectors(vectors, progress)
        label = _Labels(lang, group, terms, [(askers[place], firms[place]) for place in places])
        for members in clusters:
            if label.count_customers(members) >= least:
                fit, words = label.find_words(members, least)
                own = tuple(places[member] for member in members)
                found.append(Cluster(lang, own, words, fit, label.list_subjects(members)))
    return sorted(found, key=lambda cluster: (-len(cluster.members), cluster.lang, cluster.words))


def make_vectors(terms: Sequence[Mapping[str, int]]) -> list[Vector]:
    """Each ticket's best terms, weighed by tf-idf, with length 1: keys are ranks of terms, the rarest is 0."""
    frequencies = Counter(term for found in terms for term in found)
    most = max(_COMMON * len(terms), LEAST)
    useful = sorted(term for term, count in frequencies.items() if 1 < count <= most and not term.isdecimal())
    ranks = {term: rank for rank, term in enumerate(sorted(useful, key=lambda term: frequencies[term]))}
    rarities = {term: math.log(len(terms) / frequencies[term]) for term in ranks}
    vectors: list[Vector] = []
    for found in terms:
        weights = {
            ranks[term]: (1 + math.log(n)) * rarities[term] for term, n in found.items() if term in ranks
        }
        vectors.append(_cut(weights, _MOST_TERMS))
    return vectors


def _cut(weights: Vector, most: int) -> Vector:
    """The heaviest of a vector, rarest first, with length 1."""
    best = nlargest(most, weights.items(), key=lambda item: (item[1], -item[0]))
    length = math.sqrt(sum(weight * weight for _, weight in best)) or 1.0
    return {rank: weight / length for rank, weight in sorted(best)}


def group_vectors(vectors: Sequence[Vector], progress: Progress | None = None) -> list[list[int]]:
    """The clusters among vectors, as their places, the most typical first."""
    stars = cover_by_stars(find_neighbours(vectors, _ALIKE, progress), [1] * len(vectors), LEAST)
    means = [_find_mean(vectors, star) for star in stars]
    joined = cover_by_stars(find_neighbours(means, _SAME), [len(star) for star in stars], 1)
    means = [_find_mean(vectors, [place for one in group for place in stars[one]]) for group in joined]
    return [members for members in _assign(vectors, means) if len(members) >= LEAST]


def find_neighbours(
    vectors: Sequence[Vector], least: float, progress: Progress | None = None
) -> list[dict[int, float]]:
    """For each vector those whose cosine with it is at least `least`, and that cosine.

    Exact. Of each vector the commonest terms are not looked up, as long as they alone cannot reach `least`: they are
    added for the few candidates (Bayardo, Ma, Srikant 2007, "Scaling up all pairs similarity search").
    """
    postings = defaultdict[int, list[tuple[int, float]]](list)
    found: list[dict[int, float]] = [{} for _ in vectors]
    tails: list[tuple[float, list[tuple[int, float]]]] = []
    for place, vector in enumerate(vectors):
        scores: dict[int, float] = {}
        left = 1.0
        for rank, weight in vector.items():
            known = postings.get(rank, ())
            if left < least * least:
                known = [item for item in known if item[0] in scores]
            for other, theirs in known:
                scores[other] = scores.get(other, 0.0) + weight * theirs
            left -= weight * weight
        for other, score in scores.items():
            length, tail = tails[other]
            if score + length >= least:
                score += sum(weight * vector.get(rank, 0.0) for rank, weight in tail)  # noqa: PLW2901
                if score >= least:
                    found[place][other] = found[other][place] = score
        head, tail, length = _split_tail(vector, least)
        tails.append((length, tail))
        for rank, weight in head:
            postings[rank].append((place, weight))
        if progress is not None:
            progress(place + 1, len(vectors))
    return found


def _split_tail(
    vector: Vector, least: float
) -> tuple[list[tuple[int, float]], list[tuple[int, float]], float]:
    """A vector in two, the commonest terms behind as long as they are shorter than `least`, and that length."""
    items = list(vector.items())
    cut, square = len(items), 0.0
    while cut and square + items[cut - 1][1] ** 2 < least * least:
        cut -= 1
        square += items[cut][1] ** 2
    return items[:cut], items[cut:], math.sqrt(square)


def cover_by_stars(
    neighbours: Sequence[Mapping[int, float]], sizes: Sequence[int], least: int
) -> list[list[int]]:
    """Stars that share nothing, of at least `least` in size, the centre first: the greatest, then that of the rest."""

    def weigh(centre: int) -> tuple[int, float, int]:
        near = [place for place in neighbours[centre] if is_free[place]]
        size = sizes[centre] + sum(sizes[place] for place in near)
        return -size, -round(sum(neighbours[centre][place] for place in near), 6), centre

    is_free = [True] * len(neighbours)
    heap = [weigh(place) for place in range(len(neighbours))]
    heapify(heap)
    stars = []
    while heap and -heap[0][0] >= least:
        known = heappop(heap)
        centre = known[2]
        if not is_free[centre]:
            continue
        if (now := weigh(centre)) != known:
            heappush(heap, now)
            continue
        star = [centre, *(place for place in neighbours[centre] if is_free[place])]
        stars.append(star)
        for place in star:
            is_free[place] = False
    return stars


def _find_mean(vectors: Sequence[Vector], places: Iterable[int]) -> Vector:
    total = defaultdict[int, float](float)
    for place in places:
        for rank, weight in vectors[place].items():
            total[rank] += weight
    return _cut(total, _MOST_OF_MEAN)


def _assign(vectors: Sequence[Vector], means: Sequence[Vector]) -> list[list[int]]:
    """For each mean the places of the vectors that are most like it, nearest first; what is like none is left out."""
    postings = defaultdict[int, list[tuple[int, float]]](list)
    for number, mean in enumerate(means):
        for rank, weight in mean.items():
            postings[rank].append((number, weight))
    found: list[list[tuple[float, int]]] = [[] for _ in means]
    for place, vector in enumerate(vectors):
        scores = defaultdict[int, float](float)
        for rank, weight in vector.items():
            for number, theirs in postings.get(rank, ()):
                scores[number] += weight * theirs
        best, number = max(((score, -number) for number, score in scores.items()), default=(0.0, 0))
        if best >= _MEMBER:
            found[-number].append((-best, place))
    return [[place for _, place in sorted(members)] for members in found]


class _Labels:
    """What is said of clusters of one language."""

    def __init__(
        self,
        lang: str,
        texts: Sequence[TicketText],
        terms: Sequence[Mapping[str, int]],
        customers: Sequence[tuple[Hashable, Hashable]],
    ) -> None:
        self._lang = lang
        self._texts = texts
        self._terms = terms
        self._customers = customers
        self._firms = min(2, len({firm for _, firm in customers}))
        # For each term the tickets that have it, a bit each.
        self._holders = defaultdict[str, int](int)
        for place, found in enumerate(terms):
            for term in found:
                self._holders[term] |= 1 << place

    def count_customers(self, members: Iterable[int]) -> int:
        """How many customers these tickets are of."""
        return len({self._customers[member][0] for member in members})

    def list_subjects(self, members: Sequence[int]) -> tuple[str, ...]:
        """The subjects of the most typical, each once."""
        subjects = dict.fromkeys(" ".join(self._texts[member].subject.split()) for member in members)
        return tuple(list(filter(None, subjects))[:_SUBJECTS])

    def find_words(self, members: Sequence[int], least: int) -> tuple[float, tuple[str, ...]]:
        """Up to four words that tell the members from all others best, those with the highest c-TF-IDF first; and how well."""
        counts = Counter(term for member in members for term in self._terms[member] if not term.isdecimal())
        weights = {
            term: count * math.log(1 + len(self._texts) / self._holders[term].bit_count())
            for term, count in counts.items()
            if count >= max(2, _SHARE * len(members)) and self._holders[term].bit_count() >= least
        }
        shared = (term for term in weights if self._is_shared(term, members, least))
        words = self._find_surfaces(
            members, nlargest(_CANDIDATES, shared, key=lambda term: (weights[term], term)), least
        )
        bits = sum(1 << member for member in members)
        choices = (some for size in range(1, _MOST_WORDS + 1) for some in combinations(words, size))
        judged = ((self._judge(bits, [words[word] for word in some]), some) for some in choices)
        return max(judged, key=lambda one: (one[0], len(one[1])), default=(0.0, ()))

    def _is_shared(self, term: str, members: Sequence[int], least: int) -> bool:
        """Whether as many customers as are needed use a term in these tickets."""
        return self._are_several(
            {self._customers[member] for member in members if term in self._terms[member]}, least
        )

    def _are_several(self, customers: Iterable[tuple[Hashable, Hashable]], least: int) -> bool:
        """Whether these are as many customers as are needed, not of one company alone."""
        people, firms = ({pair[kind] for pair in customers} for kind in (0, 1))
        return len(people) >= least and len(firms) >= self._firms

    def _judge(self, members: int, holders: Sequence[int]) -> float:
        """How well the rule of `is_about` finds the members: the harmonic mean of precision and recall."""
        hits = holders[0] if len(holders) < NEEDED else 0
        for some in combinations(holders, NEEDED):
            hits |= some[0] & some[1]
        return 2 * (hits & members).bit_count() / (hits.bit_count() + members.bit_count())

    def _find_surfaces(self, members: Sequence[int], terms: Sequence[str], least: int) -> dict[str, int]:
        """The form of each term that most customers use, `least` of them at least, and the tickets that a test for it finds."""
        words = [QueryWord(term, ((term, 1.0),)) for term in terms]
        users = [defaultdict[str, set[tuple[Hashable, Hashable]]](set) for _ in words]
        read = members[:_MOST_READ]
        for member in read:
            text = self._texts[member]
            for part in (text.subject, text.question[:MOST_CHARACTERS]):
                for start, end, number in find_matches(part, words, self._lang):
                    users[number][part[start:end].casefold()].add(self._customers[member])
        forms = (min(used, key=lambda form: (-len(used[form]), form), default="") for used in users)
        telling = [f"{self._texts[member].subject}\n{self._texts[member].question}" for member in read]
        found = {
            form: self._find_holders(form)
            for form, used in zip(forms, users, strict=True)
            if self._are_several(used.get(form, ()), least)
            and not find_personal_data(form)
            and not looks_like_name(form, telling)
        }
        return {form: held for form, held in found.items() if not _is_piece(form, found)}

    def _find_holders(self, word: str) -> int:
        holders = [self._holders.get(term, 0) for term in read_word(word, self._lang)]
        return reduce(and_, holders) if holders else 0


def _is_piece(form: str, holders: Mapping[str, int]) -> bool:
    """Whether a form is hardly ever there without a longer one that it is a piece of: the `2esr` of `128.4.2esr`."""
    count = holders[form].bit_count()
    return any(
        form in other and form != other and held.bit_count() >= _MOSTLY * count
        for other, held in holders.items()
    )
