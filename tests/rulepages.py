"""The pages of the check rules in the manual, as far as they follow from the rules themselves.

What a rule finds, why that matters, how it is mended and how bad it is stand in its `Rule` and nowhere else:
the head of its page (content/manual/rules/ID.md), the paragraph under “Why it matters” and its row in
content/manual/rules.md are written from there by `python -m tests.manualbase`. What stands below, details
and an example, is written by hand and left alone, and so are the aliases in the front matter.
"""

import re
from collections.abc import Sequence

from kbcli.knowledge.gate.rule import Rule

_EFFECTS = {
    "error": "A finding fails `kb check`.",
    "warning": "A finding fails `kb check` only with `--strict`.",
    "off": "The rule is silent until kb.toml switches it on.",
}
_LENIENT = "A finding never fails `kb check`, not even with `--strict`."
_ROWS = re.compile(r"(?<=\|---\|---\|---\|\n)(?:\|.*\n)*")
_NEW_PAGE = """\
---
title: "{id}: {title}"
type: troubleshooting
aliases: ["{title}"]
tags: [kb, rule, check]
audience: public
verify_every: never
verify_never_reason: checked at each release
---

"""


def name_plainly(rule: Rule) -> str:
    """The title in the middle of a line."""
    return rule.title[:1].lower() + rule.title[1:]


def refresh_page(rule: Rule, text: str = "") -> str:
    """The page of a rule with what the rule says now; a new one where there is no text."""
    text = text or _NEW_PAGE.format(id=rule.id, title=name_plainly(rule))
    head, fence, body = text[4:].partition("\n---\n")
    _, heading, rest = body.partition("\n## Why it matters\n\n")
    _, next_heading, own = rest.partition("\n\n## ")
    effect = _LENIENT if rule.lenient else _EFFECTS[rule.severity]
    in_change = rule.severity_in_change and f" With `--base` it is **{rule.severity_in_change}**."
    severity = f"Default severity: **{rule.severity}**. {effect}{in_change} kb.toml can [change that](../rules.md#change-a-severity)."
    heading = heading or "\n## Why it matters\n\n"
    start = f"\n{rule.what} {rule.mend}\n\n{severity}\n{heading}{rule.why}"
    head = re.sub(r"(?m)^title: .*$", f'title: "{rule.id}: {name_plainly(rule)}"', head)
    return f"---\n{head}{fence}{start}{next_heading}{own}".rstrip("\n") + "\n"


def refresh_table(rules: Sequence[Rule], text: str) -> str:
    """The list of rules with a row for each."""
    rows = "".join(
        f"| [{rule.id}](rules/{rule.id}.md) | {rule.severity} | {name_plainly(rule)} |\n" for rule in rules
    )
    return _ROWS.sub(lambda _: rows, text, count=1)
