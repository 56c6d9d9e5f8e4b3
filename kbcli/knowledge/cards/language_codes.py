"""Which words are language tags, for folders and fields that could mean something else."""

import re

# ISO 639-1, and the three-letter codes (ISO 639-3) that translated documentation really has.
_TEXT = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
    "ast ceb ckb cmn fil haw hsb dsb gsw yue"
)
_CODES = frozenset(_TEXT.split())
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_](?:[A-Za-z]{2}|\d{3}))?\Z", re.ASCII)


def is_language_code(text: str) -> bool:
    """Whether a text is a language tag such as `en`, `zh-cn`, `pt_BR` or `zh-Hans`, of a language that exists."""
    match = _TAG.match(text)
    return match is not None and match[1].lower() in _CODES
