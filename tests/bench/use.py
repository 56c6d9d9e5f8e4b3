"""What use costs where it tells nothing: nDCG@10 of retrieval sets with links to random cards, against none.

python -m tests.bench.use SET [SET …]

SET is a folder as `kb eval --set` reads it. Links are spread over a year: to cards drawn alike, and by a law of Zipf,
under which few random cards have most links, which is the worst that can be. Five draws each; printed is the mean
difference, and the worst.
"""

import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import fmean

from kbcli.knowledge.evals.evaluation import average, judge_queries
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, ThrowawayBase, build_base, read_retrieval_set
from kbcli.support.links.lines import LinkLine
from kbcli.support.links.use import measure_use, weigh_use

DAY = date(2026, 11, 21)
LINKS, DRAWS = 10_000, 5


def main() -> int:
    """Measure and print."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    print("| set | no links | alike | worst | Zipf | worst |\n|---|---:|---:|---:|---:|---:|")
    for name in sys.argv[1:]:
        found = read_retrieval_set(Path(name))
        with build_base(found) as base:
            without = ask(found, base, {})
            cells = [f"{without:.4f}"]
            for zipf in (False, True):
                costs = [
                    ask(found, base, draw_priors(base, seed, zipf=zipf)) - without for seed in range(DRAWS)
                ]
                cells += [f"{fmean(costs):+.4f}", f"{min(costs):+.4f}"]
        print(f"| {found.name} | {' | '.join(cells)} |", flush=True)
    return 0


def ask(found: RetrievalSet, base: ThrowawayBase, priors: dict[str, float]) -> float:
    """nDCG@10 of all questions with these factors."""
    return average(one.score for one in judge_queries(found, found.queries, base, DAY, priors=priors)).ndcg


def draw_priors(base: ThrowawayBase, seed: int, *, zipf: bool) -> dict[str, float]:
    """The factors of random cards, each link of a ticket of its own."""
    draw = Random(seed)
    cards = sorted(base.names)
    draw.shuffle(cards)
    weights = [1 / place for place in range(1, len(cards) + 1)] if zipf else None
    chosen = draw.choices(cards, weights, k=LINKS)
    lines = [
        LinkLine(str(number), DAY - timedelta(days=draw.randrange(365)), str(number), card)
        for number, card in enumerate(chosen)
    ]
    return weigh_use(measure_use(lines, DAY))


if __name__ == "__main__":
    raise SystemExit(main())
