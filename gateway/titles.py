"""A short title out of a person's own words, for the titles that clients ask of a model (gateway.bypass). Pure.

No word is made up and none is changed but for the first letter. Where the first words make no decent title (code, paths, a
greeting, a sentence that cannot be cut without tearing it), there is none and a model has to make it.
"""

from __future__ import annotations

import re

LONGEST_ASK = 1_000  # what is longer is mostly something pasted; Claude Code also cuts its session text at that length
LONGEST_TITLE = 50  # opencode's and Claude Code's prompts ask for no more

_OPENING = re.compile(
    r"(?:please|kindly|(?:can|could|would|will) you(?: please)?|i(?:'d| would) like (?:you )?to|i (?:want|need)(?: you)? to|"
    r"help me(?: to)?|let'?s|we (?:need|want|have) to|go ahead and|quickly|just)\b,?\s+",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;:](?=\s|$)|[。！？；：]|\s[-–—]\s|\n")
_NO_WORDS = re.compile(r"[`{}<>\\/=$|\[\]()*#_~^@\"]|\w\.\w|\w::|--|\d{6,}|https?:|www\.")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CUT_BEFORE = _words(
    """and or but so because which that who when where while if then unless until since after before using with without for in
    on at from into by as via through about during instead than"""
)
_NO_END = _CUT_BEFORE | _words(
    """a an the of to my our your their its this these those is are was were be been do does did not no any some all each
    every both how why what very more most"""
)
_NO_START = _words(
    """i i'm i've i'd we we've my our it it's its this that these those here there so ok okay yes yeah no nope hi hello hey
    thanks thank sorry now also and but or then again continue go done good great same try know"""
)
_EMPTY = (
    _NO_END
    | _NO_START
    | _words(
        """one ones thing things stuff can could would should have has done issue issues problem problems bug bugs
        error errors code file files change changes work works working"""
    )
)
_POINTS = _words("it it's this that these those them me you again here there above below following")
_VERBS = _words(
    """add build change check clean convert create debug delete design document enable evaluate explain explore extend extract
    find fix handle implement improve install integrate investigate make migrate move optimise optimize port refactor remove
    rename replace review rewrite run setup simplify split support test translate update upgrade use write"""
)
_ARTICLES = _words("a an the our my your some")


def title_of(ask: str, least: int, most: int, *, subject: bool = False) -> str | None:
    """`least` to `most` words of the first sentence of `ask`, or None. `subject`: without the verb it begins with, for a name
    of what the work is about; an ask that does not begin with one of the known verbs has none then."""
    if len(ask) > LONGEST_ASK:
        return None
    sentence = _SENTENCE_END.split(ask.strip(), maxsplit=1)[0].strip()
    while (opening := _OPENING.match(sentence)) is not None:
        sentence = sentence[opening.end() :]
    words = re.sub(r",? please\.?$", "", sentence, flags=re.IGNORECASE).split()
    if subject:
        if not words or words[0].lower() not in _VERBS:
            return None
        words = words[1:]
        if words and words[0].lower() in _ARTICLES:
            words = words[1:]
    if len(words) < least or words[0].lower().rstrip(",") in _NO_START:
        return None
    kept = _cut(words, least, most)
    if kept is None or not _says_something(kept, min(2, least)):
        return None
    title = " ".join(kept).rstrip(",.!?;:'")
    if _NO_WORDS.search(title) or len(title) > LONGEST_TITLE or not title[0].isalpha():
        return None
    return title[0].upper() + title[1:]


def _says_something(words: list[str], least: int) -> bool:
    """Whether at least so many of `words` would help to find the work again, one of them no verb, none points elsewhere."""
    plain = [word.lower().strip(",'") for word in words]
    telling = [word for word in plain if len(word) > 2 and word not in _EMPTY]
    return len(telling) >= least and any(word not in _VERBS for word in telling) and _POINTS.isdisjoint(plain)


def _cut(words: list[str], least: int, most: int) -> list[str] | None:
    """All words if there are no more than `most`, else as many as go before a word or comma that begins something new."""
    if len(words) <= most:
        return words
    for end in range(most, least - 1, -1):
        kept, following = words[:end], words[end].lower()
        if (following in _CUT_BEFORE or kept[-1].endswith(",")) and kept[-1].lower() not in _NO_END:
            return kept
    return None
