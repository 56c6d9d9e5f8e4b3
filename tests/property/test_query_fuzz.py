"""Any text is a query: thousands of made-up ones, over every Unicode block, never fail, and none takes long."""

import random
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from kbcli.cards.reader import read_card
from kbcli.config import Config
from kbcli.index.documents import make_document
from kbcli.index.memory import MemoryReader
from kbcli.search.engine import search_cards
from kbcli.search.long_text import read_ticket
from kbcli.search.query import parse_query
from kbcli.search.suggestions import format_query

TODAY = date(2026, 11, 21)
OPERATORS = (
    '"', "“", "”", "«", "-", "--", "*", ":", "tag:", "owner:", "-tag:", "state:", "state:expired", "status:archived",
    "lang:", "lang:de", "title:", "title:refund", "id:", "path:", ",", "(", ")", "[", "]", "{", "}", "^", "~", "\\", "/",
    "+", "AND", "OR", "NOT", "TO", "&&", "||", "!", "?", "'", "`", "\t", "\n", "\0", "\x1b[0m", "\ud800", "\udfff",
    "\ufeff", "\u200b", "\u202e", "C++", "R", "C#", ".NET", "-1", "10:30", "https://x.y/z?a=b#c", "C:\\x", "--flag",
    "a:b", "refund", "refnud", "mail merge", "pay*", "-pay*", '"mail merge"', '-"a b"', "1e9", "%s", "{0}", "a" * 300,
)  # fmt: skip
CARDS = {
    "en.md": "---\ntitle: Refund a payment\nlang: en\ntags: [api]\nowner: team\n---\nMail merge sends C++ letters to 10.0.0.1.\n",
    "de.md": "---\ntitle: Zahlung erstatten\nlang: de\ntranslation_of: en\n---\nÜberweisung der Größe nach.\n",
    "zh.md": "---\ntitle: 密码重置\nlang: zh\n---\n在这里群发邮件给所有客户。\n",
    "ko.md": "---\ntitle: 환불\nlang: ko\n---\n비밀번호를 재설정합니다.\n",
    "hi.md": "---\ntitle: भुगतान\nlang: hi\n---\nयहाँ किताबें मिलती हैं।\n",
    "th.md": "---\ntitle: คืนเงิน\nlang: th\n---\nเปิดการตั้งค่าแล้วบันทึก\n",
}
BLOCK = 128
# In seconds of this process, many times what any query takes: a query must not be able to stop kb.
LONGEST, LONGEST_HUGE = 2.0, 20.0


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, MemoryReader]:
    """A small base in several scripts, in memory."""
    root = tmp_path_factory.mktemp("base")
    config = Config(root=root)
    documents = []
    for name, text in CARDS.items():
        Path(root / name).write_text(text, encoding="utf-8")
        card = read_card(text.encode(), name, config)
        documents.append(make_document(card, card.body_offset))
    (root / "synonyms.toml").write_text(
        '"mail merge" = "群发邮件"\n"refund" = ["환불", "erstatten"]\n', encoding="utf-8"
    )
    return config, MemoryReader(documents)


def make_query(chance: random.Random) -> str:
    """A made-up query of operators, letters of one block, and pieces of the cards."""
    start = chance.randrange(0, sys.maxunicode - BLOCK, BLOCK)
    parts = []
    for _ in range(chance.randint(1, 8)):
        kind = chance.random()
        if kind < 0.5:
            parts.append(chance.choice(OPERATORS))
        elif kind < 0.8:
            parts.append("".join(chr(start + chance.randrange(BLOCK)) for _ in range(chance.randint(1, 6))))
        else:
            text = chance.choice(list(CARDS.values()))
            place = chance.randrange(len(text))
            parts.append(text[place : place + chance.randint(1, 20)])
    return chance.choice(("", " ")).join(parts)


def check_query(base: tuple[Config, MemoryReader], text: str) -> None:
    """Search for a text, and look at what must hold of any answer."""
    config, reader = base
    begin = time.process_time()
    result = search_cards(config, reader, text, today=TODAY, explain=True)
    assert time.process_time() - begin < (LONGEST if len(text) < 10_000 else LONGEST_HUGE)
    assert len(result.hits) <= min(result.total, 10)
    assert list(result.hits) == sorted(result.hits, key=lambda hit: -hit.score)
    assert len({hit.record.id for hit in result.hits}) == len(result.hits)
    for shown in (result.query.text, result.corrected or "", *result.suggestions):
        shown.encode()
    for hit in result.hits:
        for text_shown, spans in ((hit.snippet.text, hit.snippet.spans), (hit.record.title, hit.title_spans)):
            places = [place for span in spans for place in span]
            assert places == sorted(places)
            assert not places or (places[0] >= 0 and places[-1] <= len(text_shown))


def run_seeds(base: tuple[Config, MemoryReader], seeds: range) -> None:
    """Check the queries of some seeds; a failure names the one."""
    for seed in seeds:
        text = make_query(random.Random(seed))
        try:
            check_query(base, text)
            query = parse_query(text)
            format_query(query).encode()
            if seed % 10 == 0:
                read_ticket(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text!a}") from error


def test_no_query_fails(base: tuple[Config, MemoryReader]) -> None:
    """A thousand made-up queries are answered, with everything in the answers in order."""
    run_seeds(base, range(1000))


@pytest.mark.stress
def test_no_query_fails_at_length(base: tuple[Config, MemoryReader]) -> None:
    """So are twenty thousand."""
    run_seeds(base, range(20_000))


def test_every_block(base: tuple[Config, MemoryReader]) -> None:
    """A word out of each Unicode block is a query, as a bare word, a phrase and a prefix."""
    for start in range(0, sys.maxunicode + 1, BLOCK * 4):
        word = "".join(map(chr, range(start + 33, start + 37)))
        check_query(base, f'{word} "{word}" {word}* -{word} tag:{word}')


@pytest.mark.parametrize(
    "unit",
    ["refund ", '"', '"a ', "-x ", "tag:x ", "pay* ", "密码", "환불 ", "เงิน", "a", "\0", "\ud800", "::", "é"],
)
def test_a_hundred_kilobytes(base: tuple[Config, MemoryReader], unit: str) -> None:
    """A query of 100 kB of anything is answered."""
    check_query(base, unit * (100_000 // len(unit)))
