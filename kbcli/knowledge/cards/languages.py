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
# ISO 639-1, and the three-letter codes (ISO 639-3) that translated documentation really has.
_ISO_639 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
    "ast ceb ckb cmn fil haw hsb dsb gsw yue"
)
_CODES = frozenset(_ISO_639.split())
_PLAIN_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_](?:[A-Za-z]{2}|\d{3}))?\Z", re.ASCII)
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


def is_language_code(text: str) -> bool:
    """Whether a text is a language tag such as `en`, `zh-cn`, `pt_BR` or `zh-Hans`, of a language that exists."""
    match = _PLAIN_TAG.match(text)
    return match is not None and match[1].lower() in _CODES


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
