"""Languages and scripts: stemmers, function words, the language of a text, one spelling for what is written in several.

Also how texts are folded for comparing, and how many columns of a terminal they take.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, pairwise
from unicodedata import category, combining, decimal, is_normalized, normalize as normalize_at_once

from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

_DECOMPOSED: "dict[Form, Form]" = {"NFC": "NFD", "NFD": "NFD", "NFKC": "NFKD", "NFKD": "NFKD"}

# Patterns are compiled when they are first needed: most searches need few.
compile_once = cache(re.compile)

STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""ISO 639-1 code → Snowball algorithm."""

_SCRIPTS = {
    "cyrillic": ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"),
    "greek": ("el",),
    "devanagari": ("hi", "mr", "ne", "sa"),
    "arabic": ("ar", "fa", "ps", "ur"),
    "other": ("am", "bn", "gu", "he", "hy", "ka", "kn", "ml", "or", "pa", "si", "ta", "te", "yi"),
    "han": ("ja", "zh"),
    "hangul": ("ko",),
    "unspaced": ("km", "lo", "my", "th"),
}
SCRIPT_OF = {code: script for script, codes in _SCRIPTS.items() for code in codes}
"""ISO 639-1 code → script of its words; every other language is written in Latin letters."""

CUT_IN_FRONT = frozenset(("eo", "ga", "id", "nl", "tr"))
"""Languages whose stemmer may change with what letter a word begins: `gewacht` → wacht."""

FALLBACKS = {"latin": "en", "cyrillic": "ru", "greek": "el", "devanagari": "hi", "arabic": "ar"}
"""The language in which a word is stemmed that stands in a text of another script."""


def language_code(tag: str) -> str:
    """The language of a BCP 47 tag, lower case: `pt-BR` → pt, "" → ""."""
    return tag.replace("_", "-").partition("-")[0].casefold()


def word_language(script: str, lang: str) -> str:
    """In which language to stem a word of a script that stands in a text of a language."""
    code = language_code(lang)
    return code if SCRIPT_OF.get(code, "latin") == script else FALLBACKS.get(script, "")


_WORDS = {
    "en": "a about after all also am an and any are as at be been before being between but by can could did do "
    "does doing for from get gets getting got had has have having he her here him his how i if in into is it its just me might more "
    "most must my need no nor not of off on once one only or other our out over own please same she should so some "
    "such than that the their them then there these they this those through to too under up us very was we were what "
    "when where which while who whom whose why w will with would you your "
    "arent cant couldnt didnt doesnt dont hadnt hasnt havent im isnt ive shouldnt thats wasnt werent whats wont wouldnt youre",
    "de": "aber alle als also am an auch auf aus bei beim bin bis bitte da damit dann das dass dem den denn der des "
    "dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas "
    "euch für gegen gibt habe haben hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja "
    "jede jeder jedes kann kein keine können könnte machen man mehr mein meine mich mir mit muss müssen nach nicht noch "
    "nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so soll sollte sowie über um und uns "
    "unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werden "
    "weshalb wie wieso wieviel wir wird wo wodurch woher wohin worden wozu wurde wurden zu zum zur zwischen",
    "it": "a ad agli ai al alla alle allo anche avere aveva ci che chi come con cosa cui da dagli dai dal dalla dalle "
    "del dei degli della delle dello di dopo dove dovrebbe due e ed era erano essere faccio fare fu ha hai hanno ho i "
    "il in io la le lei li lo loro lui ma mi mia mie mio ne negli nei nel nella nelle nello no noi non nostro o ogni "
    "per perché più poi posso può qual quale quali quando quanta quante quanti quanto quella quelle quelli quello "
    "questa queste questi questo se sei si sia siamo sono sopra sotto sta stato su sua sue sugli sui sul sulla sulle "
    "suo suoi te ti tra tu tua tuo un una uno vi voi",
    "fr": "a ai au aux avec avez avoir c ce ceci cela ces cet cette chez comment d dans de des du elle elles en est et "
    "été être eu faire faut il ils j je l la le les leur leurs lui ma mais me mes moi mon n ne nos notre nous on ont ou "
    "où par pas peut peux plus pour pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses "
    "si son sont sous sur ta te tes toi ton tous tout tu un une vos votre vous y",
    "es": "a al algo antes como cómo con cual cuál cuáles cuando cuándo cuánto cuántos de del desde donde dónde dos e "
    "el él ella ellas ellos en entre era es esa ese eso esta está este esto estos fue ha hace hacer han hasta hay la "
    "las le les lo los más me mi mis muy no nos o para pero por porque puede puedo que qué quién quiénes se ser si sí "
    "sin sobre son su sus también te tiene tu un una uno y ya yo",
    "pt": "a ao aos as até com como da das de dela dele do dos e ela elas ele eles em entre era é está eu faço foi há "
    "isso isto já lhe mais mas me meu minha muito na não nas nem no nos nós o onde os ou para pela pelas pelo pelos "
    "por porque posso qual quais quando quanto quantos que quem são se sem ser seu seus sua suas também tem um uma você",
    "nl": "aan al alle als bij daar dan dat de deze die dit doen door een en er geen had heb hebben heeft het hier hij "
    "hoe hoeveel hun ik in is ja je kan kunnen maar me met mijn moet na naar niet nog nu of om omdat onder ons ook op "
    "over te toch tot uit van veel voor waar waarom wanneer waren was wat we welk welke wel werd wie wij worden wordt "
    "zal ze zich zij zijn zo zonder zou",
    "hi": "अपना अपनी अपने इस इसका इसकी इसके इसने इसे उन उनका उनकी उनके उन्हें उन्होंने उस उसका उसकी उसके उसने उसे एक और कई कब कर करता करते "
    "करना करने करें कहाँ कहां का कि कितना कितनी कितने किन किस किसका किसकी किसके किसने किसी किसे की कुछ के को कोई कौन कौनसा कौनसी क्या क्यों "
    "गई गए गया जब जा जाता जाती जाते जिस जो तक तो था थी थे दो द्वारा न नहीं ने पर बाद भी मुझे में मेरा मेरी मैं यदि यह यहाँ या ये रहा रही रहे "
    "लिए वह वाला वाली वाले वे सकता सकती सकते सा सी से हम हर ही हुआ हुई हुए हूँ हूं है हैं हो होता होती होते होना",
    "zh": "的 了 是 在 和 吗 呢 吧 与 及 或 什么 什麼 怎么 怎麼 如何 多少 哪些 哪个 哪里 哪裡 哪 谁 誰 为什 为何 什时 何时 几个 怎样 是否 可以 请问 "
    "我们 他们 她们 它们 这个 那个 这些 那些 一个 因为 所以 以及 有多 么样 的什 是什 叫什 有什 个是 是谁 做什",
    "ja": "です ます ました ません して した する され れた ている てい いる ある あり から まで より など この その あの どの これ それ あれ どれ どこ "
    "だれ いつ なに 何 なぜ どう どん んな どの 方法 くだ ださ さい ください には では とは への での こと もの ため よう ように という とい いう "
    "でき きる きな たい たく ませ せん "
    "の は を に が と で も へ か た",
    "ko": "무엇 무엇인가 누구 언제 어디 어떻게 어떤 어느 얼마 얼마나 몇 왜 어떻 떻게 그리고 그러나 또는 및 이것 그것 저것 있다 있는 있습니다 없다 "
    "하는 하다 합니다 했다 되는 된다 됩니다 대한 위한 위해 통해 따라 수 것 등 더 이 그 저 습니 니다 입니 합니 됩니 무엇 엇인 인가 나요 인가요 "
    "방법 무엇인가요 하나요 있나 있나요 하려면 되나요 되나 해요 돼요 싶어요 싶어 싶은",
}


@cache
def function_words(code: str) -> frozenset[str]:
    """The function words of a language (ISO 639-1), lower case; for Han, Kana and Hangul their pairs too."""
    return frozenset(_WORDS.get(code, "").split())


_BLOCKS = (
    ("A", "Z", "latin"),
    ("a", "z", "latin"),
    ("\u00c0", "\u024f", "latin"),
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u052f", "cyrillic"),
    ("\u0530", "\u05ff", "other"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "devanagari"),
    ("\u0980", "\u0dff", "other"),
    ("\u0e00", "\u0eff", "unspaced"),
    ("\u1000", "\u109f", "unspaced"),
    ("\u10a0", "\u10ff", "other"),
    ("\u1100", "\u11ff", "hangul"),
    ("\u1200", "\u137f", "other"),
    ("\u1780", "\u17ff", "unspaced"),
    ("\u1e00", "\u1eff", "latin"),
    ("\u3040", "\u30ff", "kana"),
    ("\u3130", "\u318f", "hangul"),
    ("\u3400", "\u9fff", "han"),
    ("\uac00", "\ud7af", "hangul"),
    ("\uf900", "\ufaff", "han"),
    ("\uff66", "\uff9f", "kana"),
)
# The first and last letter of each, in order.
_BLOCK_STARTS = [first for first, _, _ in _BLOCKS]
_TELLING_SCRIPTS = [
    "kana",
    "hangul",
    "han",
    "devanagari",
    "cyrillic",
    "arabic",
    "greek",
    "unspaced",
    "other",
    "latin",
]
# Those that tell most first: kana tells Japanese where Han may be Chinese, and Latin letters stand in every text.
_LETTERS = {
    "de": "äöüß",
    "fr": "àâçéèêëîïôùûœ",
    "it": "àèéìòù",
    "es": "áéíñóúü¿¡",
    "pt": "ãõáâçéêíóôú",
    "nl": "ëï",
    "sv": "åäö",
    "da": "æøå",
    "nb": "æøå",
    "no": "æøå",
    "fi": "äö",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "tr": "çğıöşü",
    "ro": "ăâîșț",
    "hu": "áéíóöőúüű",
    "vi": "ăâđêôơư",
}
_ENDINGS = {
    "en": "ing tion ness ed ly ght ck ies wn ey th",
    "de": "ung ungen heit keit lich isch en ern eln cht tzt ier ieren schaft",
    "it": "zione zioni are ere ire ato ata ità ando endo etto ello i o",
    "fr": "eux tion ement ée ées er oir aux elle ique",
    "es": "ción ciones ar dad ado ada ando iendo os as",
    "pt": "ção ções ar dade ado ada ando ões os as",
    "nl": "en ing lijk heid tje ijk aan oor",
}
_WORD = r"[^\W\d_]+"
# The share of letters of a script that makes a text one of it, when others are more (`VPN パスワード`).
_PRESENT = 0.2
_TELLING = 0.7
"""So much must speak for a language among others: endings alone are like those of other languages (“container”)."""
_PLAINLY = 2.0
"""So much must speak for a language that no card is in, and twice as much as for any other."""


def find_script(text: str) -> str:
    """The script that most tells the language of a text, "" without letters. Latin counts least."""
    if text.isascii():
        return "latin" if compile_once(_WORD).search(text) else ""
    counts = dict.fromkeys(_TELLING_SCRIPTS, 0)
    for sign, count in Counter(text).items():
        first, last, name = _BLOCKS[bisect_right(_BLOCK_STARTS, sign) - 1]
        if first <= sign <= last:
            counts[name] += count
    total = sum(counts.values())
    if counts["kana"] >= _PRESENT * (counts["kana"] + counts["han"]) > _PRESENT * _PRESENT * total:
        return "kana"
    for name, count in counts.items():
        if count and (count >= _PRESENT * total or name == "latin"):
            return name
    return max(counts, key=lambda name: counts[name]) if total else ""


def guess_language(text: str, langs: Sequence[str], default: str) -> str:
    """Which of the languages a text is in; the default when nothing tells.

    `langs` are BCP 47 tags; the answer is one of them, or `default`. Between languages of one
    script function words tell most, then letters, then endings of words; a tie goes to the
    default when it is written in that script, else to the first.
    """
    likely = find_likely_languages(text, langs)
    return default if default in likely or not likely else likely[0]


def find_likely_languages(text: str, langs: Sequence[str], telling: float = _TELLING) -> list[str]:
    """Those of the languages that a text may equally well be in, in their order; none for another script.

    So much must speak for one that others are left out.
    """
    script = find_script(text)
    fitting = [lang for lang in langs if _is_written_in(language_code(lang), script)]
    if script == "han" and any(language_code(lang) == "zh" for lang in fitting):
        fitting = [lang for lang in fitting if language_code(lang) == "zh"]
    if len(fitting) > 1:
        folded = text.casefold()
        words = Counter(compile_once(_WORD).findall(folded))
        worth = {lang: _weigh(language_code(lang), folded, words) for lang in fitting}
        best = max(worth.values())
        if best >= telling:
            fitting = [lang for lang in fitting if worth[lang] == best]
    return fitting


def find_foreign_language(text: str, langs: Sequence[str]) -> str:
    """The language (ISO 639-1) that a text is in when it plainly is in none of `langs` (BCP 47 tags); else ""."""
    script = find_script(text)
    known = {language_code(lang) for lang in langs}
    folded = text.casefold()
    words = Counter(compile_once(_WORD).findall(folded))
    worth = {code: _weigh(code, folded, words) for code in _WORDS if _is_written_in(code, script)}
    best = max(worth, key=lambda code: worth[code], default="")
    if best in known or (script in ("han", "hangul") and known & worth.keys()):
        return ""
    own = max((worth.get(code, 0.0) for code in known), default=0.0)
    return best if best and (script == "kana" or worth[best] >= max(_PLAINLY, 2 * own)) else ""


def _is_written_in(code: str, script: str) -> bool:
    if script == "kana":
        return code == "ja"
    return SCRIPT_OF.get(code, "latin") == script


def _weigh(code: str, text: str, words: Mapping[str, int]) -> float:
    known = function_words(code)
    worth = float(sum(count for word, count in words.items() if word in known))
    if letters := _LETTERS.get(code):
        worth += 0.7 * sum(map(text.count, letters))
    if endings := _ENDINGS.get(code):
        ends = tuple(endings.split())
        worth += 0.3 * sum(count for word, count in words.items() if len(word) > 4 and word.endswith(ends))
    return worth


def read_ranges(signs: str) -> Iterator[range]:
    """The code points of signs that are listed one by one or as `a-z`."""
    for first, last in re.findall("(?s)(.)(?:-(.))?", signs):
        yield range(ord(first), ord(last or first) + 1)


@cache
def _list_bounds(signs: str) -> list[int]:
    """Where ranges of signs that do not overlap begin and where they have ended, in turn."""
    return sorted(bound for found in read_ranges(signs) for bound in (found.start, found.stop))


def is_among(sign: str, signs: str) -> bool:
    """Whether a sign is one of those that are listed: as a pattern, thousands of signs take long to compile."""
    return bisect_right(_list_bounds(signs), ord(sign)) % 2 == 1


_STROKES = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ŋ": "n",
    }
)
# What people write in a word or leave out: accents and stress marks, Hebrew points, Arabic vowels and tatweel, signs of
# tone in Armenian, variation selectors, skin tones, soft hyphens and other invisible signs. Not the marks of the
# scripts of India and of Thai, nor Japanese voicing: there they are letters.
_OPTIONAL = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u055b\u055c\u055e\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0898-\u089f"
    "\u08ca-\u08e1\u08e3-\u08ff\u0951-\u0954\u135d-\u135f\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u2069\u20d0-\u20e2\u20e4-\u20ff\u302a-\u302d\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
    "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef"
)


class _Kept(dict[int, int | None]):
    """Code point → itself, or nothing where people may leave it out."""

    def __missing__(self, code: int) -> int | None:
        self[code] = kept = None if is_among(chr(code), _OPTIONAL) else code
        return kept


_KEPT = _Kept()

# Letters that two keyboards write differently: kaf and yeh.
_TO_PERSIAN = str.maketrans("كيى", "کیی")
_TO_ARABIC = str.maketrans("کی", "كي")
_FOLDED = _Kept(_TO_PERSIAN)


_STEP = 256


def normalize(form: "Form", text: str) -> str:
    """What `unicodedata.normalize` gives; its time goes by the square of a row of marks, and whoever sends 100,000 holds all threads for 15 s."""
    if len(text) > _STEP and any(map(all, pairwise(map(_is_mark, text[::_STEP])))):
        # Marks are put in the order of their classes: here it is done by sorting.
        decomposed = "".join(normalize_at_once(_DECOMPOSED[form], sign) for sign in text)
        rows = groupby(decomposed, lambda sign: combining(sign) > 0)
        text = "".join(
            sign for is_row, row in rows for sign in (sorted(row, key=combining) if is_row else row)
        )
    return normalize_at_once(form, text)


def _is_mark(sign: str) -> bool:
    """Whether a sign is nothing but marks once it is taken apart, as also some that count as letters are."""
    return not sign.isascii() and all(map(combining, normalize_at_once("NFKD", sign)))


def normalise_word(text: str) -> str:
    """NFKC, case folded, NFKC again, ASCII digits, no optional marks and invisible signs. Any text, never fails.

    Marks that made one letter with what they stand on stay: `é`, `й`, `أ`.
    """
    if text.isascii():
        return text.lower()
    text = normalize("NFKC", normalize("NFKC", text).casefold()).translate(_KEPT)
    if not text.isascii() and any(map(str.isdecimal, text)):
        text = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
    return text


def fold_accents(word: str) -> str:
    """A Latin word without its accents and strokes: `städte` → stadte, `søk` → sok."""
    if word.isascii():
        return word
    decomposed = normalize("NFD", word.translate(_STROKES))
    return "".join(sign for sign in decomposed if not combining(sign))


@cache
def _devanagari_rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The rules of Lucene's HindiNormalizer (after Larkey and others 2003), on NFD text."""
    rules = (
        ("[\u0928\u092e\u0919\u091e\u0923]\u094d(?=[\u0915-\u0939])", "\u0902"),  # half nasal → anusvara
        ("\u0901", "\u0902"),  # chandrabindu → anusvara
        ("\u093c", ""),  # no nukta
        ("\u0929", "\u0928"),
        ("[\u0945\u0946]", "\u0947"),
        ("[\u0949\u094a]", "\u094b"),
        ("[\u090d\u090e]", "\u090f"),
        ("[\u0911\u0912]", "\u0913"),
        ("\u0972", "\u0905"),
        ("\u0906", "\u0905"),
        ("\u0908", "\u0907"),
        ("\u090a", "\u0909"),
        ("\u0960", "\u090b"),
        ("\u0961", "\u090c"),
        ("\u0910", "\u090f"),
        ("\u0914", "\u0913"),
        ("\u0940", "\u093f"),
        ("\u0942", "\u0941"),
        ("\u0944", "\u0943"),
        ("\u0963", "\u0962"),
        ("\u0948", "\u0947"),
        ("\u094c", "\u094b"),
        ("\u094d(?![\u0900-\u097f])", ""),
    )
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)


def normalise_devanagari(text: str) -> str:
    """One spelling for the ways to write nasals, nuktas and long vowels in Hindi."""
    text = normalize("NFD", text)
    for pattern, replacement in _devanagari_rules():
        text = pattern.sub(replacement, text)
    return text


def normalise_arabic(text: str, lang: str) -> str:
    """The letters that Arabic and Persian keyboards write differently, as the language has them."""
    return text.translate(_TO_ARABIC if lang == "ar" else _TO_PERSIAN)


UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)


def is_unspaced(sign: str) -> bool:
    """Whether a character belongs to a script written without spaces: Han, Kana, Thai, Lao, Khmer, Burmese."""
    return (
        "\u0e00" <= sign <= "\u0eff"
        or "\u1000" <= sign <= "\u109f"
        or "\u1780" <= sign <= "\u17ff"
        or "\u3005" <= sign <= "\u30ff"
        or "\u3400" <= sign <= "\u9fff"
        or "\uf900" <= sign <= "\ufaff"
        or "\U00020000" <= sign <= "\U0003ffff"
    )


def is_hangul(sign: str) -> bool:
    """Whether a character is a Hangul syllable or a jamo."""
    return "\uac00" <= sign <= "\ud7a3" or "\u1100" <= sign <= "\u11ff" or "\u3130" <= sign <= "\u318f"


APOSTROPHES = "'’‘ʼʻ׳"
"""Signs that stand for an apostrophe, or for the letter that Uzbek and Hebrew write with one."""


class _Signs(dict[int, str | int | None]):
    """Code point → what it counts as in a phrase: itself, a digit, a blank, or nothing."""

    def __missing__(self, code: int) -> str | int | None:
        sign = chr(code)
        kind = category(sign)
        found: str | int | None = " "
        if kind == "Nd":
            found = str(decimal(sign))
        elif (kind[0] in "LMN" and sign not in APOSTROPHES) or sign in "+#":
            found = code
        elif kind == "Cf":
            found = None
        self[code] = found
        return found


_SIGNS = _Signs()


def fold_text(text: str, *, join: bool = True) -> str:
    """A text as phrases are compared: case, accents and widths folded, words apart by one blank.

    Punctuation and markup count as blanks, but `+` and `#` at the end of a word stay (`C++`).
    With `join` there is no blank between two characters of a script without spaces.
    """
    if not text.isascii():
        text = _drop_marks(normalize("NFKC", text).casefold()).translate(_STROKES)
        if compile_once("[\u0900-\u097f]").search(text):
            text = normalise_devanagari(text)
        if not is_normalized("NFC", text):
            text = normalize("NFC", text)
    else:
        text = text.lower()
    text = text.translate(_SIGNS)
    if "+" in text or "#" in text:
        text = re.sub(r"[+#]+", _keep_at_end, text)
    text = " ".join(text.split())
    if join and not text.isascii():
        text = re.sub(f"(?<=[{UNSPACED}]) (?=[{UNSPACED}])", "", text)
    return text


def _keep_at_end(match: re.Match[str]) -> str:
    """The plus and number signs themselves at the end of a word, else a blank."""
    text, start, end = match.string, match.start(), match.end()
    before = start > 0 and text[start - 1] != " "
    after = end < len(text) and text[end] != " "
    return match[0] if before and not after else " "


def fold_roughly(text: str) -> str:
    """Case, accents and optional marks folded, fast."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", _drop_marks(text.casefold()))


def _drop_marks(text: str) -> str:
    """A text decomposed, without optional marks and invisible signs, and with Persian letters for Arabic ones."""
    return normalize("NFKD", text).translate(_FOLDED)


def word_start(term: str) -> str:
    """What the words behind an index term begin with, folded roughly: stemming leaves three letters alone."""
    return term[:1] if "\u0900" <= term[:1] <= "\u097f" else term[:3]
