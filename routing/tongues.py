"""In which language a text is, as far as that is sure: by its script, and among Latin ones by their commonest words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
_MOST = 6_000
_SCRIPTS = (
    "LATIN",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "DEVANAGARI",
    "CYRILLIC",
    "ARABIC",
    "HEBREW",
    "GREEK",
    "THAI",
)
_COMMON = {
    "english": "the and of to is that with this you for not are it have from was can will be your",
    "german": "der die das und ist nicht mit ein eine auf für den dem von zu sich auch werden wird sie ich",
    "spanish": "el los las que una por con para del está como pero más este esta se su al lo puede",
    "french": "le les des est une dans pour que qui avec pas sur vous nous cette ce sont du aux être",
    "portuguese": "os as que uma para com não por mais você está são como mas dos das ao pelo isso seu",
    "italian": "il gli che una per con non sono della nel questo più come anche del alla si può delle dei",
}
_WORDS = {word: frozenset(words.split()) for word, words in _COMMON.items()}
_NAMED = re.compile(
    r"\b(?:english|german|spanish|french|portuguese|italian|chinese|mandarin|japanese|korean|hindi|russian|arabic|hebrew|greek|thai|dutch|"
    r"polish|turkish|swedish|ukrainian|vietnamese|latin|translat\w*|language|englisch\w*|deutsch\w*|spanisch\w*|französisch\w*|italienisch\w*|chinesisch\w*|"
    r"japanisch\w*|russisch\w*|übersetz\w*|sprache|ingl[eé]s|alem[aá]n|español|castellano|franc[eé]s|italiano|chino|japon[eé]s|ruso|traduc\w*|traduz\w*|idioma|"
    r"anglais|allemand|espagnol|français|chinois|traduis\w*|langue)\b|英[文语語]|中文|汉语|德[文语]|法[文语]|西班牙[文语]|日[文语語]|韩[文语]|俄[文语]|翻译|翻譯|"
    r"语言|अंग्रेज़ी|अंग्रेजी|हिंदी|हिन्दी|अनुवाद|भाषा",
    re.IGNORECASE,
)


def foreign(ask: str, answer: str, around: str = "") -> bool:
    """Whether `answer` is for sure in another language than `ask`, and none is named in either `ask` or `around` (what else
    may say which language to use)."""
    asked, told = language(ask), language(answer)
    if asked is None or told is None or asked == told:
        return False
    return not _NAMED.search(ask) and not _NAMED.search(around)


def language(text: str) -> str | None:
    """A script's or a language's name; None where it is not sure, as with little prose or code."""
    prose = _FENCE.sub(" ", text[:_MOST])
    script = script_of(prose)
    if script != "LATIN":
        return script
    words = re.findall(r"[^\W\d_]+", prose.lower())
    counts = Counter({name: sum(word in common for word in words) for name, common in _WORDS.items()})
    (best, most), (_, next_most) = counts.most_common(2)
    if most >= 4 and most >= 2 * next_most + 2 and most * 8 >= len(words):
        return best
    return None


def script_of(prose: str) -> str | None:
    """The script of at least four fifths of the letters, each Han character counted as three; Japanese has its own name."""
    counts: Counter[str] = Counter()
    for letter in prose:
        if letter.isascii():
            counts["LATIN"] += letter.isalpha()
        elif letter.isalpha():
            name = unicodedata.name(letter, "").split(" ", 1)[0]
            if name in _SCRIPTS:
                counts[name] += 3 if name in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL") else 1
    kana = counts.pop("HIRAGANA", 0) + counts.pop("KATAKANA", 0)
    if kana:
        counts["JAPANESE"] = kana + counts.pop("CJK", 0)
    total = counts.total()
    if total < 12:
        return None
    script, most = counts.most_common(1)[0]
    return script if most * 5 >= total * 4 else None
