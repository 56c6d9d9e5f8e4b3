"""Personal data and secrets in a text, by rules: what must not enter git, nor an archive unredacted.

It is harm reduction and no anonymisation: names and postal addresses in prose are not found. Check sums and
lengths are those of python-stdnum, phone numbers those of Google's libphonenumber.
"""

import re
from collections.abc import Iterator

from kbcli.foundation.typed import NamedTuple

# Neither a letter of Latin nor a digit: in Chinese and Korean no space stands around a number.
_FREE, _ENDS = r"(?<![A-Za-z0-9_", r"(?![A-Za-z0-9_"
_EMAIL = re.compile(r"[A-Za-z0-9_.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_CARD = re.compile(rf"{_FREE}.-])[2-6]\d(?:[ -]?\d){{11,17}}{_ENDS}-])")
_CARD_NAMED = re.compile(
    r"(?:card|karte|carta|visa|mastercard|amex|银行卡|卡号|카드\s?번호|कार्ड)[\w #:：.]{0,16}?(?P<value>\d{12,19})(?!\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(rf"{_FREE}])[A-Za-z]{{2}}\d{{2}}(?: ?[A-Za-z0-9]{{1,4}}){{3,8}}{_ENDS}])")
_ADDRESS_V4 = re.compile(rf"{_FREE}.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}{_ENDS}]|\.\d)")
_ADDRESS_V6 = re.compile(rf"{_FREE}:])[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}{_ENDS}:])")
_VERSION_BEFORE = re.compile(
    r"(?:\b(?:versione?|v|build|release|firmware|update)|版本号?|버전|संस्करण)[\w\s.,:#]{0,40}\Z", re.IGNORECASE
)
_PHONE = re.compile(rf"{_FREE}.@/#-])(?:\+|\(?\d)[\d ()/.–-]{{5,20}}\d{_ENDS}])")
_PHONE_NAMED = re.compile(
    r"(?:tel|phone|mobil|cell|handy|fax|whatsapp|call|numero|电话|手机|전화|휴대폰|연락처|नंबर|फ़ोन|फोन)\W{0,3}\w{0,8}\W{0,3}\Z",
    re.IGNORECASE,
)
_NO_PHONE = re.compile(
    r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)|(?:\d+(?:\.\d+){2,3}|\d{4} ?[-–] ?\d{4}|\d{1,3}(?: \d{3})+)\Z"
)
_REGIONS = ("US", "GB", "DE", "AT", "CH", "IT", "FR", "ES", "KR", "IN", "CN", "JP")
_NATIONAL = (
    # How it is written, and the module of python-stdnum that knows it; "" where that is all that can be known.
    (re.compile(rf"{_FREE}-])\d{{3}}-\d{{2}}-\d{{4}}{_ENDS}-])"), "us.ssn"),
    # Those given out since 2020 have no check digit.
    (re.compile(rf"{_FREE}-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{{6}}{_ENDS}])"), ""),
    (re.compile(rf"{_FREE}])\d{{17}}[\dXx]{_ENDS}])"), "cn.ric"),
    (re.compile(rf"{_FREE}])\d{{4}} ?\d{{4}} ?\d{{4}}{_ENDS}])"), "in_.aadhaar"),
    (
        re.compile(rf"{_FREE}])[A-Za-z]{{6}}\d\d[A-Za-z]\d\d[A-Za-z]\d{{3}}[A-Za-z]{_ENDS}])"),
        "it.codicefiscale",
    ),
    (re.compile(r"(?<=steuer-id )\d{2} ?\d{3} ?\d{3} ?\d{3}(?!\d)", re.IGNORECASE), ""),
    (re.compile(rf"{_FREE}])\d{{2}} \d{{3}} \d{{3}} \d{{3}}{_ENDS}])"), "de.idnr"),
)
_PASSWORD = re.compile(
    r"(?:pass(?:word|wort|code|wd)|kennwort|pwd|密码|비밀번호|암호|पासवर्ड|api[ _-]?key|secret)"
    r"(?:\s+(?:is|ist|lautet|è|was|war)\s+|\s*(?:是|为|은|는|है|:|：|=)\s*|\s+)[\"'“`]?(?P<value>[!-~]{4,64})",
    re.IGNORECASE,
)
_MIXED = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9@#$%!&*_])(?!.*(?://|[(\[{<>/\\]))")
_TOKEN = re.compile(
    r"A(?:KI|SI)A[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|sk-(?:proj-|ant-)?[\w-]{20,}|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}|hf_[A-Za-z0-9]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"
)


class Found(NamedTuple):
    """Something to take out: what it is, and its characters `start` to `stop`.

    `kind` is `token`, `email`, `card`, `iban`, `national-id`, `ip` or `phone`.
    """

    kind: str
    start: int
    stop: int


def find_personal_data(text: str) -> list[Found]:
    """What a text holds of personal data and secrets, in order; where two overlap, the surer one."""
    kept: list[Found] = []
    for found in _find_all(text):
        if all(found.stop <= other.start or found.start >= other.stop for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda found: found.start)


def redact_text(text: str) -> str:
    """The text with `[email]` and the like in place of what is found."""
    pieces: list[str] = []
    at = 0
    for kind, start, stop in find_personal_data(text):
        pieces += (text[at:start], f"[{kind}]")
        at = stop
    return "".join((*pieces, text[at:]))


def _find_all(text: str) -> Iterator[Found]:
    """Everything that is found, the surest kind first."""
    for match in _TOKEN.finditer(text):
        yield Found("token", *match.span())
    for match in _PASSWORD.finditer(text):
        value = match["value"].rstrip(".,;:)\"'”`")
        if len(value) > 3 and _MIXED.match(value):
            yield Found("token", match.start("value"), match.start("value") + len(value))
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Found("email", *match.span())
    if not any(sign.isdigit() for sign in text):
        return
    yield from _find_numbers(text)
    yield from _find_addresses(text)
    yield from _find_phones(text)


def _find_numbers(text: str) -> Iterator[Found]:
    from importlib import import_module

    from stdnum import iban, luhn

    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if luhn.is_valid(digits) and len(set(digits)) > 1:
            yield Found("card", *match.span())
    for match in _CARD_NAMED.finditer(text):
        yield Found("card", *match.span("value"))
    for match in _IBAN.finditer(text):
        written = match[0]
        # The words that follow look like more of it.
        while written and not iban.is_valid(written):
            written = written.rpartition(" ")[0]
        if written:
            yield Found("iban", match.start(), match.start() + len(written))
    for pattern, name in _NATIONAL:
        for match in pattern.finditer(text):
            if not name or import_module(f"stdnum.{name}").is_valid(match[0]):
                yield Found("national-id", *match.span())


def _find_addresses(text: str) -> Iterator[Found]:
    """Addresses of machines; the machine itself (127.0.0.1), networks (10.0.0.0) and versions are left."""
    import ipaddress

    for match in (*_ADDRESS_V4.finditer(text), *_ADDRESS_V6.finditer(text)):
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            continue
        is_one = not (address.is_loopback or address.is_unspecified or match[0].endswith((".0", "::")))
        if is_one and not _VERSION_BEFORE.search(text[: match.start()]):
            yield Found("ip", *match.span())


def _find_phones(text: str) -> Iterator[Found]:
    """Phone numbers as people write them: with a country's code, a leading zero, or in groups."""
    candidates = [
        match
        for match in _PHONE.finditer(text)
        if 7 <= sum(sign.isdigit() for sign in match[0]) <= 15
        and not _NO_PHONE.match(match[0].strip())
        and (
            match[0][0] in "+(0"
            or _PHONE_NAMED.search(text, 0, match.start())
            or len(re.findall(r"\d[ ()/.–-]+(?=\d)", match[0])) > 1
        )
    ]
    if not candidates:
        return
    import phonenumbers

    for match in candidates:
        for region in (None,) if match[0].startswith("+") else _REGIONS:
            try:
                number = phonenumbers.parse(match[0], region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                yield Found("phone", *match.span())
                break
