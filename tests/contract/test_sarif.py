"""Every SARIF log that kb writes fits the official schema of SARIF 2.1.0."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest
from damagedfiles import DAMAGED
from datedgit import make_repository
from sarifschema import check_sarif, load_schema
from trials import keep_first

from kbcli.render.check.sarif import SCHEMA

RULE_EXAMPLES = Path(__file__).parents[1] / "rules"
ODD_NAMES = (
    "two words.md", "größe.md", "新しい カード.md", "e\u0301.md", "50%41.md", "a#b?c=d&e.md", "[x](y).md", "{0}.md", "c:d.md",
    "@at.md", "-rf.md", "a\\b.md", "two\nlines.md", "\u202egnp.md", "\x1b[2J.md", os.fsdecode(b"latin-\xe9.md"),
)  # fmt: skip
CARD = "---\ntitle: [\n---\nSee [this]({{0}}.md).\n"


@pytest.fixture
def root(tmp_path: Path, git_commit: Callable[..., str]) -> Path:
    """A knowledge base below the git root with every rule's bad examples, damaged files and odd names; a branch added half."""
    top = tmp_path / "repo"
    root = top / "the docs" / "größe"
    (root / "odd").mkdir(parents=True)
    (root / "kb.toml").write_text('lang = "en"\n[groups]\napi-team = ["ada@example.org"]\n', encoding="utf-8")
    (root / "fine.md").write_text("---\ntitle: Fine\nowner: api-team\n---\nText.\n", encoding="utf-8")
    make_repository(top)
    for example in sorted(RULE_EXAMPLES.glob("*/bad/*")):
        place = root / example.parent.parent.name / example.name
        if example.suffix == ".md":
            place.parent.mkdir(exist_ok=True)
            shutil.copy(example, place)
        elif not (example / "kb.toml").exists():
            shutil.copytree(example, place)
    git_commit(top, "Begin")
    subprocess.run(["git", "switch", "-qc", "work"], cwd=top, check=True)
    (root / "fine.md").write_text("---\ntitle: Fine\nverified: 2026-02-30\n---\nText.\n", encoding="utf-8")
    for number, (data, _, _) in enumerate(DAMAGED.values()):
        (root / f"damaged-{number}.md").write_bytes(data)
    for name in ODD_NAMES:
        with contextlib.suppress(OSError):  # not every system has every name
            (root / "odd" / name).write_text(CARD, encoding="utf-8")
    git_commit(top, "Add", "2026-11-10")
    return root


@pytest.mark.parametrize(
    "options",
    [
        *keep_first([("--base", "main", "--history", "--strict"), ("--history", "--strict", "--verbose")]), ("fine.md",),
        *(
            pytest.param(options, marks=pytest.mark.stress)
            for options in ((), ("--strict", "--verbose"), ("--history",), ("--no-history",), ("--base", "main"), ("odd",))
        ),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_log_fits_the_schema(root: Path, run_kb: Callable[..., Any], options: tuple[str, ...]) -> None:
    """With findings of every kind, in files of every name, a log fits, and has as many results as JSON has findings."""
    done = run_kb("check", "--format", "sarif", *options, cwd=root)
    (run,) = check_sarif(done.out)["runs"]
    listed = json.loads(run_kb("check", "--format", "json", *options, cwd=root).out)["data"]["findings"]
    assert done.code == 1
    assert len(run["results"]) == len(listed) > 0
    assert {found["ruleId"] for found in run["results"]} == {found["rule"] for found in listed}


def test_a_place_leads_to_its_file(root: Path, run_kb: Callable[..., Any]) -> None:
    """Every URI, resolved against the git root, is a file that is there, whatever its name."""
    top = root.parents[1]
    (run,) = check_sarif(run_kb("check", "--format", "sarif", cwd=root).out)["runs"]
    named = set()
    for found in run["results"]:
        uri = urlsplit(found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        assert not any((uri.scheme, uri.netloc, uri.query, uri.fragment))
        named.add(os.fsdecode(unquote_to_bytes(uri.path)))
    assert {path for path in named if not os.path.isfile(top / path)} == set()
    assert {os.path.basename(path) for path in named}.issuperset(os.listdir(root / "odd"))


def test_a_log_without_results_fits(tmp_path: Path, run_kb: Callable[..., Any]) -> None:
    """Where nothing is found the log has a run all the same, and no result in it."""
    (tmp_path / "kb.toml").write_text("", encoding="utf-8")
    done = run_kb("check", "--format", "sarif", cwd=tmp_path)
    assert (done.code, [run["results"] for run in check_sarif(done.out)["runs"]]) == (0, [[]])


def test_a_log_with_a_baseline_fits(root: Path, run_kb: Callable[..., Any]) -> None:
    """What is accepted is no result; what has gone since is one, in the baseline's own line."""
    assert run_kb("check", "--strict", "--update-baseline", cwd=root).code == 0
    done = run_kb("check", "--strict", "--format", "sarif", cwd=root)
    (run,) = check_sarif(done.out)["runs"]
    assert (done.code, {found["ruleId"] for found in run["results"]}) == (0, {"due"})
    shutil.rmtree(root / "expired")
    (run,) = check_sarif(run_kb("check", "--format", "sarif", "--strict", cwd=root).out)["runs"]
    gone = [found for found in run["results"] if found["ruleId"] == "stale-baseline"]
    places = [found["locations"][0]["physicalLocation"] for found in gone]
    assert {unquote_to_bytes(place["artifactLocation"]["uri"]).decode() for place in places} == {
        "the docs/größe/kb-baseline.json"
    }
    assert len({place["region"]["startLine"] for place in places}) == len(places) > 0


def test_outside_of_git_a_log_fits(tmp_path: Path, root: Path, run_kb: Callable[..., Any]) -> None:
    """Without git, paths count from the knowledge base."""
    copy = shutil.copytree(root, tmp_path / "copy")
    (run,) = check_sarif(run_kb("check", "--format", "sarif", "fine.md", cwd=copy).out)["runs"]
    places = [found["locations"][0]["physicalLocation"]["artifactLocation"] for found in run["results"]]
    assert {place["uri"] for place in places} == {"fine.md"}


def test_the_schema_is_the_official_one() -> None:
    """The URL that logs name leads to OASIS's schema, which knows nearly sixty kinds of objects and closes them."""
    schema = load_schema(SCHEMA)
    assert schema["$id"].startswith("https://raw.githubusercontent.com/oasis-tcs/sarif-spec/")
    assert schema["title"] == "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    assert len(schema["definitions"]) > 50
    assert schema["additionalProperties"] is schema["definitions"]["result"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("severity", "error"), ("level", "fatal"), ("message", {}), ("ruleIndex", -2),
        ("locations/0/physicalLocation/region/startLine", 0),
        ("locations/0/physicalLocation/artifactLocation/uri", "two words.md"),
        ("locations/0/physicalLocation/artifactLocation/uri", "größe.md"),
        ("partialFingerprints/kbFinding~v1", 1),
    ],
)  # fmt: skip
def test_a_log_that_does_not_fit_is_noticed(path: str, value: object) -> None:
    """The check of these tests refuses unknown properties, wrong values and what is no URI."""
    place = {"artifactLocation": {"uri": "a.md"}, "region": {"startLine": 1}}
    found = {
        "ruleIndex": 0,
        "message": {"text": "x"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {},
    }
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "kb"}}, "results": [found]}],
    }
    check_sarif(json.dumps(log))
    *parents, last = path.split("/")
    part: Any = found
    for name in parents:
        part = part[int(name) if name.isdigit() else name]
    part[last.replace("~", "/")] = value
    with pytest.raises(jsonschema.ValidationError):
        check_sarif(json.dumps(log))
