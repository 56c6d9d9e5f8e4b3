"""Tickets without personal data, as far as rules reach: the people an export names, greetings and closings, and numbers.

It is harm reduction and no anonymisation: a name in prose that the export does not give is mostly not found.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from urllib.parse import unquote

from kbcli.foundation.redaction import Found, find_personal_data, keep_apart, replace_found
from kbcli.foundation.text.languages import find_likely_languages, function_words
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.search.mail_text import CLOSINGS, GREETINGS
from kbcli.support.tickets.ticket import Message, Ticket

RULES_VERSION = "7"
"""What tickets were redacted by; it changes whenever the rules find something else."""

_LONGEST_SIGNATURE = 40
_LONGEST_REF = 120
_PLAIN = re.compile(r"#?\w(?:[\w#/-]|\.(?!\.))*")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_BESIDE = 60
"""Characters on each side of a name by which it is told whether it stands alone on its line."""

_BREAK = "\n\x1e\n"
"""Between the texts of one ticket while they are looked at together; no text has it."""


def _read_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Given names and surnames of many people that are words of English, German or Italian too.
_ORDINARY = _read_words(
    """
    will mark may june april august grant frank rose hope faith grace joy dawn summer autumn winter jack bill bob rob pat
    sue drew chase hunter mason carter cooper cook baker taylor smith page park parks price rice long short young old king
    prince bishop day night snow rain storm stone field fields hill hall wood woods brook brooks banks bush ford lane
    street love best good small little black white green brown gray grey gold silver case link key bell book cash chance
    chip dean drake earl fox guy hart hand head heath holly iris ivy jade jay jean jewel kit lily max miles mercy moss
    nick olive pearl penny pepper piper pierce ray reed rich robin rod ruby rusty sandy scout sky star sterling trip
    tucker victor violet ward west wolf art gene don harry junior major marshall miller moon noble north pace pope post
    power read root sage sharp shell shore singer skip spring steel sun swift temple trust turner walker walls warm waters
    wells wise worth an see do so to go no ho on hi in my me us we you she her his all any can has had not now ok one out
    klein gross groß lang kurz neu neumann alt jung weiß weiss schwarz roth rot braun grün gut ernst fuchs vogel hahn
    sommer herbst berg bach stein baum busch stern kaiser könig koch bauer richter schneider weber wagner becker schreiber
    sauer kühn stark heiter engel graf hart hauser kern krug lange ritter roth sand schwan sonne thema vogt voll wild
    bianco rosso neri bruno gallo fontana costa monti ponte bella bello serena gioia alba aurora luna stella vittoria
    marina viola rosa gemma chiara santo franco leone conte re
    test user admin administrator support info mail email contact office team sales service help hello customer kunde
    guest root owner null none unknown anonymous me system agent bot desk company kontakt webmaster postmaster noreply
    thunderbird firefox mozilla google outlook windows linux android apple microsoft gmail
    """
)
_LANGUAGES = ("en", "de", "it", "fr", "es", "pt", "nl", "hi", "zh", "ko", "ja")
_SPACELESS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_IN_WORD = re.compile(r"[^\W_]|[\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e]")  # marks are no \w
_SENTENCE_BEGINS = re.compile('(?:\\A|[.!?:;…\n\x1e>*•"“(-])\\s*\\Z')
_SMALLEST = 2
_LEAST_WITH_ENDING = 5
_LEAST_OF_STEM = 3
_WHOLE_SYLLABLES = 3
"""Syllables of a Korean name that is itself also behind a word that it is written together with."""

_CYRILLIC = re.compile("[\u0400-\u04ff]+(?:-[\u0400-\u04ff]+)?")
# Endings of names in the cases of Russian and Ukrainian, of men and of women.
_CASES = re.compile(
    "(?:ами|ями|ого|его|ому|ему|ією|ией|ием|ия|ию|ии|ій|ой|ою|ей|ею|ёй|ом|ем|ём|ым|им|ам|ям|ах|ях|ові|еві|ів|ов|ев|ая|яя|ую|юю"
    "|а|я|у|ю|е|є|ы|и|і|о|й|ь)?(?![\u0400-\u04ff])"
)
_ADJECTIVE = ("ий", "ый", "ой", "ая", "яя", "ій")
_DOTLESS = str.maketrans("İı", "ii")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


class _Name(NamedTuple):
    """A way to call a person, as it is written and in lower case; an `is_ordinary` one is a word of a language too.

    An `is_stem` is what a name of Cyrillic letters keeps in all its cases.
    """

    written: str
    lowered: str
    is_ordinary: bool
    is_stem: bool = False


def redact_ticket(ticket: Ticket) -> Ticket:
    """The ticket with `[name]`, `[email]` and the like in place of what is found, without `names`, authors as numbers.

    Tags, articles and the `url` that hold such are dropped, and a `lang` that is none. `customer` and `company` stay as
    they are: keys of the export, for whoever keeps the ticket to deal with.
    """
    authors: dict[str, str] = {}
    url = unquote(ticket.url)
    texts = [ticket.subject, ticket.product, ticket.topic, url, *(one.text for one in ticket.messages)]
    texts += (*ticket.attachments, *ticket.tags, *ticket.articles)
    subject, product, topic, address, *rest = _redact_together(texts, ticket.names)
    count = len(ticket.messages)
    messages = tuple(
        Message(
            message.by, text, message.is_public, authors.setdefault(message.author, str(len(authors) + 1))
        )
        for message, text in zip(ticket.messages, rest[:count], strict=True)
    )
    files = rest[count : count + len(ticket.attachments)]
    tags, articles = rest[count + len(files) :], rest[len(rest) - len(ticket.articles) :]
    tags = tags[: len(ticket.tags)]
    return ticket._replace(
        subject=subject,
        product=product,
        topic=topic,
        lang=ticket.lang if _LANGUAGE_TAG.fullmatch(ticket.lang) else "",
        url=ticket.url if address == url else "",
        messages=messages,
        attachments=tuple(files),
        tags=tuple(tag for tag, before in zip(tags, ticket.tags, strict=True) if tag == before),
        articles=tuple(
            page for page, before in zip(articles, ticket.articles, strict=True) if page == before
        ),
        names=(),
    )


def settle_refs(ticket: Ticket) -> Ticket:
    """The ticket without the keys of others that are no plain name, or hold personal data: they stand in every list.

    Raises ValueError where its own key is such.
    """
    if why := _find_fault(ticket.ref, ticket.names):
        raise ValueError(f"its number {why}")
    follows, into = (
        "" if _find_fault(ref, ticket.names) else ref for ref in (ticket.follows, ticket.merged_into)
    )
    is_gone = ticket.is_gone or into != ticket.merged_into
    return ticket._replace(follows=follows, merged_into=into, is_gone=is_gone)


def _find_fault(ref: str, names: Sequence[str]) -> str:
    """What is wrong with a key of a ticket, "" for nothing."""
    if len(ref) <= _LONGEST_REF and ((ref.isascii() and ref.isdigit()) or not ref):
        return ""
    if len(ref) > _LONGEST_REF or not _PLAIN.fullmatch(ref):
        return "is no plain name of letters, digits and .#/-"
    # A path of a project (`octocat/hello#12`) has our own names in it.
    return "holds personal data" if redact_prose(ref, () if "/" in ref else names) != ref else ""


def redact_prose(text: str, names: Sequence[str] = ()) -> str:
    """One text as `redact_ticket` does it, with these people's names."""
    return _redact_together([text], names)[0]


def _redact_together(texts: Sequence[str], names: Sequence[str]) -> list[str]:
    """The texts redacted, looked at as one, which takes half the time."""
    texts = [one.replace("\x1e", " ") for one in texts]
    text = _BREAK.join(texts)
    found = [part for one in _find(text, names) for part in _part(text, one)]
    redacted = replace_found(text, found).split(_BREAK)
    if len(redacted) == len(texts):
        return redacted
    return [replace_found(one, _find(one, names)) for one in texts]


def _part(text: str, found: Found) -> Iterator[Found]:
    """What is found, by texts: of a key two messages may have a half each."""
    at = found.start
    for part in text[at : found.stop].split(_BREAK):
        if part:
            yield Found(found.kind, at, at + len(part))
        at += len(part) + len(_BREAK)


def _find(text: str, names: Sequence[str]) -> list[Found]:
    """What is to be taken out, in order; what the rules find goes before names, longer names before shorter."""
    named = sorted((*_find_names(text, names), *_find_called(text)), key=lambda one: one.start - one.stop)
    return keep_apart((*find_personal_data(text), *named))


def _find_names(text: str, names: Sequence[str]) -> Iterator[Found]:
    """Where people whom the export names are named, as whole words."""
    lowered = _lower(text)
    for name in _list_ways(names):
        at = lowered.find(name.lowered)
        while at >= 0:
            stop = at + len(name.lowered)
            if name.is_stem:
                if case := _find_case(text, at, stop):
                    yield Found("name", at, case)
            elif (
                _is_whole(text, at, stop) and (not name.is_ordinary or _is_meant(text, name, at, stop))
            ) or (_has_ending(text, name, at, stop)):
                yield Found("name", at, stop)
            at = lowered.find(name.lowered, stop)


def _find_case(text: str, start: int, stop: int) -> int:
    """Where a name in some case ends of which the stem stands there, 0 for what is another word, or is not written as a name."""
    is_begun = text[start].isupper() and not _IN_WORD.match(text[start - 1 : start] or " ")
    match = _CASES.match(text, stop) if is_begun else None
    return match.end() if match else 0


def _list_stems(lowered: str) -> Iterator[str]:
    """What a name keeps in all cases: `петров`, `мари` of Мария, `павл` of Павел; none of what is no single word of Cyrillic letters."""
    if not _CYRILLIC.fullmatch(lowered):
        return
    if lowered.endswith(_ADJECTIVE) and len(lowered) - 2 > _LEAST_OF_STEM:
        yield lowered[:-2]
    if lowered[-1] in "аяоеыийьії" and len(lowered) > _LEAST_OF_STEM:
        yield lowered[:-1]
    elif len(lowered) > _LEAST_OF_STEM:
        yield lowered
        if lowered[-2] in "еёо":
            yield lowered[:-2] + lowered[-1]


def _has_ending(text: str, name: _Name, start: int, stop: int) -> bool:
    """Whether a name stands there with a genitive's -s or a number: `Quastenbergs`, `quastenberg2024.pdf`."""
    if name.is_ordinary or len(name.lowered) < _LEAST_WITH_ENDING or not text[stop - 1].isalpha():
        return False
    end = stop + 1 if text[stop : stop + 1] in ("s", "S") else stop
    while text[end : end + 1].isdecimal() and end < stop + _BESIDE:
        end += 1
    return _is_whole(text, start, end)


def _lower(text: str) -> str:
    """A text in lower case in which every sign stands where it stood; İ, I and ı are one letter."""
    text = text.translate(_DOTLESS)
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)


def _list_ways(names: Sequence[str]) -> list[_Name]:
    """How people can be called who are named so: in full, turned round, by each part of the name, by the login."""
    ways: dict[str, _Name] = {}
    for name in names:
        whole = " ".join(name.split())
        account, at, _ = whole.partition("@")
        parts = [part for part in re.split(r"[\s,._+-]+" if at else r"[\s,]+", account) if part]
        written = [account if at else whole, *parts]
        written += (
            half for part in parts if "-" in part for half in part.split("-") if len(half) > _SMALLEST
        )
        if len(parts) > 1:
            written += [f"{parts[-1]} {' '.join(parts[:-1])}", f"{parts[-1]}, {' '.join(parts[:-1])}"]
            written += (f"{parts[0]}{sign}{parts[-1]}" for sign in (" ", "_", ".", "-", ""))
        elif _IS_SPACELESS.match(account) and len(account) == 3:
            written.append(account[1:])
        for way in written:
            bare = way.strip(".,'’\"()[]<>")
            lowered = _lower(bare)
            if len(bare) >= _SMALLEST and not bare.isdecimal():
                ways |= {
                    one: _Name(bare, one, _is_ordinary(lowered) or _is_ordinary(one))
                    for one in _spell(lowered)
                }
                ways |= {
                    f"{stem}-": _Name(bare, stem, is_ordinary=False, is_stem=True)
                    for stem in _list_stems(lowered)
                    if not _is_ordinary(lowered)
                }
    return list(ways.values())


def _spell(lowered: str) -> set[str]:
    """How keyboards and programs write one name: `müßig`, `mueßig`, `müssig`, `muessig`, `mussig`, and with marks of their own."""
    if lowered.isascii():
        return {lowered}
    signs = unicodedata.normalize("NFC", lowered)
    spelt = {lowered, signs}
    spelt |= {one.replace("ß", "ss") for one in spelt}
    bare = "".join(
        sign for sign in unicodedata.normalize("NFD", signs) if not "\u0300" <= sign <= "\u036f"
    ).replace("ß", "ss")
    spelt |= {one.translate(_UMLAUTS) for one in spelt}
    return {*spelt, *(unicodedata.normalize("NFD", one) for one in spelt), bare}


@cache
def _known_words() -> frozenset[str]:
    return _ORDINARY.union(*map(function_words, _LANGUAGES))


def _is_ordinary(lowered: str) -> bool:
    return lowered in _known_words() or (len(lowered) < 3 and lowered.isascii())


def _is_whole(text: str, start: int, stop: int) -> bool:
    """Whether what stands there is no part of a longer word; in scripts without spaces nothing tells."""
    if _IS_SPACELESS.match(text[start]):
        is_joined = "\uac00" <= text[start - 1 : start] <= "\ud7a3"
        return text[start] < "\uac00" or not is_joined or stop - start >= _WHOLE_SYLLABLES
    return not (
        _IN_WORD.match(text[start - 1 : start] or " ") or _IN_WORD.match(text[stop : stop + 1] or " ")
    )


def _is_meant(text: str, name: _Name, start: int, stop: int) -> bool:
    """Whether a name that is a word too is the name here: spelt as such, and inside a sentence."""
    if text[start:stop] != name.written or not name.written[:1].isupper():
        return False
    before, after = text[max(0, start - _BESIDE) : start], text[stop : stop + _BESIDE]
    beside = before.rpartition("\n")[2] + after.partition("\n")[0]
    # Alone on its line it is a signature.
    return not beside.strip(" .,!-–—") or not _SENTENCE_BEGINS.search(text, max(0, start - 8), start)


_PART = r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽȘȚЀ-Я][\w'’´-]+|[A-ZА-Я]\.)"
_JOINT = r"(?:(?:von|van|de|della|di|da|der|den|ter|ten|zu|zum|la|le|del|du|dos|das|do|bin|al|af) ){0,2}"
_FULL = rf"{_JOINT}{_PART}(?: {_JOINT}{_PART}){{0,2}}"
_TITLE = (
    r"(?:(?:Mrs?|Ms|Mx|Miss|Dr|Prof|Sir|Madam|Herrn?|Frau|Sig(?:\.ra|nora?)?|[Dd]ott(?:\.ssa|oressa)?|Ing|Sra?|Srta|Mme|Mlle|Monsieur|Madame"
    r"|heer|[Mm]evrouw|Dhr|[Mm]evr|Pan(?:[aiu]|em|ią)?|Bay|Bayan|господин|госпожа|г-н|г-жа|пане?|пані)\.? )"
)
_TITLES_OF = {
    # What is a form of address in these languages, and in others a word or the name of something.
    "Ing": ("de", "it", "es", "cs"), "Ms": ("en",), "Mx": ("en",), "Miss": ("en",), "Sir": ("en",), "Sig": ("it",), "Sr": ("es", "pt"), "Pan": ("pl", "cs"), "Pana": ("pl", "cs"), "Bay": ("tr",),
}  # fmt: skip
_TOLD_APART = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "tr", "sv", "da", "hu", "fi", "ro")
_AROUND = 300
"""Characters on each side of a form of address by which it is told what language it is in."""


def _choose(phrases: Sequence[str]) -> str:
    return "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))


def _list_first_words(phrases: Sequence[str]) -> frozenset[str]:
    return frozenset(phrase.split()[0] for phrase in phrases)


_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江"
_LINES = (
    # The first words of a line or of its last sentence with which such a line begins, and the line: its group is taken out.
    (
        _list_first_words(GREETINGS),
        rf"(?i:(?:{_choose(GREETINGS)})[rs]?)(?: {_TITLE}{{0,2}}(?P<name>{_FULL})(?= ?[,!.:;–-]| ?$| [a-z])|, {_TITLE}{{0,2}}(?P<other>{_FULL})(?=[,!]| ?$))",
    ),
    (
        _list_first_words(CLOSINGS),
        rf"(?i:{_choose(CLOSINGS)})(?: aus [A-ZÄÖÜ]\w+)? ?[,.!:]?(?: |[ \t]*\n\s{{0,4}})(?:i\. ?[AV]\. |p\.p\. )?{_TITLE}{{0,2}}(?P<name>{_FULL})(?=[ \t]*[,.!]?[ \t]*$)",
    ),
    (_read_words("thank thanks danke vielen grazie"), rf"[^.!?\n]{{5,80}}[,.!] (?P<name>{_FULL})(?=[.!]?[ \t]*(?:$|\n\x1e))"),
    (_read_words("this"), rf"(?i:this is) (?P<name>{_PART}(?: {_JOINT}{_PART}){{1,2}})(?= from | here|[,.]? ?$)"),
)  # fmt: skip
_ALONE = rf"{_PART}(?: {_JOINT}{_PART}){{0,2}}(?=[.!,-]{{0,3}}\Z)"
_PLACES = (
    # What is in every text with such a name, and where it stands.
    (
        (
            "y name is ", "name's ", "ch heiße ", "ch heisse ", "ein Name ist ", "i chiamo ", "mio nome è ", "e llamo ", "i nombre es ",
            "eu nome é ", "e chamo ", "ijn naam is ", "k heet ", "e m'appelle ", "azywam się ", "ag heter ", "еня зовут ", "ене звати ",
        ),
        (rf"(?i:my name is|name's|ich hei(?:ß|ss)e|mein name ist|mi chiamo|il mio nome è|me llamo|mi nombre es|meu nome é|me chamo|mijn naam is"
        rf"|ik heet|je m'appelle|nazywam się|jag heter|меня зовут|мене звати) (?P<name>{_FULL})"),
    ),
    (
        ("Mr", "Ms", "Mx", "Miss", "Dr", "Prof", "Sir", "Mad", "Herr", "Frau", "Sig", "ott", "Ing", "Sr", "Mme", "Mlle", "Monsieur", "Dhr", "Mevr", "mevr", "heer", "Pan", "Bay"),
        rf"(?=[BDFHIMPSdhm])(?<!\w)(?={_TITLE}{{1,2}}(?P<name>{_FULL}))(?P<title>\w+(?:\.ra)?)",
    ),
    # As mail programs name who wrote, and to whom.
    ((" <",), rf"(?:(?<=\A)|(?<=^)|(?<=[:,;>\"'] )|(?<=[\"':,;\t]))(?P<name>{_FULL})[\"']? <(?=[^<>\s@]{{1,64}}@[^<>\s]{{3,99}}>)"),
    (('" <',), r"\"(?P<name>[^\W\d_][^\"\n<>@]{1,59})\" <(?=[^<>\s@]{1,64}@[^<>\s]{3,99}>)"),
)  # fmt: skip
_OTHER_PLACES = (
    # The same, in texts that are not ASCII.
    (("г-", "осподин", "оспож", "пан"), rf"(?<!\w)(?:г-н[уа]?|г-ж[аеу]|[Гг]осподин[уа]?|[Гг]оспож[аеу]|пане?|пані) (?P<name>{_FULL})"),
    (
        ("様",),
        r"(?<![おご々\u4e00-\u9fff])(?!皆|各|担当|関係|ご)(?P<name>[々\u4e00-\u9fff]{2,5}|[\u30a1-\u30ff]{2,8})(?<![同多仕模異一有文両今客者社長位員部課係店校院局])(?= ?様(?:[のはがをにへと、。]|から|より))",
    ),
    (("我是",), rf"(?:^|[，。！\s])我是(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[，,。.；;！!\s]|$)"),
    (("様", "さん"), r"^(?P<name>(?!お客|皆|各|担当|関係|ご)[\u3005\u3041-\u30ff\u4e00-\u9fff]{1,6})(?= ?(?:様|さん)[、,，]?\s*$)"),
    (("お願い", "ございます", "敬具"), r"(?:お願い(?:いた|致)?します|ありがとうございます|敬具)[。．]?\s{1,3}(?P<name>[\u3005\u4e00-\u9fff]{2,5}(?<![部課社店係課者様局])(?:[ \u3000][\u3005\u4e00-\u9fff]{1,3})?)$"),
    (("नमस्ते", "नमस्कार"), r"(?:नमस्ते|नमस्कार),? (?P<name>[\u0900-\u0963]+(?: [\u0900-\u0963]+)?)(?= जी)"),
    (("我叫", "姓名", "名字是", "联系人"), r"(?:我叫|姓名[:：]? ?|名字是|联系人[:：]? ?)(?P<name>[\u4e00-\u9fff]{2,3})(?=[，,。.；;！!\s]|$)"),
    (("先生", "女士", "小姐"), r"(?:^|[，。！\s]|尊敬的|亲爱的)(?P<name>[\u4e00-\u9fff]{1,2})(?=先生|女士|小姐)"),
    (("谢谢", "此致", "敬礼", "祝好"), r"(?:谢谢|此致|敬礼|祝好)[！!。.]?\s{1,3}(?P<name>[\u4e00-\u9fff]{2,3})$"),
    (("저는", "이름은", "담당자"), r"(?:저는|이름은|담당자)\s?(?P<name>(?!입니다|이라|라고)[가-힣]{2,4}?)(?=\s?(?:입니다|이라고|라고|님|$))"),
    (("님", "씨", "드림", "올림"), r"(?<![가-힣])(?P<name>[가-힣]{2,3})(?= ?(?:님|씨|드림|올림)(?:[\s,.!]|께|$))"),
    (
        ("नाम", "प्रिय", "श्री"),
        r"(?:मेरा नाम|प्रिय|श्रीमती|श्री|सुश्री) (?P<name>[\u0900-\u0963]+(?: [\u0900-\u0963]+)?)(?= है| जी|[,،।!]|$)",
    ),
    (("धन्यवाद", "सादर"), r"(?:धन्यवाद|सादर)[,।!]?\s{1,3}(?P<name>[\u0900-\u0963]+(?: [\u0900-\u0963]+){0,2})$"),
)  # fmt: skip
_NO_NAMES = _read_words(
    """
    all team support everyone everybody there sir madam customer customers community folks guys experts forum members again
    advance help hello zusammen leute kundenservice damen herren tutti assistenza servizio supporto moz volunteers
    고객 선생 과장 대리 부장 팀장 차장 사원 사장 담당자 고객센 여러분 관리자 운영자 您 各位 客服 ग्राहक महोदय सर टीम जी
    sorry again already start restart stop solved resolved fixed done update edit yes no ok okay attached
    please sent from since after when windows mac linux world siri alexa cortana valued welt państwo
    kundinnen kunden nutzer nutzerinnen kolleginnen kollegen clients clientes clienti usuarios utilisateurs collega's
    всем коллеги команда служба поддержка пожалуйста помогите заранее срочно ответьте жду всё все нет да привет спасибо
    колеги команда підтримки допоможіть будь
    """
)
_GROUPS = _read_words(
    """
    team support service services success desk department community forum office group crew equipo equipe équipe servicio serviço
    gmbh ltd inc llc ag corp servizio zespół obsługa служба команда поддержка підтримка टीम सहायता 팀
    """
)
"""Whoever signs with such a word is no one person."""


_LEFT_SHARE = 1 / 3
_LEFT_LEAST = 2
_FIRM = r"(?:GmbH|mbH|AG|KG|OHG|UG|Inc|Ltd|LLC|LLP|Corp|[Ss]\.?[Rr]\.?[Ll]|S\.?[Pp]\.?A|SARL|SAS|B\.?V|N\.?V|Oy|ApS|e\.?V)\b"


def looks_like_name(word: str, texts: Sequence[str]) -> bool:
    """Whether a word stands in a third of the redacted texts that have it (in two at least) as only names do.

    That is after a greeting, a closing, a title or an initial, beside a name that was taken out, or before the legal form of a firm; in capitals or not.
    """
    if _is_ordinary(word.lower()) or _is_no_name(word):
        return False
    escaped = re.escape(word)
    before = rf"\b(?i:{_choose((*GREETINGS, *CLOSINGS))})[,.!:]?\s{{1,3}}|(?<!\w)(?i:{_TITLE})|\b[A-Z]\. ?"
    place = rf"(?:\[name\] |{before})(?i:{escaped})\b|\b(?i:{escaped}) (?:\[name\]|{_FIRM})"
    holding = [text for text in texts if re.search(rf"(?i:\b{escaped}\b)", text)]
    named = sum(1 for text in holding if re.search(place, text))
    return named >= max(_LEFT_LEAST, _LEFT_SHARE * len(holding))


def _find_called(text: str) -> Iterator[Found]:
    """Names where letters have them: after a greeting, a closing, a title, `my name is`, in six languages."""
    for match in (*_match_lines(text), *_match_places(text)):
        group = "other" if match.lastgroup == "other" else "name"
        if (name := _trim(match[group])) and _is_addressed(text, match):
            yield Found("name", match.start(group), match.start(group) + len(name))
    yield from _find_signatures(text)


def _is_addressed(text: str, match: re.Match[str]) -> bool:
    """Whether the form of address before a name, if that is what found it, is one in the language of what stands around."""
    langs = _TITLES_OF.get(match.groupdict().get("title", ""))
    if langs is None:
        return True
    around = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
    return not set(langs).isdisjoint(find_likely_languages(around, _TOLD_APART))


def _find_signatures(text: str) -> Iterator[Found]:
    """Last lines of messages that are nothing but one to three words with capitals, none of which the text has without."""
    stop = -1
    known: set[str] = set()
    for message in text.split(_BREAK):
        start, stop = stop + 1, stop + 1 + len(message) + len(_BREAK) - 1
        above, sign, last = message.rstrip().rpartition("\n")
        bare = last.strip()
        if not sign or len(bare) > _LONGEST_SIGNATURE or not above.strip():
            continue
        match = _compile(_ALONE).match(bare)
        words = re.split("[ .-]+", match[0].lower()) if match else []
        known = known or {*re.findall(r"\w+", text), *re.findall(r"\w+['’´][\w'’´]*\w", text)}
        if match and known.isdisjoint(words) and not any(map(_is_no_name, words)):
            place = start + len(above) + 1 + last.index(bare)
            yield Found("name", place, place + len(match[0]))


def _match_lines(text: str) -> Iterator[re.Match[str]]:
    at = 0
    for line in text.split("\n"):
        last = max(line.rfind(". "), line.rfind("! "), line.rfind("? ")) + 2
        for begin in (0, last) if last > 1 else (0,):
            words = line[begin : begin + 20].lstrip(" \t>*").split(None, 1)
            first = words[0].rstrip(",.!").lower() if words else ""
            for begins, pattern in _LINES:
                if first in begins:
                    place = at + line.index(words[0], begin)
                    if match := _compile(pattern).match(text, place):
                        yield match
        at += len(line) + 1


def _match_places(text: str) -> Iterator[re.Match[str]]:
    for signs, pattern in _PLACES if text.isascii() else (*_PLACES, *_OTHER_PLACES):
        if any(map(text.__contains__, signs)):
            yield from _compile(pattern).finditer(text)


def _trim(name: str) -> str:
    """A name without the words after it that are none; "" where it begins with one."""
    words = name.split(" ")
    if not _GROUPS.isdisjoint(re.split("[ .,-]+", name.lower())):
        return ""
    while words and _is_no_name(words[-1]):
        words.pop()
    return " ".join(words) if words and not _is_no_name(words[0]) else ""


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


def _is_no_name(word: str) -> bool:
    if len(word) == 2 and word[0].isupper() and word[1] == ".":
        return False
    lowered = word.strip(".,'’!").lower()
    return (
        not lowered
        or not _NO_NAMES.isdisjoint((lowered, *lowered.split("-")))
        or lowered in _greeting_words()
        or (lowered in _function_words() and lowered not in ("von", "van", "de", "di", "da", "al"))
    )


@cache
def _greeting_words() -> frozenset[str]:
    return frozenset((*GREETINGS, *CLOSINGS, *_list_first_words((*GREETINGS, *CLOSINGS))))


@cache
def _function_words() -> frozenset[str]:
    return frozenset().union(*map(function_words, _LANGUAGES))
