"""Promises of clusters: they are what is alike, they hold still, and their words find them again."""

import math
import random
from itertools import pairwise

from kbcli.support.tickets.clusters import Cluster, cover_by_stars, find_clusters, find_neighbours
from kbcli.support.tickets.terms import TicketText, make_test, read_terms

THEMES = {
    "en": (
        "reset password link expired login",
        "invoice missing vat billing address",
        "export calendar event broken timezone",
        "printer page cut landscape margin",
    ),
    "de": (
        "Passwort Zurücksetzen Anmeldung Konto Sperre",
        "Rechnung Anschrift Mehrwertsteuer Betrag Frist",
        "Drucker Seite Rand Papier Format",
        "Kalender Termin Einladung Zeitzone Serie",
    ),
}
NOISE = [a + b + c for a in "bdfgkl" for b in "aeiou" for c in ("rin", "lop", "zat", "mek")]


def make_tickets(seed: int = 1, each: int = 25) -> list[TicketText]:
    """Tickets of each theme, in words of it and of no theme, and some of none."""
    dice = random.Random(seed)
    made = []
    for lang, themes in THEMES.items():
        for theme in themes:
            for _ in range(each):
                words = [*dice.sample(theme.split(), 4), *dice.sample(NOISE, 1)]
                dice.shuffle(words)
                made.append(TicketText(" ".join(words[:3]), " ".join(words[3:]), lang))
        made += [TicketText(dice.choice(NOISE), " ".join(dice.sample(NOISE, 3)), lang) for _ in range(each)]
    dice.shuffle(made)
    return made


def compare(one: dict[TicketText, int], other: dict[TicketText, int]) -> float:
    """The adjusted Rand index over what both have."""

    def pairs(keys: list[object]) -> int:
        return sum(math.comb(keys.count(key), 2) for key in set(keys))

    both = [text for text in one if text in other]
    together = pairs([(one[text], other[text]) for text in both])
    ones, others = pairs([one[text] for text in both]), pairs([other[text] for text in both])
    chance = ones * others / math.comb(len(both), 2)
    return (together - chance) / ((ones + others) / 2 - chance)


def number(texts: list[TicketText], clusters: list[Cluster]) -> dict[TicketText, int]:
    """The number of the cluster of each ticket that is in one."""
    return {texts[member]: place for place, cluster in enumerate(clusters) for member in cluster.members}


def test_each_theme_is_found_in_its_language_and_its_words_find_it_again() -> None:
    """What is asked again and again is one cluster of its language, labelled by words that find most of it and little else."""
    texts = make_tickets()
    clusters = find_clusters(texts)
    assert [cluster.lang for cluster in clusters[:8]].count("de") == 4
    for cluster in clusters[:8]:
        theme = max(
            (theme for theme in THEMES[cluster.lang]),
            key=lambda theme: len(set(theme.casefold().split()) & set(cluster.words)),
        )
        assert set(cluster.words) <= set(theme.casefold().split())
        test = make_test(cluster.words, cluster.lang)
        found = {at for at, text in enumerate(texts) if text.lang == cluster.lang and test(read_terms(text))}
        members = set(cluster.members)
        assert len(found & members) / len(found | members) > 0.6
        assert cluster.subjects[0] in {texts[member].subject for member in cluster.members}
    sizes = [len(cluster.members) for cluster in clusters]
    assert sizes == sorted(sizes, reverse=True)


def test_clusters_hold_still_when_a_few_tickets_are_gone() -> None:
    """With one ticket in twenty taken out, those that stay are grouped as before (adjusted Rand index of .85)."""
    texts = make_tickets(each=40)
    before = number(texts, find_clusters(texts))
    for seed in range(3):
        dice = random.Random(seed)
        fewer = [text for text in texts if dice.random() > 0.05]
        assert compare(before, number(fewer, find_clusters(fewer))) >= 0.85


def test_no_word_of_fewer_than_five_customers_nor_a_name_is_a_word_of_a_cluster() -> None:
    """One customer's eight tickets are no cluster, and their words none of it; a name that five greet is no word."""
    own = [TicketText("Zwirbelmann sync", "the Zwirbelmann calendar sync fails again", "en")] * 8
    noise = [TicketText(word, f"{word} {other}", "en") for word, other in pairwise(NOISE)]
    assert find_clusters([*own, *noise], least=5, customers=[0] * 8 + list(range(1, len(NOISE)))) == []
    others = [TicketText("calendar sync", "calendar sync fails again", "en")] * 5
    customers = [0] * 8 + list(range(1, 6 + len(NOISE)))
    (found,) = find_clusters([*own, *others, *noise], least=5, customers=customers)
    assert set(found.words) <= {"calendar", "sync", "fails", "again"}
    assert found.words
    greeted = [
        TicketText("calendar sync", "hi sabine, calendar sync broke, regards M. Quast of Zappel GmbH", "en")
    ] * 6
    (found,) = find_clusters([*greeted, *noise], least=5)
    assert {"calendar", "sync"} & set(found.words)
    assert not {"sabine", "quast", "zappel"} & set(found.words)


def test_what_one_company_alone_writes_is_no_word_of_a_cluster() -> None:
    """Five customers of one company may all write what only that one calls its own; where all are of one, nothing tells."""
    own = [TicketText("Zwirbelmann sync", "the Zwirbelmann calendar sync fails again", "en")] * 6
    others = [TicketText("calendar sync", "calendar sync fails again", "en")] * 6
    noise = [TicketText(word, f"{word} {other}", "en") for word, other in pairwise(NOISE)]
    texts = [*own, *others, *noise]
    companies = ["Zwirbelmann"] * 6 + ["Acme"] * (len(texts) - 6)
    (found,) = find_clusters(texts, least=5, companies=companies)
    assert set(found.words) <= {"calendar", "sync", "fails", "again"}
    (alone,) = find_clusters([*own, *noise], least=5, companies=["Zwirbelmann"] * len(texts))
    assert "zwirbelmann" in alone.words


def test_neighbours_are_exact() -> None:
    """The shortcut finds just the pairs that comparing all with all finds, with the same cosine."""
    dice = random.Random(3)
    vectors = []
    for _ in range(80):
        weights = {rank: dice.random() for rank in sorted(dice.sample(range(30), dice.randint(0, 8)))}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        vectors.append({rank: weight / length for rank, weight in weights.items()})
    found = find_neighbours(vectors, 0.35)
    for one, vector in enumerate(vectors):
        for other in range(len(vectors)):
            cosine = sum(weight * vectors[other].get(rank, 0.0) for rank, weight in vector.items())
            if one != other and abs(cosine - 0.35) > 1e-9:
                assert (other in found[one]) == (cosine >= 0.35)
                assert math.isclose(found[one].get(other, cosine), cosine)


def test_stars_share_nothing_and_the_greatest_comes_first() -> None:
    """A ticket is in one star; what is left of a smaller one counts, not what it was."""
    neighbours = [{1: 0.9, 2: 0.9, 3: 0.9}, {0: 0.9, 4: 0.5}, {0: 0.9}, {0: 0.9, 4: 0.5}, {1: 0.5, 3: 0.5}]
    assert cover_by_stars(neighbours, [1] * 5, 1) == [[0, 1, 2, 3], [4]]
    assert cover_by_stars(neighbours, [1] * 5, 2) == [[0, 1, 2, 3]]


def test_one_word_is_enough_alone_and_two_are_needed_of_several() -> None:
    """A ticket is about a row with one of one word, with two of several, or with every word of a phrase."""
    terms = read_terms(TicketText("Error 429", "The new API keys of our app fail", "en"))
    assert make_test(["key"], "en")(terms)
    assert make_test(["429", "keys", "zebra"], "en")(terms)
    assert not make_test(["429", "zebra", "lion"], "en")(terms)
    assert make_test(["api key"], "en")(terms)
    assert not make_test(["api limit"], "en")(terms)
    assert not make_test(["the", "of"], "en")(terms)
    assert not make_test([], "en")(terms)
