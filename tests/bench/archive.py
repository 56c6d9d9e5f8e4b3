"""Earlier tickets for a ticket: `kb tickets search` against other tools, on pairs that an archive tells by itself.

python -m tests.bench.archive --kb FOLDER --since 2024-01-01 [--count 300] [--cards | --linked]

The archive that FOLDER has is cut at a day: what was opened before is searched in, in a throwaway archive, and what was
opened since and marked as solved is asked. Two tickets are relevant to each other when our messages in both link the same
article, whatever its language, or the same text was marked as their solution; what more than `MOST` earlier tickets
share tells nothing and is left out. bm25s is left out where it is not installed. Nothing is fetched.

With `--cards` the articles are searched in: each that our messages in two earlier tickets link is a card, with the words of
its address as the title and what was written beside the link in five of these messages as the text, as the articles' own
texts are in no export. A ticket asks for those that our messages in it link.

With `--linked` right are the earlier tickets themselves that our messages in a ticket link, solved or not.
"""

import argparse
import importlib
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random
from statistics import fmean
from tempfile import TemporaryDirectory
from urllib.parse import unquote

from kbcli.knowledge.evals.evaluation import mrr_at, ndcg_at
from kbcli.operations.base import Base
from kbcli.operations.search import search_cards
from kbcli.operations.tickets import open_tickets
from kbcli.operations.tickets.search import search_tickets
from kbcli.support.tickets.archive import Archive, ArchivedTicket
from kbcli.support.tickets.importing import update_index
from kbcli.support.tickets.recording import Record, begin_recording
from kbcli.support.tickets.ticket import US
from tests.bench.lexical import DEPTH, Ranker, make_trigrams, make_words

MOST = 50
_BESIDE, _MOST_TEXTS = 800, 5
"""Characters of a message that linked an article, and messages, that are the text of its card."""

_ADDRESS = re.compile(r"https?://\S+")
_PLACE = re.compile(r"^https?://[^/]+(?:/[a-z]{2,3}(?:-[A-Za-z]{2,4})?(?=/))?|[?#].*$")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.archive")
    parser.add_argument("--kb", default=None)
    parser.add_argument("--since", type=date.fromisoformat, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--cards", action="store_true")
    parser.add_argument("--linked", action="store_true")
    chosen = parser.parse_args()
    kb = Base(chosen.kb)
    with TemporaryDirectory(prefix="kb-bench-") as folder, open_tickets(kb) as archive:
        find_pairs = find_linked if chosen.linked else make_pairs
        earlier, asked, grades = find_pairs(archive.list_tickets(), chosen.since)
        cards = write_cards(earlier, Path(folder, "cards")) if chosen.cards else {}
        if cards:
            grades = {
                name: {one: 1.0 for one in list_signs(ticket) if one in cards}
                for name, ticket in asked.items()
            }
            grades = {name: graded for name, graded in grades.items() if graded}
        names = sorted(grades)
        Random(1).shuffle(names)
        names = names[: chosen.count]
        right = fmean(len(grades[name]) for name in names)
        print(
            f"{len(cards)} cards, {len(earlier)} earlier tickets; of {len(grades)} later ones {len(names)} are asked, {right:.1f} right\n"
        )
        if cards:
            rankers = make_rankers(make_card_ranker(Path(folder, "cards"), cards), cards)
        else:
            copy_archive(archive, Path(folder), chosen.since)
            os.environ["KB_TICKETS"] = folder
            texts = {name: join_texts(ticket) for name, ticket in earlier.items()}
            rankers = make_rankers(make_ticket_ranker(kb), texts)
        print("| asked with | measure |", " | ".join(rankers), "|\n|---|---|" + "---:|" * len(rankers))
        for form, texts in (
            (
                "subject and question",
                {name: f"{asked[name].subject}\n\n{asked[name].question}" for name in names},
            ),
            ("subject alone", {name: asked[name].subject for name in names}),
        ):
            found = {of: {name: rank(texts[name]) for name in names} for of, rank in rankers.items()}
            for measure, score in (("MRR@10", mrr_at), ("nDCG@10", ndcg_at)):
                cells = [
                    fmean(score(ranked[name], grades[name]) for name in names) for ranked in found.values()
                ]
                print(f"| {form} | {measure} |", " | ".join(f"{cell:.3f}" for cell in cells), "|", flush=True)
    return 0


def make_pairs(
    tickets: Iterable[ArchivedTicket], since: date
) -> tuple[dict[str, ArchivedTicket], dict[str, ArchivedTicket], dict[str, dict[str, float]]]:
    """The tickets opened before a day, those solved that were opened since, and the grades by those and these."""
    earlier: dict[str, ArchivedTicket] = {}
    asked: dict[str, ArchivedTicket] = {}
    holders: dict[str, list[str]] = defaultdict(list)
    for ticket in tickets:
        if ticket.opened is None or not ticket.name:
            continue
        if ticket.opened < since:
            earlier[ticket.name] = ticket
            for sign in list_signs(ticket):
                holders[sign].append(ticket.name)
        elif ticket.solution is not None:
            asked[ticket.name] = ticket
    telling = {sign: names for sign, names in holders.items() if len(names) <= MOST}
    grades = {
        name: {other: 1.0 for sign in list_signs(ticket) for other in telling.get(sign, ())}
        for name, ticket in asked.items()
    }
    return earlier, asked, {name: graded for name, graded in grades.items() if graded}


def find_linked(
    tickets: Iterable[ArchivedTicket], since: date
) -> tuple[dict[str, ArchivedTicket], dict[str, ArchivedTicket], dict[str, dict[str, float]]]:
    """The same with the earlier tickets that our messages in a later one link."""
    known = [ticket for ticket in tickets if ticket.opened is not None and ticket.name]
    earlier = {ticket.name: ticket for ticket in known if str(ticket.opened) < since.isoformat()}
    asked = {ticket.name: ticket for ticket in known if ticket.name not in earlier}
    places = {_PLACE.sub("", ticket.url): ticket.name for ticket in earlier.values() if ticket.url}
    grades = {
        name: {
            places[place]: 1.0
            for address in _ADDRESS.findall(join_ours(ticket))
            if (place := _PLACE.sub("", address).rstrip(").,;")) in places
        }
        for name, ticket in asked.items()
    }
    return earlier, asked, {name: graded for name, graded in grades.items() if graded}


def join_ours(ticket: ArchivedTicket) -> str:
    """What our messages say."""
    return "\n".join(message.text for message in ticket.messages if message.by == US)


def list_signs(ticket: ArchivedTicket) -> set[str]:
    """What tells which problem a ticket was about: the articles that our messages link, and the text of the solution."""
    said = join_ours(ticket)
    places = {_PLACE.sub("", address) for address in ticket.articles}
    signs = {place for place in places if place.strip("/") and place in said}
    if ticket.solution is not None:
        signs.add(" ".join(ticket.answer.casefold().split()))
    return signs


def join_texts(ticket: ArchivedTicket) -> str:
    """What all of them search in."""
    return "\n".join((ticket.subject, *(message.text for message in ticket.messages)))


def copy_archive(archive: Archive, folder: Path, until: date) -> None:
    """Put what was opened before a day into an archive of its own, and make its index."""
    with begin_recording(folder) as recorder:
        with recorder.transaction():
            for values in archive.list_values():
                if values[1] and values[1] < until.isoformat():
                    recorder.put(Record(tuple(values), ()))
        update_index(recorder, lambda *_: None)


def write_cards(earlier: Mapping[str, ArchivedTicket], folder: Path) -> dict[str, str]:
    """Write a card for each article that two tickets link into a new knowledge base; what is in it, by the sign of the article."""
    beside: dict[str, list[str]] = defaultdict(list)
    for ticket in earlier.values():
        for message in ticket.messages:
            for sign in list_signs(ticket) if message.by == US else ():
                if "/" in sign and sign in message.text:
                    beside[sign].append(_ADDRESS.sub(" ", message.text)[:_BESIDE])
    folder.mkdir()
    (folder / "kb.toml").write_text("", encoding="utf-8")
    cards = {}
    for sign, texts in sorted(beside.items()):
        if len(texts) > 1:
            title = " ".join(re.findall(r"[^\W_]+", unquote(sign).rpartition("/")[2]))
            body = "\n\n".join(dict.fromkeys(texts[:_MOST_TEXTS]))
            number, cards[sign] = len(cards), f"{title}\n\n{body}"
            text = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n{body}\n"
            (folder / f"{number}.md").write_text(text, encoding="utf-8")
    return cards


def make_card_ranker(folder: Path, cards: Mapping[str, str]) -> Ranker:
    """The search of kb for cards, a whole ticket as from a pipe."""
    kb = Base(str(folder))
    signs = list(cards)

    def search(text: str) -> list[str]:
        found = search_cards(kb, text, ticket="\n" in text, limit=DEPTH, tickets=0).result.hits
        return [signs[int(hit.record.id)] for hit in found]

    return search


def make_ticket_ranker(kb: Base) -> Ranker:
    """The search of kb for earlier tickets."""

    def search(text: str) -> list[str]:
        hits = search_tickets(kb, text, ticket="\n" in text, limit=DEPTH).hits
        return [hit.ticket.name for hit in hits]

    return search


def make_rankers(search: Ranker, documents: Mapping[str, str]) -> dict[str, Ranker]:
    """Whatever is to be measured, by name."""
    rankers = {
        "kb": search,
        "FTS5 unicode61": make_words(documents),
        "FTS5 trigram": make_trigrams(documents),
    }
    try:
        rankers["bm25s"] = _make_bm25s(documents)
    except ImportError:
        print("bm25s is not installed, left out\n", file=sys.stderr)
    return rankers


def _make_bm25s(documents: Mapping[str, str]) -> Ranker:
    bm25s = importlib.import_module("bm25s")
    names: Sequence[str] = list(documents)
    index = bm25s.BM25()
    index.index(
        bm25s.tokenize(list(documents.values()), stopwords="en", show_progress=False), show_progress=False
    )

    def rank(text: str) -> list[str]:
        asked = bm25s.tokenize([text], stopwords="en", show_progress=False)
        places, scores = index.retrieve(asked, k=DEPTH, show_progress=False)
        return [names[place] for place, score in zip(places[0], scores[0], strict=True) if score > 0]

    return rank


if __name__ == "__main__":
    sys.exit(main())
