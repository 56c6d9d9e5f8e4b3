"""left-gate: a change takes something out of the gate: by kb.toml, the baseline, a field, or the status of a card."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from posixpath import normpath

from kbcli.config import CONFIG_NAME, Config, RuleSetting
from kbcli.foundation.disk.paths import compose
from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.change import (
    BASELINE_NAME,
    LEFT_GATE,
    Change,
    has_same_text,
    is_stamped,
    make_text_entry,
)
from kbcli.knowledge.gate.conversion import list_disguised
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Rule, report_card, report_file
from kbcli.knowledge.gate.severity import STRICTEST_FIRST, SeverityJudge
from kbcli.knowledge.trust.dependencies import CARD_PREFIX, STAMP, DependencyReader, find_suspects
from kbcli.knowledge.trust.states import find_due_date, is_digest

_NAMED = 3
_STAMP_FIELDS = ("verified_digest", "depends_on", "depends_digest", "translation_of", "translation_digest")
_ACCEPT = "or have it accepted by those who review: `kb check --base REF --accept` writes that down"


def find_leaving(rules: Sequence[Rule], context: CheckContext) -> Findings:
    """What was judged at the merge base and is not now, or more mildly."""
    change = context.change
    if change is None or change.own is None:
        return
    if parts := list(_describe_settings(change, rules)):
        hint = f"Put it back, {_ACCEPT}."
        yield report_file(
            LEFT_GATE, CONFIG_NAME, "; ".join(parts), hint, subject=change.settings, severity="error"
        )
    if added := sorted(change.baselines.grown):
        yield report_file(
            LEFT_GATE,
            BASELINE_NAME,
            f"the baseline accepts {count_things(len(added), 'finding')} more than at {change.base[:10]}",
            f"Mend them, {_ACCEPT}.",
            subject=f"entries {_digest(*map(str, added))}",
            severity="error",
        )
    compared = _Comparison(context, change)
    for before in change.before.cards:
        if before.status == "active":
            yield from compared.judge(before)
    for card in change.now.cards:
        yield from compared.judge_copy(card)
    yield from _find_restamped(change)
    yield from _find_unpinned(change)
    yield from _find_disguised(change)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


# --- kb.toml


def _describe_settings(change: Change, rules: Sequence[Rule]) -> Iterator[str]:
    """What the kb.toml of now lets out, in sentences."""
    own, config = change.own, change.now.config
    if own is None or (own.source == config.source and not change.shadowed):
        return
    if change.shadowed:
        yield f"it takes the place of {change.shadowed}"
    left, later, other = _sort_loosened(change)
    if left:
        yield _say(left, "left the gate")
    if later:
        yield _say(later, "fall due later" if len(later) > 1 else "falls due later")
    if other:
        yield _say(other, "are read from other fields" if len(other) > 1 else "is read from other fields")
    yield from _list_lowered(own, config, rules, change.now.cards)
    for name in ("groups", "people"):
        before, now = getattr(own, name), getattr(config, name)
        if gone := sorted(key for key in before if before[key] and not now.get(key)):
            yield f"{name} removed: {', '.join(gone)}"
    denied = set(config.links_deny) - set(own.links_deny)
    if config.links_allow:
        denied |= (
            set(own.links_allow) - set(config.links_allow) if own.links_allow else {"all but links.allow"}
        )
    if denied:
        yield f"links no longer asked: {', '.join(sorted(denied))}"
    if generated := set(config.links_generated) - set(own.links_generated):
        yield f"links no longer followed, as the build makes what they lead to: {', '.join(sorted(generated))}"
    if allowed := set(config.personal_data_allow) - set(own.personal_data_allow):
        yield f"personal data allowed: {', '.join(sorted(allowed))}"
    if own.pins_digests and not config.pins_digests:
        yield "verifications no longer pin the text by a digest"
    if own.history and not config.history:
        yield "history is no longer asked"


def _say(cards: Sequence[Card], what: str) -> str:
    names = ", ".join(card.id for card in cards[:_NAMED])
    return f"{count_things(len(cards), 'card')} {what}: {names}{', …' if len(cards) > _NAMED else ''}"


def _sort_loosened(change: Change) -> tuple[list[Card], list[Card], list[Card]]:
    """Cards that the kb.toml of now leaves out, lets fall due later, and reads as more trusted than that of then."""
    left, later, other = [], [], []
    for held in change.held.cards:
        before, now = change.pairs.get(held.path), change.now.by_path.get(held.path)
        if held.status != "active" or before is None or before.status != "active" or held is now:
            continue
        if now is None or now.status != "active":
            left.append(held)
        elif _is_read_milder(held, now):
            other.append(held)
        elif held.verified == now.verified and _is_later(held, now):
            later.append(held)
    if change.shadowed:
        left += [
            card for card in change.before.cards if card.status == "active" and change.find_outside(card)
        ]
    return left, later, other


def _is_later(then: Card, now: Card) -> bool:
    before, after = find_due_date(then), find_due_date(now)
    return before is not None and (after is None or after > before)


def _is_read_milder(held: Card, now: Card) -> bool:
    if now.verified is not None and (held.verified is None or now.verified > held.verified):
        return True
    if held.flagged is not None and now.flagged is None:
        return True
    return any(getattr(held, name) and not getattr(now, name) for name in _STAMP_FIELDS)


def _list_lowered(own: Config, config: Config, rules: Sequence[Rule], cards: Sequence[Card]) -> Iterator[str]:
    """The rules that the kb.toml of now makes milder, for all cards or for some."""
    tables = [
        (one.rules, one.owner_rules, [entry for entry in one.defaults if entry.rules])
        for one in (own, config)
    ]
    if tables[0] == tables[1]:
        return
    then, now = SeverityJudge(own), SeverityJudge(config)
    some: list[Card | None] = [None, *cards] if any(table[1] or table[2] for table in tables) else [None]
    for rule in rules:
        if rule.history and then.is_named(rule) and not then.is_off(rule) and not now.is_named(rule):
            yield f"rule {rule.id} is no longer named, and so no longer asked"
        lowered: dict[tuple[str, str], int] = {}
        ages = (None, *_list_ages(own, rule), *_list_ages(config, rule))
        for card in some:
            finding = Finding(rule.id, "", card.path if card is not None else "", 1, "", "")
            steps = {
                (then.decide(rule, aged, card), now.decide(rule, aged, card))
                for aged in (finding._replace(age=age) for age in ages)
            }
            for step in steps:
                if STRICTEST_FIRST.index(step[1]) > STRICTEST_FIRST.index(step[0]):
                    lowered[step] = 0 if card is None else lowered.get(step, 1) + 1
        for (old, new), number in sorted(lowered.items()):
            where = f" for {count_things(number - 1, 'card')}" if number else ""
            yield f"rule {rule.id} lowered from {old} to {new}{where}"
        if _find_limit(config, rule) > _find_limit(own, rule):
            yield f"rule {rule.id} has a higher limit"


def _list_settings(config: Config, rule: Rule) -> Iterable[RuleSetting]:
    entries = (config.rules, *(one.rules for one in config.defaults), *config.owner_rules.values())
    return (table[rule.id] for table in entries if rule.id in table)


def _list_ages(config: Config, rule: Rule) -> list[int]:
    limits = [
        limit for one in _list_settings(config, rule) for limit in (one.warn_after, one.error_after) if limit
    ]
    return [0, *limits, *(limit - 1 for limit in limits)]


def _find_limit(config: Config, rule: Rule) -> int:
    return max((one.limit or 0 for one in _list_settings(config, rule)), default=0)


# --- cards


class _Comparison:
    """Compares cards of the merge base with those of now, both by the kb.toml of then, unless that of now is accepted."""

    def __init__(self, context: CheckContext, change: Change) -> None:
        self._change = change
        self._context = context
        self._sides = (DependencyReader(change.before), context.dependencies)
        self._suspects: dict[str, tuple[str, ...]] | None = None

    def judge(self, before: Card) -> Findings:
        """The findings of one card."""
        change = self._change
        path = change.names.find_path(before.path) or ""
        now = (change.now if change.is_settled else change.held).by_path.get(path) or change.now.by_path.get(
            path
        )
        if now is before:
            return
        if now is None:
            if not change.shadowed and (full := change.find_outside(before)):
                message = f"its file is no card any more at {full}"
                yield self._report(before, before, "file", "warning", message, "Move it back, or delete it")
            return
        if now.status != "active":
            hint = "Where it still holds, make it active"
            yield self._report(
                before, now, "status", "warning", f"it left the gate, as it is {now.status}", hint
            )
            return
        fresh = change.is_fresh(now)
        yield from self._report_removed(before, now, self._list_removed(before, now, fresh=fresh))
        if not fresh and before.verified == now.verified and _is_later(before, now):
            kind = (
                "error" if "verify_every" in before.lines and "verify_every" not in now.lines else "warning"
            )
            message = f"it is due later ({find_due_date(before)} before), and nobody verified it"
            yield self._report(before, now, "verify_every", kind, message, f"Run `kb verify {now.id}`")

    def judge_copy(self, card: Card) -> Findings:
        """The findings of a card that has, and had not, text and verification of others which rest on more."""
        before = self._change.pairs.get(card.path)
        if before is card or card.verified is None or card.status != "active":
            return
        if before is not None and has_same_text(before, card):
            return
        removed = [
            (before, list(self._list_removed(before, card, fresh=False)))
            for before in self._change.find_originals(card)
            if before.verified == card.verified
        ]
        if removed and all(names for _, names in removed):
            yield from self._report_removed(removed[0][0], card, removed[0][1])

    def _report_removed(self, before: Card, now: Card, names: Iterable[str]) -> Findings:
        for name in names:
            kind = "removed" if name not in now.lines else "changed"
            message = f"{self._context.config.field_name(name)} was {kind}, and nobody verified the card"
            yield self._report(
                before, now, name, "error", message, f"Put it back, or run `kb verify {now.id}`"
            )

    def _report(self, before: Card, now: Card, name: str, severity: str, message: str, hint: str) -> Finding:
        values = (repr(getattr(before, name, "")), repr(getattr(now, name, "")))
        subject = f"{name} {_digest(*values, str(before.verified), str(now.verified), now.digest)}"
        hint = f"{hint}; {_ACCEPT}."
        return report_card(
            LEFT_GATE, now, message, hint, line=now.line_of(name), subject=subject, severity=severity
        )

    def _list_removed(self, before: Card, now: Card, *, fresh: bool) -> Iterator[str]:
        """The fields without which the card is judged more mildly than at the merge base."""
        if before.verified is not None and now.verified is None:
            if not self._context.has_bad_field(now, "verified"):
                yield "verified"
        elif is_digest(before.verified_digest) and not is_digest(now.verified_digest):
            yield "verified_digest"
        if STAMP.match(before.depends_digest) and now.depends_on and not STAMP.match(now.depends_digest):
            yield "depends_digest"
        if (
            is_digest(before.translation_digest)
            and now.translation_of
            and not is_digest(now.translation_digest)
        ):
            yield "translation_digest"
        if fresh:
            return
        if before.flagged is not None and now.flagged is None:
            yield "flagged"
        if not all(
            any(self._leads_same(value, other) for other in now.depends_on) for value in before.depends_on
        ):
            yield "depends_on"
        elif STAMP.match(now.depends_digest) and self._is_restamped(before, now, "depends_digest"):
            yield "depends_digest"
        if before.translation_of and not self._leads_same(
            CARD_PREFIX + before.translation_of, CARD_PREFIX + now.translation_of
        ):
            yield "translation_of"
        elif is_digest(now.translation_digest) and self._is_restamped(before, now, "translation_digest"):
            yield "translation_digest"

    def _leads_same(self, then: str, now: str) -> bool:
        """Whether what a card names then and now is one file or card, under whichever of its names; or one name.

        Who leaves a name alone has changed nothing: that another file went from there, or came, is said of that.
        """
        change = self._change
        if then == now or then.startswith(CARD_PREFIX) != now.startswith(CARD_PREFIX):
            return then == now
        if not then.startswith(CARD_PREFIX):
            one, two = (compose(normpath(value)) for value in (then, now))
            return two in (one, compose(change.names.find_full(one)))
        old, new = (value.removeprefix(CARD_PREFIX).strip() for value in (then, now))
        before, after = change.before.find_id(old), change.now.find_id(new)
        if before is None or after is None:
            return change.names.find_id(old) == new
        return change.names.find_path(before.path) == after.path

    def _is_restamped(self, before: Card, now: Card, name: str) -> bool:
        """Whether a stamp that is not of now's verification hides that what it speaks of changed."""
        old = getattr(before, name)
        if not old or old == getattr(now, name):
            return False
        if self._suspects is None:
            self._suspects = find_suspects(self._change.before, self._sides[0])
        return before.id in self._suspects or self._list_contents(before, 0, name) != self._list_contents(
            now, 1, name
        )

    def _list_contents(self, card: Card, side: int, name: str) -> list[str]:
        """The contents of what a card depends on, or of its source, whatever those are called."""
        if name == "depends_digest":
            return sorted(digest for _, digest in self._sides[side].resolve(card).entries)
        source = (self._change.before, self._change.now)[side].find_id(card.translation_of)
        return [] if source is None else [source.text]


def _find_restamped(change: Change) -> Findings:
    """Cards whose digest was written anew for a text that nobody verified, as by hand; and what was accepted as such."""
    for card in change.now.cards:
        if card.path in change.accepted_texts or (card.path in change.unvouched and is_stamped(card)):
            and_digest = ", and its digest was written for it" if is_stamped(card) else ""
            yield report_card(
                LEFT_GATE,
                card,
                f"its text is new since {change.base[:10]}, its verification on {card.verified} is not{and_digest}",
                f"Run `kb verify {card.id}`, {_ACCEPT}.",
                line=card.line_of("verified_digest"),
                subject=make_text_entry(card)[2],
                severity="error",
            )


def _find_unpinned(change: Change) -> Findings:
    """New verifications that lack a digest, or came late with one, where kb writes it and others have it."""
    verified = [card for card in change.before.cards if card.verified is not None]
    are_stamped = 2 * sum(map(is_stamped, verified)) > len(verified)
    if not (are_stamped and (change.own or change.now.config).pins_digests):
        return
    for card in change.now.cards:
        if card.status != "active" or card.verified is None:
            continue
        before = change.pairs.get(card.path)
        if before is not None and (before.verified == card.verified or is_digest(before.verified_digest)):
            continue
        fresh = change.is_fresh(card)
        if not card.verified_digest:
            message = "it is verified without a digest, so nothing tells which text was"
        elif not fresh and change.is_late(card):
            message = f"it was not verified at {change.base[:10]}, and its verification on {card.verified} is older than the change"
        else:
            continue
        yield report_card(
            LEFT_GATE,
            card,
            message,
            f"Run `kb verify {card.id}`; {_ACCEPT}.",
            line=card.line_of("verified"),
            subject=f"verified_digest {_digest(str(card.verified), card.digest)}",
            severity="warning" if fresh else "error",
        )


def _find_disguised(change: Change) -> Findings:
    """Cards of which kb reads another text than those who read them in git."""
    for card, kept in list_disguised(change):
        yield report_card(
            LEFT_GATE,
            card,
            "git keeps another text of it than it writes to disk, by .gitattributes",
            f"Put .gitattributes back; {_ACCEPT}.",
            subject=f"attributes {_digest(card.digest, kept)}",
            severity="error",
        )


def make_rule(others: Sequence[Rule]) -> Rule:
    """The rule, where the others are these."""
    return Rule(
        id=LEFT_GATE,
        severity="error",
        title="Something that left the gate",
        what="A change takes a card, a field, a rule or a finding out of what was judged at its base.",
        why="Otherwise the quiet way to a green gate is to change what it looks at, together with the text.",
        mend="Put it back, or verify the card; or run `kb check --base REF --accept` and have that reviewed.",
        find=partial(find_leaving, tuple(others)),
        graded=True,
        archived=True,
        of_change=True,
    )
