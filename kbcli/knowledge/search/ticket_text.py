"""A whole ticket as a query: what the customer says, without the mail around it."""

import re
from functools import cache

from kbcli.knowledge.search.query import Query, clean_text, make_ticket_query

LONGEST_TICKET = 100_000
"""Characters of a ticket that are read."""

_SIGNATURE_LINES = 6
"""Lines after a closing phrase that are taken for the signature, up to a blank line after two of them."""

_LONGEST_CLOSING = 60

_SUBJECTS = [
    "subject",
    "betreff",
    "objet",
    "oggetto",
    "asunto",
    "assunto",
    "onderwerp",
    "тема",
    "主题",
    "제목",
    "件名",
]


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(item for part in text.split(",") if (item := " ".join(part.split())))


_GREETINGS = _read_list(
    """
    hi, hello, hey, dear, good morning, good afternoon, good evening, greetings,
    to whom it may concern, hallo, guten tag, guten morgen, guten abend, moin, servus, liebe,
    lieber, liebes, sehr geehrte, bonjour, bonsoir, salut, cher, chère, chers, madame, monsieur,
    hola, buenos días, buenos dias, buenas tardes, buenas noches, estimado, estimada, estimados,
    ciao, salve, buongiorno, buonasera, gentile, gentili, egregio, spettabile, spett, olá, ola,
    bom dia, boa tarde, boa noite, prezado, prezada, prezados, caro, cara, hoi, beste, geachte,
    goedemorgen, goedemiddag, hej, hei, god dag, bästa, kære, kjære, cześć, dzień dobry, szanowny,
    szanowna, szanowni, dobrý den, ahoj, vážený, vážená, здравствуйте, привет, добрый день,
    доброе утро, добрый вечер, уважаемый, уважаемая, уважаемые, merhaba, sayın, selam, नमस्ते,
    नमस्कार, प्रिय, 您好, 你好, 尊敬的, 亲爱的, 안녕하세요, 안녕하십니까, お世話になっております, お世話になります, こんにちは, السلام عليكم,
    مرحبا, שלום,
    """
)

_CLOSINGS = _read_list(
    """
    best regards, kind regards, warm regards, many thanks, thanks, thank you, thx, regards,
    best wishes, best, cheers, sincerely, yours sincerely, yours faithfully, yours truly,
    with kind regards, br, kr, thanks in advance, thank you in advance, thanks and regards,
    all the best, mit freundlichen grüßen, mit freundlichen grüssen, freundliche grüße,
    freundliche grüsse, viele grüße, viele grüsse, beste grüße, liebe grüße, herzliche grüße,
    mit besten grüßen, schöne grüße, grüße, gruß, mfg, lg, vg, danke, vielen dank, danke im voraus,
    vielen dank im voraus, besten dank, cordialement, bien cordialement, bien à vous,
    salutations distinguées, merci, merci d'avance, meilleures salutations, sincères salutations,
    saludos, saludos cordiales, un saludo, atentamente, gracias, muchas gracias,
    gracias de antemano, cordiali saluti, distinti saluti, saluti, un saluto, grazie, grazie mille,
    grazie in anticipo, atenciosamente, cumprimentos, com os melhores cumprimentos, obrigado,
    obrigada, met vriendelijke groet, met vriendelijke groeten, groeten, groetjes, mvg, bedankt,
    med vänliga hälsningar, vänliga hälsningar, hälsningar, mvh, med venlig hilsen, venlig hilsen,
    med vennlig hilsen, vennlig hilsen, tack, tak, takk, pozdrawiam, z poważaniem, dziękuję,
    s pozdravem, děkuji, с уважением, спасибо, заранее спасибо, saygılarımla, teşekkürler,
    iyi çalışmalar, धन्यवाद, सादर, 谢谢, 此致, 敬礼, 祝好, 顺祝商祺, 감사합니다, 수고하세요, よろしくお願いいたします, よろしくお願いします,
    以上、よろしくお願いいたします, ありがとうございます, 敬具, مع أطيب التحيات, شكرا, תודה, בברכה,
    """
)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    headers = (
        "from|to|cc|bcc|sent|date|subject|reply-to|message-id|mime-version|content-type|content-transfer-encoding|received"
        "|return-path|x-[a-z-]+|von|an|gesendet|datum|betreff|de|à|envoyé|objet|da|a|inviato|oggetto|data|para|enviado"
        "|asunto|assunto|van|aan|verzonden|onderwerp|от|кому|отправлено|тема|дата|发件人|收件人|发送时间|主题|抄送"
        "|보낸 사람|받는 사람|보낸 날짜|제목|差出人|宛先|送信日時|件名"
    )
    original = (
        "original message|ursprüngliche nachricht|originalnachricht|message d'origine|message original|messaggio originale"
        "|mensaje original|mensagem original|oorspronkelijk bericht|forwarded message|weitergeleitete nachricht"
        "|reply above this line|please type your reply above this line|原始邮件|원본 메시지|元のメッセージ"
    )
    wrote = (
        r"wrote|schrieb.{0,80}|a écrit|ha scritto|escribió|escreveu|schreef.{0,80}|skrev.{0,80}|napisał\(?a?\)?|napsal\(?a?\)?"
        r"|написал\(?а?\)?|пишет|şunları yazdı|写道|님이 작성|さんは書きました|ने लिखा"
    )
    return {
        "header": re.compile(rf"\*?(?:{headers})\*?\s*[:：]\*?\s", re.IGNORECASE),
        "original": re.compile(
            rf"\s*(?:[-_=*#]{{2,}}\s*)?(?:{original})\s*:?\s*(?:[-_=*#]{{2,}})?\s*$", re.IGNORECASE
        ),
        "wrote": re.compile(rf".{{0,200}}(?:\d|@|<).{{0,200}}(?:{wrote})\s*[:：]\s*$", re.IGNORECASE),
        "signature": re.compile(
            r"(?:--|—|__+|- -)\s*$|(?:sent from my|von meinem|gesendet von|envoyé de mon|inviato da"
            r"|enviado desde mi|get outlook for) .{0,60}$",
            re.IGNORECASE,
        ),
    }


def read_ticket(text: str) -> Query:
    """The query of a ticket: its own words, in which nothing is an operator. Any text, never fails."""
    query = make_ticket_query(extract_question(text))
    own, pasted = split_pasted(query.text)
    return query._replace(words=tuple(" ".join(own).split()), pasted=tuple(" ".join(pasted).split()))


def extract_question(text: str) -> str:
    """What a mail says itself.

    Left out are its headers (the subject's text stays), quoted lines and what introduces them, a
    forwarded or earlier message below a separator, greetings, and the signature: what follows
    `-- `, and a closing phrase with at most six lines after it. When nothing would be left, the
    text as it is.
    """
    cleaned = clean_text(text[:LONGEST_TICKET]).replace("\r\n", "\n").replace("\r", "\n")
    lines = _cut_history(_cut_headers(cleaned.split("\n")))
    lines = [line for line in lines if not line.lstrip().startswith((">", "|>", "＞"))]
    lines = _cut_signature(_cut_greeting(lines))
    question = "\n".join(lines).strip()
    return question if any(map(str.isalnum, question)) else cleaned.strip()


def _cut_headers(lines: list[str]) -> list[str]:
    """Without the mail headers at the top; two or more must stand there to be taken for such."""
    header = _patterns()["header"]
    start = next((place for place, line in enumerate(lines) if line.strip()), 0)
    end, found, subject = start, 0, ""
    while end < len(lines) and (
        header.match(lines[end] + " ") or (found and lines[end][:1] in (" ", "\t") and lines[end].strip())
    ):
        name, _, value = lines[end].replace("：", ":").partition(":")
        found += bool(header.match(lines[end] + " "))
        if name.strip("* ").casefold() in _SUBJECTS:
            subject = re.sub(
                r"^(?:\s*(?:re|aw|fw|fwd|wg|tr|rif|antw)\s*:)+", "", value, flags=re.IGNORECASE
            ).strip()
        end += 1
    if found == 0 or (found == 1 and not subject):
        return lines
    return [subject, *lines[end:]]


def _cut_history(lines: list[str]) -> list[str]:
    """Up to the earlier message, however the mail program introduces it, if anything stands before it."""
    patterns = _patterns()
    for place, line in enumerate(lines):
        bare = line.strip()
        if len(bare) > 400 or not bare:
            continue
        following = lines[place + 1].strip() if place + 1 < len(lines) else ""
        wrote = bare[-1] in ":：" and patterns["wrote"].match(bare)
        if not wrote and following[-1:] in (":", "：") and len(bare) + len(following) < 300:
            wrote = patterns["wrote"].match(f"{bare} {following}")
        block = (":" in bare or "：" in bare) and _is_header_block(lines, place)
        if wrote or patterns["original"].match(bare) or block:
            before = lines[:place]
            if any(map(str.isalnum, "".join(before))):
                return before
            if not wrote:
                return _cut_history(_cut_headers(lines[place + (not block) :]))
    return lines


def _is_header_block(lines: list[str], place: int) -> bool:
    """Whether three header lines follow one another: what Outlook puts above an earlier message."""
    header = _patterns()["header"]
    three = lines[place : place + 3]
    return len(three) == 3 and all(header.match(line.strip() + " ") for line in three)


def _cut_greeting(lines: list[str]) -> list[str]:
    """Without a greeting that has the first line of text to itself, or begins it up to a comma."""
    for place, line in enumerate(lines):
        bare = line.strip()
        if not bare:
            continue
        folded = bare.casefold()
        for greeting in _GREETINGS:
            after = folded[len(greeting) :]
            if not folded.startswith(greeting) or (after[:1].isalpha() and greeting[0] < "\u0900"):
                continue
            name, comma, rest = re.sub("[，、!！。]", ",", bare[len(greeting) :]).partition(",")
            if len(name.split()) <= 4 and len(name) <= _LONGEST_CLOSING and (comma or len(name.split()) <= 3):
                return [*lines[:place], rest, *lines[place + 1 :]]
        return lines
    return lines


def _cut_signature(lines: list[str]) -> list[str]:
    signature = _patterns()["signature"]
    seen_text = False
    for place, line in enumerate(lines):
        bare = line.strip()
        if seen_text and (signature.match(bare) or _is_closing(bare)):
            following = [other for other in lines[place + 1 :] if other.strip()]
            if signature.match(bare) and bare[:1] in "-—_":
                return lines[:place]
            if len(following) <= _SIGNATURE_LINES:
                return lines[:place]
            if len(following) <= 3 * _SIGNATURE_LINES and all(
                len(other) <= _LONGEST_CLOSING for other in following
            ):
                return lines[:place]
        seen_text = seen_text or any(map(str.isalnum, bare))
    return lines


def _is_closing(line: str) -> bool:
    """Whether a line is a closing phrase, with at most a name after a comma."""
    if not line or len(line) > _LONGEST_CLOSING:
        return False
    phrase, _, rest = line.casefold().replace("，", ",").partition(",")
    phrase = phrase.strip(" .!-–—。！*_")
    return phrase in _CLOSINGS and len(rest.split()) <= 3


@cache
def _machine_line() -> re.Pattern[str]:
    stamps = (
        r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[T\s]\s*[0-9]{2}:",  # 2026-11-03 10:12, ISO 8601
        r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4},?\s+[0-9]{1,2}:[0-9]{2}",  # 11/3/2026 10:12:13 AM
        r"[0-9]{2}/[A-Za-z]{3}/[0-9]{4}[:\s][0-9]{2}",  # 03/Nov/2026:10:12:13 +0100
        r"(?:[A-Z][a-z]{2}\s+)?[A-Z][a-z]{2}\s+[0-9]{1,2}\s+[0-9]{2}:[0-9]{2}:[0-9]{2}",  # Nov  3 10:12:13
        r"[0-9]{2}:[0-9]{2}:[0-9]{2}\b",
    )
    levels = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL)\b"
    frames = (
        r"at\s[\w$.<>/]+\(",  # Java, JavaScript, C#
        r'File\s"[^"]{1,300}",\sline\s[0-9]',  # Python
        r"\#[0-9]{1,3}\s+(?:0x|/|[A-Za-z]:\\|\S+\()",  # gdb, PHP
        r"0x[0-9a-fA-F]{4}",
    )
    starts = "|".join((*stamps, levels, *frames))
    return re.compile(rf"[\s\[(<*|]{{0,40}}(?:{starts})")


def split_pasted(text: str) -> tuple[list[str], list[str]]:
    """The lines of a text in order: those that a person wrote, and those of logs and stack traces.

    Such a line begins with a time, a level (`ERROR`), a place in a program or an address. A text in
    which nobody says anything else is all its own.
    """
    own: list[str] = []
    pasted: list[str] = []
    begins_like_a_log = _machine_line().match
    for line in text.split("\n"):
        (pasted if begins_like_a_log(line) else own).append(line)
    if pasted and not any(map(str.isalnum, "".join(own))):
        return pasted, []
    return own, pasted
