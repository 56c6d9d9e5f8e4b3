"""What is said for courtesy's sake in a mail: who is sorry to bother us does not ask how to apologise."""

from kbcli.foundation.text.languages import normalise_word
from kbcli.foundation.text.pipeline import QueryWord

_COURTESIES = """
apologies apologise apologised apologising apologize apologizing sorry excuse forgive pardon bother bothering disturb
nuisance embarrassed embarrassing silly stupid thank thanks thanking grateful appreciate appreciated patience kindly hope
hello hi hey dear sir madam regards wishes sincerely cheers morning afternoon evening
entschuldigen entschuldigung entschuldige entschuldigt verzeihen verzeihung leid belästige belästigen danke dank bedanke
dankbar hoffe grüße grüßen gruß geehrte geehrter geehrtes freundlichen freundliche hallo furchtbar
scusate scusi scusa scusarmi scuse disturbo grazie infinite gentile gentili cordiali saluti spero salve buongiorno buonasera
désolé désolée excusez excuser pardonnez déranger merci bonjour cordialement salutations madame monsieur
perdón perdone perdonen disculpe disculpen disculpas molestia molestias molestar gracias hola saludos cordial
माफ़ी माफ क्षमा धन्यवाद शुक्रिया नमस्ते कृपया परेशान
죄송 송합 송하 송해 번거 거롭 롭게 사합 사드 안녕 녕하 바쁘 쁘신 신데 실례 례합 례지 드림
抱歉 打扰 打擾 不好 好意 意思 麻烦 麻煩 添麻 谢谢 謝謝 感谢 感謝 您好 你好 此致 敬礼 敬禮 实在 實在 非常 十分 常抱 常感
申し し訳 訳ご 訳あ 恐れ れ入 お世 世話 話に お手 手数 数を 数お よろ ろし しく くお お願 願い 失礼
"""
COURTESIES = frozenset(map(normalise_word, _COURTESIES.split()))
"""Words, in scripts without spaces pairs of signs, that say nothing of what somebody wants."""


def is_courtesy(word: QueryWord) -> bool:
    """Whether a word of a mail is one of them."""
    return normalise_word(word.text) in COURTESIES
