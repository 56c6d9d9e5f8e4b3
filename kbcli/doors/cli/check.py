"""`kb check`: the gate."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.config import Config
from kbcli.doors.cli.filters import HistoryOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

if TYPE_CHECKING:
    from kbcli.foundation.git.blobs import FileContents
    from kbcli.foundation.git.log import History
    from kbcli.foundation.weblinks.outcomes import Outcome
    from kbcli.knowledge.cards.library import Library
    from kbcli.knowledge.gate.context import CheckCache
    from kbcli.knowledge.gate.rule import Rule
    from kbcli.knowledge.gate.run import CheckResult

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
FORMATS = ("table", "plain", "json", "github", "gitlab", "junit", "sarif")


def register(app: typer.Typer) -> None:
    """Add `kb check`."""
    app.command("check", epilog=EXAMPLES)(check)


def check(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]…", help="Only findings in these cards or folders.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too, except due.")] = False,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="REF",
            help="Only what this branch caused since REF (such as origin/main) decides.",
        ),
    ] = None,
    update_baseline: Annotated[
        bool,
        typer.Option(
            "--update-baseline", help="Accept today's findings in kb-baseline.json, which may only shrink."
        ),
    ] = False,
    history: HistoryOption = None,
    links: Annotated[
        bool, typer.Option("--links", help="Also ask the web whether links still lead somewhere.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List also the rules that are summed up.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}.")
    ] = None,
) -> int:
    """Check every card and exit with 1 exactly when there is an error. Needs no index and no network."""
    from kbcli.foundation.git.blobs import FileContents
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.gate.run import run_check

    session = ctx.ensure_object(Session)
    form = session.pick_format(output, FORMATS)
    chosen = [locate_path(session.config, path) for path in paths] if paths else None
    rules = _choose_rules(session, history, base)
    contents = FileContents()
    cache = _start_cache(session, rules, contents)
    library = load_library(session.config, note=contents.note if base or cache is not None else None)
    past = _load_history(session, rules)
    if update_baseline:
        if base or chosen or links:
            raise UsageError(
                "--update-baseline is about the whole knowledge base", "Leave out --base, --links and paths."
            )
        result = run_check(library, session.today, rules, strict=strict, history=past, cache=cache)
        from kbcli.doors.cli.acceptance import write_baseline

        return write_baseline(session, library, result, form)
    web = _ask_web(session, library, chosen) if links else None
    if base:
        from kbcli.knowledge.gate.differential import compare_with_base

        comparison = compare_with_base(
            library,
            session.today,
            base,
            rules,
            paths=chosen,
            strict=strict,
            history=past,
            web=web,
            contents=contents,
            cache=cache,
        )
        result, existing = comparison.caused, len(comparison.existing)
        note = (
            f"{existing} findings were already there at {comparison.base[:10]} and do not count"
            if existing
            else ""
        )
    else:
        result = run_check(
            library, session.today, rules, paths=chosen, strict=strict, history=past, web=web, cache=cache
        )
        note = ""
    result, accepted = _apply_baseline(session, library, result, whole=not (base or chosen))
    if accepted:
        note = f"{note}; {accepted} are accepted in the baseline".lstrip("; ")
    write_check(session, result, form, verbose=verbose, asked=past is not None)
    if form == "github":
        _write_job_summary(result, note)
    if note:
        session.say(note)
    return 1 if result.failed else 0


def _choose_rules(session: Session, asked: bool | None, base: str | None) -> "tuple[Rule, ...]":
    """The rules to run: those of git history where it is asked for, or else those of them that kb.toml names."""
    from kbcli.doors.cli.judging import wants_history
    from kbcli.knowledge.gate.run import choose_rules
    from kbcli.operations.rules import RULES

    history = True if wants_history(session, asked) else asked
    return choose_rules(session.config, RULES, history=history, in_change=bool(base))


def _start_cache(
    session: Session, rules: "tuple[Rule, ...]", contents: "FileContents"
) -> "CheckCache | None":
    """What finds near-duplicates, with the cache of shingles; None where no rule asks for it."""
    from kbcli.knowledge.gate.severity import SeverityJudge

    judge = SeverityJudge(session.config)
    if not any(rule.digests and not judge.is_off(rule) for rule in rules):
        return None
    from kbcli.knowledge.gate.context import CheckCache
    from kbcli.knowledge.likeness.cache import ShingleCache, find_shingle_folder
    from kbcli.knowledge.likeness.pairs import PairFinder

    cache = ShingleCache(session.config, find_shingle_folder())
    return CheckCache(PairFinder(cache=cache, digests=contents.digests))


def _load_history(session: Session, rules: "tuple[Rule, ...]") -> "History | None":
    """The git history, where a rule needs it (cards without a digest are then judged by it, too)."""
    if not any(rule.history for rule in rules):
        return None
    from kbcli.foundation.git.log import load_history

    history = load_history(session.root)
    if history.why:
        session.say(history.why)
    return history


def _apply_baseline(
    session: Session, library: "Library", result: "CheckResult", *, whole: bool
) -> "tuple[CheckResult, int]":
    from kbcli.knowledge.gate.baseline import apply_baseline, follow_renames, read_baseline
    from kbcli.operations.rules import RULES

    baseline = read_baseline(session.root)
    return (
        (result, 0)
        if baseline is None
        else apply_baseline(result, follow_renames(baseline, library), RULES, whole=whole)
    )


def _ask_web(session: Session, library: "Library", paths: list[str] | None) -> "Mapping[str, Outcome]":
    from kbcli.knowledge.gate.rules.web_links import ask_web_links

    with session.show_progress("asking the web") as progress:
        return ask_web_links(library, paths=paths, progress=progress)


def locate_path(config: Config, given: str) -> str:
    """A path relative to the knowledge base, from one relative to the current folder or to the knowledge base.

    Raises UsageError when it is neither, or lies outside.
    """
    for base in (Path.cwd(), config.root):
        full = os.path.abspath(base / given)
        relative = os.path.relpath(full, config.root)
        if os.path.lexists(full) and not relative.startswith(".."):
            return relative.replace(os.sep, "/")
    if os.path.lexists(given):
        raise UsageError(f"{given} is not in the knowledge base", f"It is {config.root}.")
    raise UsageError(f"there is no {given}")


def write_check(
    session: Session, result: "CheckResult", form: str, *, verbose: bool, asked: bool = False
) -> None:
    """Write the result in one of FORMATS; `asked` tells whether git history was, for the table's last line."""
    if form == "table":
        from kbcli.doors.cli.judging import format_note
        from kbcli.render.check.findings import format_findings

        note = format_note(session, result.bases, asked=asked)
        session.page(format_findings(result, color=session.color, verbose=verbose) + note)
        return
    if form == "plain":
        from kbcli.render.check.findings import format_finding_lines, format_summarised

        session.write(format_finding_lines(result, verbose=verbose))
        for line in format_summarised(result, verbose=verbose).splitlines():
            session.say(line)
        return
    session.write(_format_machine(result, form))


def _write_job_summary(result: "CheckResult", note: str) -> None:
    """Add the result to the page of the run, where GitHub Actions names a file for that."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from kbcli.render.check.jobsummary import format_job_summary

    with open(path, "a", encoding="utf-8") as stream:
        stream.write(format_job_summary(result, note))


def _format_machine(result: "CheckResult", form: str) -> str:
    if form == "json":
        from kbcli.render.json import format_check

        return format_check(result)
    if form == "github":
        from kbcli.render.check.github import format_github

        return format_github(result)
    if form == "gitlab":
        from kbcli.render.check.gitlab import format_gitlab

        return format_gitlab(result)
    if form == "junit":
        from kbcli.render.check.junit import format_junit

        return format_junit(result)
    from kbcli.render.check.sarif import format_sarif

    return format_sarif(result)
