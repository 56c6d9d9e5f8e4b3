"""Near-duplicates: which pairs are found, and which are none."""

import random
from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD
from kbcli.knowledge.likeness.pairs import PairFinder
from kbcli.knowledge.likeness.similarity import TEMPLATE_CARDS

CONFIG = Config(root=Path("kb"))
TEXT = (
    "The customer sent more requests than the plan allows in one minute. Wait for the time that the "
    "header names, then send the request again. When it happens every day, move the job to the night "
    "or book a larger plan with the account team."
)
OTHER = (
    "A refund goes to the card that paid and arrives within five working days. Open the payment, choose "
    "refund, and enter the amount. A part can be refunded too, and the fee stays with the bank."
)
FILLER = tuple(f"filler{number}" for number in range(400))


def make_library(cards: dict[str, str]) -> Library:
    """Cards from whole file texts, by path."""
    return Library(
        CONFIG, tuple(read_card(text.encode(), path, CONFIG) for path, text in sorted(cards.items()))
    )


def write(title: str, body: str, **fields: str) -> str:
    """A card file with these fields."""
    header = "".join(f"{name}: {value}\n" for name, value in {"title": title, **fields}.items())
    return f"---\n{header}---\n{body}\n"


def list_ids(library: Library, threshold: float = DUPLICATE_THRESHOLD) -> list[tuple[str, str]]:
    """The pairs as IDs, in their order."""
    return [(pair.a.id, pair.b.id) for pair in PairFinder(threshold).find(library)]


def edit(text: str, share: float, seed: int) -> str:
    """The text with this share of its words replaced."""
    chance = random.Random(seed)
    words = text.split()
    for place in chance.sample(range(len(words)), int(share * len(words))):
        words[place] = chance.choice(FILLER)
    return " ".join(words)


def test_an_edited_copy_is_a_pair_and_another_card_is_none() -> None:
    """A copy with one word in ten changed is found; a card about something else is not."""
    library = make_library(
        {
            "a.md": write("Too many requests", TEXT),
            "b.md": write("Error 429", edit(TEXT, 0.1, 1)),
            "c.md": write("Refund", OTHER),
        }
    )
    (pair,) = PairFinder().find(library)
    assert (pair.a.id, pair.b.id, pair.contained) == ("a", "b", None)
    assert 0.65 < pair.similarity < 1
    assert 0 < pair.jaccard < pair.similarity


def test_reordered_paragraphs_and_an_added_one_do_not_hide_a_copy() -> None:
    """Moving sentences about and adding a paragraph keeps the pair."""
    moved = (
        ". ".join(reversed(TEXT.split(". ")))
        + "\n\nAsk the team in the channel first, please, and be polite."
    )
    assert list_ids(make_library({"a.md": write("One", TEXT), "b.md": write("Two", moved)})) == [("a", "b")]


def test_planted_copies_are_found_among_many_cards() -> None:
    """Of 40 copies with 5 to 15 percent of their words changed nine in ten are found, and nothing else."""
    chance = random.Random(7)
    cards, planted = {}, set()
    for number in range(300):
        body = " ".join(f"w{int(chance.paretovariate(0.6)) % 5000}" for _ in range(120))
        cards[f"c{number:03}.md"] = write(f"Card {number}", body)
        if number < 40:
            cards[f"copy{number:03}.md"] = write(
                f"Copy {number}", edit(body, 0.05 + 0.1 * chance.random(), number)
            )
            planted.add((f"c{number:03}", f"copy{number:03}"))
    found = set(list_ids(make_library(cards)))
    assert len(found & planted) >= 36
    assert found <= planted


def test_a_card_inside_a_longer_one_is_marked_as_contained() -> None:
    """The shorter card is the contained one, whichever comes first."""
    longer = f"{OTHER}\n\n{TEXT}\n\n{' '.join(FILLER)}"
    for short, long in (("a", "b"), ("b", "a")):
        library = make_library({f"{short}.md": write("One", TEXT), f"{long}.md": write("All of it", longer)})
        (pair,) = PairFinder().find(library)
        assert pair.contained is library.by_id[short]


@pytest.mark.parametrize(
    "text",
    [
        "お客様がプランで許可されている以上のリクエストを一分間に送信しました。ヘッダーに示された時間だけ待ってから、もう一度送信してください。毎日起こる場合は、夜間に移してください。",
        "客户在一分钟内发送的请求超过了套餐允许的数量。请等待标头中给出的时间，然后重新发送请求。如果每天都发生，请把任务移到夜间，或者购买更大的套餐。",
        "고객이 요금제가 허용하는 것보다 많은 요청을 일 분 안에 보냈습니다. 헤더에 나온 시간만큼 기다린 다음 다시 보내세요. 매일 발생하면 작업을 밤으로 옮기세요.",
        "ลูกค้าส่งคำขอมากกว่าที่แผนอนุญาตในหนึ่งนาที ให้รอตามเวลาที่ระบุในส่วนหัว แล้วส่งคำขออีกครั้ง หากเกิดขึ้นทุกวันให้ย้ายงานไปเวลากลางคืน",
        "ग्राहक ने एक मिनट में योजना की अनुमति से अधिक अनुरोध भेजे। शीर्षक में दिए गए समय तक प्रतीक्षा करें और फिर अनुरोध दोबारा भेजें। यदि यह हर दिन होता है तो काम रात में करें।",
    ],
)
def test_pairs_are_found_in_every_script(text: str) -> None:
    """An edited copy is found where words have no spaces between them, too."""
    half = len(text) // 2
    edited = text[:half] + "429" + text[half + 3 :]
    library = make_library(
        {"a.md": write("一", text), "b.md": write("二", edited), "c.md": write("三", text[::-1])}
    )
    assert list_ids(library) == [("a", "b")]


def test_translations_are_no_pair_in_either_direction_nor_among_each_other() -> None:
    """An untranslated rest in a translation is not reported, whichever card names the source."""
    library = make_library(
        {
            "en.md": write("Limits", TEXT, lang="en"),
            "de.md": write("Limits", TEXT, lang="de", translation_of="en"),
            "it.md": write("Limits", TEXT, lang="it", translation_of="en"),
            "at.md": write("Limits", TEXT, lang="de-AT", translation_of="de"),
        }
    )
    assert list_ids(library) == []


def test_two_cards_of_one_language_are_a_pair_even_when_both_translate_one_card() -> None:
    """Translating a card twice into one language makes a duplicate."""
    library = make_library(
        {
            "en.md": write("Refund", OTHER, lang="en"),
            "de1.md": write("Limits", TEXT, lang="de", translation_of="en"),
            "de2.md": write("Limits", TEXT, lang="de", translation_of="en"),
        }
    )
    assert list_ids(library) == [("de1", "de2")]


@pytest.mark.parametrize(
    "fields",
    [({"distinct_from": "[b]"}, {}), ({}, {"distinct_from": "[a]"}), ({}, {"distinct_from": "[old/a]"})],
)
def test_distinct_from_silences_a_pair(fields: tuple[dict[str, str], dict[str, str]]) -> None:
    """On either card, by ID or former ID."""
    first, second = fields
    library = make_library(
        {"a.md": write("One", TEXT, former_ids="[old/a]", **first), "b.md": write("Two", TEXT, **second)}
    )
    assert list_ids(library) == []
    elsewhere = make_library({"a.md": write("One", TEXT), "b.md": write("Two", TEXT, distinct_from="[c]")})
    assert list_ids(elsewhere) == [("a", "b")]


def test_pages_of_two_versions_are_no_pair() -> None:
    """The same page in the folders of two versions is meant to be there twice, and not within one of them."""
    paths = ("docs/v1.2/a.md", "docs/v2.0/guide/a.md", "docs/v2.0/b.md")
    library = make_library({path: write("Limits", TEXT) for path in paths})
    assert list_ids(library) == [("docs/v2.0/b", "docs/v2.0/guide/a")]


def test_archived_cards_are_left_out() -> None:
    """What is archived cannot mislead, so it is no duplicate."""
    assert (
        list_ids(make_library({"a.md": write("One", TEXT, status="archived"), "b.md": write("Two", TEXT)}))
        == []
    )


def test_text_of_a_template_makes_no_pairs() -> None:
    """Cards that share a long template and say something else in it are no duplicates, until few have it."""

    def fill(number: int) -> str:
        return write(f"Part {number}", f"{TEXT}\n\n" + " ".join(f"n{number}w{word}" for word in range(12)))

    many = {f"{number:02}.md": fill(number) for number in range(TEMPLATE_CARDS + 1)}
    assert list_ids(make_library(many)) == []
    assert list_ids(make_library(dict(list(many.items())[:3]))) == [("00", "01"), ("00", "02"), ("01", "02")]


def test_what_cards_share_beside_their_templates_must_be_most_of_the_text() -> None:
    """A common sentence in two long, different templates does not make the cards the same."""
    sentence = " ".join(TEXT.split()[:12])
    cards = {}
    for name, template in (("x", OTHER), ("y", " ".join(FILLER[:60]))):
        for number in range(TEMPLATE_CARDS + 1):
            own = sentence if number == 0 else " ".join(f"{name}{number}w{word}" for word in range(12))
            cards[f"{name}{number:02}.md"] = write(f"Part {name}{number}", f"{template}\n\n{own}")
    assert list_ids(make_library(cards)) == []


def test_many_copies_of_one_card_are_paired_with_the_first() -> None:
    """A text that stands word for word in more cards than a template needs is still reported, once a copy."""
    library = make_library({f"{number:02}.md": write("Limits", TEXT) for number in range(TEMPLATE_CARDS + 5)})
    pairs = list_ids(library)
    assert pairs == [("00", f"{number:02}") for number in range(1, TEMPLATE_CARDS + 5)]


def test_short_cards_are_compared_by_title_and_body() -> None:
    """Two one-line cards are a pair when title and body agree, none when the title tells them apart."""
    same = {
        "a.md": write("Reset the password", "Click on Forgot."),
        "b.md": write("Reset the password", "Click on “forgot”!"),
    }
    assert list_ids(make_library(same)) == [("a", "b")]
    other = {
        "a.md": write("Reset the password", "See there."),
        "b.md": write("Cancel the whole contract", "See there."),
    }
    assert list_ids(make_library(other)) == []


def test_empty_cards_are_no_pair() -> None:
    """Files without any text say nothing, so they do not say the same."""
    assert list_ids(make_library({"a.md": "", "b.md": "", "c.md": "---\ntags: [x]\n---\n"})) == []


def test_pairs_are_sorted_by_likeness_then_path() -> None:
    """The most alike come first, and of equals the first by path."""
    cards = {"a.md": write("One", edit(TEXT, 0.1, 3)), "b.md": write("One", TEXT), "c.md": write("One", TEXT)}
    library = make_library(cards)
    assert list_ids(library) == [("b", "c"), ("a", "b"), ("a", "c")]
    likeness = [pair.similarity for pair in PairFinder().find(library)]
    assert likeness == sorted(likeness, reverse=True)


def test_the_threshold_decides() -> None:
    """A lower threshold finds what is less alike."""
    library = make_library({"a.md": write("One", TEXT), "b.md": write("Two", edit(TEXT, 0.3, 2))})
    assert list_ids(library) == []
    assert list_ids(library, threshold=0.3) == [("a", "b")]


def test_only_gives_the_same_pairs_as_the_whole_list() -> None:
    """Asking for one card finds exactly its pairs, whether it comes first or second."""
    cards = {
        "a.md": write("One", TEXT),
        "b.md": write("Two", edit(TEXT, 0.1, 3)),
        "c.md": write("Three", OTHER),
        "d.md": write("Four", OTHER),
    }
    library = make_library(cards)
    everything = PairFinder().find(library)
    for path in ("a.md", "b.md", "d.md"):
        assert PairFinder().find(library, only={path}) == tuple(
            pair for pair in everything if path in (pair.a.path, pair.b.path)
        )
