"""From a query to its hits."""

from collections.abc import Callable
from datetime import date
from string import ascii_lowercase

import pytest

from kbcli.foundation.text.pipeline import analyse_query
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.index.port import Question
from kbcli.knowledge.search.ordering import DOUBT_FACTOR
from kbcli.knowledge.search.query import Filter, Query, make_ticket_query
from kbcli.knowledge.search.query_words import MOST_WORDS
from kbcli.knowledge.search.ticket_text import read_ticket
from kbcli.knowledge.trust.judging import judge_library

FILES = {
    "api/limits.md": "---\ntitle: Rate limits\ntags: [api, limits]\ntype: answer\nowner: api-team\nproduct: core\n"
    "verified: 2026-11-01\nverify_every: 90d\naliases: [throttled customers]\n---\n"
    "Too many requests are refused. Wait, then send again.\n",
    "api/quota.md": "---\ntitle: Quotas\ntags: [api]\nowner: [anna, bob]\nverified: 2026-01-01\nverify_every: 90d\n---\n"
    "Each plan has a quota of requests a minute.\n",
    "billing/refund.md": "---\ntitle: Refund a payment\ntags: [billing]\nowner: billing\naudience: public\n"
    "flagged: {by: x, on: 2026-11-02, reason: wrong}\n---\nOpen the payment and choose Refund. We send money back.\n",
    "billing/draft.md": "---\ntitle: Refund drafts\nstatus: draft\n---\nNot ready: requests for a refund.\n",
    "old/refund.md": "---\ntitle: Old refund rules\nstatus: archived\n---\nThe refund rules of last year.\n",
    "mail/merge.md": "---\ntitle: Letters\n---\nThe **mail\nmerge** sends letters. Merge your mail later.\n",
    "mail/other.md": "---\ntitle: Mailbox\n---\nMerge two mailboxes: every mail is kept.\n",
    "kb.toml": '[groups]\napi-team = ["anna", "carl"]\n',
}


@pytest.fixture
def base(make_base: Callable):
    """The base of FILES."""
    return make_base(FILES)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("tag:api", {"api/limits", "api/quota"}),
        ("tag:API,billing", {"api/limits", "api/quota", "billing/refund"}),
        ("tag:api tag:limits", {"api/limits"}),
        ("-tag:api tag:api,billing", {"billing/refund"}),
        ("owner:anna", {"api/limits", "api/quota"}),
        ("owner:api-team", {"api/limits"}),
        ("owner:- tag:api", set()),
        ("owner:-", {"billing/draft", "mail/merge", "mail/other"}),
        ("type:answer", {"api/limits"}),
        ("product:core", {"api/limits"}),
        ("audience:public", {"billing/refund"}),
        ("status:draft", {"billing/draft"}),
        ("status:archived", {"old/refund"}),
        ("state:archived", {"old/refund"}),
        ("state:draft,archived", {"billing/draft", "old/refund"}),
        ("state:expired", {"api/quota"}),
        ("state:flagged,expired", {"api/quota", "billing/refund"}),
        ("state:expired,draft", {"api/quota", "billing/draft"}),
        ("-state:unverified -status:draft", {"api/limits", "api/quota", "billing/refund"}),
        ("id:refund", {"billing/refund"}),
        ("id:billing/refund", {"billing/refund"}),
        ("id:billing/refund.md", {"billing/refund"}),
        ("path:mail", {"mail/merge", "mail/other"}),
        ("path:mail/", {"mail/merge", "mail/other"}),
        ("title:refund", {"billing/refund", "billing/draft"}),
        ("title:refund -title:drafts", {"billing/refund"}),
        ('title:"refund payment"', {"billing/refund"}),
        ("tag:none", set()),
        ("state:nonsense", set()),
        ("refund", {"billing/refund", "billing/draft"}),
        ("refund -draft", {"billing/refund"}),
        ("refund -dra*", {"billing/refund"}),
        ("refund status:archived", {"old/refund"}),
        ("refund -status:active", {"billing/draft"}),
        ("requests tag:api state:verified", {"api/limits"}),
        ("quo*", {"api/quota"}),
        ("-refund path:billing", set()),
    ],
)
def test_what_a_query_lets_through(base, query: str, ids: set[str]) -> None:
    """Each filter, excluded word and prefix lets through exactly the cards that it says."""
    result = base.search(query, exact=True)
    assert {hit.record.id for hit in result.hits} == ids
    assert result.total == len(ids)
    assert result.total_exact


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ('"mail merge"', ["mail/merge"]),
        ('"merge mail"', []),
        ('"MAIL-MERGE"', ["mail/merge"]),
        ('"mail mer"', []),
        ('mail -"mail merge"', ["mail/other"]),
        ('"refund a payment"', ["billing/refund"]),
        ('"throttled customers"', ["api/limits"]),
        ('"throttled customer"', []),
        ('"too many requests" tag:api', ["api/limits"]),
        ('"too many requests" "send again"', ["api/limits"]),
        ('"too many requests" "mail merge"', []),
        ('"a quota of"', ["api/quota"]),
        ('"…" quota', ["api/quota"]),
    ],
)
def test_phrases_are_exact(base, query: str, ids: list[str]) -> None:
    """A phrase is found word for word in title, body, tag or alias, over markup and line breaks."""
    assert base.find(query, exact=True) == ids


@pytest.mark.parametrize(
    ("lang", "text", "there", "missing"),
    [
        ("zh", "请打开设置，在这里群发\n邮件给客户。", "群发邮件", "邮件群发"),
        ("ja", "ここでVPNパスワードを変更します。", "パスワードを変更", "変更をパスワード"),
        ("ko", "여기서 비밀번호 재설정을 할 수 있습니다.", "비밀번호 재설정", "재설정 비밀번호"),
        ("th", "เปิดการตั้งค่าแล้วบันทึก", "ตั้งค่าแล้ว", "แล้วตั้งค่า"),
        ("th", "ให้ตรวจสอบการตั้ง\nค่าระบบก่อน", "การตั้งค่าระบบ", "ค่าระบบการตั้ง"),
        ("th", "แล้วตรวจดูการ\nตั้งค่า", "การตั้งค่า", "ตั้งค่าการ"),
        ("hi", "यहाँ नई किताबें मिलती हैं।", "नई किताबें", "किताबें नई"),
        ("de", "Größe und Übermaß der Straße.", "ubermass der strasse", "straße der"),
        ("ru", "Здесь можно вернуть деньги.", "вернуть деньги", "деньги вернуть"),
        ("ar", "يمكنك استرداد المبلغ هنا.", "استرداد المبلغ", "المبلغ استرداد"),
        ("en", "Use C++ here, not C.", "use c++", "use c"),
    ],
)
def test_phrases_in_every_script(make_base: Callable, lang: str, text: str, there: str, missing: str) -> None:
    """A phrase is verified in its order, in scripts with and without spaces."""
    base = make_base({"card.md": f"---\ntitle: Card\nlang: {lang}\n---\n{text}\n"})
    if lang != "de":
        assert base.find(f'"{there}"', exact=True) == ["card"]
    else:
        assert base.find('"größe und übermaß"', exact=True) == ["card"]
    assert base.find(f'"{missing}"', exact=True) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("An email merge, not by mail.", False),
        ("A mail merger, or merge.", False),
        ("A mail mer\u00adge.", True),
        ("A mail, merge.", True),
        ("(mail merge)", True),
    ],
)
def test_phrases_end_at_word_bounds(make_base: Callable, text: str, *, found: bool) -> None:
    """A phrase begins and ends with a whole word; signs that nobody sees do not count."""
    assert make_base({"card.md": f"# Card\n{text}"}).find('"mail merge"', exact=True) == ["card"] * found


def test_all_words_come_first(base) -> None:
    """Any word is enough, and a card with all of them ranks before."""
    found = base.find("mail letters merge")
    assert found == ["mail/merge", "mail/other"]


def test_results_equal_judging_every_card(make_base: Callable) -> None:
    """The best hits are those that scoring, weighing and sorting every card would give, for any limit."""
    words = ["alpha", "beta", "gamma", "delta"]
    files = {}
    for number in range(160):
        text = " ".join(words[(number * step + step) % 4] for step in range(1, 3 + number % 5))
        day = "2026-01-01" if number % 3 else "2026-11-10"
        files[f"c{number:03}.md"] = (
            f"---\ntitle: Card {number % 7}\nverified: {day}\nverify_every: 60d\n---\n{text}\n"
        )
    base = make_base(files)
    query = "alpha delta gamma"
    scores = []
    question = Question(tuple(analyse_query(query, ["en"])), "en")
    for found in base.reader.candidates(question, 1000).items:
        doubted = found.record.verified == "2026-01-01"
        scores.append((-found.score * (DOUBT_FACTOR if doubted else 1), found.number, found.record.id))
    for limit in (1, 3, 10, 40, 500):
        assert base.find(query, limit=limit) == [name for _, _, name in sorted(scores)[:limit]]


def test_trust_settles_near_ties_only(make_base: Callable) -> None:
    """Of two like cards the expired one comes second and is marked; a clearly better one stays first."""
    old = "verified: 2025-01-01\nverify_every: 30d\n"
    new = "verified: 2026-11-01\nverify_every: 30d\n"
    files = {
        "a.md": f"---\ntitle: Export a table\n{old}---\nText on this.\n",
        "b.md": f"---\ntitle: Export a table\n{new}---\nText on this.\n",
        "c.md": f"---\ntitle: Unrelated\n{new}---\nText on this: export.\n",
    }
    base = make_base(files)
    assert base.find("export table") == ["b", "a", "c"]
    assert base.find("export table", trust_ranking=False) == ["a", "b", "c"]
    states = {hit.record.id: hit.trust.state for hit in base.search("export").hits}
    assert states == {"a": "expired", "b": "verified", "c": "verified"}


def test_a_clearly_better_card_stays_first(make_base: Callable) -> None:
    """An expired card that answers better is not pushed below a fresh one that answers less."""
    files = {
        "a.md": "---\ntitle: Notes\nverified: 2026-11-01\nverify_every: 30d\n---\nHow to export a table.\n",
        "b.md": "---\ntitle: Export a table\nverified: 2025-01-01\nverify_every: 30d\n---\nHow to export a table.\n",
    }
    assert make_base(files).find("export table") == ["b", "a"]


def test_trust_is_weighed_over_all_cards(make_base: Callable) -> None:
    """A fresh card passes any number of like expired ones, however far down it stood."""
    old = "---\ntitle: Export\nverified: 2025-01-01\nverify_every: 30d\n---\nText.\n"
    files = {f"old{number:03}.md": old for number in range(120)}
    files["z.md"] = old.replace("2025-01-01", "2026-11-01")
    assert make_base(files).find("export", limit=2) == ["z", "old000"]


def test_trust_ranking_follows_the_settings(make_base: Callable) -> None:
    """kb.toml turns trust in ranking off."""
    text = "---\ntitle: Export\nverified: {}\nverify_every: 30d\n---\nText.\n"
    files = {"a.md": text.format("2025-01-01"), "b.md": text.format("2026-11-01")}
    assert make_base(files).find("export") == ["b", "a"]
    assert make_base({**files, "kb.toml": "[search]\ntrust_ranking = false\n"}).find("export") == ["a", "b"]


TRANSLATED = {
    "en/refund.md": "---\ntitle: Refund a payment\nlang: en\n---\nHow a refund works in Stripe.\n",
    "de/refund.md": "---\ntitle: Eine Zahlung erstatten\nlang: de\ntranslation_of: en/refund\n---\n"
    "Wie eine Erstattung in Stripe funktioniert.\n",
    "it/refund.md": "---\ntitle: Rimborsare un pagamento\nlang: it\ntranslation_of: en/refund\n---\n"
    "Come funziona un rimborso in Stripe.\n",
    "en/other.md": "---\ntitle: Stripe fees\nlang: en\n---\nWhat Stripe costs.\n",
}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("wie funktioniert die Erstattung mit Stripe", "de/refund"),
        ("come funziona il rimborso con Stripe", "it/refund"),
        ("how does the refund with Stripe work", "en/refund"),
        ("refund stripe lang:de", "de/refund"),
    ],
)
def test_one_hit_for_a_card_and_its_translations(make_base: Callable, query: str, first: str) -> None:
    """Of a card and its translations the one in the query's language is shown, and no other."""
    result = make_base(TRANSLATED).search(query)
    found = [hit.record.id for hit in result.hits]
    assert found[0] == first
    assert len([name for name in found if name.endswith("/refund")]) == 1
    assert result.total == len(found)


def test_a_translation_that_ranks_far_below_is_found(make_base: Callable) -> None:
    """The translation in the query's language is shown though it matches by one rare word only."""
    filler = {
        f"f{number}.md": f"---\ntitle: Refund {number}\nlang: en\n---\nrefund stripe\n"
        for number in range(60)
    }
    base = make_base({**filler, **TRANSLATED})
    hits = base.search("wie ist das mit refund refund payment Stripe", limit=80).hits
    shown = [hit.record.id for hit in hits if hit.record.id.endswith("/refund")]
    assert shown == ["de/refund"]


def test_hits_are_explained(base) -> None:
    """An explanation names what matched where, what the score was multiplied by, and what is missing."""
    hit = base.search("payment zebra requests", explain=True, exact=True).hits[0]
    assert hit.explanation is not None
    assert hit.record.id == "billing/refund"
    assert [factor.name for factor in hit.explanation.factors] == ["flagged"]
    assert hit.explanation.missing == ("zebra", "requests")
    assert hit.explanation.score == hit.score
    added = sum(part.score for part in hit.explanation.contributions)
    assert added * DOUBT_FACTOR == pytest.approx(hit.score)
    assert base.search("payment").hits[0].explanation is None


def test_hits_far_down_a_base_are_explained(make_base: Callable) -> None:
    """What a card lacks is told of any document number, also beyond those that fit in a byte."""
    files = {f"c{n:03}.md": f"---\ntitle: Card {n}\n---\nticket\n" for n in range(300)}
    base = make_base({**files, "c000.md": "---\ntitle: Zebra\n---\nticket\n"})
    hit = base.search("ticket 299 zebra", explain=True, exact=True).hits[0]
    far = next(h for h in base.search("ticket zebra", explain=True, limit=300).hits if h.record.id == "c299")
    assert hit.explanation is not None
    assert far.explanation is not None
    assert far.explanation.missing == ("zebra",)


def test_priors_move_cards(make_base: Callable) -> None:
    """A factor given for a card counts in its score and is explained; a card far down can come first by it.

    Where the query holds an identifier it counts nothing.
    """
    cards = {f"c{n:03}.md": "---\ntitle: Export files\n---\nText.\n" for n in range(120)}
    base = make_base({**cards, "c100.md": "---\ntitle: Export files\nformer_ids: [old]\n---\nText.\n"})
    priors = {"old": 1.1, "c000": 0.9}
    assert base.search("export 429", limit=2, priors=priors).hits[0].record.id == "c000"
    found = base.search("export", limit=2, priors=priors, explain=True)
    assert [hit.record.id for hit in found.hits] == ["c100", "c001"]
    assert [tuple(factor) for factor in found.hits[0].explanation.factors] == [("use", 1.1)]
    assert found.hits[0].score == pytest.approx(1.1 * found.hits[1].score)


def test_title_words_are_marked(base) -> None:
    """The words of the query are marked in the title as they stand there."""
    hit = base.search("refunding payments").hits[0]
    assert [hit.record.title[start:end] for start, end in hit.title_spans] == ["Refund", "payment"]


def test_function_words_are_not_marked(base) -> None:
    """What is marked tells something: not the little words of a question."""
    hit = base.search("what is a quota of each plan").hits[0]
    assert {hit.snippet.text[start:end] for start, end in hit.snippet.spans} >= {"quota", "plan"}
    assert "a" not in {hit.snippet.text[start:end] for start, end in hit.snippet.spans}


@pytest.mark.parametrize("query", ["", "   ", "-", '""', "tag:"])
def test_nothing_asked_finds_nothing(base, query: str) -> None:
    """A query without anything in it has no hits and no error."""
    result = base.search(query)
    assert result.hits == ()


def test_empty_base(make_base: Callable) -> None:
    """In a base without cards every query finds nothing."""
    base = make_base({"kb.toml": ""})
    for query in ("word", '"a phrase"', "tag:x", "-word", "pre*", "state:expired", "title:x", "owner:-"):
        assert base.search(query).total == 0


def test_limit(base) -> None:
    """No more hits than asked for; the total stays."""
    result = base.search("refund requests", limit=1)
    assert len(result.hits) == 1
    assert result.total > 1
    assert base.search("refund", limit=0).hits == ()


def test_a_ticket_is_searched_by_its_telling_words(base) -> None:
    """Five thousand words that ask one thing find its card."""
    text = "Hello, we have a question about your service and hope that you can help us with it today. " * 250
    ticket = make_ticket_query(f"{text} When will the refund of my payment arrive? {text}")
    assert base.search(ticket).hits[0].record.id == "billing/refund"


@pytest.mark.parametrize("place", [0, 200, 400])
def test_a_question_is_found_beside_its_log(base, place: int) -> None:
    """A log pasted above, around or below the question does not drown it, though it repeats words of other cards."""
    log = [
        f"2026-11-03 10:12:{number % 60:02} INFO letters: merge mail quota plan {number}"
        for number in range(400)
    ]
    log.insert(place, "When will the refund of my payment arrive?")
    assert base.search(read_ticket("\n".join(log))).hits[0].record.id == "billing/refund"


def test_a_log_is_searched_too(base) -> None:
    """Who only says that there is an error is answered by what the log says."""
    log = "2026-11-03 10:12:33 ERROR the quota of the plan is used up\n    at com.example.Main.run(Main.java:12)"
    assert base.search(read_ticket(f"Hello, what is wrong here?\n{log}")).hits[0].record.id == "api/quota"


def test_long_queries_are_cut_to_telling_words(base) -> None:
    """A pasted text is searched like a ticket, however long."""
    text = "quota minute plan " + " ".join(
        f"x{first}{second}q" for first in ascii_lowercase for second in ascii_lowercase
    )
    hit = base.search(text, explain=True).hits[0]
    assert hit.record.id == "api/quota"
    assert len(hit.explanation.missing) <= MOST_WORDS


def test_a_query_may_be_given_ready_made(base) -> None:
    """Filters may be added to a query by code."""
    query = Query("refund", words=("refund",), filters=(Filter("status", ("draft",)),))
    assert base.find(query) == ["billing/draft"]


def test_states_follow_the_day(base) -> None:
    """A filter on the state is judged on the day that is passed in."""
    assert base.find("state:verified") == ["api/limits"]
    assert base.find("state:expired tag:limits", today=date(2027, 6, 1)) == ["api/limits"]


def test_suspects_are_known_to_search(make_base) -> None:
    """A hit whose dependency or translation source changed is suspect, as `kb show` says, filters included."""
    stamp = "verified: 2026-11-01\nverify_every: 1y\n"
    base = make_base(
        {
            "limits.md": "---\ntitle: Limits\n---\n\nTen requests.\n",
            "de/limits.md": f"---\ntitle: Grenzen\nlang: de\n{stamp}translation_of: limits\ntranslation_digest: v1:0123456789abcdef\n---\n\nZehn.\n",
            "quota.md": f"---\ntitle: Quota\n{stamp}depends_on: [src*.txt]\ndepends_digest: v1:0123456789abcdef\n---\n\nQuota.\n",
            "src.txt": "one",
        }
    )
    assert sorted(base.find("state:suspect")) == ["de/limits", "quota"]
    library = load_library(base.config)
    for path, trust in judge_library(library, date(2026, 11, 21)).items():
        (hit,) = base.search(f"id:{path.removesuffix('.md')}").hits[:1] or (None,)
        assert hit is not None
        if hit.record.path == path:
            assert (hit.trust.state, hit.trust.reasons) == (trust.state, trust.reasons)


def test_a_card_that_changed_on_disk_is_still_a_hit(base) -> None:
    """A file that vanished since it was indexed is shown without a snippet."""
    (base.config.root / "api/quota.md").unlink()
    hit = base.search("quota").hits[0]
    assert hit.record.id == "api/quota"
    assert hit.snippet.text == ""


def test_identifiers_by_prefix(make_base: Callable) -> None:
    """A prefix finds identifiers by their beginning, joining signs or not, and stems."""
    base = make_base({"a.md": "# One\nIt says ERR_TLS_CERT_ALTNAME here.", "b.md": "# Two\nWe organised it."})
    assert base.find("ERR_TLS*") == ["a"]
    assert base.find("err_tls_c*") == ["a"]
    assert base.find("organi*") == ["b"]
    assert base.find("zzz*") == []


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("كلمة السر", "كَلِمَة السِّر"),
        ("שלום עליכם", "שָׁלוֹם עֲלֵיכֶם"),
        ("старый замок", "старый за\u0301мок"),
        ("किताब अंक", "क़िताब अङ्क"),
        ("葛城市", "葛\U000e0100城市"),
        ("o'zbek tili", "o\u02bbzbek tili"),
        ("invoice number", "in\u00advoice num\u200bber"),
        ("smorrebrod med laks", "smørrebrød med laks"),
    ],
)
def test_phrases_fold_what_words_fold(make_base: Callable, phrase: str, text: str) -> None:
    """A phrase is found whether or not its optional marks were typed, and as a phrase."""
    base = make_base({"a.md": f"---\ntitle: A\n---\n{text}\n", "b.md": "---\ntitle: B\n---\nOther.\n"})
    for typed in (phrase, text):
        answer = base.search(f'"{typed}"')
        assert [hit.record.id for hit in answer.hits] == ["a"]
        assert answer.corrected is None


def test_a_query_of_signs_finds_the_cards_that_hold_them(make_base: Callable) -> None:
    """An emoji, an arrow or a currency alone is a question; the passage shown is the one that holds it."""
    base = make_base(
        {
            "volcano.md": "---\ntitle: Outage 🌋\n---\nWait.\n",
            "menu.md": "---\ntitle: Menu\n---\nFirst.\n\nMenu → Settings.\n",
            "price.md": "---\ntitle: Price\n---\nIt costs 19 €.\n",
        }
    )
    assert base.find("🌋") == base.find('"🌋"') == base.find("title:🌋") == ["volcano"]
    assert base.find("€") == ["price"]
    (hit,) = base.search("→").hits
    assert (hit.record.id, hit.snippet.text) == ("menu", "Menu → Settings.")


def test_operators_find_the_cards_that_hold_them(make_base: Callable) -> None:
    """Signs of ASCII are words as well, alone, quoted and beside words, and what no card holds costs the others nothing."""
    base = make_base(
        {
            "rust.md": "---\ntitle: Return types\n---\nFirst.\n\nWrite `fn f() -> u8`.\n",
            "shell.md": "---\ntitle: Shell\naliases: ['|']\n---\n`a && b`, `$?`; a pipe is `|`.\n",
            "plain.md": "---\ntitle: Plain & simple - really?\n---\n- A list - of | nothing.\n",
        }
    )
    assert base.find("->") == base.find('"->"') == base.find("what is ->?")[:1] == ["rust"]
    assert [base.find(text) for text in ("&&", "$?", "|", "`|`")] == 4 * [["shell"]]
    assert base.search("->").hits[0].snippet.text == "Write fn f() -> u8."
    assert base.find("&") == base.find("=>") == base.find("?") == []
    assert base.find("list - ?") == base.find("list") == ["plain"]
    assert base.find("return types ???")[:1] == ["rust"]


def test_a_name_of_letter_and_number_comes_before_its_parts(make_base: Callable) -> None:
    """W-2 is found by W-2 and w2, before cards that hold a W or a 2 many times."""
    parts = "W is W. 2 and 2. "
    base = make_base(
        {
            "form.md": "---\ntitle: Tax forms\n---\nThe W-2 comes in January.\n",
            "parts.md": f"---\ntitle: W or 2\n---\n{parts * 20}\n",
            "other.md": "---\ntitle: WW-2\n---\nHistory.\n",
        }
    )
    assert base.find("W-2")[0] == base.find("w2")[0] == "form"
    assert base.find("WW-2")[0] == "other"


def test_an_exclusion_that_leaves_nothing_is_questioned(make_base: Callable) -> None:
    """When a word with a minus, which may be an option, hides every card, the query with it is proposed."""
    base = make_base({"a.md": "---\ntitle: Deploy\n---\nRun acme deploy -env prod.\n"})
    assert base.search("acme -env").suggestions == ("acme env",)


def test_words_of_one_language_tell_it(make_base: Callable) -> None:
    """Keywords that only cards in one language hold are in it, though their form tells nothing; else the default is meant."""
    base = make_base({
        "kb.toml": 'lang = "en"\n',
        "limits.md": "# Answer 429\nToo many requests.",
        "de/limits.md": "---\nlang: de\ntranslation_of: limits\n---\n# Antwort 429\nZu viel.",
        "de/mail.md": "---\nlang: de\n---\n# Post\nDer Kunde hat den Fehler im Fax.",
        "fax.md": "# Fax\nIt costs extra.",
    })  # fmt: skip
    assert base.find("429 kunde fehler")[0] == "de/limits"
    assert base.search("429 fax").lang == "en"
    assert base.search("429 nothing known").lang == "en"


def test_words_of_the_trade_are_in_the_language_of_the_base(make_base: Callable) -> None:
    """Keywords that cards of several languages hold are in the default one, though another has a few more; else an ending tells."""
    base = make_base(
        {"kb.toml": 'lang = "en"\n', "en.md": "---\nlang: en\n---\n# Logcat\nBy adb."}
        | {f"de/{n}.md": f"---\nlang: de\n---\n# Seite {n}\nMit adb logcat." for n in range(2)}
    )
    assert base.search("adb logcat").lang == "en"
    assert base.search("adb seite").lang == "de"
    assert base.search("adb logcat einrichtung").lang == "de"


def test_contractions_are_function_words_without_their_apostrophe_too(make_base: Callable) -> None:
    """A hasty “doesnt” tells no more than “does not”: the card about the rest of the question comes first."""
    base = make_base(
        {
            "mail.md": "---\ntitle: Import\n---\nIt doesnt matter.\n",
            "export.md": "---\ntitle: Export to Excel\n---\nUse it.\n",
        }
    )
    assert base.find("export doesnt") == ["export", "mail"]


def test_a_status_line_is_about_its_status(make_base: Callable) -> None:
    """The version of HTTP before a status is no identifier that is asked for; alone it is."""
    base = make_base(
        {
            "old.md": "---\ntitle: TLS 1.1 and HTTP/1.1\n---\nToo old.\n",
            "status.md": "---\ntitle: What 422 means\n---\nA value breaks a rule.\n",
        }
    )
    assert base.find("HTTP/1.1 422 Unprocessable")[0] == "status"
    assert base.find('POST 10:12 HTTP/1.1" 422')[0] == "status"
    assert base.find("HTTP/1.1")[0] == "old"


def test_a_topic_without_a_card_in_the_language_is_told(make_base: Callable) -> None:
    """Where no German card holds much of a German question, kb says so and the English card that holds more is first."""
    files = {
        f"de/{name}.md": f"---\ntitle: {name} einrichten\nlang: de\n---\nSo richten Sie {name} ein.\n"
        for name in ("Konto", "Team", "Plan")
    }
    files["en/hook.md"] = "---\ntitle: Webhook signature\nlang: en\n---\nCheck the webhook signature.\n"
    base = make_base(files)
    told = base.search("Wie kann ich Webhook Signature einrichten")
    assert told.hits[0].record.id == "en/hook"
    assert told.warnings == ("no card in “de” fits this well; nearest is en/hook in “en”",)
    assert told.nearest is told.hits[0].record
    known = base.search("Wie kann ich mein Konto einrichten")
    assert (known.hits[0].record.id, known.warnings) == ("de/Konto", ())
    assert base.search("Konto lang:de").warnings == ()


@pytest.mark.parametrize("title", ["การตั้งค่า", "设置", "설정", "सेटिंग", "Settings", "Einstellungen", "設定"])
def test_a_title_that_is_the_query_is_first_in_every_script(make_base: Callable, title: str) -> None:
    """However often others hold it, the card that is called so comes first, and the explanation says why."""
    files = {
        "long.md": f"# {title}\n" + "Another word and one more. " * 200,
        "often.md": f"---\ntitle: {title} {title} 1\naliases: ['{title}']\n---\n" + f"{title} " * 20,
        "other.md": "# Other\nNothing.\n",
    }
    hits = make_base(files).search(title.upper(), explain=True).hits
    assert hits[0].record.id == "long"
    assert "exact title" in [factor.name for factor in hits[0].explanation.factors]


def test_an_alias_that_is_the_query_speaks_for_its_card(make_base: Callable) -> None:
    """What colleagues call a card finds it before one that only has the word in more names; a title of that name stays first."""
    files = {
        "policy.md": "---\ntitle: When money goes back\naliases: [refund, withdrawal, charged twice]\n---\nA refund is full.\n",
        "cases.md": "---\ntitle: Refunds in unusual cases\naliases: [partial refund, refund to a card]\n---\nA refund, a refund.\n",
    }
    hits = make_base(files).search("Refund", explain=True).hits
    assert [hit.record.id for hit in hits] == ["policy", "cases"]
    assert "exact alias" in [factor.name for factor in hits[0].explanation.factors]
    assert make_base({**files, "refund.md": "# Refund\n"}).find("refund")[0] == "refund"


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("loadbalancer", "balancer"),
        ("side car", "sidecar"),
        ("rbac", "roles"),
        ("role-based accesscontrol", "roles"),
    ],
)
def test_a_title_is_known_however_its_words_are_parted(make_base: Callable, query: str, first: str) -> None:
    """Blanks and hyphens do not count in a title, and what stands in brackets at its end is a name of it too."""
    base = make_base(
        {
            "balancer.md": "# Load Balancer\nIt hands out what comes in.\n",
            "sidecar.md": "# Sidecar\nBeside another.\n",
            "roles.md": "# Role-Based Access Control (RBAC)\nWho may do what.\n",
            "other.md": "# Deployment by a role\nA loadbalancer on one side, a car, RBAC and RBAC.\n",
        }
    )
    assert base.find(query)[0] == first
