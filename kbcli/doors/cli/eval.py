"""`kb eval`: does the search find what it should?"""

from kbcli.doors.cli.command import Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.operations.choices import TOLERANCE

EXAMPLES = """Examples:

\b
  kb eval                              search-tests.toml; exits 1 when a test fails
  kb eval --per-query                  every test, not only those that fail
  kb eval --save search-run.json       keep this run in the repository …
  kb eval --compare search-run.json    … and exit 1 when the search got worse than it
  kb eval --format junit > eval.xml
  kb eval --set sets/faq --format json nDCG@10, top 3 and others of a retrieval set

\b
A test in search-tests.toml, in the folder of kb.toml:
  [[test]]
  query = "customer says their calls get throttled"
  expect = ["api/too-many-requests"]   one of these must be found …
  top = 3                              … among the first 3 (if left out, 3)
  absent = ["api/pagination-missing-rows"]   none of these may be
  lang = "en"                          for the figures by language
  note = "seen in twelve tickets"
"""
HELP = """Measure whether search finds the right cards.

Runs the search tests of the knowledge base, and says what changed since the last run.

Exits 1 when a test fails, when the file of tests is wrong, or when --compare shows a regression.
"""


def run(session: Session, values: Values) -> int:
    """Run the tests, or a set; 1 when the search is not as it should be."""
    kind = "eval" if values["folder"] is None else "eval.set"
    return 1 if session.answer("eval", values, kind=kind).failed else 0


_FORMAT = make_format_flag("eval")
COMMAND = Command(
    "eval",
    HELP,
    (Argument("file", "[FILE]", "Another file of search tests.", required=False),),
    (
        Flag(
            "folder",
            ("--set",),
            "text",
            "Measure on a retrieval set instead: docs.jsonl, queries.jsonl, qrels.tsv.",
            "DIR",
        ),
        Flag(
            "half",
            ("--half",),
            "text",
            "Only half of a set's queries, even or odd by the CRC-32 of their ID.",
            "HALF",
        ),
        Flag(
            "long",
            ("--long",),
            "switch",
            "Ask a set's queries as whole tickets, in which nothing is an operator.",
            default=False,
        ),
        Flag("per_query", ("--per-query",), "switch", "Show every question.", default=False),
        Flag(
            "compare",
            ("--compare",),
            "text",
            "Compare with a saved run, and exit 1 when a mean fell.",
            "RUN",
        ),
        Flag("save", ("--save",), "text", "Save this run to a file.", "RUN"),
        Flag(
            "tolerance",
            ("--tolerance",),
            "share",
            "How much a mean may fall below the compared run's.",
            "SHARE",
            TOLERANCE,
        ),
        _FORMAT._replace(help=f"{_FORMAT.help[:-1]}; junit: not for a set."),
    ),
    EXAMPLES,
    run=run,
)
