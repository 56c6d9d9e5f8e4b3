"""Numbers by which a firm knows its customers: after words such as “customer number”, `Kundennr.`, `n° client`, 客户编号."""

import re
from collections.abc import Iterator
from functools import cache

_BEFORE = 48
"""Characters before a number in which the words stand that say what it is."""

_LEAST_DIGITS = 4
_NUMBER = re.compile(r"(?<!\d)\d(?:[A-Z\d]|[./-][A-Z\d]| \d){0,40}(?![A-Za-z0-9])(?!-\w)")
_LETTERS = re.compile(r"(?<![A-Za-z])(?:[A-Z]{1,4}[./-]?)?\Z")
_DAY = re.compile(r"(?:19|20)\d\d[./-]\d\d?[./-]\d\d?(?!\d)|\d\d?[./-]\d\d?[./-](?:19|20)\d\d\Z")
_NUM = r"(?:no|nr|num(?:ber|mer|ero)?|número|numéro|núm|numer|id|code|código|codice|kod|ref|reference|n[º°]|n\. ?[º°]|№)\.?"
_WHOSE = (
    r"(?:customer|client|account|member|membership|subscriber|contract|kund|kunden?|kd|mitglieds?|vertrags?|klant|klanten|relatie"
    r"|cliente|compte|abonné|adhérent|contrat|cuenta|abonado|socio|contrato|conto|utente|contratto|abbonato|klienta|konta|umowy|abonenta"
    r"|conta|assinante|kunde|medlems?|клиента|клієнта|договора|договору|абонента|müşteri|abone|sözleşme)"
)
_OTHERS = (
    r"лицевой сч[её]т|(?:お客様|顧客|会員|ご?契約)(?:番号|ID|コード)|(?:客户|客戶|会员|會員|合同)(?:编号|編號|号码?|號碼?|ID|代码)"
    r"|(?:고객|회원|계약)\s?(?:번호|ID|코드)|(?:ग्राहक|खाता) (?:संख्या|नंबर|आईडी|क्रमांक)"
)
_GLUE = r"(?:[ \t]*(?:[:=#№.]|(?<![^\W\d_])(?:is|ist|lautet|est|es|è|é|to|jest|är|er|है)(?!\w)|は|是|为|為|은|는)){0,3}[ \t]*"


def find_customer_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where such numbers begin and end; they have four digits at least."""
    for match in _NUMBER.finditer(text):
        if sum(map(str.isdigit, match[0])) < _LEAST_DIGITS or _DAY.match(match[0]):
            continue
        letters = _LETTERS.search(text, max(0, match.start() - 6), match.start())
        start = letters.start() if letters else match.start()
        if _compile_words().search(text, max(0, start - _BEFORE), start):
            yield start, match.end()


@cache
def _compile_words() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<!\w)(?:{_WHOSE}[ -]?{_NUM}|{_NUM} ?(?:de |du |di |do |da |del |della )?{_WHOSE})|{_OTHERS}){_GLUE}\Z",
        re.IGNORECASE,
    )
