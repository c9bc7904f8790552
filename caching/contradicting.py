"""Whether facts of two answers contradict each other. Each rule says True, False, or None: it may be so. No I/O."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from .facts import NEGATIONS, Facts, Number, content_of, negations, stem, words_of

# An ask for one of many has many right answers: that they differ says nothing.
OPEN = re.compile(
    r"\b(suggest\w*|ideas?|examples?|random|joke|poem|story|haiku|riddle|slogans?|name (?:a|an|some|one|for)|names? for|"
    r"tell me (?:a|something)|recommend\w*|brainstorm|tips?|make up|invent|imagine|pick|choose|synonyms?|another word|"
    r"translat\w+|rephrase|rewrite|reword|shorten|titles?|headlines?|subject line|caption|commit message|summar\w+|"
    r"write (?:a|an|me)|witz|gedicht|beispiele?|vorschl\w+|übersetz\w*|chiste|poema|ejemplos?|sugier\w+|traduc\w+)\b|"
    r"举例|建议|笑话|写一|翻译",
    re.I,
)
OPPOSITES = (
    "enable disable", "enables disables", "enabled disabled", "increase decrease", "increases decreases", "before after",
    "ascending descending", "true false", "on off", "start stop", "starts stops", "open close", "opens closes", "first last",
    "required optional", "allowed forbidden", "allows forbids", "up down", "rises falls", "rise fall", "above below",
    "more less", "faster slower", "larger smaller", "higher lower", "mutable immutable", "synchronous asynchronous",
    "included excluded", "includes excludes", "inside outside", "maximum minimum", "max min", "always never", "left right",
    "public private", "valid invalid", "safe unsafe", "client server", "earlier later", "older newer", "possible impossible",
    "adds removes", "add remove", "encrypts decrypts", "uploads downloads", "upload download", "blocking non-blocking",
    "locked unlocked", "positive negative", "even odd", "input output", "gains loses", "row column", "stable unstable",
    "--soft --hard", "--soft --mixed", "--mixed --hard", "--enable --disable", "--on --off", "push pull", "sort() reverse()",
)  # fmt: skip
OPPOSITE = {pair for text in OPPOSITES for pair in (tuple(text.split()), tuple(text.split())[::-1])}
PROGRAMMING = frozenset(
    "python javascript typescript java go rust c cpp csharp ruby php kotlin swift scala r perl lua haskell elixir dart "
    "julia".split()
)
KIN = ({"javascript", "typescript"}, {"c", "cpp"}, {"java", "kotlin"})
PIVOT = re.compile(r"\b(?:than|to|into|after|before|over|von|nach|als)\b")
MUTUAL = re.compile(
    r"\b(?:compar\w+|equal\w*|similar|next|connect\w*|close|related|adjacent|opposed|relative|distance|same)\b"
)
NOT_ONLY = re.compile(r"\b(?:not (?:only|just|necessarily)|nicht (?:nur|unbedingt)|no solo)\b", re.I)
CONDITION = re.compile(
    r"\b(?:but|only|unless|except|however|depends|if|until|as long as|provided|aber|nur|außer|wenn|pero|solo|sólo)\b|但|只",
    re.I,
)
# Advice has several right forms ("use A", "use B"), a statement has one.
ADVICE = frozenset(
    "use run call try can could method function command add set type install with press click "
    "right-click choose select open go".split()
)
CHAT = frozenset(
    "hello hi hey thanks thank welcome sure ok okay done sorry goodbye bye great know unknown unsure none".split()
)
MONTHS = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep oct nov dec".split()
)
SHORT_WORDS, BRIEF_WORDS, LINE = 4, 30, 80


def contradict(one: Facts, other: Facts, ask: str) -> bool | None:
    """None: something may contradict, which rules out that they are the same."""
    found = [_polarity(one, other), _languages(one, other), _turned(one, other)]
    if OPEN.search(ask):
        found.append(False if one.words == other.words else None)
    else:
        found += [_commands(one, other), _names(one, other), _numbers(one, other), _lines(one, other)]
    return True if True in found else None if None in found else False


def _polarity(one: Facts, other: Facts) -> bool | None:
    if one.polarity == other.polarity:
        return False
    if not one.polarity or not other.polarity:
        # "Yes, ..." against a sentence without it: agrees unless a condition or a negation came in.
        either, bare = (one, other) if one.polarity else (other, one)
        if either.polarity == "yes" and not bare.negated and not CONDITION.search(bare.first):
            return False
        return False if either.polarity == "no" and bare.negated else None
    if CONDITION.search(one.first) or CONDITION.search(other.first):
        return None
    # "Yes, you can't" and "No, you can't" answer "can't I?" alike.
    return None if alike(one.first, other.first) > 0.6 and one.negated == other.negated else True


def _languages(one: Facts, other: Facts) -> bool | None:
    if one.scripts and other.scripts and not one.scripts & other.scripts:
        return True if len(one.words) > 1 < len(other.words) else None
    mine, theirs = one.languages, other.languages
    if not mine or not theirs or mine & theirs:
        return False
    both = mine | theirs
    return True if both <= PROGRAMMING and not any(both <= kin for kin in KIN) else None


def _turned(one: Facts, other: Facts) -> bool | None:
    """The first sentences say the same words with a negation, an opposite, or the two sides changed."""
    mine, theirs = words_of(one.first), words_of(other.first)
    if min(len(mine), len(theirs)) < 3:
        return None if one.negated != other.negated and not one.polarity and not other.polarity else False
    only, extra = set(mine) - set(theirs), set(theirs) - set(mine)
    if len(only) == 1 == len(extra) and (*only, *extra) in OPPOSITE:
        return True if negations(mine) == negations(theirs) else None
    if one.negated != other.negated:
        plain = not NOT_ONLY.search(one.first) and not NOT_ONLY.search(other.first)
        return True if plain and alike(one.first, other.first) >= 0.8 and len(only | extra) <= 4 else None
    if any((word, twin) in OPPOSITE for word in only for twin in extra):
        return None
    if sorted(mine) == sorted(theirs) and mine != theirs:
        return (
            True
            if PIVOT.search(one.first) and not MUTUAL.search(one.first.lower()) and _swapped(mine, theirs)
            else None
        )
    return False


def _swapped(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Exactly two words have changed places."""
    apart = [place for place, word in enumerate(mine) if word != theirs[place]]
    return len(apart) == 2 and mine[apart[0]] == theirs[apart[1]]


def _commands(one: Facts, other: Facts) -> bool | None:
    """Answers that are one command each, with little beside it. What differs must be an opposite: most tasks have several
    right commands, and values are often made up."""
    if len(one.commands) != 1 or len(other.commands) != 1 or max(len(one.words), len(other.words)) > BRIEF_WORDS:
        return False
    (mine, flags), (theirs, twins) = flagged(one.commands[0]), flagged(other.commands[0])
    if (mine, flags) == (theirs, twins):
        return False
    if mine[:1] != theirs[:1]:
        return None
    only, extra = {*mine, *flags} - {*theirs, *twins}, {*theirs, *twins} - {*mine, *flags}
    if mine[:1] == ("tar",) and len(flags & {"-c", "-x", "-t"}) == 1 == len(twins & {"-c", "-x", "-t"}):
        return True if flags & twins & {"-c", "-x", "-t"} == set() else None
    return True if len(only) == 1 == len(extra) and (*only, *extra) in OPPOSITE else None


def flagged(command: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The words of a command, places to fill as "<>", and its flags, short ones letter by letter."""
    words: list[str] = []
    flags: set[str] = set()
    for word in command.removesuffix("()").split():
        if re.fullmatch(r"-[A-Za-z]{1,5}", word):
            flags |= {f"-{letter}" for letter in word[1:]}
        elif word.startswith("-") and len(word) > 1:
            flags.add(word)
        else:
            words.append("<>" if re.fullmatch(r"<.*>|[A-Z_]{2,}", word) and words else word)
    return tuple(words), frozenset(flags)


def _names(one: Facts, other: Facts) -> bool | None:
    """The same statement about another name in code marks."""
    only, extra = one.spans - other.spans, other.spans - one.spans
    if len(only) != 1 or len(extra) != 1 or one.blocks or other.blocks:
        return False
    name, twin = next(iter(only)), next(iter(extra))
    if name in twin or twin in name or " " in name or " " in twin:
        return None if name not in twin and twin not in name else False
    mine, theirs = (
        tuple(words_of(facts.rest.replace(f"`{span}`", ""))) for facts, span in ((one, name), (other, twin))
    )
    stated = mine == theirs and len(content_of(" ".join(mine))) >= 2 and not ADVICE & set(mine)
    return True if stated and len(mine) <= BRIEF_WORDS else None


def _numbers(one: Facts, other: Facts) -> bool | None:
    """Brief answers that say the same about other numbers."""
    mine, theirs = one.numbers, other.numbers
    if not mine or not theirs or one.blocks or other.blocks:
        return False
    missing = [number for number in mine if not any(number.agrees(twin) for twin in theirs)]
    extra = [number for number in theirs if not any(number.agrees(twin) for twin in mine)]
    if not missing or not extra:
        return False
    if max(len(one.words), len(other.words)) > BRIEF_WORDS or {each.unit for each in missing} != {
        each.unit for each in extra
    }:
        return None
    if any(_near(number, twin) for number in missing for twin in extra):
        return None
    alone = len(one.words) <= SHORT_WORDS and len(other.words) <= SHORT_WORDS and len(mine) == 1 == len(theirs)
    return True if alone or alike(_lettered(one.rest), _lettered(other.rest), 1.0) >= 0.7 else None


def _near(number: Number, twin: Number) -> bool:
    """One may be the other rounded, guessed, or written with the comma of another country."""
    small, large = sorted((abs(number.value), abs(twin.value)))
    if number.rough or twin.rough or (small and any(abs(large / small - 1_000**power) < 1e-6 for power in (1, 2, 3))):
        return True
    coarse = any(value != int(value) or (value >= 10_000 and value % 1_000 == 0) for value in (small, large))
    return coarse and large - small <= 0.02 * large


def _lettered(text: str) -> str:
    return " ".join(
        word for word in words_of(text) if not any(letter.isdigit() for letter in word) and word not in MONTHS
    )


def _lines(one: Facts, other: Facts) -> bool | None:
    """Answers of one to four words that share none."""
    if (
        one.blocks
        or other.blocks
        or max(len(one.words), len(other.words)) > SHORT_WORDS
        or not (one.content and other.content)
    ):
        return False
    if one.commands and other.commands:
        return None if [flagged(code) for code in one.commands] != [flagged(code) for code in other.commands] else False
    if one.words == other.words:
        return False
    if one.numbers or other.numbers:
        return None
    mine, theirs = {stem(word) for word in one.words}, {stem(word) for word in other.words}
    if mine <= theirs or theirs <= mine:
        return False
    if max(len(one.text), len(other.text)) > LINE or one.content & other.content or _another_form(one, other):
        return None
    said = {*one.words, *other.words}
    says_nothing = said & (CHAT | NEGATIONS | ADVICE) or any(word.endswith("n't") for word in said)
    return None if says_nothing else True


def _another_form(one: Facts, other: Facts) -> bool:
    """The one may be the other in short, spelled otherwise, as a formula, or the letter of an option."""
    mine, theirs = "".join(one.words), "".join(other.words)
    if one.commands or other.commands or "(" in one.text + other.text:
        return True
    letters = [any(len(word) == 1 and word.isascii() for word in facts.words) for facts in (one, other)]
    if any(letters) and not len(mine) == len(theirs) == 1:
        return len(mine) > 2 or len(theirs) > 2
    if mine.startswith(theirs) or theirs.startswith(mine):
        return True
    initials = mine[0] == theirs[0] and (len(one.words) > 1) != (len(other.words) > 1)
    return initials or SequenceMatcher(None, mine, theirs, autojunk=False).ratio() > 0.6


def alike(one: str, other: str, empty: float = 0.0) -> float:
    """The share of content words two sentences have in common, but for negations; `empty` where neither has one."""
    mine, theirs = (
        frozenset(word for word in content_of(text) if not negations((word,)) and word != "cannot")
        for text in (one, other)
    )
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else empty
