"""Postal addresses in a text: a street, its number, a postcode and a town, as people of a dozen countries write them.

All four must stand there, so that what is found is hardly ever anything else; what lacks one is not found. Chinese, Japanese
and Korean ones go from the largest part to the smallest, each of which says what it is: they need no postcode.
"""

import re
from collections.abc import Iterator
from functools import cache

_BEFORE, _AFTER = 120, 60
"""Characters before and after a postcode in which its address stands."""

_POSTCODE = re.compile(
    r"\d(?:\d-\d{3} [A-ZŁŚŻŹ]|\d\d \d\d [A-ZÅÄÖ]|\d{4}-\d{3},? [A-Z]|\d{5},? (?:г\. ?)?[А-Я]|[A-Z]{2}\b|\d{3,4} ?(?:[A-Z]{2} )?[A-ZÀ-ÖØ-Þ]|\d{4}\b(?<=[A-Z]{2} \d{5}))"
)
_WORD = r"[A-ZÀ-ÖØ-Þ][\w'’-]*"
_NUMBER = r"\d{1,4}(?: ?[a-zA-Z](?!\w))?(?:[/-]\w{1,3}(?!\w))?"
_BREAK = r"(?:,[ \t]*\n?|[ \t]*\n|[ \t])[ \t>]*"
_TOWN = (
    r"(?:St\.? |Bad |Den |Les? |La |L['’])?"
    rf"(?P<town>{_WORD})(?: (?:am|an der|a\.d\.|im|in|de|del|della|di|sur|sous|aan|upon) {_WORD})?(?: {_WORD})?"
)
_ENGLISH = (
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Dr|Close|Way|Court|Ct|Place|Pl|Gardens|Crescent|Terrace|Square|Sq"
    r"|Hill|Row|Mews|Boulevard|Blvd|Parkway|Pkwy|Circle|Highway|Hwy)\b\.?"
)
_STATE = r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
_FLAT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.? ?\w{1,6})?"
_PATTERNS = (
    # German: Lindenstraße 14, 10969 Berlin; Am Krautgarten 3b, 35394 Gießen.
    (rf"(?:{_WORD}[ -]){{0,2}}(?:[A-ZÄÖÜ][\w-]*)?(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|[Ww]eg|[Aa]llee|[Pp]latz|[Gg]asse|[Rr]ing|[Dd]amm|[Uu]fer|[Cc]haussee|[Gg]raben|[Ss]teig)"
    rf" ?{_NUMBER}{_BREAK}(?:[A-Z]{{1,2}}-)?\d{{4,5}} {_TOWN}"),
    (rf"(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Hinter der|Vor dem) (?:{_WORD} )?{_WORD}"
    rf" {_NUMBER}(?:,[ \t]*|[ \t]*\n)[ \t>]*(?:D-)?\d{{5}} {_TOWN}"),
    # Dutch: Prinsengracht 263, 1016 GV Amsterdam.
    (r"\b(?:[A-Z][\w'’-]*)?(?:[Ss]traat|[Ll]aan|[Ww]eg|[Gg]racht|[Pp]lein|[Ss]ingel|[Kk]ade|[Dd]ijk|[Dd]reef|[Ss]teeg|[Pp]ad|[Hh]of|[Ww]al|[Mm]arkt|[Hh]aven)"
    rf"(?: (?:van|de|den|der|het|ter)){{0,2}}(?: {_WORD}){{0,2}} {_NUMBER}{_BREAK}\d{{4}} ?[A-Z]{{2}} {_TOWN}"),
    # Italian: Via Garibaldi 15, 20121 Milano (MI).
    (r"(?<!\w)(?:Via|Viale|V\.le|Piazza|P\.zza|Piazzale|P\.le|Corso|C\.so|Largo|Vicolo|Strada|Contrada)"
    rf"(?: (?:{_WORD}|d[aei]|d[ae]l|del(?:la|le|lo)|de[gi]l?i?|[IVX]+|\d{{1,2}})){{1,5}}?,? (?:n\.? ?°? ?)?{_NUMBER}{_BREAK}(?:I-)?\d{{5}} {_TOWN}(?: ?\([A-Z]{{2}}\))?"),
    # Spanish: Calle de Alcalá, 45, 28014 Madrid.
    (r"(?<!\w)(?:Calle|C/|Avenida|Avda\.?|Av\.|Plaza|Pza\.?|Paseo|Carrer|Ronda|Camino|Travesía|Glorieta)"
    rf"(?: ?(?:{_WORD}|del?|l[ao]s?|el|y)){{1,5}}?,? (?:n\.?º ?)?{_NUMBER}(?:,? \d{{1,2}}[.ºª°] ?\w{{0,4}}){{0,2}}{_BREAK}\d{{5}} {_TOWN}"),
    # French: 12 rue des Lilas, 75011 Paris.
    (rf"(?<![\w.]){_NUMBER}(?: (?:bis|ter|quater))?,? (?i:rue|avenue|av\.|boulevard|bd\.?|place|allée|chemin|impasse|quai|cours|route|square|passage)"
    rf"(?: (?:(?:[LlDd]['’])?{_WORD}|de|du|des|la|les?|à|et|sur)){{1,5}}{_BREAK}(?:F-)?\d{{5}} {_TOWN}(?: (?:CEDEX|Cedex)(?: \d+)?)?"),
    # Polish: ul. Marszałkowska 84/92 m. 5, 00-514 Warszawa.
    (rf"(?<!\w)(?:[Uu]l|[Aa]l|[Pp]l|[Oo]s)\. ?(?:{_WORD} ){{1,3}}{_NUMBER}(?: ?(?:m|lok)\. ?\d{{1,3}})?{_BREAK}\d\d-\d{{3}} {_TOWN}"),
    # Swedish: Drottninggatan 71, 111 36 Stockholm.
    (rf"(?:{_WORD} )?[A-ZÅÄÖ][\w-]*(?:gatan|vägen|gränd|torget|allén|stigen|backen) {_NUMBER}(?: ?[A-Z]\b)?{_BREAK}(?:SE?-)?\d{{3}} \d\d {_TOWN}"),
    # Portuguese, Brazilian: Rua Augusta 1508, Consolação, 01304-001 São Paulo; São Paulo - SP, 01304-001.
    (rf"(?<!\w)(?:Rua|R\.|Avenida|Av\.|Travessa|Praça|Largo|Alameda|Estrada)(?: (?:{_WORD}|d[aeo]s?|e)){{1,6}},? (?:n\.?º ?)?{_NUMBER}"
    rf"(?:,? \d{{1,2}}\.?º? ?\w{{0,4}})?(?:(?:,| -){_BREAK}{_WORD}(?: (?:{_WORD}|d[aeo]s?)){{0,3}})?{_BREAK}\d{{4,5}}-\d{{3}},? {_TOWN}(?: ?[-/] ?[A-Z]{{2}}\b)?"),
    # Russian: ул. Ленина, д. 15, кв. 42, 620014 Екатеринбург; 620014, г. Екатеринбург, ул. Ленина, 15.
    (r"(?:(?:ул|пр-т|просп|пер|пл|наб|ш)\.?|улица|проспект|переулок|площадь|набережная|шоссе|бульвар) (?:[\w-]+ ){0,2}[А-Я][\w-]+,? (?:д(?:ом|\.)? ?)?\d{1,4}[а-яА-Я]?"
    r"(?:[ ,]{1,2}(?:корп?|к|стр|кв)\.? ?\d{1,4}){0,3},[ \t]*\n?[ \t]*\d{6},? (?:г\. ?)?[А-Я][\w-]+(?: [А-Я][\w-]+)?"),
    (r"(?<!\d)\d{6},? (?:г\.? ?|город )?[А-Я][\w-]+(?: [А-Я][\w-]+)?,[ \t]*\n?[ \t]*(?:(?:ул|пр-т|просп|пер|пл|наб|ш)\.?|улица|проспект|переулок|площадь|набережная|шоссе|бульвар)"
    r" (?:[\w-]+ ){0,2}[А-Я][\w-]+,? (?:д(?:ом|\.)? ?)?\d{1,4}[а-яА-Я]?(?:[ ,]{1,2}(?:корп?|к|стр|кв)\.? ?\d{1,4}){0,3}"),
    # British: 221B Harrow Road, London W9 2JP; American: 1600 Elm Street, Springfield, IL 62704.
    rf"(?<![\w.])\d{{1,4}}[A-Z]? (?:{_WORD} |St\.? ){{1,3}}{_ENGLISH}{_FLAT}(?:{_BREAK}{_WORD}(?: {_WORD}){{0,2}}){{0,3}}{_BREAK}[A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}}\b",
    rf"(?<![\w.])\d{{1,5}} (?:[NSEW]\.? )?(?:{_WORD} ){{1,3}}{_ENGLISH}{_FLAT}{_BREAK}(?:{_WORD} ?){{1,3}},? {_STATE} \d{{5}}(?:-\d{{4}})?\b",
)  # fmt: skip
_HAN = r"[々\u3041-\u30ff\u4e00-\u9fff]"
# Neither a letter nor what stands between a word of prose and an address.
_PLACE = r"(?:(?![在是到为我的住寄址于至])[\u4e00-\u9fff])"
_UNSPACED = (
    # Chinese: 上海市徐汇区漕溪北路398号12楼1203室.
    (
        ("号", "號"),
        (
            rf"(?:{_PLACE}{{2,7}}(?:省|自治区|市|州))?{_PLACE}{{1,8}}?(?:市|[区區]|县|縣|旗)(?:{_PLACE}|\d){{1,14}}?(?:路|街|道|巷|弄|村|胡同)(?:[东南西北中东一二三四五六七八九十]?段|\d{{1,4}}[弄巷])?"
            r" ?\d{1,5}(?:-\d{1,4})?[号號](?:院)?(?: ?[\u4e00-\u9fff]{0,8}?[A-Za-z\d]{1,5}(?:-\d{1,4})?(?:[号號]?[栋幢座楼樓层層室户]|单元)){0,5}"
        ),
    ),
    # Japanese: 〒150-0043 東京都渋谷区道玄坂2丁目11番4号; 大阪府大阪市北区梅田1-2-3.
    (
        ("都", "道", "府", "県"),
        (
            rf"(?:〒 ?\d{{3}}-?\d{{4}}\s{{0,2}})?(?:東京都|北海道|(?:京都|大阪)府|[\u4e00-\u9fff]{{2,3}}県){_HAN}{{1,12}}?[市区町村郡](?:(?![のでにはをがへと]){_HAN}){{0,14}}?"
            rf"\d{{1,4}}(?:丁目(?:\d{{1,4}}(?:番地?|-)?(?:の?\d{{1,4}}号?)?)?|番地?(?:の?\d{{1,4}}号?)?|(?:-\d{{1,4}}){{1,3}})(?: ?{_HAN}{{0,12}}\d{{1,4}}(?:号室|号|階|F))?"
        ),
    ),
    # Korean: 서울특별시 강남구 테헤란로 152, 3층; 경기도 성남시 분당구 판교역로 235.
    (
        ("로", "길"),
        r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청[남북]|전라[남북]|경상[남북])(?:특별시|광역시|특별자치[시도]|도|시)? (?:[가-힣]{1,5}[시군] )?[가-힣]{1,5}[시군구] (?:[가-힣]{1,5}[읍면] )?[가-힣\d]{1,10}[로길] ?\d{1,4}(?:-\d{1,4})?(?!\d)(?:,? ?\d{1,4}(?:동|층|호)){0,3}",
    ),
)
_NO_TOWN = re.compile(
    "nachrichten|meldungen|nutzer|artikel|dateien|fehler|anrufe|benutzer|konten|kontakte|ordner|messages?|e-?mails?|users|items"
    "|files?|errors|contacts|rows|records|mensajes|correos|archivos|errores|servidor|contactos|messagg[io]|errori|utenti|contatti"
    "|berichten|fouten|bestanden|gebruikers|courriels|fichiers|erreurs",
    re.IGNORECASE,
)


def find_postal_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses begin and end, in no order; two may overlap."""
    last = -1
    for postcode in _POSTCODE.finditer(text):
        if postcode.start() < last:
            continue
        begin, end = max(0, postcode.start() - _BEFORE), postcode.end() + _AFTER
        for pattern in _list_patterns():
            for match in pattern.finditer(text, begin, end):
                town = match.groupdict().get("town")
                if not town or not _NO_TOWN.fullmatch(town):
                    last = max(last, match.end())
                    yield match.span()

    if not text.isascii():
        for signs, unspaced in _UNSPACED:
            if any(map(text.__contains__, signs)):
                yield from (match.span() for match in _compile(unspaced).finditer(text))


_compile = cache(re.compile)


@cache
def _list_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(map(_compile, _PATTERNS))
