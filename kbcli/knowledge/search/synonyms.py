"""`synonyms.toml`: what customers and colleagues call the same thing.

Each line says that its words mean the same, in both directions and in any language:

    "mail merge" = "custom letter builder"
    "2fa" = ["two-factor authentication", "Zwei-Faktor-Anmeldung"]
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from stat import S_ISREG

from kbcli.foundation.disk.files import remember_table
from kbcli.foundation.text.languages import fold_roughly
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.search.context import keep_required
from kbcli.knowledge.search.explanation import SynonymUse

SYNONYMS_NAME = "synonyms.toml"
SYNONYM_WEIGHT = 0.6
"""How much a synonym counts beside the word that was typed."""

_LARGEST = 2_000_000
_MOST_USES = 40


class Synonyms(NamedTuple):
    """Groups of wordings that mean the same, and sentences about what of the file could not be used."""

    groups: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()


def load_synonyms(root: Path) -> Synonyms:
    """The synonyms of a knowledge base. Never fails: a damaged file is a warning, and has none."""
    path = os.path.join(root, SYNONYMS_NAME)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return Synonyms()
    if not S_ISREG(status.st_mode):
        return Synonyms(warnings=(f"{SYNONYMS_NAME} is not a regular file and was not used",))
    return _read_synonyms(path, status.st_size)


def _read_synonyms(path: str, size: int) -> Synonyms:
    if size > _LARGEST:
        return Synonyms(warnings=(f"{SYNONYMS_NAME} is larger than 2 MB and was not used",))
    if os.path.realpath(path) != os.path.join(os.path.realpath(os.path.dirname(path)), SYNONYMS_NAME):
        return Synonyms(warnings=(f"{SYNONYMS_NAME} is a link and was not used",))
    try:
        with open(path, "rb") as stream:
            text = stream.read(_LARGEST).decode("utf-8-sig")
        data = remember_table(Path(path), _read_table)(text)
    except (OSError, ValueError) as error:
        return Synonyms(warnings=(f"{SYNONYMS_NAME} was not used: {error}",))
    groups, warnings = [], []
    for name, value in data.items():
        others = [value] if isinstance(value, str) else value
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            warnings.append(f"{SYNONYMS_NAME}: “{name}” must be a text or a list of texts")
            continue
        group = tuple(dict.fromkeys(text for text in (name, *others) if text.strip()))
        if len(group) > 1:
            groups.append(group)
    return Synonyms(tuple(groups), tuple(warnings))


def _read_table(text: str) -> dict[str, object]:
    from kbcli.foundation.toml import load_toml

    return load_toml(text)


def widen_words(
    words: Sequence[QueryWord], text: str, synonyms: Synonyms, analyse: Callable[[str], list[QueryWord]]
) -> tuple[list[QueryWord], tuple[SynonymUse, ...]]:
    """The words of a query with the synonyms of its wordings among their alternatives, and which those were.

    `text` is what was typed, a sieve; `analyse` gives the words of a text. Of a wording of several words the other's words are dealt
    out over them in order, so that a card that has all words of the other has all of the query's.
    """
    folded = fold_roughly(text)
    places = [place for place, word in enumerate(words) if word.required]
    widened = list(words)
    uses: list[SynonymUse] = []
    for group in synonyms.groups:
        for wording in group:
            if len(uses) >= _MOST_USES or fold_roughly(wording.strip())[:2] not in folded:
                continue
            runs = _find_runs(words, places, keep_required(analyse(wording)))
            others = [other for other in group if other is not wording] if runs else []
            analysed = [(other, terms) for other in others if (terms := keep_required(analyse(other)))]
            for run in runs:
                for other, terms in analysed:
                    deal_out(widened, run, terms)
                    uses.append(SynonymUse(wording, other))
    return widened, tuple(dict.fromkeys(uses))


def _find_runs(
    words: Sequence[QueryWord], places: Sequence[int], own: Sequence[QueryWord]
) -> list[list[int]]:
    """Where a wording stands in the query: the places of its words, one list for each time."""
    wanted = [{term for term, _ in word.terms} for word in own]
    if not wanted:
        return []
    runs = []
    for first in range(len(places) - len(wanted) + 1):
        run = places[first : first + len(wanted)]
        if all(
            not terms.isdisjoint(term for term, _ in words[place].terms)
            for place, terms in zip(run, wanted, strict=True)
        ):
            runs.append(list(run))
    return runs


def deal_out(widened: list[QueryWord], run: Sequence[int], others: Sequence[QueryWord]) -> None:
    """Put the terms of other words, in order, among the alternatives of the words at some places."""
    for slot in range(max(len(run), len(others))):
        place, other = run[min(slot, len(run) - 1)], others[min(slot, len(others) - 1)]
        known = dict(widened[place].terms)
        for term, weight in other.terms:
            known.setdefault(term, weight * SYNONYM_WEIGHT)
        widened[place] = widened[place]._replace(terms=tuple(known.items()))
