"""A ticket, without the mail around it."""

import time
from collections.abc import Callable

import pytest

from kbcli.knowledge.search.ticket_text import extract_question, read_ticket

QUESTION = "The invoice for October was charged twice."


@pytest.mark.parametrize(
    "mail",
    [
        f"Hi,\n\n{QUESTION}\n\nBest regards,\nAnna\nACME Inc.\n+49 30 1234",
        f"Dear Support Team,\n{QUESTION}\n-- \nAnna\nSecond line\n\nThird",
        f"Hello Bob,\n\n{QUESTION}\n\nThanks!\nAnna",
        f"Guten Tag Frau Müller,\n\n{QUESTION}\n\nMit freundlichen Grüßen\nAnna Schmidt",
        f"Sehr geehrte Damen und Herren,\n{QUESTION}\nViele Grüße, Anna",
        f"Bonjour,\n{QUESTION}\nCordialement,\nAnne",
        f"Hola equipo,\n{QUESTION}\nSaludos\nAna",
        f"Ciao,\n{QUESTION}\nCordiali saluti\nAnna",
        f"您好，\n{QUESTION}\n谢谢！\n安娜",
        f"안녕하세요,\n{QUESTION}\n감사합니다.\n안나",
        f"Здравствуйте!\n{QUESTION}\nС уважением,\nАнна",
        f"{QUESTION}\n\nOn Mon, 3 Nov 2026 at 10:12, Bob <bob@example.org> wrote:\n> old text\n> more",
        f"{QUESTION}\n\nOn Mon, 3 Nov 2026 at 10:12, Bob Longname of the Support Team\n<bob@example.org> wrote:\n> old",
        f"{QUESTION}\n\nAm 03.11.2026 um 10:12 schrieb Bob <bob@example.org>:\n> alt",
        f"{QUESTION}\n\nLe lun. 3 nov. 2026 à 10:12, Bob <b@example.org> a écrit :\n> vieux",
        f"{QUESTION}\n\nIl giorno lun 3 nov 2026 alle ore 10:12 Bob <b@example.org> ha scritto:\nvecchio",
        f"{QUESTION}\n\nEl lun, 3 nov 2026, Bob <b@example.org> escribió:\nviejo",
        f"{QUESTION}\n\n-----Original Message-----\nFrom: Bob\nSent: today\nold",
        f"{QUESTION}\n\n-----Ursprüngliche Nachricht-----\nVon: Bob\nalt",
        f"{QUESTION}\n________________________________\nFrom: Bob <b@x.org>\nSent: Monday\nTo: Anna\nSubject: old\n\nold text",
        f"> old question\n> goes on\n\n{QUESTION}",
        f"From: a@example.org\nTo: b@example.org\nDate: Mon, 3 Nov 2026\n\n{QUESTION}",
        f"{QUESTION}\n\nSent from my iPhone",
        f"{QUESTION}\r\n\r\nBest regards,\r\nAnna",
    ],
)
def test_only_the_question_is_left(mail: str) -> None:
    """Greeting, signature, quotes, headers and earlier messages go, in several languages."""
    assert extract_question(mail) == QUESTION


def test_the_subject_stays() -> None:
    """A mail's subject says what it is about; its reply marks do not."""
    mail = f"From: a@example.org\nSubject: Re: AW: Double charge\nTo: b@example.org\n\n{QUESTION}"
    assert extract_question(mail) == f"Double charge\n\n{QUESTION}"


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        "Error: connection refused\nData: none\nWhat now?",
        "Hi-res pictures are blurred since the update.",
        "Thanks to the update nothing works.\nLine two.",
        "Best practice for webhooks?\nWe need it.",
        "Date: 2026-11-01 is shown wrong in the export",
    ],
)
def test_nothing_is_taken_from_plain_questions(text: str) -> None:
    """Lines that merely look a little like mail stay."""
    assert extract_question(text) == text


@pytest.mark.parametrize(
    "text", ["> only a quote", "Best regards,\nAnna", "Hi,", "-- \nsignature", "From: a\nTo: b\n"]
)
def test_something_is_always_left(text: str) -> None:
    """When everything looks like mail around nothing, the text itself is the question."""
    assert extract_question(text) == text.strip()


@pytest.mark.parametrize(
    "footer",
    [
        "This e-mail is confidential. If you are not the intended recipient, please notify the sender and delete it.",
        "The information is for the individual or entity to whom it is addressed. It may be confidential.\nIf you received it in error, notify us.",
        "This message has been scanned for viruses and dangerous content by Guard, and is believed to be clean.",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, vernichten Sie sie.",
        "Diese Nachricht wurde auf Viren geprüft.",
        "Ce message est confidentiel. Si vous n'êtes pas le destinataire, merci de le supprimer.",
        "Le informazioni di questo messaggio sono riservate. Se lo avete ricevuto per errore, avvisate il mittente.",
        "본 메일은 비밀 정보를 포함할 수 있으며, 잘못 수신하신 경우 발신인에게 알려 주십시오.",
        "यह ईमेल गोपनीय है। यदि यह आपको गलती से मिला है तो इसे हटा दें।",
        "本邮件含有保密信息。如果您错收了本邮件，请通知发件人并删除本邮件。",
    ],
)
def test_legal_notices_and_scanners_are_left_out(footer: str) -> None:
    """What only footers say, several things at once, is nobody's question, below it or above it."""
    assert extract_question(f"{QUESTION}\n\n{footer}") == QUESTION
    assert extract_question(f"{footer}\n\n{QUESTION}") == QUESTION


@pytest.mark.parametrize(
    "text",
    [
        "Your scanner found a virus in our attachment.",
        "We received a confidential e-mail of another customer in error.",
        "Please do not click: is this link phishing?",
        "Wird die Datei auf Viren geprüft?",
    ],
)
def test_questions_about_what_footers_speak_of_stay(text: str) -> None:
    """One or two of the things that footers speak of make no footer."""
    assert extract_question(f"{QUESTION}\n\n{text}") == f"{QUESTION}\n\n{text}"


def test_a_long_signature_goes_and_a_log_below_it_stays() -> None:
    """More than six lines after the closing phrase are a signature where they tell how to reach somebody."""
    signature = "Dr. Anna Long\nHead of a Department with a rather long name that goes on beyond sixty letters\nACME Inc. | 1 Example Road | Town\nPhone +49 000 123456-0\nanna@example.org\nRegistered office: Town, court of registration: Town\nManaging director: Anna Long\nOur new year offers!"
    query = read_ticket(f"{QUESTION}\n\nKind regards / Viele Grüße\n{signature}\n\n10:12:33 ERROR disk full")
    assert query.words == tuple(QUESTION.split())
    assert query.pasted == ("10:12:33", "ERROR", "disk", "full")


@pytest.mark.parametrize(
    "introduced",
    [
        "---------- Forwarded message ---------\nFrom: A <a@example.org>\nDate: Monday\nSubject: Twice",
        "Begin forwarded message:\n\nFrom: A <a@example.org>\nSubject: Twice\nDate: Monday",
        "---------- Weitergeleitete Nachricht ---------\nVon: A <a@example.org>\nBetreff: Twice",
        "Inizio messaggio inoltrato:\nDa: A <a@example.org>\nOggetto: Twice",
        "---------- 전달된 메시지 ----------\n보낸사람: A <a@example.org>\n제목: Twice",
        "---------- आगे भेजा गया संदेश ----------\nप्रेषक: A <a@example.org>\nविषय: Twice",
        "---------- 转发的邮件 ----------\n发件人：A <a@example.org>\n主题：Twice",
    ],
)
def test_below_a_note_a_forwarded_mail_is_the_question(introduced: str) -> None:
    """What colleagues write above a mail that they forward stands beside what it asks."""
    query = read_ticket(f"Can you answer this?\n\n{introduced}\n\nHello,\n{QUESTION}\nThanks\nA")
    assert query.words == ("Twice", *QUESTION.split())
    assert query.beside == ("Can", "you", "answer", "this?")


def test_an_earlier_message_stands_beside_the_answer_to_it() -> None:
    """Of a thread the last message asks; the one before it is kept apart, those before that are not kept."""
    query = read_ticket(
        f"{QUESTION}\n\nOn Mon, 3 Nov 2026, Bob wrote:\n> Hello Anna,\n> see Billing.\n>> first question"
    )
    assert query.words == tuple(QUESTION.split())
    assert query.beside == ("see", "Billing.")


def test_forwarded_mail_is_the_question() -> None:
    """A mail that only forwards another one asks what the other one asks."""
    mail = f"---------- Forwarded message ---------\nFrom: A <a@x.org>\nDate: Monday\nSubject: Twice\nTo: B\n\n{QUESTION}"
    assert extract_question(mail) == f"Twice\n\n{QUESTION}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\ud800",
        "> " * 50_000,
        "From: a\n" * 12_000,
        "wrote:\n" * 14_000,
        "Hi " * 33_000,
        "a\n" + "regards\n" * 12_000,
    ],
)
def test_no_text_fails_or_takes_long(text: str) -> None:
    """Any text is a ticket, and a hundred thousand characters are read at once."""
    started = time.process_time()
    assert read_ticket(text).is_ticket
    assert time.process_time() - started < 2


def test_log_lines_are_no_words_of_the_customer() -> None:
    """The lines of a log are kept apart from the question, and nothing of either is lost."""
    query = read_ticket(
        f"Hi,\n2026-11-03 10:12:33 ERROR disk full\n{QUESTION}\n    at Main.run(Main.java:12)\nThanks"
    )
    assert query.words == tuple(QUESTION.split())
    assert query.pasted == ("2026-11-03", "10:12:33", "ERROR", "disk", "full", "at", "Main.run(Main.java:12)")


@pytest.mark.parametrize(
    "courtesy",
    [
        "So sorry to bother you, apologies again!",
        "Es tut mir furchtbar leid, entschuldigen Sie!",
        "非常抱歉，打扰您了。",
    ],
)
def test_courtesy_is_no_question(make_base: Callable, courtesy: str) -> None:
    """Who is sorry to ask does not ask how to apologise; who says nothing else does."""
    base = make_base(
        {
            "sorry.md": "---\ntitle: Sorry, apologies\naliases: [Entschuldigen, leid, bother, 抱歉, 打扰]\n---\nWhen we were down.\n",
            "invoice.md": "---\ntitle: Billing\n---\nAn invoice was charged.\n",
        }
    )
    assert base.find(read_ticket(f"{courtesy} {QUESTION}"))[0] == "invoice"
    assert base.find(read_ticket(courtesy)) == ["sorry"]


def test_names_in_capitals_are_words_in_a_whole_text(make_base: Callable) -> None:
    """In a mail a name in capitals decides no more than its other words; typed for search, or a number, it does."""
    base = make_base(
        {
            "acme.md": "---\ntitle: ACME and its partners for sales and resellers in Europe\n---\nWho they are.\n",
            "refund.md": "---\ntitle: Refund of a payment\n---\nWho pays.\n",
        }
    )
    assert base.find("ACME refund")[0] == "acme"
    assert base.find(read_ticket("Our ACME refund is late."))[0] == "refund"
