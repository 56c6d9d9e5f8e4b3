"""Tickets without the people in them."""

import pytest

from kbcli.support.tickets.redaction import redact_prose, redact_ticket
from kbcli.support.tickets.ticket import Message, Ticket


@pytest.mark.parametrize(
    ("names", "text", "redacted"),
    [
        (["Ida Berg"], "IDA BERG, Berg, Ida and ida wrote; Idaho", "[name], [name] and [name] wrote; Idaho"),
        (["idab77", "ida.berg@firm.example"], "idab77 is ida.berg, idab778 is not", "[name] is [name], idab778 is not"),
        (["Will Mark"], "Will it work? I will ask Will. Will Mark knows.", "Will it work? I will ask [name]. [name] knows."),
        (["Mark"], "Mark as read and mark it.\nMark", "Mark as read and mark it.\n[name]"),
        (["Jörg Groß"], "groß, sagt Jörg Groß zu Herrn Groß", "groß, sagt [name] zu Herrn [name]"),
        (["王小明"], "您好，我叫王小明，小明的账户", "您好，我叫[name]，[name]的账户"),
        (["김민수"], "김민수입니다. 민수님께", "[name]입니다. [name]님께"),
        (["राम"], "राम का रामायण", "[name] का रामायण"),
        (["Иван Петров"], "Иван Петров и Петрова", "[name] и Петрова"),
        (["Support", "admin"], "the admin asks support", "the admin asks support"),
        ([], "Dear Mr. Okafor,\nit works.\nKind regards,\nMaria Gonzalez", "Dear Mr. [name],\nit works.\nKind regards,\n[name]"),
        ([], "Sehr geehrte Damen und Herren,\nLiebe Frau Vogel, ja.", "Sehr geehrte Damen und Herren,\nLiebe Frau [name], ja."),
        ([], "It fails.\n\nKorky Kathman", "It fails.\n\n[name]"),
        ([], "What to do?\n\nStart Thunderbird", "What to do?\n\nStart Thunderbird"),
        ([], "Hello, It fails. Thanks for your help, Marty", "Hello, It fails. Thanks for your help, [name]"),
        ([], "Děkuji,\nMarek Novák", "Děkuji,\n[name]"),
        ([], "Hi all\nThanks in advance", "Hi all\nThanks in advance"),
    ],
)  # fmt: skip
def test_people_are_taken_out(names: list[str], text: str, redacted: str) -> None:
    """Those whom the export names go as whole words of every script, but not where the word is an ordinary one."""
    assert redact_prose(text, names) == redacted


def test_a_redacted_ticket_names_nobody() -> None:
    """Subject, messages, files and tags are redacted, authors are told apart by numbers only, and no name is kept."""
    ticket = Ticket(
        "mail", "7", "Ida Berg cannot pay", None, "", "open",
        (
            Message("customer", "Write to ida@firm.example or +44 20 7946 0018", author="ida@firm.example"),
            Message("us", "Dear Ida", author="tom@acme.example"),
            Message("customer", "Thanks!\n\x1e", author="ida@firm.example"),
        ),
        tags=("pay", "ida berg"),
        names=("Ida Berg", "ida@firm.example"),
        attachments=("CV_Ida_Berg.pdf", "log.txt"),
    )  # fmt: skip
    redacted = redact_ticket(ticket)
    assert redacted.subject == "[name] cannot pay"
    assert [message.text for message in redacted.messages] == [
        "Write to [email] or [phone]",
        "Dear [name]",
        "Thanks!\n ",
    ]
    assert [message.author for message in redacted.messages] == ["1", "2", "1"]
    assert (redacted.tags, redacted.names) == (("pay",), ())
    assert redacted.attachments == ("CV_[name].pdf", "log.txt")
