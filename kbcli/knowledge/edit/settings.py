"""The text of a new kb.toml: every option with its explanation; what is not set stands there as a comment.

Prose begins with `# `, an option that is not set with `#` alone, so that deleting that sign sets it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kbcli.config import Config
from kbcli.foundation.typed import NamedTuple
from kbcli.kbtoml import MAPPABLE_FIELDS, RENDERERS
from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES
from kbcli.knowledge.gate.rule import Rule

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f\ud800-\udfff]')


class Option(NamedTuple):
    """One setting: its key, the value that shows it (its default where it has one), what it does."""

    key: str
    shown: object
    text: str


class Section(NamedTuple):
    """One table of kb.toml. The keys of an `open` one are the user's own: its options are examples."""

    name: str
    text: str
    options: tuple[Option, ...]
    open: bool = False


_TEXTS = {
    "title": "What this knowledge base is called.",
    "lang": "The language of cards that do not say theirs, as a tag such as en, de or pt-BR.",
    "extensions": "File endings of cards. “.html.md.erb” is one ending.",
    "include": "Which files are cards: globs, relative to this file. ** spans folders.",
    "exclude": "Which of those are none. What git ignores is never a card.",
    "types": f"Card types beside {', '.join(TYPES)}.",
    "verify_every": "Verification interval of cards that name none: 90d, 12w, 6m, 1y or never.",
    "pin": "Where the review fields are mapped (below), `kb verify` writes only those. With true it adds digest\n"
    "and verifier, so that every later change of the text shows. With kb's own fields it always does.",
    "history": "Whether `kb list`, `kb stale` and `kb check` ask git if the text of a card without a digest changed after\n"
    "its date was set, as with --history. `kb show`, `kb log` and `kb review` always do.",
    "date_style": "How cards write 31 December 2026: iso (2026-12-31), us (12/31/2026) or eu (31/12/2026).",
    "renderer": "What makes pages of the cards, and so anchors of their headings, which links are held to:\n"
    f"{', '.join(RENDERERS[:8])},\n{', '.join(RENDERERS[8:])}.",
    "refs": "How `kb link` calls tickets in git: plain (their numbers), or keyed (by a secret key of your team: kb manual link).",
}
"""What each setting of the top of kb.toml means."""


# An example, where the default would be none.
_USUAL = Config(root=Path())._asdict() | {"title": "Support", "verify_every": "6m"}
_OPTIONS = tuple(Option(name, _USUAL[name], text) for name, text in _TEXTS.items())


FIRST_STYLE = {
    "any inconvenience": "",
    "as soon as possible": "",
    "do not hesitate to": "",
    "kindly": "please",
    "obviously": "",
    "please be advised that": "",
    "simply": "",
    "thank you for your patience": "thank you for waiting",
    "unfortunately": "",
}
"""What an English text to send had better not say, and what instead; with this a new knowledge base begins."""

_SECTIONS = (
    Section(
        "fields",
        "What kb's fields are called in the front matter here: kb's name = the name here.",
        tuple(Option(name, name, "") for name in MAPPABLE_FIELDS),
    ),
    Section(
        "values.status",
        f"What a field's words here mean to kb. Status: {', '.join(STATUSES)}.",
        (Option("published", "active", ""),),
        True,
    ),
    Section("values.type", "Types.", (Option("faq", "answer", ""),), True),
    Section(
        "values.audience",
        f"Audience: {', '.join(AUDIENCES)}.",
        (Option("customers", "public", ""),),
        True,
    ),
    Section("values.lang", "Languages.", (Option("english", "en", ""),), True),
    Section(
        "translations",
        "Where the path tells language and source of a translation: with “{lang}/{path}” and the source “en”,\n"
        "de/refund.md is German and translates en/refund.md.",
        (
            Option("pattern", "{lang}/{path}", ""),
            Option("source", "en", ""),
            Option("source_path", "{path}", "Where the sources lie, if in no folder of their language."),
            Option("fallback", False, "Whether the site shows the source where a page is not translated."),
        ),
    ),
    Section(
        "groups",
        "Groups that own cards, and who is in them (addresses as in git).",
        (Option("support", ["ada@example.org"], ""),),
        True,
    ),
    Section(
        "people",
        "Other names and addresses of one person, so that all of them are the same owner.",
        (Option("ada@example.org", ["Ada", "ada@old.example.org"], ""),),
        True,
    ),
    Section(
        "search",
        "",
        (
            Option("trust_ranking", True, "Of cards that fit alike, show the trusted one first."),
            Option(
                "use_ranking",
                True,
                "Of cards that fit alike, show the one first that answers tickets (kb link).",
            ),
            Option(
                "background",
                ("archive/**",),
                "Globs of cards that count half, so that they come first only where nothing else fits.",
            ),
            Option(
                "customers_words",
                True,
                "Take words that no title holds for what customers mean by them: “quit” for “cancel”.",
            ),
            Option(
                "keep_failed",
                True,
                "Keep what was asked in vain for `kb gaps`: 30 days, redacted, on the asker's machine only.",
            ),
        ),
    ),
    Section(
        "links",
        "Links to these hosts (globs) are fine, or a finding.",
        (
            Option("allow", [], ""),
            Option("deny", ["*.internal.example.org"], ""),
            Option(
                "roots",
                ["content", "static"],
                "Folders to which links that begin with / lead: pages, static files.",
            ),
            Option("base", "/handbook/", "Where on its host the site lies: what its links may begin with."),
            Option(
                "generated",
                ["api/**", "blog/*.html"],
                "Destinations (globs; an address is a page, .html) that the build makes, or knows: no findings.",
            ),
            Option("wiki", True, "Whether [[x]] is a link; without this it is one in an Obsidian vault."),
        ),
    ),
    Section(
        "slack.people",
        "Who users of Slack are, for kb slack: their member IDs.",
        (Option("U012AB3CD", "ada@example.org", ""),),
        True,
    ),
    Section(
        "slack",
        "",
        (
            Option(
                "pages", "https://kb.example.org", "Where the pages of kb serve are, for the button Verify."
            ),
        ),
    ),
    Section(
        "tickets",
        "",
        (
            Option(
                "keep",
                "24m",
                "How long archives of earlier tickets keep what was said, from a ticket's first day.",
            ),
        ),
    ),
    Section(
        "engine",
        "An OpenSearch or Elasticsearch that answers for everybody (kb manual engine). Where it is, and with what rights it\n"
        "is asked, stands in each user's own settings, never here.",
        (
            Option(
                "index", "kb-handbook", "What these cards are called there: small letters, digits, - and _."
            ),
        ),
    ),
    Section(
        "serve",
        "",
        (
            Option(
                "branch",
                "main",
                "Where `kb serve` pushes what is changed in a browser; it must be checked out.",
            ),
            Option(
                "embed",
                ["https://desk.example.org"],
                "The help desks whose pages may show the sidebar of `kb serve` in a frame.",
            ),
        ),
    ),
    Section(
        "personal_data",
        "",
        (
            Option(
                "allow",
                ["acme.example", "+49 30 1234567"],
                "Domains, addresses and numbers that cards may hold: your own.",
            ),
        ),
    ),
    Section(
        "style",
        "",
        (
            Option(
                "public", False, "Whether the rule style judges all of public cards, not only texts to send."
            ),
        ),
    ),
    Section(
        "style.words.en",
        "Words and phrases to avoid in texts to send, by language, and what to write instead, if anything.",
        tuple(Option(avoided, instead, "") for avoided, instead in FIRST_STYLE.items()),
        True,
    ),
    Section(
        "hand_over",
        "Where `kb hand-over` makes issues: a project, or the whole address.",
        (
            Option("github", "example/app", ""),
            Option("gitlab", "https://gitlab.com/example/app", ""),
            Option(
                "jira",
                "https://example.atlassian.net/secure/CreateIssueDetails!init.jspa?pid=10000&issuetype=10001",
                "",
            ),
            Option("linear", "https://linear.app/team/SUP/new", ""),
        ),
    ),
)
_RULES = Section(
    "rules",
    'The check rules: "error" fails `kb check`, "warning" does not, "off" is silent. Or by age:\n'
    '{ warn_after = "1d", error_after = "30d" }; some rules take a limit: { severity = "warning", limit = 80 }.',
    (),
)
_RULES_OF_AN_OWNER = Section(
    "rules.owners.api-team",
    "The same for the cards of one owner.",
    (Option("expired", "error", ""),),
    True,
)
_DEFAULTS_TEXT = "Values for the cards at these paths that do not say otherwise; of several, the last counts."
_DEFAULTS_SHOWN: Mapping[str, object] = {
    "paths": ["policies/**"],
    "type": "policy",
    "product": "app",
    "audience": "internal",
    "owner": "support",
    "lang": "en",
    "status": "active",
    "verify_every": "1y",
    "tags": ["policy"],
    "rules": {"expired": "error"},
}


def compose_settings(values: Mapping[str, object], rules: Sequence[Rule] = ()) -> str:
    """The text of a kb.toml with these settings, nested as in the file; all others are explained.

    `rules` are those to explain. A `rules.owners` table and rules of `defaults` are taken as given.
    """
    lines = [
        "# Settings of this knowledge base. A line that begins with # and no space shows a setting: delete the #",
        "# to set it.",
    ]
    for option in _OPTIONS:
        lines += ["", *_comment(option.text), _format_option(option.key, option.shown, values)]
    of_all = _RULES._replace(options=tuple(Option(rule.id, rule.severity, rule.title) for rule in rules))
    for section in (*_SECTIONS, *_list_styles(values), of_all, _RULES_OF_AN_OWNER):
        lines += ["", *_format_section(section, _find_table(values, section.name))]
    lines += ["", *_comment(_DEFAULTS_TEXT)]
    defaults = values.get("defaults", ())
    assert isinstance(defaults, list | tuple)
    for entry in defaults:
        lines += [*_format_defaults(entry), ""]
    lines += [f"#{line}" for line in _format_defaults(_DEFAULTS_SHOWN)]
    return "\n".join(lines) + "\n"


def _list_styles(values: Mapping[str, object]) -> Iterator[Section]:
    """The tables of words to avoid in languages that no comment shows."""
    for lang in _find_table(values, "style.words"):
        if lang != "en":
            yield Section(f"style.words.{format_key(lang)}", "", (), True)


def _format_section(section: Section, given: Mapping[str, object]) -> Iterator[str]:
    """A table: its header is live when anything in it is set."""
    yield from _comment(section.text)
    yield f"{'' if given else '#'}[{section.name}]"
    known = {option.key for option in section.options}
    for option in section.options:
        if section.open and given:
            break
        yield from _comment(option.text)
        yield _format_option(option.key, option.shown, given)
    for key, value in given.items():
        if (section.open or key not in known) and not isinstance(value, dict):
            yield f"{format_key(key)} = {format_value(value)}"


def _format_option(key: str, shown: object, given: Mapping[str, object]) -> str:
    sign, value = ("", given[key]) if key in given else ("#", shown)
    return f"{sign}{format_key(key)} = {format_value(value)}"


def _format_defaults(entry: Mapping[str, object]) -> list[str]:
    lines = ["[[defaults]]"]
    lines += [f"{format_key(key)} = {format_value(value)}" for key, value in entry.items()]
    return lines


def _find_table(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    table: object = values
    for part in name.split("."):
        table = table.get(part, {}) if isinstance(table, Mapping) else {}
    return table if isinstance(table, Mapping) else {}


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in text.splitlines()]


def format_key(key: str) -> str:
    """A TOML key, in quotes where it must be."""
    return key if _BARE_KEY.match(key) else format_value(key)


def format_value(value: object) -> str:
    """A TOML value for a text, a truth value, a whole number, a list or a table (inline)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + _ESCAPED.sub(_escape, value) + '"'
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{format_key(key)} = {format_value(item)}" for key, item in value.items())
            + " }"
        )
    assert isinstance(value, list | tuple)
    return "[" + ", ".join(format_value(item) for item in value) + "]"


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    if letter in '"\\':
        return "\\" + letter
    code = ord(letter)
    return "\\uFFFD" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04X}"
