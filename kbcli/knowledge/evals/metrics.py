"""How good a ranking is, judged against known relevant documents.

All take the ranked document names, best first, and the grades of the relevant ones
(name → grade, 1 or more; anything else counts 0), as trec_eval does.
"""

from collections.abc import Mapping, Sequence
from math import log2


def ndcg_at(ranked: Sequence[str], grades: Mapping[str, float], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k, 0 to 1.

    The gain is the grade and the discount log2(rank + 1), as in trec_eval's ndcg_cut
    (Järvelin and Kekäläinen 2002). 0 when nothing is relevant.
    """
    gained = sum(grades.get(name, 0) / log2(rank + 2) for rank, name in enumerate(ranked[:k]))
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    ideal = sum(grade / log2(rank + 2) for rank, grade in enumerate(best))
    return gained / ideal if ideal else 0.0


def mrr_at(ranked: Sequence[str], grades: Mapping[str, float], k: int = 10) -> float:
    """One divided by the rank of the first relevant document among the first k, else 0."""
    return next((1 / (rank + 1) for rank, name in enumerate(ranked[:k]) if grades.get(name, 0) > 0), 0.0)


def recall_at(ranked: Sequence[str], grades: Mapping[str, float], k: int = 10) -> float:
    """Which part of the relevant documents is among the first k, 0 to 1; 0 when none is relevant."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0
