"""One spelling for one word: contractions, British for American, chat's short forms, and single typing slips."""

from __future__ import annotations

import re
from functools import lru_cache

_NOT = {
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "ain't": ("is", "not"),
}
_BARE = "dont doesnt didnt isnt arent wasnt werent wouldnt couldnt shouldnt havent hasnt hadnt".split()
_SHORT = {
    "cant": ("can", "not"), "wont": ("will", "not"), "im": ("i", "am"), "ive": ("i", "have"), "whats": ("what", "is"), "hows": ("how", "is"), "wheres": ("where", "is"),
    "whos": ("who", "is"), "thats": ("that", "is"), "theres": ("there", "is"), "gonna": ("going", "to"), "wanna": ("want", "to"), "gotta": ("have", "to"), "lemme": ("let", "me"),
    "gimme": ("give", "me"), "dunno": ("do", "not", "know"), "u": ("you",), "ur": ("your",), "let's": ("let", "us"), "y'all": ("you",), "ya": ("you",), "wht": ("what",), "teh": ("the",), "hte": ("the",), "adn": ("and",), "taht": ("that",), "waht": ("what",), "hwo": ("how",), "wich": ("which",), "thier": ("their",), "recieve": ("receive",), "seperate": ("separate",), "thru": ("through",), "bc": ("because",), "cuz": ("because",), "coz": ("because",), "cause": ("cause",),
    "hv": ("have",), "abt": ("about",), "btwn": ("between",), "diff": ("difference",), "alot": ("a", "lot"), "howto": ("how", "to"), "ppl": ("people",), "smth": ("something",), "sth": ("something",), "tho": ("though",), "plz": ("please",), "pls": ("please",),
}  # fmt: skip
_IS = frozenset("what how where who that it there here when why which he she this".split())
_AMERICAN = {
    us: gb
    for pair in """color colour|behavior behaviour|favorite favourite|favor favour|flavor flavour|honor honour|labor labour|neighbor neighbour|humor humour|rumor rumour|harbor harbour|center centre|meter metre|liter litre|theater theatre|fiber fibre|catalog catalogue|dialog dialogue
analog analogue|gray grey|license licence|defense defence|offense offence|tire tyre|plow plough|skeptic sceptic|mold mould|aluminum aluminium|traveler traveller|jewelry jewellery|pajamas pyjamas|program programme|check cheque_|fulfill fulfil|enroll enrol|skillful skilful|artifact artefact|esthetic aesthetic|maneuver manoeuvre|pediatric paediatric|anemia anaemia|judgment judgement|aging ageing|airplane aeroplane|practise practice""".replace(
        "\n", "|"
    ).split("|")
    for us, gb in [pair.split()]
    if not gb.endswith("_") and us != "program"
}
_ISE = re.compile(
    r"(?<=[a-z]{3})i[sz](?=(?:e|es|ed|er|ers|ing|ation|ations)$)|(?<=[a-z]{3})y[sz](?=(?:e|es|ed|er|ing)$)"
)
_KEEPZ = re.compile(r"^(?:size|resize|prize|seize|maize|capsize|oversize|undersize|downsize|assize)")


def spoken(word: str) -> tuple[str, ...]:
    """The words a contraction or a chat form is short for."""
    if word in _SHORT:
        return _SHORT[word]
    if word in _NOT:
        return _NOT[word]
    if word.endswith("n't"):
        return (word[:-3], "not")
    if word in _BARE:
        return (word[:-2], "not")
    if "'" not in word:
        return (word,)
    stem, _, tail = word.partition("'")
    if tail == "s":
        return (stem, "is") if stem in _IS else (stem,)
    full = {"re": "are", "ve": "have", "ll": "will", "d": "would", "m": "am"}.get(tail)
    return (stem, full) if full else (stem,) if tail == "" else (word,)


@lru_cache(maxsize=20_000)
def spelled(word: str) -> str:
    """In British spelling, which loses least when it is brought about by rule."""
    if len(word) > 5 and not _KEEPZ.match(word):
        word = _ISE.sub(lambda m: m.group()[0] + "s", word)
    if word in _AMERICAN:
        return _AMERICAN[word]
    for tail in ("s", "ed", "ing", "d", "ful", "less", "ly"):
        if word.endswith(tail) and word[: -len(tail)] in _AMERICAN:
            return _AMERICAN[word[: -len(tail)]] + tail
    return word


def slip(one: str, other: str) -> bool:
    """Whether two words are one keystroke apart: one letter more, other, or two neighbours exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return one == other
    at = 0
    short, long = sorted((one, other), key=len)
    while at < len(short) and short[at] == long[at]:
        at += 1
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    return short[at + 1 :] == long[at + 1 :] or (
        short[at + 2 :] == long[at + 2 :] and short[at : at + 2] == long[at : at + 2][::-1]
    )
