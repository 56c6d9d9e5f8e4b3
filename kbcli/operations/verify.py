"""Verify: say that cards are right, or pin the text of those that are trusted."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial

from kbcli.errors import KbError, RefusedError, UsageError
from kbcli.foundation.git.people import Person, find_identity
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.edit import verification as stamps
from kbcli.knowledge.edit.mechanical import plan_restamps
from kbcli.knowledge.edit.verification import PinRow, VerificationPlan
from kbcli.knowledge.index.references import load_card, resolve_reference
from kbcli.operations.base import Base, JudgedCard, judge_cards, judge_found, say_committed
from kbcli.operations.values import check_interval, check_url

Show = Callable[[VerificationPlan, JudgedCard], None]
Confirm = Callable[[str], bool]
Refuse = Callable[[str, KbError], None]


class Outcome(NamedTuple):
    """What became of one card: `verified`, `declined` or `refused` (and why); it as it is now, if it was read."""

    reference: str
    result: str
    card: JudgedCard | None
    message: str = ""
    hint: str = ""


class Verification(NamedTuple):
    """What became of each card that was to be verified, and the commit of the stamps ("" for none)."""

    outcomes: tuple[Outcome, ...]
    commit: str

    @property
    def has_refused(self) -> bool:
        """Whether any card was refused."""
        return any(outcome.result == "refused" for outcome in self.outcomes)


class Pins(NamedTuple):
    """What became of each active card that was to be pinned or, with `dry_run`, would; the commit ("" for none)."""

    rows: "tuple[PinRow, ...]"
    commit: str
    dry_run: bool

    @property
    def has_refused(self) -> bool:
        """Whether any card was refused."""
        return any(row.result == "refused" for row in self.rows)


def verify_cards(
    kb: Base,
    cards: Sequence[str],
    *,
    every: str | None = None,
    reason: str = "",
    by: str | None = None,
    evidence: Sequence[str] = (),
    unflag: bool = False,
    commit: bool = False,
    yes: bool = False,
    show: Show | None = None,
    confirm: Confirm | None = None,
    refuse: Refuse | None = None,
) -> Verification:
    """Stamp cards as right today: all of them with `yes`, else those for which `confirm` answers so.

    `every` is a new interval (`reason` says why, where it is `never`), `evidence` where the verifier
    `by` looked. A door gives `show`, which gets what verifying a card would mean, `confirm`, which
    gets a question, and `refuse`, which is told at once why a card is not stamped; the others go on.
    Raises UsageError for values without meaning, KbError where nobody is known to act, GitError.
    """
    interval = check_interval(every) if every else None
    for url in evidence:
        check_url(url)
    by = kb.find_actor(by)
    if not cards:
        raise UsageError("no card to verify", "Name one, or pipe IDs into `kb verify -`.")
    stamp = partial(stamps.stamp_card, by=by, every=interval, evidence=evidence, reason=reason)
    verifier = _Verifier(kb, stamp, show, None if yes else confirm or _ask_nobody, unflag, len(cards) > 1)
    done = []
    for reference in cards:
        result, card, error = verifier.verify(reference)
        if error is not None and refuse is not None:
            refuse(reference, error)
        done.append((reference, result, card, error))
    stamped = [card for _, result, card, _ in done if result == "verified" and card is not None]
    sha = commit_stamps(kb, stamped, by) if commit and stamped else ""
    # Judged when all are stamped: one may depend on another.
    return Verification(tuple(verifier.describe(*one) for one in done), sha)


def _ask_nobody(_question: str) -> bool:
    raise RefusedError("there is nobody to ask whether it is right", "Say so with --yes.")


class _Verifier:
    """One run over several cards: `stamp` gives all of them the same; with `ask` None nobody needs to be asked."""

    def __init__(
        self,
        kb: Base,
        stamp: Callable[..., object],
        show: Show | None,
        ask: Confirm | None,
        unflag: bool,
        many: bool,
    ) -> None:
        self._kb, self._config, self._today = kb, kb.config, kb.today
        self._stamp, self._unflag, self._many = stamp, unflag, many
        self._show, self._ask = show, ask

    def verify(self, reference: str) -> "tuple[str, Card | None, KbError | None]":
        """Show, ask, stamp. A refusal is a result, so that the other cards go on."""
        config, today = self._config, self._today
        card: Card | None = None
        try:
            card = load_card(config, reference)
            plan = stamps.plan_verification(config, card)
            if self._show is not None:
                self._show(plan, judge_found(config, card, today))
            if plan.refusal:
                raise RefusedError(plan.refusal, plan.hint)
            if self._ask is not None and not self._ask("Is all of it right today"):
                return "declined", card, None
            unflag = self._settle_flag(card)
            if unflag is None:
                return "declined", card, None
            self._stamp(config, card, today, unflag=unflag, library=self._library)
            return "verified", load_card(config, card.path), None
        except UsageError:
            raise
        except KbError as error:
            return "refused", card, error

    def describe(self, reference: str, result: str, card: "Card | None", error: KbError | None) -> Outcome:
        """What became of a card, with its trust as it is now."""
        judged = None if card is None else judge_found(self._config, card, self._today)
        why = (error.message, error.hint) if error is not None else ()
        return Outcome(reference, result, judged, *why)

    def _settle_flag(self, card: "Card") -> bool | None:
        """Whether to take the report back that the card is wrong; None where it is not settled."""
        if self._unflag or card.flagged is None or self._ask is None:
            return self._unflag
        return self._ask(f"It was reported as wrong: {card.flagged.reason}. Is that settled") or None

    @cached_property
    def _library(self) -> "Library | None":
        """All cards, read once, when several are verified."""
        return load_library(self._config) if self._many else None


def commit_stamps(kb: Base, cards: "Sequence[Card]", by: str) -> str:
    """One commit of the stamps that `by` gave, which is said; its ID, "" where git has them already. Raises GitError."""
    config = kb.config
    known = find_identity(config.root)
    verifier = known if by in (known.email, known.name) else Person(email=by)
    sha = stamps.commit_stamps(config, cards, verifier, kb.today, kb.find_author())
    say_committed(kb, sha)
    return sha


def pin_cards(
    kb: Base,
    cards: Sequence[str] | None = None,
    *,
    mechanical: str = "",
    commit: bool = False,
    dry_run: bool = False,
) -> Pins:
    """Add digests to those of these cards (None: of all) that are trusted now; dates and verifiers stay.

    Stamps of an older scheme that hold are written anew. A card of which nothing tells whether its
    text changed since its date is refused. With `mechanical`, a commit, the stamps are renewed of
    those cards whose verified text that commit changed, and nothing else since.

    Raises CardNotFoundError for a card that there is not, GitError, UsageError for a commit of no use.
    """
    config, today = kb.config, kb.today
    library = load_library(config)
    chosen = list(library.cards)
    if cards is not None:
        paths = {resolve_reference(config, reference) for reference in cards}
        chosen = [card for card in chosen if card.path in paths]
    trusts = judge_cards(library, today, history=True)
    sha = passed_over = ""
    if mechanical:
        passed_over, rows = plan_restamps(library, chosen, trusts, mechanical)
    else:
        rows = stamps.plan_pins(library, chosen, trusts)
    if not dry_run:
        rows = stamps.pin_cards(config, rows)
        if commit and any(row.result == "pinned" for row in rows):
            sha = stamps.commit_pins(config, rows, today, passed_over)
            say_committed(kb, sha)
    return Pins(tuple(rows), sha, dry_run)
