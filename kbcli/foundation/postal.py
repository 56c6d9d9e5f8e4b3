"""Postal addresses in a text: a street, its number, a postcode and a town, as people of a dozen countries write them.

All four must stand there, so that what is found is hardly ever anything else; what lacks one is not found.
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


@cache
def _list_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, _PATTERNS))
