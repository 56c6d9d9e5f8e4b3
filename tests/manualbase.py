"""What the manual says by itself: the knowledge base on which its examples run, and the pages of the rules.

A block ```` ```console ```` in a card of content/manual holds command lines after `$ ` and what they print.
`python -m tests.manualbase` runs all of them and writes what is printed now into the cards, and what the rules
say into theirs (see tests/rulepages.py); with `--stamp` it then verifies the cards of the manual that changed.
tests/contract/test_manual.py compares. Each card has a fresh copy of the knowledge base;
its blocks run one after the other. A block ```` ```console y ```` answers questions with `y`.

`echo $?` is the exit status of the command before; other programs run in a shell, `kb` in this process, as
on a terminal of 80 columns when it ends its line and else as in a pipe.
"""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from kbcli.operations.rules import RULES
from tests.rulepages import refresh_page, refresh_table

TODAY = "2026-11-21"
MANUAL = Path(__file__).resolve().parent.parent / "content" / "manual"
_BLOCK = re.compile(r"^```console(?P<answer>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_TODAY_LINE = re.compile(r"^kb: today is taken to be .*\n", re.MULTILINE)

_SETTINGS = """\
title = "Example support"
verify_every = "6m"

[groups]
api-team = ["ada@example.org"]
billing-team = ["ben@example.org"]
identity-team = ["ada@example.org"]
"""
_QUOTAS = "Each API key may send {limit} requests a minute.\n\nA customer who needs more asks the [API team](too-many-requests.md).\n"
_REFUND = (
    "We refund a payment within 30 days of the invoice, in full, to the card that paid.\n\n"
    "After 30 days there is no refund. A yearly plan is refunded for the months that are left.\n"
)
_RESET = "Open **Settings**, choose **Security**, then **{button}**. The link is valid for one hour.\n"


def _compose(title: str, body: str, **fields: str) -> str:
    lines = [f"title: {title}", *(f"{name}: {value}" for name, value in fields.items())]
    return "---\n" + "\n".join(lines) + "\n---\n\n" + body


_STEPS: tuple[tuple[str, str, str, str], ...] = (
    # day, who verifies ("" for nobody), path, text
    ("2026-04-02", "ben@example.org", "billing/refund-policy.md",
     _compose("Refund policy", _REFUND, type="policy", tags="[billing, refunds]", owner="billing-team")),
    ("2026-04-02", "", "billing/old-plans.md",
     _compose("Plans before 2024", "They are no longer sold.\n", type="reference", owner="billing-team", status="archived")),
    ("2026-06-10", "ada@example.org", "account/reset-password.md",
     _compose("Reset a password", _RESET.format(button="Change password"), type="how-to", tags="[account]", owner="identity-team", verify_every="90d")),
    ("2026-06-12", "ada@example.org", "de/account/reset-password.md",
     _compose("Passwort zurücksetzen", "**Einstellungen** öffnen, **Sicherheit** wählen, dann **Passwort ändern**. Der Link gilt eine Stunde.\n",
              type="how-to", tags="[account]", owner="identity-team", lang="de", translation_of="account/reset-password")),
    ("2026-08-25", "ada@example.org", "account/reset-password.md",
     _compose("Reset a password", _RESET.format(button="Reset password"), type="how-to", tags="[account]", owner="identity-team", verify_every="90d")),
    ("2026-09-20", "ada@example.org", "api/quotas.md",
     _compose("Request quotas of each plan", _QUOTAS.format(limit="100"), type="reference", tags="[api, limits]", owner="api-team", verify_every="90d")),
    ("2026-10-01", "ben@example.org", "billing/price-list.md",
     _compose("What a seat costs", "A seat costs 12 euros a month.\n\n<!-- kb:until 2026-10-31 autumn offer -->\nNew customers pay 9 euros for the first year.\n",
              type="reference", tags="[billing]", owner="billing-team", audience="public")),
    ("2026-11-01", "ada@example.org", "api/too-many-requests.md",
     _compose("Explain a 429 “too many requests” response",
              "The customer sent more requests than the limit allows. Wait as long as the `Retry-After` header says, then send again.\n\n"
              "## Our limits\n\nSee the [quotas](quotas.md).\n",
              type="answer", aliases='[rate limit, throttled, "429"]', tags="[api, limits]", owner="api-team", verify_every="90d")),
    ("2026-11-02", "ada@example.org", "zh/api/too-many-requests.md",
     _compose("解释 429“请求过多”", "客户发送的请求超过了限制。请等待 `Retry-After` 中的时间，然后重试。\n",
              type="answer", aliases="[限流]", tags="[api, limits]", owner="api-team", lang="zh", translation_of="api/too-many-requests")),
    ("2026-11-03", "ada@example.org", "account/login-loop.md",
     _compose("Login page comes back after signing in", "Ask for cookies of our domain to be allowed, then to sign in again.\n",
              type="troubleshooting", aliases="[sign-in loop]", tags="[account, login]", owner="identity-team")),
    ("2026-11-12", "", "account/two-factor.md",
     _compose("Lost second factor", "Draft.\n", type="how-to", owner="identity-team", status="draft")),
    ("2026-11-13", "", "billing/money-back.md", _compose("Money back", _REFUND + "\nSay so kindly.\n", type="reply", tags="[billing]", owner="billing-team")),
    ("2026-11-14", "", "api/quotas.md", ""),
)  # fmt: skip


class _Screen(io.StringIO):
    """What a terminal shows; `isatty` is what kb asks for."""

    def isatty(self) -> bool:
        return True


class Home:
    """A home folder of its own, with the knowledge base in `root`."""

    def __init__(self, folder: Path, source: "Home | None" = None) -> None:
        self.folder = folder.resolve()
        self.root = self.folder / "support-kb"
        self.status = 0
        if source is not None:
            shutil.copytree(
                source.folder, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".cache")
            )
            return
        self.root.mkdir(parents=True)
        (self.folder / ".gitconfig").write_text(
            "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        )
        (self.root / "kb.toml").write_text(_SETTINGS)
        self.run("git init -q", TODAY)
        for day, verifier, path, text in _STEPS:
            self._take_step(day, verifier, path, text)
        self.run("kb flag login-loop --reason 'the cookie setting has moved'", TODAY)
        self.run("git commit -qam 'Flag account/login-loop'", TODAY)

    def _take_step(self, day: str, verifier: str, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            text or file.read_text(encoding="utf-8").replace("100 requests", "200 requests"), encoding="utf-8"
        )
        if verifier:
            self.run(f"kb verify {path} --yes --by {verifier}", day)
        self.run(f"git add -A && git commit -qm '{'Verify' if verifier else 'Write'} {path}'", day)

    def environment(self, day: str) -> dict[str, str]:
        """What commands find in the environment on a day."""
        kept = {
            name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TMPDIR") if name in os.environ
        }
        stamp = f"{day}T12:00:00+0000"
        return {
            **kept, "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / ".cache"), "NO_COLOR": "1", "COLUMNS": "80",
            "GIT_CONFIG_GLOBAL": str(self.folder / ".gitconfig"), "GIT_CONFIG_NOSYSTEM": "1", "KB_TODAY": day,
            "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp, "EDITOR": "true", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def run(self, line: str, day: str = TODAY, answer: str = "") -> str:
        """What a command line prints, paths as in the home of `ada`."""
        if line == "echo $?":
            return f"{self.status}\n"
        stages = re.split(r" \| (?=\w)", line)
        data, said = "", ""
        for number, stage in enumerate(stages):
            last = number == len(stages) - 1
            given = data if number else f"{answer}\n" * 5 if answer else ""
            if stage.startswith("kb "):
                data, words = self._run_kb(stage, day, given, last=last, asks=bool(answer) and not number)
            else:
                done = subprocess.run(
                    ["bash", "-c", stage], cwd=self.root, env=self.environment(day), input=given, capture_output=True,
                    text=True, encoding="utf-8", check=False,
                )  # fmt: skip
                self.status, data, words = done.returncode, done.stdout, done.stderr
            said += words
        text = _TODAY_LINE.sub("", said + data)
        if answer:
            text = re.sub(r"\[(y/N|Y/n)\]: ", lambda found: f"{found[0]}{answer}\n", text)
        text = re.sub(r"(?<=/index/support-kb-)[0-9a-f]{16}", "0123456789abcdef", text)
        return text.replace(str(self.folder), "/home/ada")

    def _run_kb(self, stage: str, day: str, given: str, *, last: bool, asks: bool) -> tuple[str, str]:
        """Standard output and standard error; both in one where the terminal shows them."""
        from kbcli.__main__ import main

        words, _, target = stage.partition(" > ")
        out = _Screen() if last and not target else io.StringIO()
        err = out if last and not target else io.StringIO()
        here = os.getcwd()
        with ExitStack() as stack:
            stack.enter_context(patch.dict(os.environ, self.environment(day), clear=True))
            stack.enter_context(patch.object(sys, "stdin", _Screen(given) if asks else io.StringIO(given)))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            stack.callback(os.chdir, here)
            os.chdir(self.root)
            self.status = main(shlex.split(words)[1:])
        text = out.getvalue()
        if target:
            (self.root / target).write_text(text, encoding="utf-8")
            text = ""
        return text, "" if err is out else err.getvalue()


def read_examples(text: str) -> Iterator[tuple[str, str, str]]:
    """Command line, answer, and what the card says it prints, for each example of a card."""
    for block in _BLOCK.finditer(text):
        for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield line, block["answer"].strip(), output


def trim(output: str) -> str:
    """Output as a card shows it: no blank lines at its end, no blanks at the end of a line."""
    return "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())


def refresh(text: str, home: Home) -> str:
    """The card with what its examples print now."""

    def run_block(block: re.Match[str]) -> str:
        answer = block["answer"].strip()
        parts = [part.partition("\n")[0] for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]]
        lines = "".join(f"$ {line}\n{trim(home.run(line, answer=answer))}" for line in parts)
        return f"```console{block['answer']}\n{lines}```"

    return _BLOCK.sub(run_block, text)


def write_rules() -> None:
    """Write what the rules say now into their pages and the list of them; a new rule gets a page."""
    table = MANUAL / "rules.md"
    _write(table, refresh_table(RULES, table.read_text(encoding="utf-8")))
    for rule in RULES:
        page = MANUAL / "rules" / f"{rule.id}.md"
        _write(page, refresh_page(rule, page.read_text(encoding="utf-8") if page.exists() else ""))


def stamp_changed() -> None:
    """Verify the cards of the manual whose text is not what was verified, in the name of kb's maintainers."""
    from kbcli.__main__ import main
    from kbcli.config import load_config
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.trust.judging import judge_library

    library = load_library(load_config(MANUAL.parent, None, {}))
    states = judge_library(library, datetime.now(UTC).date())
    changed = [
        card.id
        for card in library.cards
        if card.id.startswith("manual/") and states[card.path].state in ("changed", "unverified")
    ]
    if changed:
        main(["--kb", str(MANUAL.parent), "verify", *changed, "--yes", "--by", "kb-maintainers"])


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


def main() -> None:
    """Write what rules and examples say now into the cards that are named, or into all."""
    names = [name for name in sys.argv[1:] if name != "--stamp"]
    if not names:
        write_rules()
    _write_examples([Path(name) for name in names] or sorted(MANUAL.rglob("*.md")))
    if "--stamp" in sys.argv:
        stamp_changed()


def _write_examples(paths: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Home(Path(name) / "base")
        for number, path in enumerate(paths):
            before = path.read_text(encoding="utf-8")
            if "```console" not in before:
                continue
            after = refresh(before, Home(Path(name) / str(number), base))
            if "a bug in kb:" in after:
                sys.exit(f"{path}: kb fails, so nothing more was written:\n{after}")
            _write(path, after)


if __name__ == "__main__":
    main()
