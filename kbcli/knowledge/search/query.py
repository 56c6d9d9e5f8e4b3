"""What the user typed, taken apart. Any text is a query: nothing here can fail."""

from kbcli.foundation.text.hidden import CONTROLS, HALVES
from kbcli.foundation.typed import NamedTuple

FILTER_NAMES = frozenset(
    ("tag", "owner", "type", "lang", "product", "state", "status", "audience", "id", "path", "title")
)
"""What may stand before a colon, in lower case; any other `a:b` is a word."""

LONGEST_QUERY = 100_000
"""Characters of a query that are read; the rest is left out."""

_MOST_PARTS = 50
"""Phrases, prefixes, filters and excluded words that are heeded, of each kind; the rest is left out."""

_PROGRAM_NAMES = """
ansible apt apt-get aws az chmod chown curl dig dnf docker dotnet ffmpeg gcc gcloud git gpg gradle grep helm java javac
journalctl jq kb keytool kubectl ls mvn mysql mysqldump netstat npm npx nslookup openssl php pip pip3 pnpm podman
powershell psql pwsh python python3 redis-cli rm rpm rsync ruby scp sed ssh ssh-keygen sudo systemctl tar tcpdump telnet
terraform traceroute unzip wget winget xargs yum zip
"""
PROGRAMS = frozenset(_PROGRAM_NAMES.split())
"""Programs of the command line: what begins with the name of one is a pasted command. No words of English."""

_JOINING = frozenset(
    (
        "und",
        "oder",
        "bzw.",
        "sowie",
        "and",
        "or",
        "et",
        "ou",
        "e",
        "ed",
        "o",
        "y",
        "u",
        "en",
        "of",
        "och",
        "eller",
        "og",
    )
)
"""Words after which a German or Nordic word may stand for the end of a compound."""

_PIPES = frozenset(("|", "||", "&&", ">", ">>"))

QUOTE_SIGNS = '"“”„‟«»'
_QUOTES = frozenset(QUOTE_SIGNS)
_BLANKS = frozenset(" \t\n\r\v\f")


class Filter(NamedTuple):
    """`name:value,value`: a card must have one of the values, or none of them when `negated`.

    Values are as typed, never empty.
    """

    name: str
    values: tuple[str, ...]
    negated: bool = False


class Query(NamedTuple):
    """A search, understood.

    `text` is what was typed, without control characters and lone surrogates. `words` are the
    bare words as typed, in order; a card holds one of them or more. `prefixes` are beginnings of words, without the asterisk. Every one of `phrases` and
    `filters` restricts. `is_ticket` is true for a text in which no operator was looked for; `pasted`
    are the words of the log lines in it, `beside` those of earlier messages and the like, neither among its `words`.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    excluded_words: tuple[str, ...] = ()
    excluded_prefixes: tuple[str, ...] = ()
    excluded_phrases: tuple[str, ...] = ()
    is_ticket: bool = False
    pasted: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is asked for."""
        return not (
            self.words
            or self.prefixes
            or self.phrases
            or self.filters
            or self.excluded_words
            or self.excluded_prefixes
            or self.excluded_phrases
        )

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but words, in which operators were looked for."""
        return self == Query(text=self.text, words=self.words)

    @property
    def has_words(self) -> bool:
        """Whether there is anything by which cards can be ranked."""
        return bool(self.words or self.prefixes or self.phrases or self.titles)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the title must hold, from `title:…` filters."""
        return tuple(
            v for part in self.filters if part.name == "title" and not part.negated for v in part.values
        )


def free_phrases(query: Query, phrases: tuple[str, ...]) -> Query:
    """A query in which some of its phrases are words, and all else stays."""
    kept = tuple(phrase for phrase in query.phrases if phrase not in phrases)
    return query._replace(words=(*query.words, *phrases), phrases=kept)


def parse_query(text: str) -> Query:
    r"""Take a query apart.

    Bare words, `"phrases"` (typographic quotes too), `prefix*`, and filters such as `tag:api`,
    `owner:"api team"`, `lang:de,it`, `title:refund`; each is turned round by a minus sign before
    it. What customers type is words: `C++`, `-1`, `10:30`, `https://…`, `C:\path`, a quote that is never
    closed, a filter without a value. So is what can be an option of a program: `--flag`, `-v` (one
    letter), `-Xmx512m`, a word with a minus that stands alone or in a pasted command (`curl -sSL`). In what
    a machine wrote (JSON, a line of a log, an exception) and in several lines nothing is an operator.
    """
    cleaned = clean_text(text[:LONGEST_QUERY])
    query = _QueryReader(cleaned).read()
    plain = make_words_query(cleaned)
    return plain if query != plain and _is_pasted(query.text) else query


def make_words_query(text: str) -> Query:
    """A query of a text in which nothing is an operator."""
    return Query(text=text.strip(), words=tuple(text.split()))


def _is_pasted(text: str) -> bool:
    """Whether a text is of several lines, or was written by a machine: JSON, a line of a log, an exception."""
    import re

    json = r'"\s*:|[\[{]\s*"|"\s*[\]}]|\w="'
    log = (
        r"(?:^|[\s\[(T:])\d\d:\d\d:\d\d(?!\d)|^\W{0,3}\d{4}[-/]\d\d[-/]\d\d\b|^\W{0,3}[A-Z]{4,8}\W{0,2}[\]:|]"
    )
    trace = r"[a-z](?:Exception|Error)\b:?\s|\bat \S+ ?\(|\bTraceback \("
    return re.search(rf"\n|{json}|{log}|{trace}", text) is not None


def clean_text(text: str) -> str:
    """A text without control characters and lone surrogates, which become spaces."""
    if text.isprintable():
        return text
    import re

    return re.sub(f"[{CONTROLS}{HALVES}]", " ", text)


class _QueryReader:
    """One pass over a text; `_no_quote_after` keeps it one however many quotes are left open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_command: bool | None = None
        self._no_quote_after = len(text)
        self._words: list[str] = []
        self._filters: list[Filter] = []
        self._found: dict[tuple[str, bool], list[str]] = {
            (kind, negated): [] for kind in ("word", "prefix", "phrase") for negated in (False, True)
        }

    def read(self) -> Query:
        text, place = self._text, 0
        while place < len(text):
            if text[place].isspace():
                place += 1
            else:
                place = self._read_token(place)
        found = {key: tuple(dict.fromkeys(values))[:_MOST_PARTS] for key, values in self._found.items()}
        return Query(
            text=text.strip(),
            words=tuple(self._words),
            prefixes=found["prefix", False],
            phrases=found["phrase", False],
            filters=tuple(dict.fromkeys(self._filters))[:_MOST_PARTS],
            excluded_words=found["word", True],
            excluded_prefixes=found["prefix", True],
            excluded_phrases=found["phrase", True],
        )

    def _read_token(self, start: int) -> int:
        """Read what begins here; the place after it."""
        text = self._text
        negated = text[start] == "-"
        if negated and text[start - 1 : start].strip():
            # Of `“Model C”-Schulen` the minus joins two words.
            return start + 1
        place = start + negated
        if place < len(text) and text[place] in _QUOTES:
            quoted = self._read_quoted(place)
            if quoted is None:
                return place + 1
            if phrase := quoted[0].strip():
                self._found["phrase", negated].append(phrase)
            return quoted[1]
        if end := self._read_filter(place, negated):
            return end
        end = _find_blank(text, start)
        self._add_word(text[start:end], negated)
        return end

    def _add_word(self, word: str, negated: bool) -> None:
        negated = (
            negated and _is_bare(word[1:]) and not self._may_be_option(word) and not self._is_elliptical()
        )
        bare = word[1:] if negated else word
        stem = bare[:-1]
        if bare.endswith("*") and "*" not in stem and any(map(str.isalnum, stem)):
            self._found["prefix", negated].append(stem)
        elif negated:
            self._found["word", True].append(bare)
        elif word.strip("*-"):
            self._words.append(word.rstrip("*"))

    def _is_elliptical(self) -> bool:
        """Whether the word before joins this one to another: `Konten und -rechte`."""
        return bool(self._words) and self._words[-1].casefold() in _JOINING

    def _may_be_option(self, word: str) -> bool:
        """Whether a word with a minus before it may have been pasted as the option of a program."""
        if not word.isascii():
            return False
        if self._is_command is None:
            self._is_command = _is_command(self._text.split())
        return self._is_command or _is_option(word)

    def _read_quoted(self, start: int) -> tuple[str, int] | None:
        """What stands in the quotes that open here and the place after them; None when they never close."""
        text, place = self._text, start + 1
        if place > self._no_quote_after:
            return None
        while place < len(text):
            if text[place] in _QUOTES and not text[place + 1 : place + 2].isalnum():
                return text[start + 1 : place], place + 1
            place += 1
        self._no_quote_after = start
        return None

    def _read_filter(self, start: int, negated: bool) -> int:
        """Read `name:values` when it begins here; the place after it, else 0."""
        text = self._text
        colon = text.find(":", start, start + 10)
        if colon < 0 or text[start:colon] not in FILTER_NAMES or text.startswith("//", colon + 1):
            return 0
        values: list[str] = []
        place = colon + 1
        while place < len(text) and not text[place].isspace():
            quoted = self._read_quoted(place) if text[place] in _QUOTES else None
            end = quoted[1] if quoted else _find_blank(text, place, ",")
            value = quoted[0].strip() if quoted else text[place:end].strip(QUOTE_SIGNS)
            if value:
                values.append(value)
            place = end + 1 if text.startswith(",", end) else end
        if not values:
            return 0
        self._filters.append(Filter(text[start:colon], tuple(dict.fromkeys(values))[:_MOST_PARTS], negated))
        return place


def _is_bare(word: str) -> bool:
    """Whether a text is a word that can be excluded: a letter, a picture, an arrow or the like first, and no punctuation.

    No address (`support@example.org`), no path, no assignment, and nothing that goes on with a dash or a comma.
    """
    from unicodedata import category

    begins = word[:1].isalpha() or (word[:1] > "\x7f" and category(word[0])[0] == "S")
    return begins and word[-1] not in "-.,;:!?" and not any(sign in "@/\\=:,;()[]{}<>" for sign in word)


def _is_command(tokens: list[str]) -> bool:
    """Whether a text may be a pasted command: it begins with a program, pipes, or has an option, or is one alone."""
    return (
        len(tokens) == 1
        or tokens[0] == "$"
        or tokens[0].lower() in PROGRAMS
        or any(token in _PIPES or _is_option(token) for token in tokens)
    )


def _is_option(word: str) -> bool:
    """Whether a word can hardly be anything but an option: `--json`, `-v`, `-Dkey=value`, `-Xmx512m`, `-O2`; not `-oauth2`."""
    if word[:1] != "-" or not word.isascii():
        return False
    if word.startswith("--"):
        return word[2:3].isalpha()
    name = word[1:].rstrip("0123456789")
    return "=" in word or len(name) == 1 or (name[:1].isalpha() and any(map(str.isdecimal, name)))


def _find_blank(text: str, start: int, also: str = "") -> int:
    """The place of the next white space, or sign in `also`, or the end."""
    place = start
    while place < len(text) and text[place] not in _BLANKS and text[place] not in also:
        if text[place] > "\x7f" and text[place].isspace():
            break
        place += 1
    return place


def make_ticket_query(text: str) -> Query:
    """A query of a whole text, in which nothing is an operator."""
    return make_words_query(clean_text(text[:LONGEST_QUERY]))._replace(is_ticket=True)
