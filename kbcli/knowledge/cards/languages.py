"""Language tags, and what a script alone tells of a language."""

import re

# Subset of BCP 47 (RFC 5646 §2.1): language, script, region, variants.
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z", re.ASCII)
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
)
_SAMPLE = 600
_SHARE = 0.15


def normalize_tag(text: str) -> str:
    """A language tag in canonical case (`zh-Hans`, `pt-BR`). Raises ValueError for what is none."""
    tag = text.strip().replace("_", "-")
    if not _TAG.match(tag):
        raise ValueError(f"“{text}” is not a language tag")
    first, *rest = tag.split("-")
    cased = (
        part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in rest
    )
    return "-".join((first.lower(), *cased))


def guess_script_language(text: str) -> str:
    """The language that a text's script points to, "" for Latin and for too little evidence.

    Kana wins over Han, so that Japanese is not taken for Chinese.
    """
    sample = text[:_SAMPLE]
    if sample.isascii():
        return ""
    enough = max(2, _SHARE * len(sample))
    for lang, letters in _SCRIPTS:
        found = len(letters.findall(sample))
        if found >= (enough if lang != "ja" else enough / 2):
            return lang
    return ""
