"""What a query is taken apart into."""

import time

import pytest
from trials import keep_first

from kbcli.knowledge.search.query import Filter, Query, clean_text, make_ticket_query, parse_query


@pytest.mark.parametrize(
    "word",
    ["C++", "C#", ".NET", "-1", "-40", "--flag", "--no-color", "-v", "a:b", "https://example.org/a?b=c", "10:30",
     "C:\\path", "Tag:api", "tags:api", "status:", "std::vector", '5"', "user_id", "don't", "100%", "id://x", "a*b"],
)  # fmt: skip
def test_what_customers_type_is_a_word(word: str) -> None:
    """Signs that look like operators, but as a customer types them, stay part of a bare word."""
    query = parse_query(f"before {word} after")
    assert query.words == ("before", word, "after")
    assert query.filters == query.phrases == query.prefixes == query.excluded_words == ()


def test_every_operator_is_read() -> None:
    """Words, phrases, prefixes and filters are told apart, each with and without a minus sign."""
    query = parse_query('refund "mail merge" cert* -sso -"credit card" -pre* tag:api -owner:anna lang:de,it')
    assert query.words == ("refund",)
    assert query.phrases == ("mail merge",)
    assert query.prefixes == ("cert",)
    assert query.excluded_words == ("sso",)
    assert query.excluded_phrases == ("credit card",)
    assert query.excluded_prefixes == ("pre",)
    assert query.filters == (
        Filter("tag", ("api",)),
        Filter("owner", ("anna",), negated=True),
        Filter("lang", ("de", "it")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "npm install --save-dev", "curl -sSL https://x.example", "-Xmx512m", "--json", "git commit -m", "$ acme -force",
        "java -jar app.jar", "gcc -O2 -Wall", "acme -Dkey=value -verbose", "acme -v -verbose", "acme -all | sort", "-noout",
        "sudo acme -force",
    ],
)  # fmt: skip
def test_options_of_a_pasted_command_are_words(text: str) -> None:
    """A minus in what looks like a command line leaves no card out."""
    query = parse_query(text)
    assert query.words == tuple(text.split())
    assert query.excluded_words == ()


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("plan -quota", "quota"),
        ("sign in -oauth2", "oauth2"),
        ("reset -iOS", "iOS"),
        ("-refund path:billing", "refund"),
        ("find invoice -draft", "draft"),
        ("Passwort -überprüfen", "überprüfen"),
        ("released -✅", "✅"),
        ("next -→", "→"),
    ],
)
def test_a_minus_excludes_where_it_can_be_no_option(text: str, excluded: str) -> None:
    """Beside ordinary words a minus leaves out, names with a number or inner capitals too."""
    assert parse_query(text).excluded_words == (excluded,)


def test_quotes_exclude_everywhere() -> None:
    """Quoted, a word is excluded from what looks like a command too."""
    assert parse_query('git push -"force"').excluded_phrases == ("force",)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('owner:"api team"', ("api team",)),
        ('owner:"api team",anna', ("api team", "anna")),
        ('owner:"a, b"', ("a, b",)),
        ("owner:a,,b,", ("a", "b")),
        ("owner:a,a", ("a",)),
        ('owner:"open', ("open",)),
        ("owner:“api team”", ("api team",)),
        ("owner:团队", ("团队",)),
    ],
)
def test_filter_values(text: str, values: tuple[str, ...]) -> None:
    """A filter's values may be quoted, and a comma outside quotes parts them."""
    assert parse_query(text).filters == (Filter("owner", values),)


@pytest.mark.parametrize("text", ['"mail merge"', "“mail merge”", "„mail merge“", "«mail merge»"])
def test_typographic_quotes_make_phrases(text: str) -> None:
    """The quotes that phones and word processors put in mean what plain ones do."""
    assert parse_query(text).phrases == ("mail merge",)


def test_a_minus_after_a_quote_excludes_nothing() -> None:
    """The minus of a German compound such as „Model C“-Schulen joins, and one after a blank excludes."""
    query = parse_query("was sind „Model C“-Schulen “a b” -sso")
    assert query.phrases == ("Model C", "a b")
    assert query.words == ("was", "sind", "Schulen")
    assert query.excluded_words == ("sso",)


@pytest.mark.parametrize("text", ['"refund', 'refund"', 'a "b', '"', '""', '-"', '-"refund', 'x:"'])
def test_unbalanced_quotes_are_no_phrase(text: str) -> None:
    """A quote that never closes is left out and its words are ordinary ones."""
    query = parse_query(text)
    assert query.phrases == query.excluded_phrases == ()


def test_inches_open_no_phrase() -> None:
    """A quote after a number is no opening one."""
    assert parse_query('a 5" or 10" disk').phrases == ()


@pytest.mark.parametrize("text", ["", "   ", "-", "*", "- -", "--", '""', "\0", "\ud800", "\u2028"])
def test_nothing_asked(text: str) -> None:
    """Operators and white space alone ask for nothing."""
    assert parse_query(text).is_empty


def test_control_characters_and_surrogates_are_taken_out() -> None:
    """What cannot be encoded or shown never comes back out of a query."""
    query = parse_query("a\0b\x1b[31m c\ud800d\x9f")
    assert query.words == ("a", "b", "[31m", "c", "d")
    assert query.text.encode() == b"a b [31m c d"


def test_clean_text_keeps_line_breaks() -> None:
    """Tabs and line breaks part words, and stay."""
    assert clean_text("a\tb\nc\x07") == "a\tb\nc "


@pytest.mark.parametrize(
    "unit", keep_first(('"', '"a', '"a"a', ' "a', "-", ':"', 'tag:"', "tag:a,", "a:", " \u3000", "-a* "))
)
def test_time_is_linear(unit: str) -> None:
    """No text of 100 kB takes longer to read than a blink, however its operators are stacked."""
    started = time.process_time()
    parse_query(unit * (100_000 // len(unit)))
    assert time.process_time() - started < 1.5


def test_ticket_has_no_operators() -> None:
    """In a ticket every piece is a word."""
    query = make_ticket_query('tag:api -v "quoted text" pre*')
    assert query.words == ("tag:api", "-v", '"quoted', 'text"', "pre*")
    assert query.is_ticket
    assert query.filters == query.phrases == query.prefixes == ()


def test_titles_are_what_must_stand_in_the_title() -> None:
    """Only title filters that are not negated count as words to rank by."""
    query = parse_query("title:refund -title:card")
    assert query.titles == ("refund",)
    assert query.has_words
    assert not parse_query("-title:card tag:api").has_words


@pytest.mark.parametrize(
    "text",
    [
        '{"code": 429, "message": "rate limit exceeded", "type": "error"} -limit',
        '{"error":{"type":"invalid_request"}} tag:api',
        'java.lang.NullPointerException: Cannot invoke "String.length()" because "name" is null',
        'TypeError: Cannot read properties of undefined (reading "map")',
        'Traceback (most recent call last): File "app.py", line 3, in run',
        "at Object.run (/app/index.js:10:5) type:error",
        "2026-11-03 10:12:13 ERROR [main] type:timeout path:/api/v1 status:503 -retry",
        '192.0.2.1 - - [10/Oct/2026:13:55:36 -0700] "GET / HTTP/1.0" 200 "-" "Mozilla/5.0"',
        "Nov  3 10:12:13 host sshd[12]: -auth failed owner:root",
        "ERROR: type:fatal -abort",
        'level=error msg="token expired" status:401',
        "https://example.com/cb?q=tag:api&title=x",
        "- the login fails\n- cannot pay\n-refund",
        "From: eva@example.org\nstatus: new\ntag:api",
    ],
)
def test_what_a_machine_wrote_is_words(text: str) -> None:
    """JSON, logs, exceptions, addresses and several lines have no operator in them."""
    assert parse_query(text) == Query(text=text, words=tuple(text.split()))


@pytest.mark.parametrize(
    "text",
    [
        "write to -support@example.org please",
        "it is -urgent- now",
        "no refund -sorry, again",
        "Benutzerkonten und -rechte",
        "see -/var/log",
    ],
)
def test_a_minus_before_what_is_no_bare_word_excludes_nothing(text: str) -> None:
    """Addresses, dashes around a word, ends of compounds and paths are words as typed."""
    assert parse_query(text).excluded_words == ()
    assert parse_query(text).words == tuple(text.split())


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('ERROR "bad gateway" -proxy tag:api', ("bad gateway",)),
        ('10:30 "sign in" -sso tag:api', ("sign in",)),
    ],
)
def test_what_a_person_typed_keeps_its_operators(text: str, phrases: tuple[str, ...]) -> None:
    """A word in capitals or a time of day does not make a query a log."""
    query = parse_query(text)
    assert query.phrases == phrases
    assert query.excluded_words
    assert query.filters
