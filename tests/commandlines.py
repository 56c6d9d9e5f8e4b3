"""Every command line that only looks, in every format: what the tests of the whole command line go through.

`{card}` stands for a card's ID, `{word}` for something to search for, `{base}` for an older commit.
"""

from collections.abc import Iterator
from typing import Any

from kbcli.doors.cli import COMMANDS, DOORS

SHOWN = ("table", "plain", "json")
FORMATS: dict[str, tuple[str, ...]] = {
    "check": (*SHOWN, "github", "gitlab", "junit", "sarif"),
    "stale": (*SHOWN, "csv", "markdown"),
    "digest": (*SHOWN, "markdown", "html", "eml", "slack"),
    "report": (*SHOWN, "csv", "markdown", "html"),
    "eval": (*SHOWN, "junit"),
    "review": ("plain", "json"),
    "reply": ("plain", "markdown", "html", "json"),
    "week": (*SHOWN, "markdown", "html"),
    "top-ten show": (*SHOWN, "markdown", "html"),
    "top-ten review": (*SHOWN, "markdown"),
}
LOOKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "search": (("{word}",), ("{word}", "--explain")),
    "show": (("{card}",), ("{card}", "--path"), ("{card}", "--as-of", "2026-11-05")),
    "reply": (("{card}", "--anyway", "--leave-blank"),),
    "gaps": ((),),
    "affected": (("{card}",),),
    "list": ((), ("--status", "archived")),
    "log": (("{card}",),),
    "stale": ((), ("--by", "owner")),
    "digest": ((), ("--owner", "api-team")),
    "report": ((), ("--by", "tag")),
    "check": ((), ("--base", "{base}"), ("--strict", "--verbose")),
    "translations": ((), ("--diff",)),
    "duplicates": ((),),
    "manual": (("{word}",),),
    "doctor": ((),),
    "index": ((), ("--rebuild",)),
    "eval": ((), ("--per-query",)),
    "review": ((),),
    "shift list": ((), ("--who", "ada@example.org")),
    "shift plan": (("--dry-run",),),
    "shift feed": ((),),
    "shift brief": (("--who", "ada@example.org"),),
    "shift report": (("--names",),),
    "tickets export": (("--customer", "501"),),
    "tickets search": (("{word}",),),
    "tickets show": (("35436",),),
    "tickets status": ((),),
    "week": ((), ("2026-W10",)),
    "top-ten show": ((),),
    "top-ten review": ((),),
    "renewals": ((),),
}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "search": (
        "too many requests --limit 2 --exact --explain",
        {"query": "too many requests", "limit": 2, "exact": True, "explain": True},
    ),
    "show": ("quotas", {"card": "quotas"}),
    "reply": (
        "sorry --set name=Mia --anyway --ticket 7",
        {"card": "sorry", "values": {"name": "Mia"}, "anyway": True, "ticket": "7"},
    ),
    "link": (
        "zendesk:7 quotas refund --outcome fixed",
        {"ticket": "zendesk:7", "cards": ["quotas", "refund"], "outcome": "fixed"},
    ),
    "gaps": ("", {}),
    "gaps take": ("dark --by me", {"gap": "dark", "by": "me"}),
    "gaps close": ("dark quotas", {"gap": "dark", "card": "quotas"}),
    "affected": ("quotas", {"card": "quotas"}),
    "list": ("--tag api --sort due --reverse", {"tag": ["api"], "sort": "due", "reverse": True}),
    "log": ("quotas --limit 1", {"card": "quotas", "limit": 1}),
    "new": ("Why --no-edit --tag api", {"title": "Why", "tag": ["api"]}),
    "edit": ("quotas --tag +x --owner me", {"card": "quotas", "tag": ["+x"], "owner": "me"}),
    "verify": (
        "quotas refund --yes --every 12w",
        {"cards": ["quotas", "refund"], "yes": True, "every": "12w"},
    ),
    "review": ("--owner api-team --within 90d", {"owner": ["api-team"], "within": "90d"}),
    "flag": ("refund --reason wrong --by me", {"card": "refund", "reason": "wrong", "by": "me"}),
    "unflag": ("wrong", {"card": "wrong"}),
    "mv": ("quotas api/limits", {"card": "quotas", "new": "api/limits"}),
    "stale": ("--by owner", {"by": "owner"}),
    "digest": ("--by tag --within 90d", {"by": "tag", "within": "90d"}),
    "report": ("--since 2026-01-01 --by tag", {"since": "2026-01-01", "by": "tag"}),
    "check": ("api --strict", {"paths": ["api"], "strict": True}),
    "translations": ("", {}),
    "duplicates": ("--threshold 0.5", {"threshold": 0.5}),
    "eval": ("", {}),
    "init": ("--yes", {"yes": True}),
    "manual": ("how do I verify", {"query": "how do I verify"}),
    "doctor": ("", {}),
    "index": ("--rebuild", {"rebuild": True}),
    "index push": ("--full", {"full": True}),
    "shift list": ("--at 2026-11-23T12:00Z", {"at": "2026-11-23T12:00Z"}),
    "shift plan": ("--until 2026-12-01", {"until": "2026-12-01"}),
    "shift swap": ("2026-11-23 2026-11-24", {"shift": "2026-11-23", "other": "2026-11-24"}),
    "shift away": ("ada 2026-11-23", {"who": "ada", "days": "2026-11-23"}),
    "shift leave": ("ben 2026-11-22", {"who": "ben", "last": "2026-11-22"}),
    "shift brief": ("--who ben", {"who": "ben"}),
    "shift end": (
        "--shift 2026-11-20 --nothing quiet",
        {"shift": "2026-11-20", "nothing": "quiet"},
    ),
    "shift report": ("--names --since 2026-11-01", {"names": True, "since": "2026-11-01"}),
    "shift feed": ("--who ada", {"who": "ada"}),
    "tickets import": (
        "tickets.ndjson --own example.com",
        {"paths": ["tickets.ndjson"], "own": ["example.com"]},
    ),
    "tickets export": ("--customer 501", {"customer": ["501"]}),
    "tickets forget": ("--customer 501 --yes", {"customer": ["501"]}),
    "tickets pack": ("../tickets.kbpack", {"file": "../tickets.kbpack"}),
    "tickets push": ("--shards 3", {"shards": 3}),
    "tickets search": ("429 --tag api", {"query": "429", "tag": ["api"]}),
    "tickets show": ("35436", {"ticket": "35436"}),
    "tickets status": ("", {}),
    "week": ("2026-W10", {"week": "2026-W10"}),
    "top-ten draft": ("2026-03", {"month": "2026-03"}),
    "top-ten show": ("--subjects", {"subjects": True}),
    "top-ten review": ("2026-03", {"month": "2026-03"}),
    "hand-over": (
        "limit --to github --project example/app --ticket zendesk:35436",
        {"row": "limit", "to": "github", "project": "example/app", "ticket": ["zendesk:35436"]},
    ),
    "renewals": ("--within 3m", {"within": "3m"}),
}
"""Of each operation one command line, and the same as values of JSON."""
SHIFTS = {
    "support/shifts.toml": """\
[[rota]]
people = ["ada@example.org", "ben@example.org"]
buddies = ["cem@example.org"]
tz = "Europe/Berlin"
starts = "09:00"
""",
    "support/shifts/2026-11.tsv": """\
2026-11-20\t0\tada@example.org\tcem@example.org
2026-11-23\t0\tada@example.org\tcem@example.org
2026-11-24\t0\tben@example.org\tcem@example.org\tada@example.org
""",
}
"""What a knowledge base needs in which shifts are planned, by path."""
TICKETS = {
    "support/top-ten/2026-03.yaml": """\
limits:
  title: How many requests may I send?
  words: ["429", api]
  tickets: 12
  category: bug
  remedy: https://example.org/issues/1
""",
    "tickets.ndjson": """\
{"id": 35436, "created_at": "2026-03-04T09:12:55Z", "updated_at": "2026-03-06T10:00:01Z", "subject": "API answers 429", \
"raw_subject": "API answers 429", "description": "We get 429 since this morning.", "status": "closed", "requester_id": 501, \
"submitter_id": 501, "assignee_id": 9001, "organization_id": 77, "tags": ["api"], "comments": [\
{"id": 1, "author_id": 501, "plain_body": "We get 429 since this morning.", "public": true, "created_at": "2026-03-04T09:12:55Z"}, \
{"id": 2, "author_id": 9001, "plain_body": "The limit is per key; see Retry-After.", "public": true, "created_at": "2026-03-04T10:01:00Z"}]}
""",
}
"""An export of a help desk, with one ticket, and a row of the top ten that counts it."""
LINKS = {
    "support/links/2026-11/0123456789abcdef.jsonl": """\
{"id": "a", "on": "2026-11-20", "ticket": "7", "outcome": "none", "asked": "dark mode"}
""",
}
"""What a knowledge base needs that has a gap, by path."""
WRITES = (
    "link",
    "gaps take",
    "gaps close",
    "new",
    "edit",
    "verify",
    "flag",
    "unflag",
    "mv",
    "init",
    "shift swap",
    "shift away",
    "shift leave",
    "shift end",
    "tickets forget",
    "tickets import",
    "top-ten draft",
    "hand-over",
    "tickets pack",
    "tickets push",
    "index push",
)


def list_lines(command: str, names: dict[str, str]) -> Iterator[list[str]]:
    """The command lines of one command that change nothing, in each of its formats."""
    for arguments in LOOKS[command]:
        for form in FORMATS.get(command, SHOWN):
            yield [*command.split(), *(argument.format(**names) for argument in arguments), "--format", form]


def list_looks(names: dict[str, str]) -> Iterator[list[str]]:
    """All of them, for the commands that this kb has."""
    for command in LOOKS:
        if command in COMMANDS:
            yield from list_lines(command, names)


def list_unknown() -> list[str]:
    """Commands that stand in no table here: nobody has looked what they do with a hostile clone."""
    return [command for command in COMMANDS if command not in {*LOOKS, *WRITES, *DOORS}]
