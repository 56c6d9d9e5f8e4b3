"""Personal data and secrets in a text, by rules: what must not enter git, nor an archive unredacted.

It is harm reduction and no anonymisation: names in prose are not found, postal addresses where they are whole. Check sums and
lengths are those of python-stdnum, phone numbers those of Google's libphonenumber.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import import_module

from kbcli.errors import RefusedError
from kbcli.foundation.typed import Any, NamedTuple

_compile = cache(re.compile)  # when it is first needed


class _Later:
    """A pattern that is compiled when it is first used: to compile all takes longer than most commands have."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        method = getattr(_compile(*self._given), name)
        setattr(self, name, method)
        return method


def _compile_later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return _Later(pattern, flags)  # type: ignore[return-value]


# Neither a letter of Latin nor a digit: in Chinese and Korean no space stands around a number.
_FREE, _ENDS = r"(?<![A-Za-z0-9_", r"(?![A-Za-z0-9_"
# What is typed wide in Japanese and Chinese, and the signs that stand for a hyphen there: one for one, so that places stay.
_NARROW = (
    {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "‐‑−"), "-")
    | {0x3000: " "}
)
_LONG_MARK = _compile_later(r"(?<=\d)ー(?=\d)")  # of long vowels, between digits a hyphen
_AT = ("@", "%40", "(at)", "[at]", "(AT)", "[AT]", "(ät)", "[ät]")
# A last part with digits is of a version: `axios@0.12.0`, `kubeflow@v1.1-branch`.
_DOMAIN = _compile_later(
    r"(?:@|%40| ?[(\[](?:at|AT|ät)[)\]] ?)"
    r"(?:(?:\d{1,3}\.){3}\d{1,3}(?![\w-])|(?:[\w-]+\.)+(?:(?:xn--[\w-]+|[A-Za-zÀ-ɏЀ-ӿ]{2,})(?![A-Za-z0-9_-])|[^\W\d_]{2,}(?![\w-])))"
)
_BEFORE_AT = _compile_later(r"[A-Za-zÀ-ɏЀ-ӿ0-9_.+%'-]+\Z")  # not Chinese, which has no space before it
_LONGEST_BEFORE_AT = 64  # RFC 5321
_SPELT_SIGNS = ("dot", "DOT", "Dot", "punkt", "punto", "arobase", "arroba", "собак", " @ ")
_DOT = r"(?: ?[(\[] ?(?:[Dd]ot|DOT|punkt|punto) ?[)\]] ?| (?:[Dd]ot|DOT|punkt|punto|point|ponto|точка) )"
_TOP = "(?i:com|net|org|edu|gov|info|io|eu|de|at|ch|it|fr|es|nl|be|uk|us|ca|au|nz|ie|pl|cz|se|no|dk|fi|pt|br|mx|jp|cn|kr|in|ru|ua|me|dev|app|co|tech|cloud|example|test)(?![\\w-])"
_LOCAL = r"[A-Za-z0-9](?:[A-Za-z0-9_.+-]{0,62}[A-Za-z0-9_])?"
_EMAIL_SPELT = _compile_later(
    rf"(?<![\w.])(?P<local>{_LOCAL}(?:{_DOT}{_LOCAL}){{0,2}}?)"
    rf"(?:(?: (?:at|AT) |(?P<at> ?[(\[] ?(?:at|AT|ät|arroba|chiocciola|arobase) ?[)\]] ?| (?:arroba|chiocciola|arobase|ätt?|[Kk]lammeraffe|собака|собачка) |@))"
    rf"[A-Za-z0-9-]{{2,63}}(?:(?:{_DOT}|\.)[A-Za-z0-9-]{{2,63}}){{0,3}}?{_DOT}{_TOP}"
    rf"(?!{_DOT}[A-Za-z0-9])| @ (?:[A-Za-z0-9-]{{2,63}}\.){{1,3}}{_TOP})"
)
_NO_ACCOUNT = _compile_later(
    "look(?:ed|ing|s)?|is|are|was|were|be|it|this|that|these|sites?|websites?|pages?|hosted|found|find|me|us|you|them|servers?"
    "|available|visit|see|here|located|arrive|log(?:in)?|accounts?|sign(?:ed)?|up|people|anyone|everyone|nobody|work(?:s|ed|ing)?"
    "|users|download|buy|docs|documentation|meet|follow|join|read|git",
    re.IGNORECASE,
)
"""What stands before “at” where a site is meant, as in “look at example dot com”."""

_CARD = _compile_later(rf"{_FREE}.-])[2-6]\d(?:[ -]?\d){{11,17}}{_ENDS}-])")
_CARD_NAMED = _compile_later(
    r"(?:card|karte|carta|visa|mastercard|amex|银行卡|卡号|카드\s?번호|कार्ड)[\w #:：.]{0,16}?(?P<value>\d{12,19})(?!\d)",
    re.IGNORECASE,
)
_IBAN = _compile_later(rf"{_FREE}])[A-Za-z]{{2}}\d{{2}}(?: ?[A-Za-z0-9]{{1,4}}){{3,8}}{_ENDS}])")
_ADDRESS_V4 = _compile_later(rf"{_FREE}.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}{_ENDS}]|\.\d)")
_ADDRESS_V6 = _compile_later(rf"{_FREE}:])[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}{_ENDS}:])")
_VERSION_BEFORE = _compile_later(
    r"(?:\b(?:versi(?:one?|ón|e)|versão|wersj[aęi]|sürümü?|верси[яиюей]+|версі[яїює]+|v|build|release|firmware|update)|版本号?|バージョン|버전|संस्करण)[\w\s.,:#]{0,40}\Z",
    re.IGNORECASE,
)
_PHONE = _compile_later(rf"{_FREE}.@/#-])(?:\+|\(?\d)[\d ()/.–-]{{5,20}}\d{_ENDS}])")
_PHONE_NAMED = _compile_later(
    r"(?:(?<![^\W\d_])(?:tel|cell|call|fax|mobil|móvil|handy|ring|numero)|phone|whatsapp|dzwoni|звон|телефон|电话|手机|電話|携帯|전화|휴대폰|연락처|नंबर|फ़ोन|फोन)"
    r"\W{0,3}\w{0,8}(?:\W{1,2}(?:me|us|him|her|back|on|at|under|the|my|is|number|no|mich|uns|unter|mij|op|moi|au|al|a|o|ao|pod|na|nr|numer|nummer)){0,3}\W{0,3}\Z",
    re.IGNORECASE,
)
_NUMBERED = _compile_later(
    r"(?<![^\W\d_])(?:order|PO|invoice|credit note|part|article|item|serial|ticket|case|ref(?:erence)?|tracking|customer|sku|batch|lot|bestell\w*|rechnung\w*|auftrag\w*"
    r"|artikel\w*|kunden\w*|commande|facture|référence|pedido|factura|ordine|fattura|fatura|encomenda|zamówieni\w*|faktur\w*|factuur\w*|sipariş|заказ\w*|счет\w*|замовлен\w*)"
    r"(?: ?(?:no|nr|num(?:ber|mer|ero)?|id|nº|n°|№))?[ .:#№°º]{0,4}\Z|(?:订单|单号|订单号|注文番号|주문번호|ऑर्डर)[ :：]{0,2}\Z",
    re.IGNORECASE,
)
"""What stands before a number of something that is no phone."""

_DAYS = r"(?:(?:19|20)\d\d/\d{1,2}/\d+|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d|\.\d\d\.\d)"
_NO_PHONE = _compile_later(
    rf"{_DAYS}"
    r"|(?:(?!\d{3}\.\d{3}\.\d{4})\d+(?:\.\d+){2,3}|\d{4} ?[-–] ?\d{4}|\d{4}-\d{4}-\d{4}|\d{1,3}(?: \d{3})+"
    # Codes of SMTP, ranges of addresses, decimals beside one another in a table.
    r"|\d{3} \d(?:\.\d+)+|(?:\d+\.){3}\d+/\d+|\d+\.\d+ ?\(\d+\.\d+)\Z"
)
_DAY_FIRST = _compile_later(_DAYS)
_DAY = _compile_later(r"(?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)")
_REGIONS = ("US", "GB", "DE", "AT", "CH", "IT", "FR", "ES", "KR", "IN", "CN", "JP")
_MORE_REGIONS = ("BR", "NL", "PL", "PT", "RU", "SE", "TR", "UA")
"""Whose numbers look like those of anything, unless something says that they are a phone's."""
_NATIONAL = (
    # How it is written, and the module of python-stdnum that knows it; "" where that is all that can be known.
    (_compile_later(rf"{_FREE}-])\d{{3}}-\d{{2}}-\d{{4}}{_ENDS}-])"), "us.ssn"),
    # Those given out since 2020 have no check digit.
    (_compile_later(rf"{_FREE}-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-\d{{7}}{_ENDS}])"), ""),
    (_compile_later(rf"{_FREE}])\d{{17}}[\dXx]{_ENDS}])"), "cn.ric"),
    (_compile_later(rf"{_FREE}])\d{{4}} ?\d{{4}} ?\d{{4}}{_ENDS}])"), "in_.aadhaar"),
    (_compile_later(r"(?<=steuer-id )\d{2} ?\d{3} ?\d{3} ?\d{3}(?!\d)", re.IGNORECASE), ""),
    (_compile_later(rf"{_FREE}])\d{{2}} \d{{3}} \d{{3}} \d{{3}}{_ENDS}])"), "de.idnr"),
    (
        _compile_later(rf"{_FREE}])[A-Za-z]{{6}}\d\d[A-Za-z]\d\d[A-Za-z]\d{{3}}[A-Za-z]{_ENDS}])"),
        "it.codicefiscale",
    ),
    (_compile_later(rf"{_FREE}-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d [A-D]{_ENDS}-])"), ""),
    (_compile_later(rf"{_FREE}.-])\d{{8}}-?[A-HJ-NP-TV-Z]{_ENDS}.-])"), "es.dni"),
    (_compile_later(rf"{_FREE}.-])[XYZ]-?\d{{7}}-?[A-Z]{_ENDS}.-])"), "es.nie"),
    (
        _compile_later(
            rf"{_FREE}.-])[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{{3}} ?\d{{3}} ?\d\d{_ENDS}.-])"
        ),
        "fr.nir",
    ),
    (_compile_later(rf"{_FREE}.-])\d{{3}}\.\d{{3}}\.\d{{3}}-\d\d{_ENDS}.-])"), "br.cpf"),
    (_compile_later(rf"{_FREE}.-])\d{{6}}-\d{{4}}{_ENDS}.-])"), "se.personnummer"),
    (_compile_later(rf"{_FREE}.-])[A-Z]{{3}}P[A-Z]\d{{4}}[A-Z]{_ENDS}.-])"), "in_.pan"),
    (_compile_later(rf"{_FREE}.-])\d{{3}}-\d{{3}}-\d{{3}} \d\d{_ENDS}.-])"), ""),
)
_ID_NAMED = _compile_later(
    r"(?:(?<![^\W\d_])(?:SSN|NINO?|NHS|DNI|NIE|NIF|CPF|PESEL|BSN|PAN|(?i:passport|passeport|pasaporte|passaporto|passaporte|paszport|reisepass\w*"
    r"|personalausweis\w*|social security|national insurance|national id|driver'?s? licen[cs]e|führerschein\w*|burgerservicenummer|personnummer|sécurité sociale"
    r"|kimlik|aadhaa?r|паспорт\w{0,2})|СНИЛС|ИНН)(?!\w)|आधार|护照号?码?|身份证号?码?|여권번호?|주민등록번호|パスポート番号?)"
    r"(?:[ \t-]*(?i:(?:card|kimlik|number|nummer|numero|número|numéro|num|nr|no|n[º°]|№|серия|lautet|is|ist|est|es|é|è|to|है)(?!\w))|[.:：№º°#]){0,4}[ \t]*"
    r"(?P<value>(?=(?:[A-Z./-]? ?[A-Z]?\d){6})[A-Z0-9](?:[ ./-]{0,2}[A-Z0-9]){5,19})(?![\w-])",
)
"""A number of which the word before it says that a state gave it to a person, whatever its check sum."""

_PASSWORD = _compile_later(
    r"(?:pass(?:word|wort|code|wd)|kennwort|pwd|mot de passe|contraseña|senha|wachtwoord|hasło|lösenord|adgangskode|şifre|парол[ья]|密码|口令|パスワード|비밀번호|암호|पासवर्ड"
    r"|api[ _-]?key|auth[ _-]?token|access[ _-]?token|secret(?:[ _-]access)?(?:[ _-]key)?)"
    r"(?:(?P<loose>[ \t]+(?:(?:is|ist|lautet|è|est|es|é|jest|was|war)[ \t]+)?)|[ \t]*(?:是|为|は|은|는|है|:|：|=)[ \t]*)"
    r"[\"'“`]?(?P<value>(?![$%<*]|\w+[-_]\w+_|[A-Za-z_]+(?:\.[A-Za-z_]+)+)[!-~]{4,64})",
    re.IGNORECASE,
)
# What is no word, nor words joined: asked for after a space or a verb, which prose has too.
_UNLIKE_WORDS = _compile_later(r"(?=.*\d)(?=.*[A-Za-z])(?!.*[a-z0-9][-_][a-z])")
_MIXED = _compile_later(r"(?=.*[A-Za-z])(?=.*[0-9@#$%!&*_])(?!.*(?://|[(\[{<>/\\]))")
_PASSWORD_WORDS = (
    "pass", "kennwort", "pwd", "mot de", "contraseña", "senha", "wachtwoord", "hasło", "lösenord", "adgangskode", "şifre", "парол",
    "密码", "口令", "パスワード", "비밀번호", "암호", "पासवर्ड", "api", "auth token", "auth_token", "access token", "access_token", "secret",
)  # fmt: skip
_PASSWORD_WORD = _compile_later("|".join(_PASSWORD_WORDS))
_TOKENS = (
    # What is in every text with such a token, which is looked for ten times as fast, and the token.
    (
        (
            "AKIA",
            "ASIA",
            "gh",
            "github_pat_",
            "glpat-",
            "xox",
            "AIza",
            "ya29.",
            "GOCSPX-",
            "SG.",
            "npm_",
            "pypi-",
            "hf_",
            "dop_v1_",
            "ATATT3",
            "hvs.",
            "lin_api_",
            "glsa_",
            "sntrys_",
            "figd_",
            "AGE-SECRET-KEY-1",
        ),
        (
            r"A(?:KI|SI)A[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}"
            r"|AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{36}"
            r"|pypi-[\w-]{50,}|hf_[A-Za-z0-9]{30,}|dop_v1_[0-9a-f]{60,}|ATATT3[\w=-]{20,}|hvs\.[\w-]{24,}"
            r"|lin_api_\w{32,}|glsa_\w{32,}|sntrys_[\w=-]{40,}|figd_[\w-]{30,}|AGE-SECRET-KEY-1[0-9A-Z]{50,}"
        ),
    ),
    (
        ("k_live_", "k_test_", "whsec_", "sk-", "shpat_", "shpca_", "shppa_", "shpss_", "key-"),
        (
            r"(?<![A-Za-z0-9])(?:[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_\w{20,}|sk-(?:proj-|ant-)?[\w-]{20,}"
            r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|key-[0-9a-f]{32}(?![0-9a-f]))"
        ),
    ),
    (("eyJ",), r"eyJ[\w-]{8,1000}\.[\w-]{8,}\.[\w-]{8,}"),
    (("hooks.slack.com/services/",), r"(?<=hooks\.slack\.com/services/)T\w+/B\w+/\w+"),
    (("AccountKey=", "Bearer "), r"(?:(?<=AccountKey=)|(?<=Bearer ))[\w.~+/-]{20,}=*"),
    (
        ("uthorization: Basic ",),
        r"(?<=uthorization: Basic )(?=[A-Za-z0-9+/]*[0-9A-Z][A-Za-z0-9+/]*[a-z])[A-Za-z0-9+/]{12,}={0,2}(?![\w-])(?=(?:.*\S)?$)",
    ),
    ((":AA",), r"(?<![\w:])\d{8,10}:AA[\w-]{33}(?![\w-])"),
    (
        ("ecret", "ECRET"),
        r"(?:(?<=[Kk]ey = )|(?<=[Kk]ey=)|(?<=[Kk]ey: )|(?<=KEY=))(?=[^/\s]*[A-Z])(?=\S*\d)[A-Za-z0-9/+]{40}(?![\w/+=])",
    ),
    (("/private-",), r"(?<=/private-)[0-9a-f]{32}(?![0-9a-f])"),
    (
        ("PRIVATE KEY-----",),
        (
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
            r"(?:(?:[^-]|-(?!----)){0,9000}-----END [A-Z ]{0,40}PRIVATE KEY-----|(?:\s{1,4}[A-Za-z0-9+/=]{16,90}){1,200})?"
        ),
    ),
    (
        ("oken=", "_key=", "apikey=", "ignature=", "sig=", "code=", "essionid=", "ESSID=", "ession="),
        (
            r"(?:(?<=[Tt]oken=)|(?<=api_key=)|(?<=apikey=)|(?<=[Ss]ignature=)|(?<=[?&]sig=)|(?<=[?&]code=)|(?<=ESSID=)|(?<=[Ss]ession=)|(?<=[Ss]essionid=)|(?<=[Ss]ession[Ii][Dd]=)|(?<=[Ss]ession_id=))"
            r"(?![$%{])(?=[^\s&;\"'<>)\]]{0,200}\d)[^\s&;\"'<>)\]]{12,}"
        ),
    ),
)
_IN_ADDRESS = _compile_later(r"(?<=://)[^\s/:@${}<>]+:[^\s/@${}<>]+(?=@)")

# For the same reason: what stands in every text with such a number.
_DIGITS = _compile_later(r"\d(?:[ ().:/–-]{0,3}\d)+")
_NO_DIGITS = _compile_later(r"\D+")
_DOTTED = _compile_later(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_PAIR = _compile_later(r"\d\d(?<=[A-Za-z]{2}\d\d)(?=[ A-Za-z0-9])")
_COLONS = _compile_later(r":[0-9A-Fa-f]{0,4}:")
_LETTERED = _compile_later(
    r"\d(?:\d[A-Za-z]\d\d(?:[A-Za-z]\d{3}[A-Za-z]|(?<=[A-Z]\d\d[A-Z]\d\d))|\d{3}[A-Z](?<=[A-Z]{5}\d{4}[A-Z])|\d \d\d \d\d [A-D])"
)
_LEAST = 7
"""Digits of the shortest number that is looked for, which at most three signs part from one another."""

_BESIDE = 60
"""Characters beside such digits that can be part of the number or tell what it is."""

Stretches = list[tuple[int, int]]


class Found(NamedTuple):
    """Something to take out: what it is, and its characters `start` to `stop`.

    `kind` is `token`, `email`, `card`, `iban`, `national-id`, `customer-number`, `ip`, `address` (a postal one) or `phone`.
    """

    kind: str
    start: int
    stop: int


def find_personal_data(text: str) -> list[Found]:
    """What a text holds of personal data and secrets, in order; where two overlap, the surer one."""
    if not text.isascii():
        text = _LONG_MARK.sub("-", text.translate(_NARROW))
    return keep_apart(_find_all(text))


def keep_apart(found: Iterable[Found]) -> list[Found]:
    """Of what is found those that overlap none before them, in the order of the text; a pasted log has ten thousand."""
    kept: list[Found] = []
    starts: list[int] = []
    for one in found:
        at = bisect_right(starts, one.start)
        if (not at or kept[at - 1].stop <= one.start) and (at == len(kept) or one.stop <= starts[at]):
            kept.insert(at, one)
            starts.insert(at, one.start)
    return kept


def refuse_personal_data(text: str, what: str, *, but: str = "") -> None:
    """Raise RefusedError, which names kind and place but not the value, where a text holds personal data or a secret.

    One kind may be in it: `but`.
    """
    for kind, start, _ in find_personal_data(text):
        if kind == but:
            continue
        raise RefusedError(
            f"{what} holds personal data or a secret ({kind}, from character {start + 1})",
            "It would stay in git for good. Leave it out.",
        )


def redact_text(text: str) -> str:
    """The text with `[email]` and the like in place of what is found."""
    return replace_found(text, find_personal_data(text))


def replace_found(text: str, found: Iterable[Found]) -> str:
    """The text with `[email]` and the like in these places, which are in order."""
    pieces: list[str] = []
    at = 0
    for kind, start, stop in found:
        pieces += (text[at:start], f"[{kind}]")
        at = stop
    return "".join((*pieces, text[at:]))


def _find_all(text: str) -> Iterator[Found]:
    """Everything that is found, the surest kind first."""
    for signs, pattern in _TOKENS:
        if any(map(text.__contains__, signs)):
            for match in _compile(pattern).finditer(text):
                yield Found("token", *match.span())
    if "@" in text and "://" in text:
        for match in _IN_ADDRESS.finditer(text):
            yield Found("token", *match.span())
    yield from _find_passwords(text)
    if any(map(text.__contains__, _AT)):
        yield from _find_emails(text)
    yield from _find_spelt_emails(text)
    stretches = _find_stretches(text)
    for find in (_find_cards, _find_accounts, _find_national_ids):
        if stretches or find is _find_national_ids:
            yield from find(text, stretches)
    from kbcli.foundation.customer_numbers import find_customer_numbers
    from kbcli.foundation.postal import find_postal_addresses

    yield from (Found("customer-number", *span) for span in find_customer_numbers(text))
    yield from _find_addresses(text)
    yield from (Found("address", *span) for span in find_postal_addresses(text))
    if stretches:
        yield from _find_phones(text, stretches)


def _find_stretches(text: str) -> Stretches:
    """Where long numbers are, with what stands beside them: most of a text is none."""
    stretches: Stretches = []
    for run in _DIGITS.finditer(text):
        if len(_NO_DIGITS.sub("", run[0])) >= _LEAST:
            start, stop = max(0, run.start() - _BESIDE), run.end() + _BESIDE
            if stretches and start <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], stop)
            else:
                stretches.append((start, stop))
    return stretches


def _match_in(pattern: re.Pattern[str], text: str, stretches: Stretches) -> Iterator[re.Match[str]]:
    for start, stop in stretches:
        yield from pattern.finditer(text, start, stop)


def _find_passwords(text: str) -> Iterator[Found]:
    lowered = text.lower()
    if len(lowered) != len(text) or not any(map(lowered.__contains__, _PASSWORD_WORDS)):
        matches = list(_PASSWORD.finditer(text)) if len(lowered) != len(text) else []
    else:
        found = [_PASSWORD.match(text, word.start()) for word in _PASSWORD_WORD.finditer(lowered)]
        matches = [match for match in found if match]
    for match in matches:
        value = match["value"].rstrip(".,;:)\"'”`*_")
        if len(value) > 3 and _MIXED.match(value) and (not match["loose"] or _UNLIKE_WORDS.match(value)):
            yield Found("token", match.start("value"), match.start("value") + len(value))


def _find_emails(text: str) -> Iterator[Found]:
    for match in _DOMAIN.finditer(text):
        at = match.start()
        before = _BEFORE_AT.search(text, max(0, at - _LONGEST_BEFORE_AT), at)
        if before and before[0] != "git":  # git@host:path is how everybody clones
            yield Found("email", before.start(), match.end())


def _find_spelt_emails(text: str) -> Iterator[Found]:
    """Those whose signs are spelt: `ada at example dot com`, `ada chiocciola example punto it`."""
    if any(map(text.__contains__, _SPELT_SIGNS)):
        for match in _EMAIL_SPELT.finditer(text):
            # A point is one of a discussion, unless the other sign is spelt too.
            local = match["local"]
            is_meant = not (" point " in match[0] or _NO_ACCOUNT.fullmatch(local))
            if match["at"] or (is_meant and (" @ " not in match[0] or not local.isalpha())):
                yield Found("email", *match.span())


def _find_cards(text: str, stretches: Stretches) -> Iterator[Found]:
    from stdnum import luhn

    for match in _match_in(_CARD, text, stretches):
        digits = _NO_DIGITS.sub("", match[0])
        if luhn.is_valid(digits) and len(set(digits)) > 1:
            yield Found("card", *match.span())
    for match in _match_in(_CARD_NAMED, text, stretches):
        yield Found("card", *match.span("value"))


def _find_accounts(text: str, stretches: Stretches) -> Iterator[Found]:
    from stdnum import iban

    for pair in _match_in(_PAIR, text, stretches):
        match = _IBAN.match(text, pair.start() - 2)
        written = match[0] if match else ""
        # The words that follow look like more of it.
        while written and not iban.is_valid(written):
            written = written.rpartition(" ")[0]
        if match and written:
            yield Found("iban", match.start(), match.start() + len(written))


def _find_national_ids(text: str, stretches: Stretches) -> Iterator[Found]:
    stretches = [(0, len(text))] if _LETTERED.search(text) else stretches
    for match in _match_in(_ID_NAMED, text, stretches):
        yield Found("national-id", *match.span("value"))
    for pattern, name in _NATIONAL:
        for match in _match_in(pattern, text, stretches):
            if not name or import_module(f"stdnum.{name}").is_valid(match[0]):
                yield Found("national-id", *match.span())


def _find_addresses(text: str) -> Iterator[Found]:
    """Addresses of machines; the machine itself (127.0.0.1), networks (10.0.0.0) and versions are left."""
    matches = [*(_ADDRESS_V4.finditer(text) if _DOTTED.search(text) else ())]
    matches += _ADDRESS_V6.finditer(text) if _COLONS.search(text) else ()
    if not matches:
        return
    import ipaddress

    for match in matches:
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            continue
        is_one = not (address.is_loopback or address.is_unspecified or match[0].endswith((".0", "::")))
        if is_one and not _VERSION_BEFORE.search(text, max(0, match.start() - _BESIDE), match.start()):
            yield Found("ip", *match.span())


def _find_phones(text: str, stretches: Stretches) -> Iterator[Found]:
    """Phone numbers as people write them: with a country's code, a leading zero, or in groups."""
    for match in _match_in(_PHONE, text, stretches):
        if 7 <= sum(sign.isdigit() for sign in match[0]) <= 15 and not _DAY.search(match[0]):
            written, before = match[0], max(0, match.start() - _BESIDE)
            is_named = bool(_PHONE_NAMED.search(text, before, match.start()))
            if is_named:
                is_meant = not _DAY_FIRST.match(written)
            else:
                is_meant = (
                    written.count("(") == written.count(")")
                    and (written[0] in "+(0" or len(re.findall(r"\d[ ()/.–-]+(?=\d)", written)) > 1)
                    and not _NO_PHONE.match(written.strip().lstrip("("))
                    and not _NUMBERED.search(text, before, match.start())
                )
            if is_meant and _is_phone(written, written[0] in "0(" or is_named):
                yield Found("phone", *match.span())


@lru_cache(10_000)
def _is_phone(written: str, is_sure: bool) -> bool:
    """Whether a country has such a number, any of them where it `is_sure` to be one; a log has the same ones over and over."""
    import phonenumbers

    for region in (None,) if written[0] == "+" else (*_REGIONS, *_MORE_REGIONS) if is_sure else _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(written, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
