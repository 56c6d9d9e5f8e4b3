"""A clone's own git configuration names programs: looking at the clone runs none of them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandlines import list_looks, list_unknown

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs are shell scripts")

Commit = Callable[..., str]
HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-auto-gc", "post-rewrite",
    "post-index-change", "reference-transaction", "fsmonitor-watchman", "push-to-checkout", "proc-receive",
)  # fmt: skip
# What of a .git/config makes git start a program; {program} leaves a mark when it is run.
SETTINGS = {
    "fsmonitor": "[core]\n\tfsmonitor = {program}\n\tfsmonitorHookVersion = 1\n",
    "hooks": "[core]\n\thooksPath = {hooks}\n",
    "diff.external": "[diff]\n\texternal = {program}\n",
    "textconv": '[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n\tcachetextconv = true\n',
    "filter": '[filter "x"]\n\tclean = {program}\n\tsmudge = {program}\n\trequired = true\n',
    "filter process": '[filter "x"]\n\tprocess = {program}\n\trequired = true\n',
    "merge driver": '[merge "x"]\n\tdriver = {program}\n',
    "ssh": '[core]\n\tsshCommand = {program}\n\taskPass = {program}\n\tgitProxy = {program}\n[remote "origin"]\n\turl = ssh://127.0.0.1/x\n',
    "alias": "[alias]\n" + "".join(
        f"\t{name} = !{{program}}\n"
        for name in ("status", "log", "ls-files", "ls-tree", "rev-parse", "cat-file", "config", "diff", "show", "check-mailmap")
    ),
    "gpg": '[gpg]\n\tprogram = {program}\n[gpg "ssh"]\n\tprogram = {program}\n[log]\n\tshowSignature = true\n[commit]\n\tgpgSign = true\n',
    "pager": "[core]\n\tpager = {program}\n[pager]\n" + "".join(f"\t{name} = {{program}}\n" for name in ("log", "status", "diff", "config")),
    "editor": "[core]\n\teditor = {program}\n[sequence]\n\teditor = {program}\n",
    "credential": '[credential]\n\thelper = !{program}\n[credential "https://127.0.0.1"]\n\thelper = {program}\n',
    "promisor": (
        '[remote "origin"]\n\turl = {folder}\n\tuploadpack = {program}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n'
        "[extensions]\n\tpartialClone = origin\n[core]\n\trepositoryFormatVersion = 1\n"
    ),
    "promisor over ssh": (
        '[core]\n\tsshCommand = {program}\n[remote "origin"]\n\turl = ssh://127.0.0.1/x\n\tpromisor = true\n'
        '[protocol]\n\tallow = always\n[protocol "ssh"]\n\tallow = always\n'
    ),
    "promisor over ext": (
        '[remote "origin"]\n\turl = ext::{program}\n\tpromisor = true\n[protocol "ext"]\n\tallow = always\n'
    ),
    "include": "[include]\n\tpath = {folder}/included\n",
    "includeIf": '[includeIf "gitdir:/"]\n\tpath = {folder}/included\n',
    "worktree config": "[extensions]\n\tworktreeConfig = true\n[core]\n\trepositoryFormatVersion = 1\n",
    "interactive": '[interactive]\n\tdiffFilter = {program}\n[difftool "x"]\n\tcmd = {program}\n[trailer "Verified-by"]\n\tcommand = {program}\n\tcmd = {program}\n',
    "browser": '[web]\n\tbrowser = x\n[browser "x"]\n\tcmd = {program}\n[help]\n\tautocorrect = 1\n',
    "recursion": '[submodule]\n\trecurse = true\n[submodule "x"]\n\tupdate = !{program}\n[status]\n\tsubmoduleSummary = true\n',
}  # fmt: skip


def plant(root: Path, folder: Path, mark: Path, kinds: tuple[str, ...]) -> None:
    """Put the settings into a repository, with the programs that they name in a folder beside it."""
    hooks = folder / "hooks"
    hooks.mkdir(parents=True)
    (root / ".git/hooks").mkdir(exist_ok=True)
    for path in (folder / "program", *(hooks / name for name in HOOKS)):
        path.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{mark}'\n")
        path.chmod(0o755)
    for name in HOOKS:
        shutil.copy2(hooks / name, root / ".git/hooks" / name)
    names = {"program": folder / "program", "folder": folder, "hooks": hooks}
    (folder / "included").write_text(
        "".join(SETTINGS[kind] for kind in ("filter", "fsmonitor", "textconv")).format(**names)
    )
    (root / ".git/config.worktree").write_text((folder / "included").read_text())
    with (root / ".git/config").open("a") as stream:
        stream.write("".join(SETTINGS[kind] for kind in kinds).format(**names))


def make_trap(root: Path, git_commit: Commit) -> str:
    """Give a base a past to look at, changes that are not committed, and attributes; returns its first commit."""
    (root / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    (root / "search-tests.toml").write_text('[[test]]\nquery = "refund"\nexpect = ["billing/refund"]\n')
    base = git_commit(root, "Attributes", "2026-10-01")
    card = root / "api/quotas.md"
    card.write_text(card.read_text() + "\nMore.\n")
    git_commit(root, "More\n\nVerified-by: x <x@example.org>", "2026-11-02")
    (root / "de.md").write_text(
        "---\ntitle: Quoten\nlang: de\ntranslation_of: api/quotas\ntranslation_digest: v1:0123456789abcdef\n---\nText\n"
    )
    return base


def strip_objects(root: Path) -> None:
    """Take away the text of past versions, so that git would have to ask a remote for them."""
    listed = subprocess.run(
        ["git", "rev-list", "--objects", "--all"], cwd=root, check=True, capture_output=True, text=True
    )
    for line in listed.stdout.splitlines():
        sha, _, path = line.partition(" ")
        if path.endswith(".md"):
            (root / ".git/objects" / sha[:2] / sha[2:]).unlink()


def look_everywhere(root: Path, base: str, run_kb: Callable[..., Any], *, once: bool) -> None:
    """Run every command that looks; with `once` in one format each."""
    seen: set[tuple[str, ...]] = set()
    for line in list_looks({"card": "api/quotas", "word": "refund", "base": base}):
        if once and tuple(line[:-1]) in seen:
            continue
        seen.add(tuple(line[:-1]))
        os.utime(root / "billing/refund.md", ns=(7, 7))
        done = run_kb(*line, cwd=root)
        assert done.code in (0, 1, 3), (line, done)
        assert "Traceback" not in done.err


def test_every_command_is_looked_at() -> None:
    """A new command is entered in the tables that these tests go by."""
    assert list_unknown() == []


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(tuple(kind for kind in SETTINGS if "promisor" not in kind and kind != "worktree config"), id="all at once"),
        pytest.param(("promisor",), id="promisor"),
        *(pytest.param((kind,), id=kind, marks=pytest.mark.stress) for kind in SETTINGS if kind != "promisor"),
    ],
)  # fmt: skip
def test_looking_runs_no_program_of_the_clone(
    kb_root: Path, tmp_path: Path, git_commit: Commit, run_kb: Callable[..., Any], kinds: tuple[str, ...]
) -> None:
    """Whatever programs .git/config and .git/hooks name, no command that only looks runs one."""
    base = make_trap(kb_root, git_commit)
    mark = tmp_path / "mark"
    if any("promisor" in kind for kind in kinds):
        strip_objects(kb_root)
    plant(kb_root, tmp_path / "programs", mark, kinds)
    look_everywhere(kb_root, base, run_kb, once=True)
    assert not mark.exists(), mark.read_text()


def test_the_trap_works(kb_root: Path, tmp_path: Path, git_commit: Commit) -> None:
    """Plain git does run what the configuration names: the tests above would see it."""
    make_trap(kb_root, git_commit)
    mark = tmp_path / "mark"
    strip_objects(kb_root)
    plant(kb_root, tmp_path / "programs", mark, ("fsmonitor", "textconv", "hooks", "promisor"))
    subprocess.run(["git", "status"], cwd=kb_root, check=False, capture_output=True, timeout=30)
    subprocess.run(["git", "log", "-p", "-3"], cwd=kb_root, check=False, capture_output=True, timeout=30)
    ran = mark.read_text()
    assert "fsmonitor" in ran or "program 1" in ran or "program 2" in ran, ran
    assert str(tmp_path / "programs") + "\n" in ran.replace("'", ""), ran


@pytest.mark.parametrize(
    "name",
    ["--output=pwned", "-o", "--upload-pack=touch pwned", "--help", "-", "@{-1}", "HEAD:kb.toml", "\x1b[31m"],
)
def test_a_revision_is_never_an_option(kb_root: Path, run_kb: Callable[..., Any], name: str) -> None:
    """`check --base=NAME` takes a name that looks like an option as a name, and says that there is none."""
    before = sorted(kb_root.rglob("*"))
    done = run_kb("check", f"--base={name}", cwd=kb_root)
    assert done.code in (2, 3)
    assert "\x1b" not in done.err
    assert sorted(kb_root.rglob("*")) == before


def test_references_called_like_options(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """A branch, a tag and HEAD itself that are called `--output=x` change nothing for any command."""
    sha = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=kb_root, check=True, capture_output=True, text=True
    ).stdout
    for kind in ("heads", "tags", "remotes/origin"):
        (kb_root / ".git/refs" / kind).mkdir(parents=True, exist_ok=True)
        (kb_root / ".git/refs" / kind / "--output=x").write_text(sha)
    (kb_root / ".git/HEAD").write_text("ref: refs/heads/--output=x\n")
    before = {path for path in kb_root.rglob("*") if ".git" not in path.parts}
    for base in ("refs/heads/--output=x", "--output=x", sha.strip()):
        for line in list_looks({"card": "api/quotas", "word": "refund", "base": base}):
            if line[-1] == "plain" and (base in line or base == sha.strip()):
                assert run_kb(*line, cwd=kb_root).code in (0, 1, 3), line
    assert {path for path in kb_root.rglob("*") if ".git" not in path.parts} == before
