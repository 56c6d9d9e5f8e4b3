"""Tickets without the people in them."""

import re
from pathlib import Path
from time import process_time

import pytest
from trials import keep_first

from kbcli.support.tickets.redaction import redact_prose, redact_ticket, settle_refs
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
        (["Иван Петров"], "Иван Петров, Петрову, Ивана Петрова; ивановка", "[name], [name], [name] [name]; ивановка"),
        (["Мария Достоевская"], "от Марии Достоевской, Машина, Марианна", "от [name] [name], Машина, Марианна"),
        (["Павел Коваленко"], "с Павлом, Павлу Коваленко, павлин", "с [name], [name] [name], павлин"),
        (["김민수"], "담당자김민수입니다. 홍김민수, 참민수", "담당자[name]입니다. 홍[name], 참민수"),
        (["Ada Quastenberg-Vollmer"], "Vollmer, QUASTENBERG, Quastenbergs, quastenberg2024.pdf", "[name], [name], [name]s, [name]2024.pdf"),
        (["Jürgen Müßig"], "Juergen Muessig, MÜSSIG, Mu\u0308ßig, Mussig", "[name], [name], [name], [name]"),
        (["İlkay Işık"], "ILKAY IŞIK; ilkay ışık; Isik", "[name]; [name]; [name]"),
        (["Support", "admin"], "the admin asks support", "the admin asks support"),
        ([], "Dear Mr. Okafor,\nit works.\nKind regards,\nMaria Gonzalez", "Dear Mr. [name],\nit works.\nKind regards,\n[name]"),
        ([], "Sehr geehrte Damen und Herren,\nLiebe Frau Vogel, ja.", "Sehr geehrte Damen und Herren,\nLiebe Frau [name], ja."),
        ([], "Mevr. J. van der Meulen belt, de heer Bos ook", "Mevr. [name] belt, de heer [name] ook"),
        ([], "Pan Jan Nowak nie może się zalogować", "Pan [name] nie może się zalogować"),
        ([], "The Pan Control is in the Bay Area, and it is of Ms Excel", "The Pan Control is in the Bay Area, and it is of Ms [name]"),
        ([], "Non apro i file di Ms Excel", "Non apro i file di Ms Excel"),
        ([], "Madame, Monsieur Bonjour, Monsieur Delacourt", "Madame, Monsieur Bonjour, Monsieur [name]"),
        ([], "Передайте госпоже Петровой", "Передайте госпоже [name]"),
        ([], "Господина Иванова нет", "Господина [name] нет"),
        ([], "Customer number: 2023-10-48213, of 2023-10-04", "Customer number: [customer-number], of 2023-10-04"),
        ([], "東京都渋谷区センター街1-2-3", "[address]"),
        ([], "経理の山田太郎様から、仕様の変更、同様に", "経理の[name]様から、仕様の変更、同様に"),
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


def test_letters_in_sixteen_languages_stay_redacted_as_measured() -> None:
    """Of 430 lines each label is taken out, and nothing else."""
    wrong = []
    for line in Path("tests/golden/redaction/letters.tsv").read_text(encoding="utf-8").splitlines():
        labelled = line.partition("\t")[2].replace("¦", "").replace("\\n", "\n")
        text = re.sub(r"\[\[[a-z-]+\|(.*?)\]\]", r"\1", labelled, flags=re.DOTALL)
        wanted = re.sub(r"\[\[([a-z-]+)\|.*?\]\]", r"[\1]", labelled, flags=re.DOTALL)
        if not line.startswith("#") and redact_prose(text) != wanted:
            wrong.append(redact_prose(text))
    assert wrong == []


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


def test_nothing_of_a_ticket_goes_unredacted() -> None:
    """Product and topic are redacted; an address that names somebody, and a language that is none, are dropped."""
    ticket = Ticket(
        "table", "7", "s", None, "", "open", (Message("customer", "x"),), names=("Ida Berg",),
        product="Ida Berg", topic="for ida@firm.example", lang="Ida Berg", url="https://x.example/u/ida%40firm.example",
    )  # fmt: skip
    redacted = redact_ticket(ticket)
    assert (redacted.product, redacted.topic, redacted.lang, redacted.url) == (
        "[name]",
        "for [email]",
        "",
        "",
    )
    plain = ticket._replace(product="App", topic="Sync", lang="pt-BR", url="https://x.example/t/7")
    kept = redact_ticket(plain)
    assert (kept.product, kept.topic, kept.lang, kept.url) == ("App", "Sync", "pt-BR", plain.url)


@pytest.mark.parametrize(
    "ref", ["ida@firm.example", "Ida Berg", "ida.berg", "a\x1b[31m", "../../etc/passwd", "a:b"]
)
def test_no_key_of_a_ticket_names_somebody(ref: str) -> None:
    """It stands in every list and is never redacted, so a ticket with such a key is refused; of others that it names it is left out."""
    ticket = Ticket("table", "INC-7", "s", None, "", "open", (), names=("Ida Berg", "ida"))
    for plain in (
        "35436",
        "INC-7",
        "#7",
        "ida/hello#12",
        "4111111111111111",
        "550e8400-e29b-41d4-a716-446655440000",
    ):
        kept = ticket._replace(ref=plain, follows=plain)
        assert settle_refs(kept) == kept
    with pytest.raises(ValueError, match="its number"):
        settle_refs(ticket._replace(ref=ref))
    assert settle_refs(ticket._replace(follows=ref)) == ticket
    assert settle_refs(ticket._replace(merged_into=ref)) == ticket._replace(is_gone=True)


def test_a_key_over_two_messages_is_taken_out_of_both() -> None:
    """Each message keeps its place, and neither half stays."""
    begin, end = (f"-----{word} RSA PRIVATE " + "KEY-----" for word in ("BEGIN", "END"))
    messages = (
        Message("customer", f"{begin}\nMIIabc"),
        Message("us", f"Qx9\n{end} again"),
        Message("us", "ok"),
    )
    redacted = redact_ticket(Ticket("table", "7", "s", None, "", "open", messages))
    assert [message.text for message in redacted.messages] == ["[token]", "[token] again", "ok"]


@pytest.mark.parametrize(
    "line",
    keep_first(["a{}@b{}.example ", "failed login from 10.1.{}.{}\n", "2001:db8::{}:{} ", "+49 30 1234567 {} {} ", "Mark {}{} ", "Ada {} {} ", "eyJ{}eyJ{}"]),
)  # fmt: skip
def test_a_pasted_log_takes_no_longer_than_its_length(line: str) -> None:
    """Three thousand lines with something to be found in each are redacted in a moment, not in minutes."""
    text = "".join(line.format(number // 250, number % 250 + 1) for number in range(3_000))
    begun = process_time()
    redact_prose(text, ["Mark Ada"])
    assert process_time() - begun < 1.5
