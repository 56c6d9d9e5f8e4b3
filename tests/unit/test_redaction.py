"""What redaction finds, and what it leaves."""

import re
from collections import Counter
from pathlib import Path

import pytest

from kbcli.foundation.redaction import Found, find_personal_data, redact_text

# Put together here, so that no scanner of secrets takes them for real.
_HUB = "gh" + "p_" + "a1B2" * 9
_PAY = "sk" + "_live_" + "9aB3kLmN0pQrStUv"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to ada.b+c@mail.example.org please", "write to [email] please"),
        ("邮箱ada@example.org。ada@example.orgまで", "邮箱[email]。[email]まで"),
        ("root@10.0.0.1 and ada@mail.xn--e1.xn--p1ai", "[email] and [email]"),
        ("?u=ada.b%40mail.example, ada(at)mail.example, ada＠mail.example", "?u=[email], [email], [email]"),
        ("ada at example dot com, ada.q [at] mail [dot] example dot org", "[email], [email]"),
        ("ida chiocciola posta punto it; ida arroba correo punto es", "[email]; [email]"),
        ("an Ida Berg,\nLindenallee 14\n04158 Leipzig, danke", "an Ida Berg,\n[address], danke"),
        ("48 Larchmont Avenue, Portland, OR 97205. 7 Mill Lane, Cambridge CB2 1RX", "[address]. [address]"),
        ("via: Via Garibaldi 27, 16124 Genova (GE)", "via: [address]"),
        ("C/ Mayor, 12, 3º B, 50001 Zaragoza o 4 bis, rue des Lilas, 75011 Paris", "[address] o [address]"),
        ("Laan van Meerdervoort 50a, 2517 AM Den Haag", "[address]"),
        ("住北京市朝阳区建国路88号院3号楼1202室，", "住[address]，"),
        ("〒150-0043 東京都渋谷区道玄坂2丁目11番4号です", "[address]です"),
        ("서울특별시 강남구 테헤란로 152, 3층 입니다", "[address] 입니다"),
        (
            "Customer no. CU-0092871; Kundennr. 778-20311, n° client FR20394",
            "Customer no. [customer-number]; Kundennr. [customer-number], n° client [customer-number]",
        ),
        (
            "お客様番号はJ-2039118です。客户编号：KH203911，",
            "お客様番号は[customer-number]です。客户编号：[customer-number]，",
        ),
        ("call me on 512 408 937, 電話０９０−４１８２−９０３７", "call me on [phone], 電話[phone]"),
        ("call +49 30 901820 or 020 7946 0018", "call [phone] or [phone]"),
        ("手机号是13812345678。", "手机号是[phone]。"),
        ("전화 010-1234-5678 부탁", "전화 [phone] 부탁"),
        ("card 4111 1111 1111 1111 was charged", "card [card] was charged"),
        ("银行卡6222021234567890128扣款", "银行卡[card]扣款"),
        ("an DE89 3704 0044 0532 0130 00 bitte", "an [iban] bitte"),
        ("from 203.0.113.7 and 2001:db8::17:2", "from [ip] and [ip]"),
        ("ssn 536-90-4399, 주민번호 900101-1234568가", "ssn [national-id], 주민번호 [national-id]가"),
        ("Passwort lautet Sommer2024!", "Passwort lautet [token]"),
        (f"{_HUB} and {_PAY}", "[token] and [token]"),
        ("https://ada:s3cret@example.org/x", "https://[token]@example.org/x"),
    ],
)
def test_personal_data_and_secrets_are_taken_out(text: str, redacted: str) -> None:
    """Each kind is found in full, also where no space stands around it, and what is around it stays."""
    assert redact_text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "error 409 etag version_mismatch",
        "account ID is missing: 4711; customer code 404, client no 2026-11-04, Kunden 12345",
        "在设置区的道路3号；第3号端口；東京都渋谷区の店で3-4-5時",
        "order 20240-1188 at 2026-11-28 14:05:33",
        "version 1.2.3.4 works, 1.2.3.5 does not",
        "127.0.0.1 and 10.0.0.0/8",
        "limit 100 000 000 rows",
        "zendesk:35436123",
        "invoice INV-2023-000417 total 1,299.00 USD",
        "550e8400-e29b-41d4-a716-446655440000",
        "4111 1111 1111 1112 is no card",
        "the password reset link",
        "The new password is **refused**; the secret is Base64-decoded; type password\nsecret_key: x",
        "redis://user:${urlencode(key)}@host/0",
        "550 5.7.26 or 0.384 (0.383) or 192.168.0.0/16 or 35436  2026-11-21",
        "std::vector at 10:20:30",
        "npm/axios@0.12.0/dist x.git/kubeflow@v1.1-branch react@19.0.0-rc.1",
        "look at example dot com, meet at noon dot",
        "Am Montag 5, 10115 Meldungen; Poort 143, 2517 AM berichten; Via Outlook 365, 20121 Messaggi",
        "Port 993, 10143 Yahoo; Main Street, IL 62704; built 20240115, Windows 11 Pro 22631 English",
        "",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    """Numbers of orders, versions, days, amounts and errors are what tickets are about."""
    assert find_personal_data(text) == []


def _read_labelled(line: str) -> tuple[str, list[Found]]:
    """A line of tests/golden/redaction without its labels, and what these say."""
    labelled = line.split("\t")[1].replace("¦", "").replace("\\n", "\n")
    text, found = "", []
    for piece in re.split(r"(\[\[.*?\]\])", labelled):
        if match := re.fullmatch(r"\[\[(.*?)\|(.*)\]\]", piece):
            found.append(Found(match[1], len(text), len(text) + len(match[2])))
        text += match[2] if match else piece
    return text, found


@pytest.mark.parametrize(
    ("name", "missed", "found", "added"),
    [
        ("lines", {"name": 17, "address": 1, "phone": 1, "national-id": 1}, 57, {"phone": 1}),
        ("numbers", {"name": 10, "address": 2, "national-id": 2}, 73, {"phone": 3}),
    ],
)
def test_lines_stay_found_as_measured(
    name: str, missed: dict[str, int], found: int, added: dict[str, int]
) -> None:
    """Of 103 lines in six languages and of 80 in ten as much is found as the manual says, and no more of what is none."""
    wanted, right, wrong = Counter[str](), Counter[str](), Counter[str]()
    for line in Path(f"tests/golden/redaction/{name}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            text, labelled = _read_labelled(line)
            got = find_personal_data(text)
            wanted.update(one.kind for one in labelled)
            right.update(one.kind for one in labelled if one in got)
            wrong.update(one.kind for one in got if one not in labelled)
    assert (wanted - right, sum(right.values()), wrong) == (missed, found, added)


def test_whole_postal_addresses_stay_found_as_measured() -> None:
    """On 64 lines in six languages, half of which only look like it, each address is found in full, and nothing else."""
    for line in Path("tests/golden/redaction/addresses.tsv").read_text(encoding="utf-8").splitlines():
        text, labelled = _read_labelled(line)
        assert [one for one in find_personal_data(text) if one.kind == "address"] == labelled, line
