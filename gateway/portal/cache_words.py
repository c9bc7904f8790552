"""The answer cache in words that people read: what became of a request, why one was not eligible, what a policy says."""

from __future__ import annotations

from routing.answer_cache import AnswerCache

_OUTCOMES = {
    "exact": "answered from the cache: the same request was answered before",
    "semantic": "answered from the cache: an ask that means the same was answered before",
    "shared": "answered with what another request, the same at the same time, was told",
    "miss": "looked for, nothing was kept",
    "near": "a near match was found and not served",
    "skip": "not looked for",
}
_NEAR = {
    "shadow": "the policy only compares near matches",
    "proving": "the policy wants proof first",
    "switched off": "near matches are switched off for the team",
}
_SKIPS = {
    "asked not to": "the caller asked for a fresh answer",
    "temperature": "its temperature was above the policy's; none named counts as 1",
    "form": "it asked for more than one plain answer, such as several at once or probabilities",
    "hosted tools": "tools that the provider runs, such as web search",
    "stored": "it refers to something stored at the provider",
    "tools in flight": "the results of tools, which may be different next time",
    "address": "it refers to something by its address",
    "size": "it was too long",
    "time": "it asked about now",
    "varied": "it asked for something new each time",
    "secret": "it holds a secret",
    "personal": "it holds personal data",
    "no ask": "it does not end with words of the user",
    "no target": "no model could have served it",
    "off": "the policy has no cache",
}
_SCOPES = {
    "user": "each person alone, in this team",
    "team": "everybody in the team",
    "organisation": "everybody in all teams with this setting",
}
_MODES = {
    "off": "nothing is kept and nothing served",
    "exact": "the same request is answered again",
    "semantic": "the same request is answered again, and an ask that means the same",
    "shadow": "the same request is answered again; asks that mean the same are looked for and compared only",
}
VERDICTS = {
    "same": ("right", "good"),
    "different": ("wrong", "bad"),
    "unsure": ("in doubt", "warn"),
    "": ("not compared", ""),
}
MODES_OF_PAIRS = {"served": "served", "shadow": "compared only", "proving": "compared, for proof"}
BY = {"comparison": "by comparing the answers", "judge": "by the judge model", "person": "by a person"}


def outcome(word: str) -> str:
    """Of an operation's `cache`; "" where there is nothing to say."""
    name, _, why = word.partition(":")
    said = _OUTCOMES.get(name, "")
    more = _SKIPS.get(why, why) if name == "skip" else _NEAR.get(why, why) if name == "near" else ""
    return f"{said}: {more}" if said and more else said


def reason(word: str) -> str:
    """Why a request was not eligible."""
    text = _SKIPS.get(word, word)
    return text[:1].upper() + text[1:]


def lines(policy: AnswerCache) -> list[tuple[str, str]]:
    """(setting, what it says), without what does not matter in its mode."""
    found = [("Mode", f"{policy.mode}: {_MODES[policy.mode]}")]
    if policy.mode == "off":
        return found
    found += [
        ("Shared by", _SCOPES[policy.scope]),
        ("Served for", _hours(policy.seconds // 3600)),
        ("Temperature", f"up to {policy.temperature:g}{_UNNAMED if policy.temperature < 1 else ''}"),
        ("Kept", f"at most {policy.most:,} answers of {policy.most_bytes // 1024:,} KB"),
    ]
    if not policy.semantic:
        return found
    strict = "nearly the same words" if policy.gate == "strict" else "words that mean the same"
    judge = f"; in between {policy.judge} is asked" if policy.judge else ""
    proof = "; none is served before checks prove it" if policy.prove else ""
    return [
        *found,
        ("Near matches", f"{policy.gate}: {strict}{judge}"),
        (
            "Checks",
            f"{policy.check} % of near matches are asked again; at most {policy.budget * 100:g} % may be wrong{proof}",
        ),
    ]


_UNNAMED = "; a request that names none has 1 and is not kept"


def _hours(hours: int) -> str:
    if hours % 24 == 0:
        return "a day" if hours == 24 else f"{hours // 24:,} days"
    return "an hour" if hours == 1 else f"{hours:,} hours"
