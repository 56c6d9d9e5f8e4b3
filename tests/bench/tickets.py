"""Whole tickets as queries: kb's telling words against all words, and against other tools, as one Markdown table.

python -m tests.bench.tickets FOLDER [--count 300] [--few 40]

FOLDER holds Markdown files, the more the better. Of `count` of them the lines are dealt out, by
chance, to two halves. One half is the card, among all the other documents; the other makes the
tickets: up to 400 words of it, the first 100, these 400 as a mail, and 80 in a log of 1,000 to 5,000
words. The card that a ticket was cut from is the one right answer. "All words" leaves nothing out but what is mail
around the question. It is asked a third of the tickets, of logs, with their thousands of words, a tenth; trigrams and stems
search for the raw text. As they take seconds a ticket, and minutes for a log, they are asked only `few` of the tickets,
and no log; with none of them they are not made. Nothing is fetched.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest import mock

from kbcli.knowledge.evals.evaluation import mrr_at, ndcg_at, recall_at
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText, ThrowawayBase, build_base
from kbcli.knowledge.search import query_words
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import Query, make_ticket_query
from kbcli.knowledge.search.ticket_text import extract_question, read_ticket
from tests.bench.corpus import find_documents
from tests.bench.lexical import make_stems, make_trigrams, measure_place

DAY = date(2026, 11, 21)
LEAST_WORDS = 400
MAIL = """Hello support team,

{question}

Many thanks in advance,
Anna Example
Example Ltd, 12 Market Street

On Mon, 2 Nov 2026 at 10:12, Support <support@example.org> wrote:
{quoted}
"""
FORMS = ("400 words", "100 words", "400 words as a mail", "80 words in a log")
LOGS = FORMS[3:]


class Found(NamedTuple):
    """How one ticket was answered: nDCG@10, MRR@10, recall@10, milliseconds of CPU."""

    ndcg: float
    mrr: float
    recall: float
    milliseconds: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tickets")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--few", type=int, default=40)
    chosen = parser.parse_args()
    texts, tickets = make_tickets(find_documents(chosen.folder), chosen.count, Random(1))
    documents = tuple(SetText(str(number), *text, "en") for number, text in enumerate(texts))
    few = Random(2).sample(list(tickets), min(chosen.few, len(tickets)))
    print(f"{len(documents)} cards, {len(tickets)} tickets of each form; MRR of {len(few)} of them\n")
    print(
        "| ticket | kb: nDCG@10 / MRR / recall | all words | difference of nDCG | kb: MRR | trigrams: MRR | stems: MRR | kb ms | all ms |"
    )
    print("|---|---|---|---|---:|---:|---:|---:|---:|", flush=True)
    named = {item.id: f"{item.title}\n{item.text}" for item in documents}
    with (
        TemporaryDirectory(prefix="kb-bench-") as folder,
        build_base(RetrievalSet(chosen.folder.name, "en", documents, (), {})) as base,
    ):
        peers = (make_trigrams(named), make_stems(named, folder)) if few else ()
        for form in FORMS:
            kb = {number: ask(base, read_ticket(found[form]), number) for number, found in tickets.items()}
            with all_words():
                full = {
                    number: ask(base, make_ticket_query(extract_question(found[form])), number)
                    for number, found in [*tickets.items()][:: 10 if form in LOGS else 3]
                }
            places = [fmean(kb[number].mrr for number in few)] if few else []
            places += (
                fmean(measure_place(rank(tickets[number][form]), str(number)) for number in few)
                for rank in (() if form in LOGS else peers)
            )
            print(write_row(form, kb, full, places), flush=True)
    return 0


def make_tickets(
    documents: Sequence[tuple[str, str]], count: int, chance: Random
) -> tuple[list[tuple[str, str]], dict[int, dict[str, str]]]:
    """The (title, text) of each card, some cut in half, and by number of these the tickets by form."""
    texts = list(documents)
    long = [place for place, (_, body) in enumerate(texts) if len(body.split()) >= LEAST_WORDS]
    pool = [line for _, body in chance.sample(texts, min(len(texts), 1000)) for line in body.splitlines()]
    words = " ".join(pool).split()
    tickets = {}
    for place in sorted(chance.sample(long, min(count, len(long)))):
        title, body = texts[place]
        # A first heading would say the title, which the card keeps.
        lines = [line for line in body.splitlines() if line.strip() and not line.startswith("# ")]
        halves: tuple[list[str], list[str]] = ([], [])
        for line in lines:
            halves[chance.random() < 0.5].append(line.lstrip("#>|*- "))
        texts[place] = (title, "\n".join(halves[0]))
        question = take_words(halves[1], 400)
        quoted = "\n".join(f"> {line}" for line in chance.sample(pool, min(len(pool), 6)))
        buried = [*make_log(words, chance.randrange(1000, 5000), chance)]
        buried.insert(chance.choice((0, 0, len(buried) // 2, len(buried))), take_words(halves[1], 80))
        asked = (
            question,
            take_words(halves[1], 100),
            MAIL.format(question=question, quoted=quoted),
            "\n".join(buried),
        )
        tickets[place] = dict(zip(FORMS, asked, strict=True))
    return texts, tickets


def take_words(lines: Sequence[str], most: int) -> str:
    """The first lines, up to so many words, and at least one."""
    taken: list[str] = []
    count = 0
    for line in lines:
        count += len(line.split())
        if taken and count > most:
            break
        taken.append(line)
    return "\n".join(taken)


def make_log(words: Sequence[str], length: int, chance: Random) -> Iterator[str]:
    """Lines of a log of about so many words, in which messages come again."""
    messages = [" ".join(chance.choices(words, k=chance.randrange(4, 13))) for _ in range(40)]
    while length > 0:
        stamp = (
            f"2026-11-03 10:{chance.randrange(60):02}:{chance.randrange(60):02},{chance.randrange(1000):03}"
        )
        again = chance.random() < 0.6
        said = chance.choice(messages) if again else " ".join(chance.choices(words, k=8))
        yield f"{stamp} {chance.choice(('INFO', 'WARN', 'ERROR'))} [worker-{chance.randrange(20)}] {said}"
        length -= 4 + len(said.split())


@contextmanager
def all_words() -> Iterator[None]:
    """Have every word of a ticket ranked by, however many."""
    with (
        mock.patch.object(query_words, "thin_text", lambda text, *_: text),
        mock.patch.object(query_words, "select_telling_words", lambda _, words: list(words)),
    ):
        yield


def ask(base: ThrowawayBase, query: Query, right: int) -> Found:
    """Search, and judge the hits by the one right answer."""
    started = time.process_time()
    result = search_cards(base.config, base.reader, query, today=DAY, snippets=False)
    took = time.process_time() - started
    ranked, grades = [base.names[hit.record.id] for hit in result.hits], {str(right): 1.0}
    return Found(ndcg_at(ranked, grades), mrr_at(ranked, grades), recall_at(ranked, grades), 1000 * took)


def write_row(form: str, kb: Mapping[int, Found], full: Mapping[int, Found], peers: Sequence[float]) -> str:
    """One row of the table; the difference with its 95 % interval, bootstrapped over the tickets that were asked both ways."""
    answers = (kb.values(), full.values())
    means = [" / ".join(f"{fmean(one[part] for one in found):.3f}" for part in range(3)) for found in answers]
    gains = [kb[number].ndcg - other.ndcg for number, other in full.items()]
    chance = Random(1)
    drawn = sorted(fmean(chance.choices(gains, k=len(gains))) for _ in range(1000))
    took = [f"{fmean(one.milliseconds for one in found):.0f}" for found in answers]
    return (
        f"| {form} | {means[0]} | {means[1]} | {fmean(gains):+.3f} ({drawn[25]:+.3f} to {drawn[974]:+.3f}) "
        f"| {' | '.join((*(f'{place:.3f}' for place in peers), '–', '–', '–')[:3])} | {took[0]} | {took[1]} |"
    )


if __name__ == "__main__":
    sys.exit(main())
