"""Reading a file of search tests: lines that are right, and problems that stop nothing else."""

from pathlib import Path

from kbcli.knowledge.evals.search_tests import SearchTestFile, read_search_tests


def read(tmp_path: Path, text: str) -> SearchTestFile:
    """The tests in a text."""
    path = tmp_path / "search-tests.toml"
    path.write_text(text, encoding="utf-8")
    return read_search_tests(path, "search-tests.toml")


def test_top_is_3_or_what_the_file_says(tmp_path: Path) -> None:
    """A test's own `top` goes before the file's."""
    text = '{}[[test]]\nquery = "a"\nexpect = ["x"]\n[[test]]\nquery = "b"\nexpect = ["x"]\ntop = 1\n'
    assert [test.top for test in read(tmp_path, text.format("")).tests] == [3, 1]
    assert [test.top for test in read(tmp_path, text.format("top = 5\n")).tests] == [5, 1]


def test_lines_are_right_after_a_text_that_looks_like_a_header(tmp_path: Path) -> None:
    """A pasted ticket that holds [[test]] at a line's start is no test."""
    text = '[[test]]\nquery = """Hi\n[[test]]\nbye"""\nexpect = ["x"]\n\n  [[ test ]]\nquery = "b"\nexpect = [\n  "y",\n]\n'
    first, second = read(tmp_path, text).tests
    assert (first.line, first.line_of("x")) == (1, 5)
    assert (second.line, second.line_of("y")) == (7, 10)


def test_a_list_of_tables_has_no_headers(tmp_path: Path) -> None:
    """Tests written as one array are read too, with the lines of the names."""
    text = 'test = [\n  {query = "a", expect = ["x"]},\n  {query = "b", expect = ["y"]},\n]\n'
    found = read(tmp_path, text)
    assert [test.line_of(test.expect[0]) for test in found.tests] == [2, 3]


def test_each_mistake_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    """Every wrong key or value is noted with its line; a test that can be run is run."""
    bad = (
        'query = "b"\nexpects = ["x"]',
        'query = 3\nexpect = ["x"]',
        'query = "c"\nexpect = "x"',
        'query = "d"\nexpect = ["x"]\ntop = 0',
        'query = "e"\nexpect = ["x"]\ntop = true',
        'query = " "\nexpect = ["x"]',
    )
    found = read(
        tmp_path,
        'tops = 3\n[[test]]\nquery = "a"\nexpect = ["x"]\n' + "".join(f"[[test]]\n{part}\n" for part in bad),
    )
    assert [test.query for test in found.tests] == ["a", "d", "e"]
    assert [(problem.line, problem.message.partition("”")[0].lstrip("“")) for problem in found.problems] == [
        (1, "tops"), (5, "b"), (7, "expects"), (8, "query"), (8, "a test has no query"), (11, "expect"), (11, "c"),
        (14, "top"), (18, "top"), (22, "a test has no query"),
    ]  # fmt: skip
