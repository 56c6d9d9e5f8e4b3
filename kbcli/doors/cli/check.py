"""`kb check`: the gate."""

import os

from kbcli.doors.cli.command import HISTORY, Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.operations import load_operation

if TYPE_CHECKING:
    from kbcli.operations.check import CheckReport

EXAMPLES = """Examples:

\b
  kb check                        everything; exits 1 when there is an error
  kb check --strict               warnings count too (except due)
  kb check api/ billing/refund-policy.md
  kb check --base origin/main     only what this branch caused decides
  kb check --history              also who vouched for what, by git history
  kb check --format github        annotations in a GitHub workflow
  kb check --format sarif > kb.sarif
"""


def run(session: Session, values: Values) -> int:
    """Check, or update the baseline; 1 when something blocks."""
    form, verbose = session.pick_format("check", values.pop("format")), values.pop("verbose")
    if values.pop("update_baseline"):
        return _update_baseline(session, values, form)
    report: CheckReport = load_operation("check")(session.base, **values)
    session.show("check", form, report, verbose=verbose)
    if form == "github":
        _write_job_summary(report)
    if report.uncounted:
        session.say(report.uncounted)
    return 1 if report.result.failed else 0


def _update_baseline(session: Session, values: Values, form: str) -> int:
    if values["base"] or values["paths"] or values["links"] or values["accept"]:
        raise UsageError(
            "--update-baseline is about the whole knowledge base",
            "Leave out --base, --accept, --links and paths.",
        )
    from kbcli.operations.check import update_baseline

    update = update_baseline(session.base, strict=values["strict"], history=values["history"])
    # An update finds nothing, so that formats of findings have nothing to say.
    session.show("check.baseline", form if form == "json" else "plain", update)
    return 1 if update.refused else 0


def _write_job_summary(report: "CheckReport") -> None:
    """Add the result to the page of the run, where GitHub Actions names a file for that."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from kbcli.render.check.jobsummary import format_job_summary

    with open(path, "a", encoding="utf-8") as stream:
        stream.write(format_job_summary(report))


COMMAND = Command(
    "check",
    "Check the cards: the gate for a build.\n\nExits with 1 exactly when there is an error. Needs no index and no network.",
    (Argument("paths", "[PATH]…", "Only findings in these cards or folders.", many=True, required=False),),
    (
        Flag("strict", ("--strict",), "switch", "Warnings fail too, except due.", default=False),
        Flag(
            "base",
            ("--base",),
            "text",
            "Only what this branch caused since REF (such as origin/main) decides.",
            "REF",
            complete="refs",
        ),
        Flag(
            "update_baseline",
            ("--update-baseline",),
            "switch",
            "Accept today's findings in kb-baseline.json, which may only shrink.",
            default=False,
        ),
        Flag(
            "accept",
            ("--accept",),
            "switch",
            "With --base: write down for review what this branch takes out of the gate.",
            default=False,
        ),
        HISTORY,
        Flag(
            "links",
            ("--links",),
            "switch",
            "Also ask the web whether links still lead somewhere.",
            default=False,
        ),
        Flag(
            "verbose",
            ("--verbose", "-v"),
            "switch",
            "List also the rules that are summed up.",
            default=False,
        ),
        make_format_flag("check"),
    ),
    EXAMPLES,
    run=run,
)
