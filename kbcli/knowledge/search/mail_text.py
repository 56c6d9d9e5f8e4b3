"""What a mail says, apart from what stands around and below it in mails, in many languages."""

import re
from collections.abc import Sequence
from functools import cache

from kbcli.foundation.typed import NamedTuple

_SIGNATURE_LINES = 6
"""Lines after a closing phrase that are taken for the signature, up to a blank line after two of them."""

_LONGEST_CLOSING = 60

_LONGEST_NOTE = 150
"""Letters above a forwarded mail that are a note to colleagues and not what is asked; three for each of Chinese."""

_MOST_FORWARDS = 5

_FOOTER_SIGNS = 3
"""Of so many kinds of things that only footers say, a paragraph that says them is one."""


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(item for part in text.split(",") if (item := " ".join(part.split())))


_SUBJECTS = frozenset(
    _read_list("subject, betreff, objet, oggetto, asunto, assunto, onderwerp, тема, 主题, 제목, 件名, विषय")
)

GREETINGS = _read_list(
    """
    hi, hello, hey, dear, good morning, good afternoon, good evening, greetings,
    to whom it may concern, hallo, guten tag, guten morgen, guten abend, moin, servus, liebe,
    lieber, liebes, sehr geehrte, bonjour, bonsoir, salut, cher, chère, chers, madame, monsieur,
    hola, buenos días, buenos dias, buenas tardes, buenas noches, estimado, estimada, estimados,
    ciao, salve, buongiorno, buonasera, gentile, gentili, egregio, spettabile, spett, olá, ola,
    bom dia, boa tarde, boa noite, prezado, prezada, prezados, caro, cara, hoi, beste, geachte,
    goedemorgen, goedemiddag, hej, hei, god dag, bästa, kære, kjære, cześć, dzień dobry, szanowny,
    szanowna, szanowni, dobrý den, ahoj, vážený, vážená, здравствуйте, привет, добрий день, доброго дня, вітаю, шановний, шановна, шановні, добрый день,
    доброе утро, добрый вечер, уважаемый, уважаемая, уважаемые, merhaba, sayın, selam, नमस्ते,
    नमस्कार, प्रिय, 您好, 你好, 尊敬的, 亲爱的, 안녕하세요, 안녕하십니까, お世話になっております, お世話になります, こんにちは, السلام عليكم,
    مرحبا, שלום,
    """
)

CLOSINGS = _read_list(
    """
    best regards, kind regards, warm regards, many thanks, thanks, thank you, thx, regards,
    best wishes, best, cheers, sincerely, yours sincerely, yours faithfully, yours truly,
    with kind regards, br, kr, thanks in advance, thank you in advance, thanks and regards,
    all the best, rgds, tia, greetings, mit freundlichen grüßen, mit freundlichen grüssen, freundliche grüße,
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
    s pozdravem, děkuji, üdv, üdvözlettel, köszönettel, köszönöm, с уважением, спасибо, заранее спасибо, з повагою, дякую, щиро дякую, saygılarımla, teşekkürler,
    iyi çalışmalar, धन्यवाद, सादर, 谢谢, 此致, 敬礼, 祝好, 顺祝商祺, 감사합니다, 수고하세요, よろしくお願いいたします, よろしくお願いします,
    以上、よろしくお願いいたします, ありがとうございます, 敬具, مع أطيب التحيات, شكرا, תודה, בברכה,
    """
)


_FOOTERS = tuple(
    map(
        _read_list,
        (
            # this message
            """
            this e-mail, this email, this message, this communication, this sender, this transmission, diese e-mail,
            diese mail, diese nachricht, ce message, ce courriel, cet e-mail, este mensaje, este correo, esta mensagem,
            este e-mail, questo messaggio, questa email, questa e-mail, questa comunicazione, dit bericht, deze e-mail,
            det här meddelandet, denne e-mail, denne e-post, ta wiadomość, это письмо, это сообщение, bu e-posta,본 메일,
            본 이메일, 이 메일, यह ईमेल, यह संदेश, 本邮件, 此邮件, 本メール, このメール
            """,
            # confidential
            """
            confidential, privileged, vertraulich, rechtlich geschützt, confidentiel, confidencial, riservat, confidenzial,
            vertrouwelijk, konfidentiell, fortrolig, poufn, конфиденциальн, gizli, 비밀, 기밀, गोपनीय, 保密, 机密, 機密
            """,
            # for the recipient alone
            """
            intended recipient, intended solely, solely for, addressee, individual or entity, richtige adressat,
            richtige empfänger, bestimmungsgemäß, destinataire, destinatari, geadresseerde, mottagaren, modtager, adresat,
            адресат, alıcısı, 수신인, 수신자, केवल उस व्यक्ति, 仅限于, 收件人, 受信者, 名宛人
            """,
            # received by mistake
            """
            in error, by mistake, irrtümlich, versehentlich erhalten, par erreur, por error, por erro, per errore,
            abusievelijk, av misstag, ved en fejl, ved en feil, omyłkow, ошибочно, yanlışlıkla, 잘못 수신, 잘못 받, गलती से,
            错收, 误收, 誤って, 誤送信
            """,
            # tell the sender, destroy it
            """
            notify the sender, inform the sender, notify us, contact the sender, den absender, l'expéditeur, al mittente,
            remitente, remetente, de afzender, avsändaren, afsenderen, avsenderen, nadawc, отправител, göndereni, 발신인,
            발신자, भेजने वाले को, 通知发件人, 送信者
            """,
            """
            delete it, delete this, destroy, vernichten, löschen sie diese, supprimer, détruire, elimin, borre, apag,
            distrugg, vernietig, radera, slet, usuń, удалит, siliniz, 삭제하여, 폐기, हटा दें, 删除本, 削除
            """,
            # no copies
            """
            disclos, distribut, unauthorised, unauthorized, unerlaubt, unbefugt, weitergabe, diffusion, divulga,
            distribuci, distribuição, diffusione, verspreid, obehörig, rozpowszechni, распростран, kopyalan, 복사, 배포,
            प्रतिलिपि, 禁止, 泄露, 複製
            """,
            # no liability
            """
            liability, liable for, responsibility for any, haftung, responsabilité, responsabilidad, responsabilidade,
            responsabilità, aansprakelijk, ansvar för, odpowiedzialności, ответственности, 책임을 지지, 承担责任, 責任を負い
            """,
            # scanned
            """
            scanned, been checked, was checked, screened, swept, geprüft, gescannt, analysé, vérifié, analizad, verificad,
            controllat, analizzat, gescand, gecontroleerd, skannat, skannet, sprawdzon, przeskanowan, проверен, tarandı,
            검사, 스캔, जाँच, स्कैन, 扫描, 检测, 病毒检查, スキャン, 検査
            """,
            # for viruses and the like
            """
            virus, viren, malware, schadsoftware, schadcode, logiciel malveillant, phishing, dangerous content, threats,
            вирус, wirus, virüs, zararlı, 바이러스, 악성, वायरस, 病毒, 恶意, 钓鱼, ウイルス
            """,
            # from outside
            """
            outside of the organi, outside the organi, outside of your organi, outside your organi, outside our organi,
            outside of the company, external sender, external email, external e-mail, externer absender, externen absender,
            expéditeur externe, remitente externo, mittente esterno, externe afzender, extern avsändare, 외부 발신, 外部邮件,
            外部メール
            """,
            # beware
            """
            do not click, don't click, before clicking, content is safe, know the content, klicken sie nicht,
            klicken sie keine, ne cliquez pas, no haga clic, non cliccare, não clique, klik niet, klicka inte, 클릭하지, 请勿点击
            """,
            # trees
            """
            consider the environment, before printing, bevor sie diese, an die umwelt, pensez à l'environnement,
            avant d'imprimer, antes de imprimir, prima di stampare, pensa all'ambiente, denk aan het milieu
            """,
        ),
    )
)
"""What legal notices, scanners of mail and banners of gateways say, a line for each kind of thing, case folded."""

_HEADERS = (
    "from|to|cc|bcc|sent|date|subject|reply-to|message-id|mime-version|content-type|content-transfer-encoding|received"
    "|return-path|x-[a-z-]+|von|an|gesendet|datum|betreff|de|à|envoyé|objet|da|a|inviato|oggetto|data|para|enviado"
    "|asunto|assunto|fecha|van|aan|verzonden|onderwerp|от|кому|отправлено|тема|дата|发件人|收件人|发送时间|日期|主题|抄送"
    "|보낸 ?사람|받는 ?사람|보낸 날짜|날짜|제목|差出人|宛先|送信日時|日付|件名|प्रेषक|प्रति|दिनांक|विषय"
)
_ORIGINAL = (
    "original message|ursprüngliche nachricht|originalnachricht|message d'origine|message original|messaggio originale"
    "|mensaje original|mensagem original|oorspronkelijk bericht"
    "|reply above this line|please type your reply above this line|原始邮件|원본 메시지|元のメッセージ"
)
_FORWARDED = (
    "(?:begin )?forwarded message|(?:anfang der )?weitergeleiteten? (?:nachricht|e-?mail)"
    "|(?:début du )?message (?:transféré|réexpédié)|(?:inicio del )?mensaje reenviado|mensagem (?:encaminhada|reencaminhada)"
    "|(?:inizio )?messaggio inoltrato|(?:begin )?doorgestuurd bericht|vidarebefordrat meddelande|videresendt (?:meddelelse|melding)"
    "|przekazana wiadomość|пересылаемое сообщение|iletilen (?:ileti|mesaj)|전달된 (?:메시지|메일)|आगे भेजा गया संदेश"
    "|转发的?邮件|轉寄的?郵件|転送(?:された)?メッセージ"
)
_WROTE = (
    r"wrote|schrieb.{0,80}|a écrit|ha scritto|escribió|escreveu|schreef.{0,80}|skrev.{0,80}|napisał\(?a?\)?|napsal\(?a?\)?"
    r"|написал\(?а?\)?|пишет|şunları yazdı|写道|님이 작성|さんは書きました|ने लिखा"
)
_PHONES = "sent from my|von meinem|gesendet von|envoyé de mon|inviato da|enviado desde mi|get outlook for"


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    original = (
        rf"\s*(?:[-_=*#]{{2,}}\s*)?(?P<forwarded>{_FORWARDED})?(?:{_ORIGINAL})?\s*:?\s*(?:[-_=*#]{{2,}})?\s*$"
    )
    return {
        "header": re.compile(rf"\*?(?:{_HEADERS})\*?\s*(?::\*?\s|：)", re.IGNORECASE),
        "original": re.compile(original, re.IGNORECASE),
        "wrote": re.compile(rf".{{0,200}}(?:\d|@|<).{{0,200}}(?:{_WROTE})\s*[:：]\s*$", re.IGNORECASE),
        "contact": re.compile(r"\S@\S|www\.|https?://|\s[|·•]\s|\+?(?:[0-9][ ()/.-]{0,3}){7}"),
        "signature": re.compile(rf"(?:--|—|__+|- -)\s*$|(?:{_PHONES}) .{{0,60}}$", re.IGNORECASE),
    }


class MailText(NamedTuple):
    """The lines of a mail that ask, and those beside them: earlier messages, a note above a forwarded one."""

    own: list[str]
    beside: list[str]


def read_mail(lines: list[str], depth: int = 0) -> MailText:
    """What a mail says itself, and what stands beside it.

    Left out are its headers (the subject's text stays), the line that introduces an earlier message, greetings,
    signatures, legal notices and what scanners add. A forwarded mail is what is asked; so is an earlier message when
    nothing stands above it.
    """
    subject, rest = _cut_headers(lines)
    before, later, is_forwarded = _split_history(rest)
    written, quoted = _split_quoted(before)
    own = [*subject, *_cut_signature(_cut_greeting(_cut_footers(written)))]
    if not later or depth >= _MOST_FORWARDS:
        return MailText(own, quoted + later)
    earlier = read_mail(_unquote(later), depth + 1)
    if not _says_something(own):
        return earlier if _says_something(earlier.own) else MailText(own, earlier.beside)
    if not is_forwarded:
        return MailText(own, quoted + earlier.own)
    if _measure_length(own) <= _LONGEST_NOTE:
        return MailText(earlier.own, own + earlier.beside)
    return MailText(own + earlier.own, quoted + earlier.beside)


def cut_history(lines: list[str]) -> list[str]:
    """A mail without the messages before it, lines that are quoted, and footers; forwarded mails stay.

    Where nothing stands above an earlier message, it is what was written.
    """
    before, later, is_forwarded = _split_history(lines)
    written, _ = _split_quoted(before)
    if later and (is_forwarded or not _says_something(written)):
        written += _unquote(later)
    # What no whole mail says, none of its paragraphs does.
    kept = _cut_footers(written) if _is_footer(" ".join(written)) else written
    return kept if _says_something(kept) else lines


def _says_something(lines: Sequence[str]) -> bool:
    return any(map(str.isalnum, "".join(lines)))


def _measure_length(lines: Sequence[str]) -> int:
    """How many letters stand there; a sign of Chinese, Japanese or Korean is worth three."""
    return sum(3 if sign > "\u2e80" else 1 for line in lines for sign in line if sign.isalnum())


def _split_quoted(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines that somebody wrote, and those quoted, once unquoted."""
    written: list[str] = []
    quoted: list[str] = []
    for line in lines:
        (quoted if line.lstrip().startswith((">", "|>", "＞")) else written).append(line)
    return written, _unquote(quoted)


def _unquote(lines: Sequence[str]) -> list[str]:
    """Lines with one sign of a quotation less, if all that say anything have one."""
    bare = [line.lstrip() for line in lines]
    if all(line[:1] in (">", "＞") for line in bare if line):
        return [line[1:].removeprefix(" ") for line in bare]
    return list(lines)


def _cut_headers(lines: list[str]) -> tuple[list[str], list[str]]:
    """The subject, and what stands below the mail headers; two or more must stand at the top to be taken for such."""
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
        return [], lines
    return [subject] if subject else [], lines[end:]


def _split_history(lines: list[str]) -> tuple[list[str], list[str], bool]:
    """What stands above an earlier message, that message, and whether it is forwarded; all, if there is none."""
    patterns = _patterns()
    for place, line in enumerate(lines):
        bare = line.strip()
        if len(bare) > 400 or not any(map(str.isalnum, bare)):
            continue
        original = patterns["original"].match(bare)
        if original is not None:
            return lines[:place], lines[place + 1 :], original["forwarded"] is not None
        if (":" in bare or "：" in bare) and _is_header_block(lines, place):
            return lines[:place], lines[place:], False
        following = lines[place + 1].strip() if place + 1 < len(lines) else ""
        wrote = bare[-1] in ":：" and patterns["wrote"].match(bare)
        if not wrote and following[-1:] in (":", "：") and len(bare) + len(following) < 300:
            wrote = patterns["wrote"].match(f"{bare} {following}")
        # Who answers below what is quoted has nothing above it.
        if wrote and _says_something(lines[:place]):
            return lines[:place], lines[place + 1 :], False
    return lines, [], False


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
        for greeting in GREETINGS:
            after = folded[len(greeting) :]
            if not folded.startswith(greeting) or (after[:1].isalpha() and greeting[0] < "\u0900"):
                continue
            name, comma, rest = re.sub("[，、!！。]", ",", bare[len(greeting) :]).partition(",")
            if len(name.split()) <= 4 and len(name) <= _LONGEST_CLOSING and (comma or len(name.split()) <= 3):
                return [*lines[:place], rest, *lines[place + 1 :]]
        return lines
    return lines


def _cut_signature(lines: list[str]) -> list[str]:
    """Up to `-- ` or a phrase that closes a letter, when what follows is short or tells how to reach somebody."""
    signature = _patterns()["signature"]
    filled = [line for line in lines if line.strip()]
    seen_text, passed = False, 0
    for place, line in enumerate(lines):
        bare = line.strip()
        passed += bool(bare)
        if seen_text and (signature.match(bare) or _is_closing(bare)):
            following = filled[passed : passed + 4 * _SIGNATURE_LINES + 1]
            if (
                (signature.match(bare) and bare[:1] in "-—_")
                or len(following) <= _SIGNATURE_LINES
                or (len(following) <= 4 * _SIGNATURE_LINES and _are_contacts(following))
            ):
                return lines[:place]
        seen_text = seen_text or any(map(str.isalnum, bare))
    return lines


def _are_contacts(lines: Sequence[str]) -> bool:
    """Whether lines are short, or two of them hold an address, a number to call, or what is set side by side."""
    if all(len(line) <= _LONGEST_CLOSING for line in lines):
        return True
    return sum(bool(_patterns()["contact"].search(line)) for line in lines) > 1


def _is_closing(line: str) -> bool:
    """Whether a line is a closing phrase, or two in two languages, with at most a name after a comma."""
    if not line or len(line) > _LONGEST_CLOSING:
        return False
    phrase, _, rest = line.casefold().replace("，", ",").partition(",")
    phrases = [part.strip(" .!-–—。！*_") for part in phrase.split(" / ")]
    return all(part in CLOSINGS for part in phrases) and len(rest.split()) <= 3


def _cut_footers(lines: list[str]) -> list[str]:
    """Without the paragraphs that say what only footers and banners do; what stands between blank lines is one."""
    kept: list[str] = []
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(line)
            continue
        if not paragraph or not _is_footer(" ".join(paragraph)):
            kept += paragraph
            kept.append(line)
        paragraph = []
    return kept[:-1] if len(kept) > len(lines) else kept


def _is_footer(paragraph: str) -> bool:
    folded = paragraph.casefold()
    return sum(any(sign in folded for sign in kind) for kind in _FOOTERS) >= _FOOTER_SIGNS
