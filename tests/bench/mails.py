"""Sixty mails to the starter knowledge base: kb beside trigrams and stems over the raw text, by kind and language.

python -m tests.bench.mails [--misses]

`mails/LANG.txt` holds them, each below a line `=== KIND CARD`. They were written from the titles of the cards, before
any was searched for and before the code was read that takes tickets apart; people and addresses are invented. The
peers are spared the manual, which kb knows as background.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from kbcli.config import load_config
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.index.building import index_files
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.ticket_text import read_ticket
from tests.bench.lexical import Ranker, make_stems, make_trigrams, measure_place

CONTENT = Path(__file__).parents[2] / "content"
MAILS = Path(__file__).parent / "mails"
DAY = date(2026, 11, 28)


class Mail(NamedTuple):
    """A mail, what makes it hard, and the ID of the card that answers it."""

    lang: str
    kind: str
    card: str
    text: str


def read_mails() -> list[Mail]:
    """All of them, by language."""
    return [
        Mail(path.stem, kind, card, text)
        for path in sorted(MAILS.glob("*.txt"))
        for part in path.read_text(encoding="utf-8").split("=== ")[1:]
        for first, _, text in [part.partition("\n")]
        for kind, card in [first.split()]
    ]


def make_rankers(folder: str) -> dict[str, Ranker]:
    """kb, trigrams and stems over the cards of the starter knowledge base; the folder is for an index."""
    config = load_config(CONTENT)
    cards = load_library(config).cards
    index = index_files(config, [card.path for card in cards], lambda *_: None)
    is_behind = match_globs(config.background)
    texts = {
        card.id: "\n".join((card.title, *card.aliases, *card.tags, card.body))
        for card in cards
        if not is_behind(card.path)
    }

    def rank(text: str) -> list[str]:
        found = search_cards(config, index, read_ticket(text), today=DAY, snippets=False)
        return [hit.record.id for hit in found.hits]

    return {"kb": rank, "trigrams": make_trigrams(texts), "stems": make_stems(texts, folder)}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mails")
    parser.add_argument(
        "--misses", action="store_true", help="Name the mails whose card kb does not have first."
    )
    chosen = parser.parse_args()
    mails = read_mails()
    with TemporaryDirectory(prefix="kb-bench-") as folder:
        rankers = make_rankers(folder)
        found = {name: [rank(mail.text) for mail in mails] for name, rank in rankers.items()}
    places = {
        name: [measure_place(ranked, mail.card) for ranked, mail in zip(lists, mails, strict=True)]
        for name, lists in found.items()
    }
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for number, mail in enumerate(mails):
        for group in ("all", mail.lang, mail.kind):
            groups[group].append(number)
    print(f"| mails | | {' | '.join(f'{name}: MRR / top 1 / top 3' for name in rankers)} |")
    print(f"|---|---:|{'---|' * len(rankers)}")
    for group, numbers in groups.items():
        print(
            write_row(group, {name: [those[number] for number in numbers] for name, those in places.items()})
        )
    if chosen.misses:
        for mail, place, ranked in zip(mails, places["kb"], found["kb"], strict=True):
            if place < 1:
                print(f"{mail.lang} {mail.kind} {mail.card}: {place:.2f} {', '.join(ranked[:3])}")
    return 0


def write_row(group: str, places: Mapping[str, Sequence[float]]) -> str:
    """One row of the table, from the reciprocal ranks."""
    figures = [
        f"{fmean(them):.3f} / {fmean(one == 1 for one in them):.3f} / {fmean(one > 0.3 for one in them):.3f}"
        for them in places.values()
    ]
    return f"| {group} | {len(next(iter(places.values())))} | {' | '.join(figures)} |"


if __name__ == "__main__":
    sys.exit(main())
