"""Which language a short text is in: by script, function words, letters and endings."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from kbcli.foundation.text.functionwords import function_words
from kbcli.foundation.text.languages import SCRIPT_OF, language_code

_SCRIPT_LETTERS = (
    ("kana", "[\u3040-\u30ff\uff66-\uff9f]"),
    ("hangul", "[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"),
    ("han", "[\u3400-\u9fff\uf900-\ufaff]"),
    ("devanagari", "[\u0900-\u097f]"),
    ("cyrillic", "[\u0400-\u052f]"),
    ("arabic", "[\u0600-\u06ff]"),
    ("greek", "[\u0370-\u03ff]"),
    ("unspaced", "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"),
    ("other", "[\u0530-\u05ff\u0980-\u0dff\u10a0-\u10ff\u1200-\u137f]"),
    ("latin", "[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
)
_LETTERS = {
    "de": "äöüß", "fr": "àâçéèêëîïôùûœ", "it": "àèéìòù", "es": "áéíñóúü¿¡", "pt": "ãõáâçéêíóôú", "nl": "ëï",
    "sv": "åäö", "da": "æøå", "nb": "æøå", "no": "æøå", "fi": "äö", "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž",
    "tr": "çğıöşü", "ro": "ăâîșț", "hu": "áéíóöőúüű", "vi": "ăâđêôơư",
}  # fmt: skip
_ENDINGS = {
    "en": r"(?:ing|tion|ness|ed|ly|ght|ck|ies|wn|ey|th)",
    "de": r"(?:ung|ungen|heit|keit|lich|isch|en|ern|eln|cht|tzt|ier|ieren|schaft)",
    "it": r"(?:zione|zioni|are|ere|ire|ato|ata|ità|ando|endo|etto|ello|i|o)",
    "fr": r"(?:eux|tion|ement|ées?|er|oir|aux|elle|ique)",
    "es": r"(?:ción|ciones|ar|dad|ado|ada|ando|iendo|os|as)",
    "pt": r"(?:ção|ções|ar|dade|ado|ada|ando|ões|os|as)",
    "nl": r"(?:en|ing|lijk|heid|tje|ijk|aan|oor)",
}
_WORD = re.compile(r"[^\W\d_]+")
_PRESENT = 0.2
"""The share of letters of a script that makes a text one of it, when others are more (`VPN パスワード`)."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def find_script(text: str) -> str:
    """The script that most tells the language of a text, "" without letters. Latin counts least."""
    if text.isascii():
        return "latin" if _WORD.search(text) else ""
    counts = {name: len(_compiled(letters).findall(text)) for name, letters in _SCRIPT_LETTERS}
    total = sum(counts.values())
    for name, count in counts.items():
        if count and (count >= _PRESENT * total or name == "latin"):
            return name
    return max(counts, key=lambda name: counts[name]) if total else ""


def guess_language(text: str, langs: Sequence[str], default: str) -> str:
    """Which of the languages a text is in; the default when nothing tells.

    `langs` are BCP 47 tags; the answer is one of them, or `default`. Between languages of one
    script function words tell most, then letters, then endings of words; a tie goes to the
    default when it is written in that script, else to the first.
    """
    script = find_script(text)
    fitting = [lang for lang in langs if _is_written_in(language_code(lang), script)]
    if script == "han" and any(language_code(lang) == "zh" for lang in fitting):
        fitting = [lang for lang in fitting if language_code(lang) == "zh"]
    if not fitting:
        return default
    if len(fitting) > 1:
        folded = text.casefold()
        words = Counter(_WORD.findall(folded))
        worth = {lang: _weigh(language_code(lang), folded, words) for lang in fitting}
        best = max(worth.values())
        fitting = [lang for lang in fitting if worth[lang] == best]
    return default if default in fitting else fitting[0]


def _is_written_in(code: str, script: str) -> bool:
    if script == "kana":
        return code == "ja"
    return SCRIPT_OF.get(code, "latin") == script


def _weigh(code: str, text: str, words: Mapping[str, int]) -> float:
    known = function_words(code)
    worth = float(sum(count for word, count in words.items() if word in known))
    if letters := _LETTERS.get(code):
        worth += 0.7 * sum(map(text.count, letters))
    if endings := _ENDINGS.get(code):
        ends = _compiled(endings + r"\Z").search
        worth += 0.3 * sum(count for word, count in words.items() if len(word) > 4 and ends(word))
    return worth
