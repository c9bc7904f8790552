"""What an answer states, taken from its text: yes or no, numbers with units, code, words. No I/O."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.S | re.M)
SPAN = re.compile(r"`([^`\n]+)`")
MARKUP = re.compile(r"^[ \t]*(?:#{1,6}|>|[-*+•]|\d{1,2}[.)])[ \t]+|\*\*|__|[*_](?=\w)|(?<=\w)[*_](?!\w)", re.M)
PARENTHESIS = re.compile(r"\s*\([^()]*\)")
WORD = re.compile(r"[\u0900-\u0963\u0966-\u097f]+|[^\W_]+(?:['’][^\W_]+)?(?:[-._/][^\W_]+)*")
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
NUMBER = re.compile(r"(?<![\w.])([-−+]?\$?\d+(?:[.,]\d+)*)[ \u00a0-]?(%|°\s?[CF]\b|[A-Za-z/$€]+)?")
# "about 300", "5-10", "1/2", and values given to a command, which are often made up: none is one exact number.
HEDGED = re.compile(
    r"(?:(?:about|around|roughly|approximately|approx\.?|nearly|almost|~|≈|etwa|rund|ungefähr)\s*|\d\s?[-–—/]\s?|"
    r"--?[\w-]+[= ])$",
    re.I,
)
SPELLED_WORD = re.compile(r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.I)
DEGREES = re.compile(r"\bdegrees?\s+(celsius|fahrenheit)\b", re.I)
INEXACT = re.compile(r"\s?[-–—/]\s?\d")
SYMBOL = re.compile(r"[<>≤≥≠±^=+]|(?<!\w)-(?=\d)")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|[。!?]|\n+|\s[-–—]\s|;")
OPENING = re.compile(r"^\s*(?:short answer|answer|in short|tl;dr)\s*[:,-]\s*", re.I)
# Only where the word stands for itself: "No problem", "no longer" and "Yes and no" say nothing.
POLARITY = re.compile(
    r"^\s*(?:(yes|yep|yeah|correct|true|absolutely|definitely|certainly|of course|ja|sí|si|oui|sim|हाँ|हां)|"
    r"(no|nope|false|incorrect|nein|non|não|नहीं))\s*(?:[,.:;!]|[-–—]\s|$)|"
    r"^\s*(?:(可以|是的|是|能|对|会|有)|(不可以|不是|不能|不对|不会|没有|不))\s*[,,.。!]",
    re.I,
)
NEGATIONS = frozenset(
    "not no never cannot without none neither nor nobody nothing unable impossible nicht kein keine keinen nie niemals ohne "
    "nunca jamás sin pas jamais aucun नहीं मत".split()
)
LANGUAGES = {
    "py": "python", "python3": "python", "js": "javascript", "jsx": "javascript", "node": "javascript", "ts": "typescript",
    "tsx": "typescript", "sh": "shell", "bash": "shell", "zsh": "shell", "console": "shell", "terminal": "shell",
    "shell-session": "shell", "rs": "rust", "golang": "go", "rb": "ruby", "c++": "cpp", "cs": "csharp", "c#": "csharp",
    "kt": "kotlin", "yml": "yaml", "postgresql": "sql", "mysql": "sql", "psql": "sql", "text": "", "txt": "", "plaintext": "",
    "plain": "", "output": "", "regex": "",
}  # fmt: skip
UNITS = {
    "milliseconds": ("s", 0.001), "millisecond": ("s", 0.001), "ms": ("s", 0.001),
    "seconds": ("s", 1), "second": ("s", 1), "secs": ("s", 1), "sec": ("s", 1), "s": ("s", 1), "sekunden": ("s", 1),
    "minutes": ("s", 60), "minute": ("s", 60), "mins": ("s", 60), "min": ("s", 60), "minuten": ("s", 60),
    "hours": ("s", 3600), "hour": ("s", 3600), "hrs": ("s", 3600), "h": ("s", 3600), "stunden": ("s", 3600),
    "days": ("s", 86400), "day": ("s", 86400), "tage": ("s", 86400), "weeks": ("s", 604800), "week": ("s", 604800),
    "kilometres": ("m", 1000), "kilometers": ("m", 1000), "km": ("m", 1000), "metres": ("m", 1), "meters": ("m", 1),
    "m": ("m", 1), "cm": ("m", 0.01), "mm": ("m", 0.001), "kg": ("g", 1000), "kilograms": ("g", 1000), "g": ("g", 1),
    "grams": ("g", 1), "b": ("B", 1), "bytes": ("B", 1), "kb": ("B", 1e3), "mb": ("B", 1e6), "gb": ("B", 1e9),
    "tb": ("B", 1e12), "%": ("%", 1), "percent": ("%", 1), "prozent": ("%", 1), "km/s": ("m/s", 1000), "m/s": ("m/s", 1),
    "°c": ("°C", 1), "°f": ("°F", 1), "miles": ("mile", 1), "mile": ("mile", 1), "mi": ("mile", 1), "bits": ("bit", 1),
    "bit": ("bit", 1), "thousand": ("", 1e3), "million": ("", 1e6), "billion": ("", 1e9), "$": ("$", 1), "€": ("€", 1),
}  # fmt: skip
SPELLED = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
FILLERS = frozenset(
    "a an the is are was were be been it its this that these those of in on at to for and or as by with from you your i we "
    "can default will would may which who what when there so also use uses used using run runs then than if into der die das "
    "ein eine ist sind und im den dem des von el la los las un una es de y en le les et est है हैं".split()
)
SAME_QUOTES = frozenset(["python", "javascript", "typescript"])
CLIP, MOST_NUMBERS = 20_000, 200


@dataclass(frozen=True, slots=True)
class Number:
    """`value` in the base unit (seconds, metres, grams, bytes). `unit` "" where none is known. `rough`: "about 300"."""

    value: float
    unit: str
    rough: bool = False

    def agrees(self, other: Number) -> bool:
        if self.unit and other.unit and self.unit != other.unit:
            return False
        # 1 GB and 1,024 MB are the same to whoever writes it.
        slack = 0.05 if self.rough or other.rough else 0.08 if self.unit == "B" else 1e-9
        return abs(self.value - other.value) <= slack * max(abs(self.value), abs(other.value))


class Facts:
    """Of one answer; each is taken when it is asked for. Text beyond 20,000 characters is not looked at."""

    def __init__(self, text: str) -> None:
        self.text = unicodedata.normalize("NFKC", text[:CLIP]).replace("’", "'").strip()
        self.clipped = len(text) > CLIP

    @cached_property
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """(language, code without comments, quotes and spacing that mean nothing) of fenced code."""
        return tuple(
            (_language(found[2]), plain_code(found[3], _language(found[2]))) for found in FENCE.finditer(self.text)
        )

    @cached_property
    def languages(self) -> frozenset[str]:
        """Programming languages of the code; shell beside another one only installs or starts it."""
        named = frozenset(language for language, _ in self.blocks if language)
        return named - {"shell"} if len(named) > 1 else named

    @cached_property
    def prose(self) -> str:
        """The text without fenced code and markup."""
        return MARKUP.sub("", FENCE.sub("\n", self.text)).strip()

    @cached_property
    def spans(self) -> frozenset[str]:
        return frozenset(plain_code(found).removesuffix("()") for found in SPAN.findall(self.prose))

    @cached_property
    def commands(self) -> tuple[str, ...]:
        """One-line codes in order, the letters' case kept: fenced ones, and where nothing is fenced those in the text."""
        if self.blocks:
            return tuple(dict.fromkeys(code for _, code in self.blocks)) if "\n" not in self.blocks[0][1] else ()
        return tuple(dict.fromkeys(plain_code(found) for found in SPAN.findall(self.prose)))

    @cached_property
    def polarity(self) -> str:
        """ "yes", "no" or "": what the answer begins with."""
        found = POLARITY.match(OPENING.sub("", self.prose))
        return "" if found is None else "yes" if found[1] or found[3] else "no"

    @cached_property
    def rest(self) -> str:
        """The prose after the yes or no."""
        opened = OPENING.sub("", self.prose)
        found = POLARITY.match(opened)
        return opened[found.end() :].strip() if found else opened

    @cached_property
    def first(self) -> str:
        """The first sentence after the yes or no."""
        return next((part for part in SENTENCE_END.split(self.rest) if part.strip()), "").strip()

    @cached_property
    def sentences(self) -> int:
        return sum(1 for part in SENTENCE_END.split(self.rest) if part.strip())

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words_of(self.rest)

    @cached_property
    def content(self) -> frozenset[str]:
        return content_of(self.rest)

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        return tuple(_numbers(self.rest))

    @cached_property
    def symbols(self) -> frozenset[str]:
        return frozenset(SYMBOL.findall(self.rest))

    @cached_property
    def negated(self) -> bool:
        return negations(words_of(self.first)) % 2 == 1

    @cached_property
    def scripts(self) -> frozenset[str]:
        """The writings its letters are of."""
        names = {unicodedata.name(letter, "").split(" ", 1)[0] for letter in set(self.prose) if letter.isalpha()}
        return frozenset("CJK" if name in ("HIRAGANA", "KATAKANA") else name for name in names)


def _language(name: str) -> str:
    return LANGUAGES.get(name.lower(), name.lower())


def plain_code(code: str, language: str = "") -> str:
    """Code without blank lines, lines that are a comment, spacing inside lines and the width of indents; with one kind of
    quotes where they mean the same."""
    lines, widths = [], [0]
    for line in code.expandtabs(8).strip("\n").splitlines():
        said = re.sub(r"^\$\s+", "", line.strip())
        if "'" not in said and '"' not in said:
            said = re.sub(r"(?:^|\s+)(?:#|//|--)\s.*$", "", said)
        elif re.match(r"(?:#|//|--)\s", said):
            continue
        if not said:
            continue
        width = len(line) - len(line.lstrip())
        while len(widths) > 1 and widths[-1] > width:
            widths.pop()
        if width > widths[-1]:
            widths.append(width)
        said = " ".join(said.split())
        lines.append("\t" * (len(widths) - 1) + (said.replace("'", '"') if language in SAME_QUOTES else said))
    return "\n".join(lines).strip().rstrip(";")


def words_of(text: str) -> tuple[str, ...]:
    """Words in order, small, ideographs one by one; those with digits as they are but for the comma of thousands."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", IDEOGRAPH.sub(lambda found: f" {found[0]} ", SPAN.sub(r" \1 ", text)))
    return tuple(SPELLED.get(word, word) for word in (found.casefold() for found in WORD.findall(text)))


def content_of(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(text) if word not in FILLERS)


def stem(word: str) -> str:
    """Without the endings of English plurals and verbs: enough to see that "waits" and "wait" are one."""
    if any(letter.isdigit() for letter in word) or not word.isascii():
        return word
    for ending in ("ing", "ies", "ed", "es", "s", "e", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def negations(words: tuple[str, ...]) -> int:
    return sum(word in NEGATIONS or word.endswith("n't") or word in ("不", "没", "未") for word in words)


def _numbers(text: str) -> list[Number]:
    text = SPELLED_WORD.sub(lambda found: SPELLED[found[1].lower()], text)
    text = DEGREES.sub(lambda found: "°" + found[1][0].upper(), text)
    spans = [found.span() for found in SPAN.finditer(text)]
    found = []
    for match in islice(NUMBER.finditer(text), MOST_NUMBERS):
        value, start = _value(match[1]), match.start(1)
        if value is None:
            continue
        unit, scale = UNITS.get((match[2] or "").replace(" ", "").casefold().rstrip("/"), ("", 1.0))
        if "$" in match[1]:
            unit = "$"
        while spans and spans[0][1] <= start:
            spans.pop(0)
        in_code = bool(spans) and spans[0][0] < start
        rough = in_code or HEDGED.search(text[max(0, start - 40) : start]) or INEXACT.match(text, match.end(1))
        found.append(Number(value * scale, unit, bool(rough)))
    return found


def _value(digits: str) -> float | None:
    """None for what is no single number: 2.3.1 is a version, 1.2.3.4 an address."""
    digits = digits.replace("$", "").replace("−", "-")
    digits = re.sub(r",(?=\d{3}(?:\D|$))", "", digits)
    digits = digits.replace(",", ".")
    return float(digits) if digits.count(".") <= 1 else None
