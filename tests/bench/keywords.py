"""Keyword queries, as people type them in haste, made from the questions of retrieval sets, and how well it is answered.

python -m tests.bench.keywords SET [SET …] [--half odd] [--only keywords,typo] [--write FOLDER]

SET is a folder as `kb eval --set` reads it. Printed is a Markdown table with top 1, top 3 and nDCG@10 of each kind;
constants are chosen on the even half. `--write` writes each kind as a set of its own, for `kb eval --set`; IDs stay,
so that its halves are the same questions.

A word's idf is that over documents and questions of the set, lower case. In a script without spaces words are what
stands between function words, and tell as their pairs of characters do on average. The same set gives the same words.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import log
from pathlib import Path
from random import Random
from statistics import fmean
from zlib import crc32

import regex

from kbcli.foundation.text.languages import find_script, function_words, language_code
from kbcli.knowledge.evals import HALVES
from kbcli.knowledge.evals.evaluation import average, run_set
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText, choose_half, read_retrieval_set

DAY = date(2026, 11, 21)
FEWEST, MOST = 2, 4
SHORTEST_MISSPELT = 4
"""Letters of a word in which a typo is made."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:[-'’._/][\p{L}\p{M}\p{N}]+)*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー々]{2,}")
_LETTERS = regex.compile(r"\X")
_IDENTIFIER = regex.compile(
    r"(?<![\w./-])(?:"
    r"(?:/[\w.{}-]+){2,}"  # /api/v2
    r"|[A-Z][a-z]*(?:-[A-Z][A-Za-z]*){2,}"  # X-Request-Id
    r"|v?\d+(?:\.\d+){1,3}"  # 2.4.1
    r"|[A-Za-z]+[_-]?\d[\w-]*|\d+[A-Za-z_][\w-]*"  # TLS1, utf8, 3D
    r"|\d{2,}|[A-Z][A-Z_]+"  # 429, HTTP, E_TIMEOUT
    r")(?![\w/]|[.-]\w)"
)

Maker = Callable[["WordChooser", SetText], str]


class WordChooser:
    """Knows how telling the words of one set are."""

    def __init__(self, found: RetrievalSet) -> None:
        self._found = found
        self._documents = {item.id: f"{item.title}\n{item.text}" for item in found.documents}
        texts = [*self._documents.values(), *(item.text for item in found.queries)]
        self._held = Counter(
            part
            for text in texts
            for part in {part for word in split_words(text) for part in list_parts(word)}
        )
        self._count = len(texts)
        self.alphabet = sorted(
            {sign for item in found.queries for sign in item.text.lower() if sign.isalpha()}
        )

    def idf(self, word: str) -> float:
        """How telling a word is."""
        held = [self._held[part] for part in list_parts(word)]
        return fmean(log(1 + (self._count - count + 0.5) / (count + 0.5)) for count in held)

    def choose(self, query: SetText, count: int) -> list[str]:
        """The most telling words of a question, each once, in the order of the question."""
        words: dict[str, str] = {}
        for word in split_words(query.text, query.lang):
            words.setdefault(word.lower(), word)
        best = sorted(words.values(), key=lambda word: -self.idf(word))[:count]
        return [word for word in words.values() if word in best]

    def find_identifier(self, query: SetText) -> str:
        """The most telling identifier of the question, else of its best answer; "" when neither has one."""
        grades = self._found.grades[query.id]
        answer = max(grades, key=lambda name: grades[name])
        for text in (query.text, self._documents.get(answer, "")):
            if found := list(dict.fromkeys(_IDENTIFIER.findall(text))):
                return max(found, key=self.idf)
        return ""


def split_words(text: str, lang: str = "") -> Iterator[str]:
    """The words of a text, in order; where there are no spaces, what stands between the language's function words."""
    between = sorted(function_words(language_code(lang)), key=len, reverse=True)
    for word in _WORD.findall(text):
        if between and _UNSPACED.search(word):
            yield from filter(None, regex.split("|".join(between), word))
        else:
            yield word


def list_parts(word: str) -> list[str]:
    """What a word is counted by: itself in lower case, or the pairs of its characters."""
    word = word.lower()
    return list(map("".join, pairwise(word))) if _UNSPACED.search(word) else [word]


def make_keywords(chooser: WordChooser, query: SetText) -> str:
    """Two to four words of a question."""
    count = Random(crc32(query.id.encode())).randint(FEWEST, MOST)
    return " ".join(chooser.choose(query, count))


def make_lower_case(chooser: WordChooser, query: SetText) -> str:
    """The same in lower case."""
    return make_keywords(chooser, query).lower()


def make_misspelt(chooser: WordChooser, query: SetText) -> str:
    """The same in lower case with a typo."""
    return misspell(make_keywords(chooser, query).lower(), query.id, chooser.alphabet)


def make_misspelt_sentence(chooser: WordChooser, query: SetText) -> str:
    """The whole question with a typo."""
    return misspell(query.text, query.id, chooser.alphabet)


def make_with_identifier(chooser: WordChooser, query: SetText) -> str:
    """An identifier and the two most telling other words, in an order that depends on the question's ID."""
    identifier = chooser.find_identifier(query)
    if not identifier:
        return ""
    others = [word for word in chooser.choose(query, 3) if word != identifier][:2]
    words = [identifier, *others] if crc32(query.id.encode()) & 2 else [*others, identifier]
    return " ".join(words).lower()


KINDS: dict[str, Maker] = {
    "sentence": lambda _, query: query.text,
    "sentence-typo": make_misspelt_sentence,
    "keywords": make_keywords,
    "lower": make_lower_case,
    "typo": make_misspelt,
    "identifier": make_with_identifier,
}


def misspell(text: str, seed: str, alphabet: Sequence[str]) -> str:
    """A text with one typo in its longest word: two letters change places, one is left out, doubled, or another.

    "" when no word in an alphabet is long enough. The first letter stays.
    """
    words = [match.span() for match in regex.finditer(r"[\p{L}\p{M}]+", text)]
    words = [span for span in words if not _UNSPACED.search(text[slice(*span)])]
    words = [span for span in words if find_script(text[slice(*span)]) != "hangul"]
    start, end = max(words, key=lambda span: span[1] - span[0], default=(0, 0))
    letters = _LETTERS.findall(text[start:end])
    if len(letters) < SHORTEST_MISSPELT:
        return ""
    chance = Random(crc32(seed.encode()))
    place = chance.randrange(1, len(letters) - 1)
    script = find_script(text[start:end])
    others = [sign for sign in alphabet if find_script(sign) == script and sign != letters[place]]
    edits = [
        [letters[place + 1], letters[place]],
        [letters[place + 1]],
        [letters[place], letters[place], letters[place + 1]],
        [chance.choice(others or letters), letters[place + 1]],
    ]
    edits = [edit for edit in edits if edit != letters[place : place + 2]]
    changed = [*letters[:place], *chance.choice(edits), *letters[place + 2 :]]
    return text[:start] + "".join(changed) + text[end:]


def make_set(found: RetrievalSet, kind: str) -> RetrievalSet:
    """The set with what people type instead of its questions; without those of which nothing can be made."""
    chooser = WordChooser(found)
    typed = (query._replace(text=KINDS[kind](chooser, query)) for query in found.queries)
    queries = tuple(query for query in typed if query.text.strip())
    return replace(found, name=f"{found.name}.{kind}", queries=queries)


def write_set(source: Path, found: RetrievalSet, folder: Path) -> None:
    """Write a set made from that in `source` as a folder of its own."""
    place = folder / found.name
    place.mkdir(parents=True, exist_ok=True)
    for name in ("docs.jsonl", "qrels.tsv", "meta.json"):
        if (source / name).exists():
            (place / name).write_bytes((source / name).read_bytes())
    lines = (
        json.dumps({"id": item.id, "text": item.text, "lang": item.lang}, ensure_ascii=False) + "\n"
        for item in found.queries
    )
    (place / "queries.jsonl").write_text("".join(lines), encoding="utf-8")


def main() -> int:
    """Write the sets, or measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.keywords")
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--half", choices=HALVES, default="")
    parser.add_argument("--only", default=",".join(KINDS))
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    kinds = [kind for kind in chosen.only.split(",") if kind in KINDS]
    if chosen.write is None:
        print("| set | typed | questions | top 1 | top 3 | nDCG@10 |")
        print("|---|---|---:|---:|---:|---:|")
    for source in chosen.sets:
        found = read_retrieval_set(source)
        for kind in kinds:
            made = make_set(found, kind)
            if chosen.write is not None:
                write_set(source, made, chosen.write)
            elif queries := choose_half(made.queries, chosen.half):
                means = average(item.score for item in run_set(made, queries, DAY, long=False))
                figures = f"{means.top1:.3f} | {means.top3:.3f} | {means.ndcg:.3f}"
                print(f"| {found.name} | {kind} | {means.queries} | {figures} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
