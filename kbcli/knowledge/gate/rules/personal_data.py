"""personal-data: what a card holds of customers' data or of secrets, which git keeps for good."""

import re
from collections import Counter
from collections.abc import Iterable

from kbcli.foundation.typed import TYPE_CHECKING, compile_late
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_card

if TYPE_CHECKING:
    from kbcli.foundation.redaction import Found

ID = "personal-data"
_SAID = {
    "token": ("a secret", "secrets"),
    "email": ("a mail address", "mail addresses"),
    "card": ("a card number", "card numbers"),
    "iban": ("an account number", "account numbers"),
    "national-id": ("a national ID", "national IDs"),
    "phone": ("a phone number", "phone numbers"),
}
"""What is told of, and how. Addresses of machines are not: those in cards are of servers."""

# RFC 2606 and 6761, and what stands where an address ends in the name of a file.
_RESERVED = compile_late(
    r"(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost|local|internal|pub|asc|b64|pem|key|gpg|png)$"
)
# RFC 2142 and what is like it; and who is nobody.
_ROLES = compile_late(
    r"(?:info|support|help|sales|contact|security|abuse|postmaster|webmaster|hostmaster|admin|no-?reply|billing|privacy|press"
    r"|jobs|office|team|git|hello|mail|service|dmarc|root|vulnerabilit\w+|kontakt|assistenza)(?:[-_.+]|$)"
    r"|(?:you|your|me|user|username|name|someone|somebody|demo|test|example|foo|bar|jane\.doe|john\.doe|first\.last)(?:[-_.+]|$)"
    r"|.*(?:[-_.+](?:team|owners|support|group|desk|list|admins?)|disclosure)$"
)
# Numbers for stories and examples: 555-01xx, those of Ofcom and the Bundesnetzagentur, and those that count up.
_NOBODYS = compile_late(
    r"55501\d\d|7700900\d{3}|1632960\d{3}|207946\d{4}|(?:3023125|15550|17139)\d{3}|1234567|0123456|(\d)\1{5}"
)


def find_in_cards(context: CheckContext) -> Findings:
    """The first of each kind in each card; in a check of a change only where the text is another than before."""
    allowed = _make_filter(context)
    for card in context.cards:
        if id(card) in context.cache.unchanged or _is_unchanged(card, context):
            continue
        yield from _check_card(card, allowed)


def _is_unchanged(card: Card, context: CheckContext) -> bool:
    """Whether a change leaves the text of a card; it is then judged on neither side."""
    before = context.change.pairs.get(card.path) if context.change is not None else None
    if before is None or (before.body, before.own_title) != (card.body, card.own_title):
        return False
    context.cache.unchanged |= {id(card): card, id(before): before}
    return True


class _Filter:
    """What a knowledge base lets stand: its `allow`, the domains of its own people, and what is nobody's."""

    def __init__(self, allowed: Iterable[str], own: Iterable[str]) -> None:
        self._allowed = frozenset(entry.casefold() for entry in allowed)
        self._numbers = frozenset(digits for entry in self._allowed if (digits := re.sub(r"\D", "", entry)))
        self._own = frozenset(
            domain for name in own if (domain := name.rpartition("@")[2].casefold()) and "@" in name
        )

    def passes(self, kind: str, value: str) -> bool:
        """Whether something that was found is to be told of."""
        folded = value.casefold()
        if kind not in _SAID or folded in self._allowed:
            return False
        if kind == "email":
            account, _, domain = folded.rpartition("@")
            parents = {domain.split(".", cut)[-1] for cut in range(domain.count(".") + 1)}
            known = self._own | self._allowed
            return not (_RESERVED.search(domain) or _ROLES.match(account) or not known.isdisjoint(parents))
        digits = re.sub(r"\D", "", value)
        return not (kind == "phone" and (_NOBODYS.search(digits) or digits in self._numbers))


def _make_filter(context: CheckContext) -> _Filter:
    config = context.config
    people = {
        name
        for table in (config.groups, config.people)
        for key, names in table.items()
        for name in (key, *names)
    }
    people |= {name for card in context.cards for name in (card.owner, card.verified_by)}
    return _Filter(config.personal_data_allow, people)


def _check_card(card: Card, allowed: _Filter) -> Findings:
    # It costs more to load than most checks take.
    from kbcli.foundation.redaction import find_personal_data

    titled = f"{card.own_title}\n{card.body}"
    first: dict[str, Found] = {}
    counts: Counter[str] = Counter()
    for found in find_personal_data(titled):
        if allowed.passes(found.kind, titled[found.start : found.stop]):
            first.setdefault(found.kind, found)
            counts[found.kind] += 1
    for kind, found in first.items():
        lines = titled.count("\n", 0, found.start)
        line = card.body_line + lines - 1 if lines else card.line_of("title")
        one, many = _SAID[kind]
        what = one if counts[kind] == 1 else f"{counts[kind]} {many}, the first here"
        hint = "Leave it out, or put one of example.org or 555-0100 in its place; kb.toml allows your own: [personal_data] allow."
        # The value itself would enter logs, and the baseline.
        yield report_card(ID, card, f"it holds {what}", hint, line=line, subject=f"{kind} × {counts[kind]}")


RULE = Rule(
    id=ID,
    severity="off",
    severity_in_change="warning",
    title="A customer's data, or a secret, in a card",
    what="The text holds a mail address, a phone, card or account number, a national ID, or a password or token.",
    why="Whoever clones the repository has it, and git keeps it for good, also when the card is mended.",
    mend="Leave it out, or put an address of example.org or a number such as 555-0100 in its place. What may stand, such as an address of your company, is named in kb.toml: `[personal_data]`, `allow`.",
    find=find_in_cards,
)
