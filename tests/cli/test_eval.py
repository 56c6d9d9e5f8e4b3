"""Promises of `kb eval`."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

Run = Callable[..., object]

PASSING = """\
[[test]]
query = "customer gets throttled"
expect = ["api/too-many-requests"]
top = 1

[[test]]
query = "give the money back"
expect = ["billing/refund"]
lang = "de"
"""
FAILING = """\
[[test]]
query = "quota of each plan"
expect = ["billing/refund"]
note = "Asked every day."
"""


def write_tests(root: Path, text: str) -> Path:
    """Make `text` the search tests of a knowledge base."""
    path = root / "search-tests.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read_data(done: object) -> dict:
    """The data of an envelope of `kb eval`."""
    envelope = json.loads(done.out)
    assert (envelope["kb"], envelope["command"]) == (1, "eval")
    return envelope["data"]


def test_passing_tests_exit_0(kb_root: Path, run_kb: Run) -> None:
    """With every test passing the exit status is 0, and plain output has one line for each."""
    write_tests(kb_root, PASSING)
    done = run_kb("eval", cwd=kb_root)
    assert done.code == 0
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[:5] for row in rows] == [
        ["pass", "en", "1", "1", "api/too-many-requests"],
        ["pass", "de", "1", "3", "billing/refund"],
    ]


def test_a_failing_test_exits_1_and_says_where_the_card_came(kb_root: Path, run_kb: Run) -> None:
    """A failure names the card, where it came and what came first, with the note."""
    (kb_root / "plans.md").write_text("---\ntitle: Quota of plans\n---\nEach plan has one.\n")
    (kb_root / "billing/refund.md").write_text("---\ntitle: Money back\n---\nEach time.\n")
    write_tests(kb_root, PASSING + FAILING.replace("expect", "top = 1\nexpect"))
    done = run_kb("eval", "--format", "table", cwd=kb_root)
    assert done.code == 1
    assert "line 10: quota of each plan" in done.out
    assert "billing/refund came 3rd and must be in the first 1" in done.out
    assert "3 billing/refund" in done.out
    assert "Asked every day." in done.out
    assert "2 of 3 tests pass" in done.out


def test_json_has_the_documented_keys(kb_root: Path, run_kb: Run) -> None:
    """The means stand under the names of the contract, overall and by language; tests without a card do not count."""
    write_tests(kb_root, PASSING + '[[test]]\nquery = "quota"\nabsent = ["billing/refund"]\n')
    data = read_data(run_kb("eval", "--format", "json", cwd=kb_root))
    assert {name: data[name] for name in ("ndcg@10", "mrr@10", "recall@10", "top@1", "top@3", "queries")} == {
        "ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0, "top@1": 1.0, "top@3": 1.0, "queries": 2,
    }  # fmt: skip
    assert {lang: found["queries"] for lang, found in data["languages"].items()} == {"de": 1, "en": 1}
    assert [test["passed"] for test in data["tests"]] == [True, True, True]
    assert data["compared"] is None


def test_an_unwanted_card_fails_the_test(kb_root: Path, run_kb: Run) -> None:
    """`absent` fails exactly when the card is among the first `top`."""
    write_tests(kb_root, '[[test]]\nquery = "quota"\nabsent = ["api/quotas"]\n')
    done = run_kb("eval", "--format", "json", cwd=kb_root)
    assert done.code == 1
    assert read_data(done)["tests"][0]["failures"] == ["api/quotas came 1st and must not be in the first 3"]


def test_an_unknown_card_is_a_problem_with_its_line(kb_root: Path, run_kb: Run) -> None:
    """A card that does not exist is named with the file's line, the others are tested, and the exit status is 1."""
    text = PASSING.replace('["billing/refund"]', '[\n  "billing/refund",\n  "billing/refnud",\n]')
    write_tests(kb_root, text)
    done = run_kb("eval", "--format", "json", cwd=kb_root)
    assert done.code == 1
    problem = json.loads(done.out)["problems"][0]
    assert (problem["path"], problem["line"]) == ("search-tests.toml", 10)
    assert "billing/refnud" in problem["message"]
    assert read_data(done)["failed"] == 0


def test_a_former_id_still_names_its_card(kb_root: Path, run_kb: Run) -> None:
    """After `kb mv` a test keeps passing under the old name."""
    write_tests(kb_root, PASSING)
    assert run_kb("mv", "billing/refund", "billing/money-back", cwd=kb_root).code == 0
    done = run_kb("eval", cwd=kb_root)
    assert (done.code, done.out.count("pass\t")) == (0, 2)


def test_an_edited_card_needs_nothing_else(kb_root: Path, run_kb: Run) -> None:
    """An edit is seen by the next run, without any index command, and the run says what moved."""
    card = kb_root / "api/too-many-requests.md"
    text = card.read_text()
    # A word for which no other is known.
    card.write_text(text.replace("rate limit, throttled", "rate limit, zwickmill"))
    write_tests(kb_root, PASSING.replace("customer gets throttled", "zwickmill"))
    assert run_kb("eval", cwd=kb_root).code == 0
    card.write_text(text.replace("rate limit, throttled", "rate limit"))
    done = run_kb("eval", "--format", "table", cwd=kb_root)
    assert done.code == 1
    assert "since the last run: nDCG@10 −0.500" in done.out
    assert "1 → – " in done.out


def test_another_file_of_tests_has_its_own_last_run(kb_root: Path, run_kb: Run, tmp_path: Path) -> None:
    """A file that is named is run on this knowledge base, and compared with its own last run only."""
    write_tests(kb_root, PASSING)
    other = tmp_path / "other.toml"
    other.write_text(PASSING.replace("gets", "was"))
    for arguments in ((), (str(other),)):
        assert read_data(run_kb("eval", *arguments, "--format", "json", cwd=kb_root))["compared"] is None
        again = read_data(run_kb("eval", *arguments, "--format", "json", cwd=kb_root))["compared"]
        assert (again["added"], again["removed"], again["moves"]) == (0, 0, [])


def test_saved_runs_gate_a_regression(kb_root: Path, run_kb: Run, tmp_path: Path) -> None:
    """With --compare a lower mean is exit 1 though all tests pass; --tolerance allows it, and better is fine."""
    test = '[[test]]\nquery = "quota"\nexpect = ["api/quotas"]\n'
    write_tests(kb_root, test)
    saved = tmp_path / "run.json"
    assert run_kb("eval", "--save", str(saved), cwd=kb_root).code == 0
    (kb_root / "quota.md").write_text("---\ntitle: Quota quota\naliases: [quota]\n---\nQuota.\n")
    assert run_kb("eval", cwd=kb_root).code == 0
    done = run_kb("eval", "--compare", str(saved), "--format", "json", cwd=kb_root)
    assert done.code == 1
    compared = read_data(done)["compared"]
    assert compared["regression"] is True
    assert compared["moves"] == [{"query": "quota", "before": 1, "now": 2}]
    assert run_kb("eval", "--compare", str(saved), "--tolerance", "0.5", cwd=kb_root).code == 0
    assert run_kb("eval", "--save", str(saved), cwd=kb_root).code == 0
    (kb_root / "quota.md").unlink()
    assert run_kb("eval", "--compare", str(saved), cwd=kb_root).code == 0


def test_a_saved_run_is_the_same_each_time(kb_root: Path, run_kb: Run, tmp_path: Path) -> None:
    """Nothing of the day or the machine is in a saved run, so that it changes only with the answers."""
    write_tests(kb_root, PASSING)
    texts = set()
    for name in ("one.json", "two.json"):
        run_kb("eval", "--save", str(tmp_path / name), cwd=kb_root)
        texts.add((tmp_path / name).read_text())
    assert len(texts) == 1


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"run": {"kb-eval": 1}, "questions": {"x": ["1"]}}', "nonsense"]
)
def test_a_damaged_run_is_said(kb_root: Path, run_kb: Run, tmp_path: Path, content: str) -> None:
    """A file that is no run is exit 3 when it is asked for; as the last run it is passed over."""
    write_tests(kb_root, PASSING)
    (tmp_path / "run.json").write_text(content)
    done = run_kb("eval", "--compare", str(tmp_path / "run.json"), cwd=kb_root)
    assert done.code == 3
    assert "run.json" in done.err
    run_kb("eval", cwd=kb_root)
    [last] = (tmp_path / "home" / ".cache" / "kb" / "eval").iterdir()
    last.write_text(content)
    assert run_kb("eval", cwd=kb_root).code == 0


def test_junit_is_red_exactly_for_what_failed(kb_root: Path, run_kb: Run) -> None:
    """One case for each test; a failure has its sentence; control characters break nothing."""
    write_tests(kb_root, PASSING + FAILING.replace("each plan", "each\\u0007 plan") + "extra = 1\n")
    done = run_kb("eval", "--format", "junit", cwd=kb_root)
    assert done.code == 1
    suite = ET.fromstring(done.out)[0]
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    failed = [case for case in suite if case.find("failure") is not None]
    assert [case.get("line") for case in failed] == ["10", "14"]
    assert "billing/refund" in failed[0].find("failure").get("message")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[test]\n", "line 1"),
        ("x = 1\n", "holds no test"),
        ("test = 3\n", "holds no test"),
        ("\xff", "not valid TOML"),
        (".".join("a" * 3000) + " = 1\n", "too many parts"),
    ],
)
def test_an_unusable_file_is_exit_3(kb_root: Path, run_kb: Run, text: str, said: str) -> None:
    """What is no file of tests is said in a sentence."""
    write_tests(kb_root, text)
    done = run_kb("eval", cwd=kb_root)
    assert done.code == 3
    assert said in done.err


def test_without_a_file_the_way_to_one_is_shown(kb_root: Path, run_kb: Run) -> None:
    """Exit 3, and the hint shows what a test looks like."""
    done = run_kb("eval", cwd=kb_root)
    assert done.code == 3
    assert "[[test]]" in done.err


def test_a_link_out_of_the_repository_is_not_read(kb_root: Path, run_kb: Run, tmp_path: Path) -> None:
    """A clone cannot make kb read a file elsewhere by a link."""
    secret = tmp_path / "secret.toml"
    secret.write_text(PASSING)
    (kb_root / "search-tests.toml").symlink_to(secret)
    done = run_kb("eval", cwd=kb_root)
    assert done.code == 3
    assert "outside" in done.err


def test_wrong_usage(kb_root: Path, run_kb: Run) -> None:
    """Flags that have no meaning together are exit 2."""
    write_tests(kb_root, PASSING)
    for wrong in (
        ("--half", "odd"), ("--long",), ("--format", "sarif"), ("--tolerance", "nan"),
        ("--set", ".", "tests.toml"), ("--set", ".", "--half", "third"), ("--set", ".", "--format", "junit"),
    ):  # fmt: skip
        assert run_kb("eval", *wrong, cwd=kb_root).code == 2, wrong
