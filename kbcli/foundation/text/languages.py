"""Which stemmer and which script belong to a language tag."""

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""ISO 639-1 code → Snowball algorithm."""

_SCRIPTS = {
    "cyrillic": ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"),
    "greek": ("el",),
    "devanagari": ("hi", "mr", "ne", "sa"),
    "arabic": ("ar", "fa", "ps", "ur"),
    "other": ("am", "bn", "gu", "he", "hy", "ka", "kn", "ml", "or", "pa", "si", "ta", "te", "yi"),
    "han": ("ja", "zh"),
    "hangul": ("ko",),
    "unspaced": ("km", "lo", "my", "th"),
}
SCRIPT_OF = {code: script for script, codes in _SCRIPTS.items() for code in codes}
"""ISO 639-1 code → script of its words; every other language is written in Latin letters."""

CUT_IN_FRONT = frozenset(("eo", "ga", "id", "nl", "tr"))
"""Languages whose stemmer may change with what letter a word begins: `gewacht` → wacht."""

FALLBACKS = {"latin": "en", "cyrillic": "ru", "greek": "el", "devanagari": "hi", "arabic": "ar"}
"""The language in which a word is stemmed that stands in a text of another script."""


def language_code(tag: str) -> str:
    """The language of a BCP 47 tag, lower case: `pt-BR` → pt, "" → ""."""
    return tag.replace("_", "-").partition("-")[0].casefold()


def word_language(script: str, lang: str) -> str:
    """In which language to stem a word of a script that stands in a text of a language."""
    code = language_code(lang)
    return code if SCRIPT_OF.get(code, "latin") == script else FALLBACKS.get(script, "")
