"""Any text is a query: thousands of made-up ones, over every Unicode block, never fail, and none takes long."""

import contextlib
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from memoryindex import MemoryIndex
from trials import keep_first

from kbcli.config import Config
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.sync import open_local_index
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import parse_query
from kbcli.knowledge.search.suggestions import format_query
from kbcli.knowledge.search.ticket_text import read_ticket

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
BLOCKS = (sys.maxunicode + 1) // BLOCK
# Has no divisor in common with their number, so that 8,704 seeds in a row meet them all.
STRIDE = 9
# In seconds of this process, many times what any query takes: a query must not be able to stop kb.
LONGEST, LONGEST_HUGE = 2.0, 6.0
HUGE = 100_000


class Base(NamedTuple):
    """A knowledge base with its index as it is on disk, and what that must be equal to."""

    config: Config
    reader: DiskReader
    plain: DiskReader


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A small base in several scripts."""
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield Base(config, open_local_index(config).reader, MemoryIndex(documents))


def make_query(seed: int) -> str:
    """A made-up query of operators, letters of the block that is this seed's turn, and pieces of the cards."""
    chance = random.Random(seed)
    start = seed * STRIDE % BLOCKS * BLOCK
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


def make_huge_query(seed: int) -> str:
    """A hundred kilobytes of one made-up query over and over, or of as many different ones."""
    if seed % 2:
        piece = make_query(seed) or "x"
        return (piece * (HUGE // len(piece) + 1))[:HUGE]
    pieces, size = [], 0
    while size < HUGE:
        pieces.append(make_query(seed * 100_000 + len(pieces)))
        size += len(pieces[-1])
    return (" " if seed % 4 else "").join(pieces)[:HUGE]


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop what takes more of the processor's time, where the system can."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise AssertionError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def check_query(base: Base, text: str, longest: float = 0.0) -> None:
    """Search for a text, and look at what must hold of any answer."""
    with at_most(longest or (LONGEST if len(text) < 10_000 else LONGEST_HUGE)):
        result = search_cards(base.config, base.reader, text, today=TODAY, explain=True)
    assert len(result.hits) <= min(result.total, 10)
    # A card in another language than the query's may stand first, and that is said.
    ranked = result.hits[len(result.warnings) :]
    assert list(ranked) == sorted(ranked, key=lambda hit: -hit.score)
    assert len({hit.record.id for hit in result.hits}) == len(result.hits)
    for shown in (result.query.text, result.corrected or "", *result.suggestions):
        shown.encode()
    for hit in result.hits:
        for text_shown, spans in ((hit.snippet.text, hit.snippet.spans), (hit.record.title, hit.title_spans)):
            places = [place for span in spans for place in span]
            assert places == sorted(places)
            assert not places or (places[0] >= 0 and places[-1] <= len(text_shown))


def check_same(base: Base, text: str) -> None:
    """The index on disk finds what one in memory finds, in the same order, with the same scores."""
    found = [
        [(hit.record.id, round(hit.score, 9)) for hit in result.hits]
        for result in (
            search_cards(base.config, reader, text, today=TODAY, snippets=False)
            for reader in (base.reader, base.plain)
        )
    ]
    assert sorted(found[0]) == sorted(found[1])


def run_seeds(base: Base, seeds: range) -> None:
    """Check the queries of some seeds; a failure names the one."""
    for seed in seeds:
        text = make_query(seed)
        try:
            check_query(base, text)
            query = parse_query(text)
            format_query(query).encode()
            if seed % 10 == 0:
                read_ticket(text)
                check_same(base, text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text!a}") from error


@pytest.mark.parametrize(
    "seeds",
    [range(80), pytest.param(range(20_000), marks=pytest.mark.stress)],
    ids=["some", "twenty thousand"],
)
def test_no_query_fails(base: Base, seeds: range) -> None:
    """Made-up queries are answered, within a bound of time, with everything in the answers in order."""
    run_seeds(base, seeds)


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(200), marks=pytest.mark.stress)], ids=len)
def test_no_huge_query_fails(base: Base, seeds: range) -> None:
    """So are those of 100 kB, within another."""
    for seed in seeds:
        text = make_huge_query(seed)
        try:
            check_query(base, text)
            read_ticket(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text[:200]!a}") from error


@pytest.mark.parametrize("count", [4, pytest.param(400, marks=pytest.mark.stress)])
def test_no_command_line_fails(base: Base, count: int) -> None:
    """The same through real processes, as words and from a pipe, whatever the bytes: an answer and no traceback."""
    (base.config.root / "kb.toml").touch()
    for seed in range(count):
        data = (make_huge_query if seed % 8 == 3 else make_query)(seed).encode("utf-8", "surrogatepass")
        if seed % 3 == 2:
            data = random.Random(seed).randbytes(len(data))
        words = ["-"] if seed % 2 else ["--", data.replace(b"\0", b"")[:HUGE]]
        done = subprocess.run(
            [sys.executable, "-m", "kbcli", "search", *words], cwd=base.config.root, input=data, capture_output=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode in (0, 1) or (done.returncode, b"nothing to search for" in done.stderr) == (
            2,
            True,
        ), (seed, done.stderr)
        assert b"Traceback" not in done.stderr, seed
        (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("every", [64, pytest.param(1, marks=pytest.mark.stress)], ids=["some", "all"])
def test_every_block(base: Base, every: int) -> None:
    """A word out of each Unicode block is a query, as a bare word, a phrase and a prefix."""
    for start in range(0, sys.maxunicode + 1, BLOCK * every):
        word = "".join(map(chr, range(start + 33, start + 37)))
        check_query(base, f'{word} "{word}" {word}* -{word} tag:{word}')


# What took long once, and what every kind of word consists of.
QUICK = ('"', '"a ', "-x ", "tag:x ", "pay* ", "ß", "\0", "\ud800", "1.")
UNITS = (
    "refund ", "é", "密码", "환불 ", "เงิน", "a", "::", "/x", "a_b", "aB", "x.y/", "a'b", "é.", "C++", "://", "@a", "密a", "ม่", "한a", "aA1", "1,000",
    "v1.2.3", "’s", "l'a", "x\u0301", "\u200b", "ー", "ｶﾞ", "שָ", "؟ع", "\u00adx", "oeae", "Straße", "schifffahrt", "_", "😀", "👩‍👩‍👧", "क्", "title:x", 'tag:"a',
    '-"a" ', '"a" ', "-x* ", "“a”", "tag:a,", "🇩🇪", "ǅ", "İ", "ŉ", "ﬃ", "㍿", "ᄀ", "각", "\U00020000", "ﷺ ", "½", "Ⅷ", "٣", "x² ",
)  # fmt: skip


@pytest.mark.parametrize("unit", keep_first(QUICK))
def test_twenty_kilobytes(base: Base, unit: str) -> None:
    """A query of 20 kB is answered, in a fifth of the time that 100 kB may take."""
    check_query(base, unit * (HUGE // 5 // len(unit)), LONGEST_HUGE / 5)


@pytest.mark.stress
@pytest.mark.parametrize("unit", [*QUICK, *UNITS])
def test_a_hundred_kilobytes(base: Base, unit: str) -> None:
    """A query of 100 kB of anything is answered."""
    check_query(base, unit * (HUGE // len(unit)))


@pytest.mark.parametrize("value", ['"a', 'é"a', "각"])
def test_a_huge_filter_among_many_values(tmp_path: Path, value: str) -> None:
    """A filter value of 100 kB is not compared letter by letter with each of thousands."""
    tags = ", ".join(f"tag{number}" for number in range(3_000))
    config = Config(root=tmp_path)
    card = read_card(f"---\ntags: [{tags}]\n---\n".encode(), "many.md", config)
    reader = MemoryIndex([make_document(card, card.body_offset)])
    check_query(Base(config, reader, reader), "tag:" + value * (HUGE // len(value)))
