"""Recognising translations by their folders: language tags as names, the same file names in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kbcli.knowledge.cards.languages import is_language_code

_GENERIC = frozenset(("index", "_index", "readme", "overview", "search", "about"))
_SHARE = 0.2
_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class TranslationFolders:
    """Language folders: `pattern` and `source` as kb.toml wants them; `languages` with their numbers of cards.

    `translations` is how many cards have the source's file name.
    """

    pattern: str
    source: str
    languages: Mapping[str, int]
    translations: int


def find_translation_folders(ids: Sequence[str]) -> TranslationFolders | None:
    """The language folders among card IDs, None when there are none.

    Of several places (`docs/en/…`, `blog/en/…`) the one with the most translations, as kb.toml
    has one pattern. The source is the language whose names the
    others share most; English where it comes near to that, as most documentation is written in it.
    """
    places: dict[str, dict[str, set[str]]] = {}
    for ident in ids:
        parts = ident.split("/")
        for depth, part in enumerate(parts[:-1]):
            if is_language_code(part):
                place = "".join(f"{folder}/" for folder in parts[:depth])
                places.setdefault(place, {}).setdefault(part, set()).add("/".join(parts[depth + 1 :]))
    found = [
        judged for place, languages in sorted(places.items()) if (judged := _judge_place(place, languages))
    ]
    return max(found, key=lambda folders: folders.translations, default=None)


def _judge_place(place: str, languages: Mapping[str, set[str]]) -> TranslationFolders | None:
    """The folders of one place that are translations of one of them."""

    def count_shared(source: str) -> int:
        return sum(len(names & languages[source]) for lang, names in languages.items() if lang != source)

    shares = {lang: count_shared(lang) for lang in sorted(languages)}
    near = [lang for lang, shared in shares.items() if shared >= _NEAR * max(shares.values())]
    source = max(near, key=lambda lang: (lang.lower().startswith("en"), shares[lang], len(languages[lang])))
    names = languages[source]
    partners = {
        lang: others
        for lang, others in languages.items()
        if lang != source and _is_translation(others, names)
    }
    if not partners:
        return None
    counts = {source: len(names)} | {lang: len(partners[lang]) for lang in sorted(partners)}
    shared = sum(len(others & names) for others in partners.values())
    return TranslationFolders(f"{place}{{lang}}/{{path}}", source, counts, shared)


def _is_translation(names: set[str], source: set[str]) -> bool:
    """Two telling names in common, or one where the folders hold little else."""
    shared = names & source
    telling = sum(name.rsplit("/", 1)[-1].lower() not in _GENERIC for name in shared)
    return len(shared) >= _SHARE * len(names) and (
        telling >= 2 or (telling == 1 and len(shared) * 2 >= len(names))
    )
