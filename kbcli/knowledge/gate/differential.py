"""The gate for a change: which findings the change caused, and which were already there."""

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from kbcli.config import CONFIG_NAME, Config, parse_config
from kbcli.errors import GitError, KbError
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.git.codeowners import PLACES
from kbcli.foundation.git.layout import Layout
from kbcli.foundation.git.log import History, load_history
from kbcli.foundation.git.objects import FileContents
from kbcli.foundation.git.people import MAILMAP
from kbcli.foundation.git.revisions import find_merge_base
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.walk import has_ending
from kbcli.knowledge.gate.baseline import parse_baseline, read_baseline
from kbcli.knowledge.gate.change import BASELINE_NAME, LEFT_GATE, BaselineSides, Change, Names
from kbcli.knowledge.gate.matching import KnownFindings, Renames, find_former_prefix
from kbcli.knowledge.gate.rule import CheckCache, CheckContext, Finding, Rule, report_file
from kbcli.knowledge.gate.run import CheckResult, join_findings, run_check, sort_findings
from kbcli.knowledge.gate.severity import SeverityJudge, StricterJudge
from kbcli.knowledge.trust.dependencies import DependencyReader

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome

_NO_WORDS = re.compile(r"""["']|(?<=\])\([^)\n]*\)|(?<=\]:)[ \t]*\S+""")


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """A check compared with the merge base, both judged on the same day.

    `caused` holds only the findings of the change: they decide `caused.failed`. `existing` are
    the findings that were there before, `base` is the commit compared with, `change` what both sides
    hold (None when the knowledge base was not there).
    """

    caused: CheckResult
    existing: tuple[Finding, ...]
    base: str
    change: Change | None = None


def compare_with_base(
    library: Library,
    today: date,
    revision: str,
    rules: Sequence[Rule],
    *,
    paths: Iterable[str] | None = None,
    strict: bool = False,
    history: History | None = None,
    web: "Mapping[str, Outcome] | None" = None,
    contents: FileContents | None = None,
    cache: CheckCache | None = None,
) -> ChangeResult:
    """Check the working tree and the merge base with `revision`, and split the findings.

    A finding is caused by the change when no finding of the same rule, card and subject (not
    line) is there at the merge base; a card that was renamed is the same card. The merge base
    is judged by its own kb.toml. Where that of now is another, what is found in the working tree by the one
    of then counts, too, and of two severities the stricter, unless the change of kb.toml is accepted. With `history` (that of HEAD) the rules
    of git history run on both sides, at the merge base with what was committed until then.
    Where `contents` were noted as the library was read, files that were the same at the merge base
    are not read again. What the `web` answered is not known of the merge base, so it is all caused.
    `cache` may bring along what finds near-duplicates. Raises GitError when the merge base is not known.
    """
    config = library.config
    if config.git_root is None:
        hint = "`kb check` without --base works anywhere."
        raise GitError("there is no git repository to compare with", hint)
    base = find_merge_base(config.root, revision)
    cache = cache or CheckCache()
    # The branch is one change, as it will be once it is merged.
    history = None if history is None else replace(history, since=base)
    blobs = contents.blobs if contents is not None else {}
    with tempfile.TemporaryDirectory(prefix="kb-base-") as name:
        then = _read_base(
            library, Layout(config.git_root, base, Path(name).resolve()), base, rules, blobs, today
        )
        change = then.change if then is not None else None
        run = partial(
            run_check, today=today, paths=paths, strict=strict, history=history, web=web, join=False,
            cache=cache, judge=then.judge if then is not None else None,
        )  # fmt: skip
        now, known = run(library, rules=rules, change=change), None
        if then is not None:
            if not then.change.is_settled and then.change.held is not library:
                now = replace(now, findings=_add_stricter(now, then, rules, run))
            known = _find_known(then, rules, cache, history)
        caused = tuple(
            found
            for found in now.findings
            if then is None or known is None or not _is_excused(found, then, known, rules)
        )
    chosen = frozenset(caused)
    existing = tuple(found for found in now.findings if found not in chosen)
    return ChangeResult(
        replace(now, findings=join_findings(caused, rules)), join_findings(existing, rules), base, change
    )


def _add_stricter(
    now: CheckResult, then: "_Base", rules: Sequence[Rule], run: Callable[..., CheckResult]
) -> tuple[Finding, ...]:
    """The findings of now, and those that the cards have by the kb.toml of the merge base only."""
    change = then.change
    told = {(one.rule, one.path, one.subject) for one in now.findings}
    judged = [rule for rule in rules if not (rule.settings or rule.of_change)]
    held = run(change.held, rules=judged, change=replace(change, now=change.held)).findings
    hidden = [
        one._replace(message=f"{one.message} (by the kb.toml of {change.base[:10]})")
        for one in held
        if (one.rule, one.path, one.subject) not in told
        and (one.path in change.pairs or one.path in change.now.by_path)
    ]
    return sort_findings((*now.findings, *hidden, *_name_hidden(now, hidden, change, then.judge)))


def _name_hidden(
    now: CheckResult, hidden: Sequence[Finding], change: Change, judge: SeverityJudge
) -> Iterator[Finding]:
    """That kb.toml hides findings, where nothing else is said of it: it may be right to, and must not go unsaid."""
    rule = next((one for one in now.rules if one.id == LEFT_GATE), None)
    is_said = any((one.rule, one.path) == (LEFT_GATE, CONFIG_NAME) for one in now.findings)
    if not hidden or is_said or rule is None:
        return
    names = ", ".join(sorted({one.rule for one in hidden}))
    message = f"it no longer finds {len(hidden)} that the former one does: {names}"
    hint = "Put it back where that is not meant."
    found = report_file(LEFT_GATE, CONFIG_NAME, message, hint, subject=change.settings)
    severity = judge.decide(rule, found, None) if judge.is_named(rule) else found.severity
    if severity != "off":
        yield found._replace(severity=severity)


class _Base(NamedTuple):
    """The merge base, laid out: where its knowledge base was, its own settings (None: not to be read), and the change since."""

    layout: Layout
    prefix: str
    own: Config | None
    change: Change
    judge: SeverityJudge


def _read_base(
    library: Library,
    layout: Layout,
    base: str,
    rules: Sequence[Rule],
    blobs: Mapping[str, str],
    today: date,
) -> _Base | None:
    """The cards of the merge base; None when the knowledge base was not there."""
    config = library.config
    prefix = find_former_prefix(layout, base, config.prefix)
    if not any(path.startswith(prefix) for path in layout.paths):
        return None
    own = _read_own_config(config, layout, prefix)
    is_elsewhere = prefix != config.prefix and os.path.lexists(layout.git_root / prefix / CONFIG_NAME)
    settings = _join_settings(config, own)._replace(root=layout.folder / prefix, git_root=layout.folder)
    same = _list_reusable(library, own, blobs)
    reads = match_globs(glob for rule in rules for glob in rule.reads)
    before = _load_before(settings, layout, prefix, library, same, reads)
    is_same = own is None or is_elsewhere or (own.source, own.lang) == (config.source, config.lang)
    held = library if own is None or is_same else load_library(own, library.files)
    more = {card.path: card for card in held.cards} | dict(library.by_path)
    names = Renames(
        before, replace(library, cards=tuple(more.values())), layout, base, (prefix, config.prefix)
    )
    entries = _read_entries(config, layout, prefix, names)
    shadowed = prefix + CONFIG_NAME if is_elsewhere else ""
    converted = layout.find_converted(config.prefix + card.path for card in library.cards)
    change = Change(before, library, names, base, today, held, own, shadowed, entries, converted)
    judges = (config,) if own is None or change.is_settled else (config, own)
    return _Base(layout, prefix, own, change, StricterJudge(judges, change.pairs.get))


def _read_entries(config: Config, layout: Layout, prefix: str, names: Names) -> BaselineSides:
    """The baselines of both sides."""
    now = read_baseline(config.root, join=True)
    text = layout.read_text(prefix + BASELINE_NAME)
    try:
        then = parse_baseline(text, join=True).entries if text else {}
    except KbError:
        # What cannot be read accepts nothing.
        then = {}
    return BaselineSides(
        frozenset((rule, names.find_id(card), subject) for rule, card, subject in then),
        frozenset(now.entries if now is not None else ()).difference(then),
    )


def _find_known(
    then: _Base, rules: Sequence[Rule], cache: CheckCache, history: History | None
) -> KnownFindings:
    """What is found at the merge base, with the history until then where that of HEAD was read."""
    before, layout, change = then.change.before, then.layout, then.change
    if history is not None and history.folder is not None:
        history = _load_history(change.now.config, change.base, then.prefix)
    judged = [rule for rule in rules if not rule.settings]
    found = list(
        run_check(
            before, change.today, judged, history=history, join=False, cache=cache, judge=then.judge
        ).findings
    )
    found = _drop_doubtful(found, rules, CheckContext(before, change.today), layout)
    if then.own is not None:
        context = CheckContext(Library(then.own, ()), change.today)
        found += [one for rule in rules if rule.settings for one in rule.find(context)]
    known = KnownFindings(rules, change, found)
    _add_links(known, rules, layout, found, change.names)
    return known


def _is_excused(found: Finding, then: _Base, known: KnownFindings, rules: Sequence[Rule]) -> bool:
    """Whether a finding was there, in words that the change did not write or by the baseline of the merge base."""
    is_accepted = (found.rule, found.card or found.path, found.subject) in then.change.baselines.then
    if not known.holds(found):
        # The web was not asked of the merge base.
        return is_accepted and any(rule.web and rule.id == found.rule for rule in rules)
    return is_accepted or not _is_rewritten(found, then)


def _is_rewritten(found: Finding, then: _Base) -> bool:
    """Whether the change wrote words on the line of a finding: then it is not an old one, even if one like it was there.

    A paragraph or list that was only reflowed, other quotation marks, and where a link leads (which `kb mv`
    repairs, and by which a finding is known) are no other words.
    """
    change = then.change
    before = change.pairs.get(found.path)
    if before is None or change.now.by_path.get(found.path) is before:
        return False
    lines = _read_words(os.path.join(change.now.config.root, found.path)).split("\n")
    old = " ".join(_read_words(os.path.join(then.layout.folder, then.prefix, before.path)).split())
    line = " ".join(lines[found.line - 1].split()) if found.line <= len(lines) else ""
    return line not in old


def _read_words(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as stream:
            return _NO_WORDS.sub("", stream.read())
    except OSError:
        return ""


def _read_own_config(config: Config, layout: Layout, prefix: str) -> Config | None:
    """The settings of the merge base; None when its kb.toml is not there, or cannot be read."""
    text = layout.read_text(prefix + CONFIG_NAME)
    if text is None:
        # Where neither side has one, both are judged by the defaults.
        return None if config.source else config
    try:
        own = parse_config(text, config.root, config.git_root)
    except KbError:
        return None
    return own._replace(lang=config.lang) if config.origins.get("lang") == "KB_LANG" else own


def _join_settings(config: Config, own: Config | None) -> Config:
    """The facts of then with the severities of now: what a new rule finds in an old card is not new in the card."""
    if own is None:
        return config
    values = tuple(entry._replace(rules={}) for entry in own.defaults)
    severities = tuple(entry._replace(values={}) for entry in config.defaults)
    return own._replace(rules=config.rules, owner_rules=config.owner_rules, defaults=(*values, *severities))


def _list_reusable(library: Library, own: Config | None, blobs: Mapping[str, str]) -> Mapping[str, str]:
    """The blobs, by path, of cards that mean at the merge base what they mean now where their bytes are the same."""
    config = library.config
    if own is not None and (own.source, own.lang) != (config.source, config.lang):
        return {}
    return {path: blob for path, blob in blobs.items() if path in library.by_path}


def _load_before(
    settings: Config,
    layout: Layout,
    prefix: str,
    now: Library,
    blobs: Mapping[str, str],
    reads: Callable[[str], bool],
) -> Library:
    """The cards of the merge base; those that have the blob of now are the cards of now."""
    places = {*PLACES, MAILMAP}
    layout.lay_out(
        lambda path: (
            has_ending(path, settings.extensions)
            or path in places
            or (path.startswith(prefix) and reads(path[len(prefix) :]))
        ),
        {prefix + path: blob for path, blob in blobs.items() if prefix + path not in places},
    )
    layout.fill([path for path in layout.links if has_ending(path, settings.extensions) or path in places])
    same = {path[len(prefix) :] for path in layout.blank}
    before = load_library(settings, layout.paths, known={path: now.by_path[path] for path in same})
    reader = DependencyReader(before)
    layout.fill(sorted({path for card in before.cards for path in reader.list_paths(card)}))
    return before


def _load_history(config: Config, base: str, prefix: str) -> History:
    """The history until the merge base, of the folder that the knowledge base had then."""
    assert config.git_root is not None
    if prefix == config.prefix:
        return load_history(config.root, base)
    history = load_history(config.git_root, base)
    cut = len(prefix)
    versions = {
        path[cut:]: tuple(
            one._replace(
                path=one.path[cut:], old_path=one.old_path[cut:] if one.old_path.startswith(prefix) else ""
            )
            for one in group
        )
        for path, group in history.versions.items()
        if path.startswith(prefix) and all(one.path.startswith(prefix) for one in group)
    }
    return replace(history, versions=versions)


def _drop_doubtful(
    found: Iterable[Finding], rules: Sequence[Rule], before: CheckContext, layout: Layout
) -> list[Finding]:
    """The findings at the merge base without those that may be wrong because the content of a file then is not known."""
    needs = {rule.id: rule.rests_on for rule in rules if rule.rests_on is not None}

    def is_doubtful(one: Finding) -> bool:
        others = needs[one.rule](one, before) if one.rule in needs else ()
        return layout.is_doubtful(before.prefix + one.path) or any(map(layout.is_doubtful, others))

    return [one for one in found if not is_doubtful(one)]


def _add_links(
    known: KnownFindings, rules: Sequence[Rule], layout: Layout, found: Iterable[Finding], names: Names
) -> None:
    """A symbolic link that leads out of the repository leads elsewhere from another folder: it is known by its target."""
    of_links = [rule.id for rule in rules if rule.of_links]
    for one in found:
        full = names.prefix + one.path
        if one.rule not in of_links or full not in layout.links:
            continue
        try:
            target = os.readlink(layout.git_root / names.find_full(full))
        except OSError:
            continue
        if target == layout.links[full]:
            for rule in of_links:
                known.add(rule, one.path)
