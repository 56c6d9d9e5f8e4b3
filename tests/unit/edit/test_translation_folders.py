"""Recognising translations by their folders."""

from kbcli.knowledge.cards.languages import is_language_code
from kbcli.knowledge.edit.translation_folders import find_translation_folders


def test_language_folders_with_the_same_names_are_translations() -> None:
    """The pattern, the source and the numbers of cards are found, region tags included."""
    ids = ["en/pod", "en/node", "en/only-english", "de/pod", "de/node", "zh-cn/pod", "zh-cn/node"]
    found = find_translation_folders(ids)
    assert found is not None
    assert (found.pattern, found.source, found.translations) == ("{lang}/{path}", "en", 4)
    assert found.languages == {"en": 3, "de": 2, "zh-cn": 2}


def test_language_folders_may_lie_deep() -> None:
    """What stands before the language goes into the pattern; of two places the larger one counts."""
    ids = [f"docs/{lang}/guide/{name}" for lang in ("en", "fr") for name in ("a", "b", "c")]
    found = find_translation_folders([*ids, "blog/en/a", "blog/it/a"])
    assert found is not None
    assert found.pattern == "docs/{lang}/{path}"


def test_folders_that_only_look_like_languages_are_left_alone() -> None:
    """hr, it and id can be departments: without common names they are no translations."""
    assert find_translation_folders(["hr/leave", "hr/pay", "it/laptop", "it/vpn", "id/badge"]) is None
    assert find_translation_folders(["hr/index", "hr/pay", "it/index", "it/vpn"]) is None
    assert find_translation_folders(["api/index", "web/index"]) is None


def test_the_source_need_not_be_english() -> None:
    """Where English is the poorer copy, the language that the others share most is the source."""
    names = [f"n{number}" for number in range(10)]
    ids = [f"de/{name}" for name in names] + [f"it/{name}" for name in names] + ["en/n1", "en/n2"]
    found = find_translation_folders(ids)
    assert found is not None
    assert found.source == "de"


def test_language_codes_are_those_that_exist() -> None:
    """Tags with script and region count; words of the same length do not."""
    assert all(map(is_language_code, ("en", "zh-cn", "zh_TW", "pt-BR", "zh-Hans", "es-419", "fil")))
    assert not any(map(is_language_code, ("api", "cpp", "xx", "docs", "en-", "english", "")))
