"""An ask cut into tokens. What must be equal to the letter (code, paths, flags, numbers, quotes) is told from words here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from .names import NAMES
from .vocabulary import UNITS

# Kinds: "w" word, "n" number, "x" exact (identifier, path, flag, address, code), "q" quoted, "o" operator,
# "." end of a sentence, "," a break within one.
WORD, NUMBER, EXACT, QUOTED, OPERATOR, STOP, BREAK = "w", "n", "x", "q", "o", ".", ","

PATTERN = re.compile(
    r"""
    (?P<fence>```.*?```) | (?P<code>`[^`\n]+`) | (?P<dq>"[^"\n]{1,200}") | (?P<sq>(?<![\w'])'[^'\n]{1,200}'(?!\w))
  | (?P<url>(?:https?|ftp|s3|git|ssh|wss?|file)://[^\s<>"]+[\w/] | www\.[^\s<>"]+\w)
  | (?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
  | (?P<path>[A-Za-z]:\\[^\s]*\w | (?<![\w.])(?:~|\.{1,2})?/[\w.\-+*]+(?:/[\w.\-+*]*)* | (?<!\w)[\w.\-]+(?:/[\w.\-*]+)+/?(?=[\s,;:?!)]|\.\s|\.$|$))
  | (?P<flag>(?<![\w-])--?[A-Za-z][\w-]*(?:=[^\s,;?]+)?)
  | (?P<date>\b\d{4}-\d{1,2}-\d{1,2}(?:T[\d:.Z+-]+)?\b | \b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b)
  | (?P<time>\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?[ap]\.?m\b)
  | (?P<version>\bv?\d+(?:\.\d+)+(?:\.[xX*]|[-.]?(?:alpha|beta|rc|lts|[abm])\.?\d*)?(?![\w]))
  | (?P<hex>\b0x[0-9A-Fa-f]+\b)
  | (?P<special>[Cc]\+\+(?:\d\d)?(?!\w) | \b[CFcfJ]\#(?!\w) | (?<!\w)\.NET\b | (?<!\w)\.[a-z][a-z0-9]{1,9}\b(?!\w))
  | (?P<redirect>\d?[<>]{1,2}&\d?|(?<![\w.])\d>{1,2}(?=\s|/))
  | (?P<money>[$€£₹¥]\s?\d[\d,]*(?:\.\d+)?(?:\s?[kKmMbB]\b)?)
  | (?P<call>[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)*\([^()\s]*\))
  | (?P<dotted>[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)+)
  | (?P<snake>(?=\w*[A-Za-z0-9])(?:[A-Za-z0-9]*_\w*)) | (?P<at>[@\#$][A-Za-z_][\w/-]*)
  | (?P<numeral>[+-]?(?<![\w])\d[\d,]*(?:\.\d+)?(?P<unit>[A-Za-zµ°%]{0,12})(?![\w]))
  | (?P<mixed>[A-Za-z]+\d[\w]*|\d+[A-Za-z]\w*)
  | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)
  | (?P<op>===|!==|(?<=\s)\?\?(?=\s)|[=!<>]=|&&|\|\||->|=>|\+\+|<<|>>|\*\*|\.\.\.(?=\w)|[=<>+*/%^&|~$@\#\\])
  | (?P<bang>(?<!\w)!(?=[\w(])) | (?P<stop>[.?!;\n…]+) | (?P<brk>[,:()\[\]{}–—-])
  | (?P<other>[^\s\w'"`] | _)
    """,
    re.VERBOSE | re.DOTALL,
)
CAMEL = re.compile(r"[a-z]+\d*[A-Z]\w*|(?:[A-Z][a-z0-9]+){2,}[A-Z]?|[A-Z]{2,}[a-z]+[A-Z]\w*")
# Words that mean something else in capitals: IT, the US, SQL's keywords.
SHOUTED = frozenset(
    "IT US WHO AND OR IN IS AS ON ALL ANY WHERE IF DO FROM TO INTO UNION HAVING WITH LIKE SET BY AT MAY".split()
)
QUOTES = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‐": "-",
        "‑": "-",
        "−": "-",
        "\u200b": None,
        "\ufeff": None,
        "\u00ad": None,
    }
)
SCALES = {"k": 3, "K": 3, "M": 6, "B": 9, "bn": 9, "mio": 6, "million": 6, "billion": 9, "thousand": 3}
# A dash between two short names or numbers is a minus.
MINUS = re.compile(r"(?<![\w'])[\w.]{1,3}\)? - \(?[\w.]{1,3}(?![\w'])")
MARKS = frozenset("()[]{}-")
UNIT = {"%": "percent", "°": "degree"}
ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third"}
MONEY = {"$": "dollar", "€": "euro", "£": "pound", "₹": "rupee", "¥": "yen"}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is in lower case for words and as written for the rest; `raw` as written."""

    kind: str
    text: str
    raw: str
    first: bool = False  # opens its sentence, so that a capital says nothing


def scaled(digits: str, power: int) -> str:
    """ "1.5" and 6 are "1500000"."""
    value = float(digits) * 10**power
    return str(int(value)) if value == int(value) else str(value)


def clean(text: str) -> str:
    """One form of one text: NFKC, plain quotes and hyphens, single spaces within lines."""
    text = unicodedata.normalize("NFKC", text.translate(QUOTES)).translate(QUOTES)
    return re.sub(r"[ \t\u00a0]+", " ", text).strip()


def tokens(text: str) -> list[Token]:
    """Of a text that `clean` made."""
    found: list[Token] = []
    small = sum(c.islower() for c in text)
    quiet = small > sum(c.isupper() for c in text)
    first = True
    for match in PATTERN.finditer(text):
        made = _read(match, first, quiet)
        found += made
        if made:
            first = made[-1].kind == STOP
    if any(t.kind == OPERATOR and t.raw not in "&'" for t in found) or MINUS.search(text):
        return _reckoned(found)  # brackets, minus and "a" belong to what is reckoned
    return [t for t in found if t.raw != "-"]


def _reckoned(found: list[Token]) -> list[Token]:
    made = [replace(t, kind=OPERATOR, text=t.raw) if t.kind == BREAK and t.raw in MARKS else t for t in found]
    for at, token in enumerate(made):
        beside = [made[o].kind for o in (at - 1, at + 1) if 0 <= o < len(made)]
        if token.raw in ("a", "A", "I", "i") and OPERATOR in beside:
            made[at] = replace(token, kind=EXACT, text=token.raw)
    return made


def _read(match: re.Match[str], first: bool, quiet: bool) -> list[Token]:
    name, raw = match.lastgroup or "", match.group()
    if name == "unit":
        name = "numeral"
    if name in ("fence", "code"):
        inner = raw.strip("`").strip()
        return [Token(EXACT, inner, raw)]
    if name in ("dq", "sq"):
        return [Token(QUOTED, " ".join(raw[1:-1].split()).strip(" .,!?"), raw)]
    if name == "word":
        return _word(raw, first, quiet)
    if name == "numeral":
        return _numeral(match)
    if name == "version" and raw[0] in "vV":
        return [Token(NUMBER, raw[1:].lower(), raw)]
    if name in ("version", "hex", "date"):
        return [Token(NUMBER, raw.lower(), raw)]
    if name == "time":
        return [Token(NUMBER, _clock(raw), raw)]
    if name == "money":
        digits = raw[1:].strip().replace(",", "")
        if digits[-1] in "kKmMbB":
            digits = scaled(digits[:-1].strip(), {"k": 3, "m": 6, "b": 9}[digits[-1].lower()])
        return [Token(NUMBER, digits, raw), Token(WORD, MONEY[raw[0]], raw)]
    if name in ("op", "redirect", "bang", "other"):
        return [Token(OPERATOR, raw, raw)]
    if name == "stop":
        return [Token(STOP, "?" if "?" in raw else ".", raw)]
    if name == "brk":
        return [Token(BREAK, ":" if raw == ":" else ",", raw)]
    if name == "path" and not re.search(r"[.\\_~*\d]|^/|/$", raw) and raw.count("/") <= 2:
        parts = raw.split("/")
        return [piece for part in parts for piece in _word(part.replace("-", ""), first, quiet)]
    if raw.lower() in NAMES or (name == "mixed" and raw.lower() not in ORDINALS and not CAMEL.fullmatch(raw)):
        return [Token(WORD, raw.lower(), raw, first)]
    if name == "mixed":
        return [Token(WORD, ORDINALS.get(raw.lower(), raw.lower()), raw, first)]
    if name == "dotted" and re.fullmatch(r"(?:e\.g|i\.e|a\.k\.a|p\.s|a\.m|p\.m)", raw.lower()):
        return []
    return [Token(EXACT, raw, raw)]


def _clock(raw: str) -> str:
    """24 hours a day; a time without am or pm is taken as it stands."""
    low = raw.lower().replace(" ", "").replace(".", "")
    digits = low.rstrip("apm")
    hour, _, rest = digits.partition(":")
    if low.endswith("m") and hour.isdigit():
        hour = str(int(hour) % 12 + (12 if low.endswith("pm") else 0))
    return f"{int(hour)}:{rest or '00'}" if hour.isdigit() else low


def _numeral(match: re.Match[str]) -> list[Token]:
    raw, unit = match.group(), match.group("unit") or ""
    if raw.lower() in ORDINALS:
        return [Token(WORD, ORDINALS[raw.lower()], raw)]
    digits = raw[: len(raw) - len(unit)] if unit else raw
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    trailing = [Token(BREAK, ",", ",")] if digits.endswith(",") else []
    digits = digits.rstrip(",").lstrip("+")
    if unit.lower() in ("am", "pm") and digits.isdigit():
        return [Token(NUMBER, _clock(raw), raw)]
    if unit in SCALES:
        return [Token(NUMBER, scaled(digits, SCALES[unit]), raw)]
    if len(unit) > 1 and unit.isupper() and unit.lower() not in UNITS:
        return [Token(WORD, raw.lower(), raw)]  # 2FA, 3D
    number = Token(NUMBER, digits, raw)
    if not unit:
        return [number, *trailing]
    return [number, Token(WORD, UNIT.get(unit, unit if unit in ("M", "K", "B") else unit.lower()), unit)]


def _word(raw: str, first: bool, quiet: bool) -> list[Token]:
    low = raw.lower()
    if quiet and raw in ("II", "III"):
        return [Token(NUMBER, str(len(raw)), raw)]
    if quiet and raw == "US":
        return [Token(WORD, "usa", raw)]
    if quiet and raw in SHOUTED:
        return [Token(EXACT, raw, raw)]
    if len(raw) == 1 and raw.isupper() and raw != "I" and not (first and raw == "A"):
        return [Token(EXACT, raw, raw)]
    if CAMEL.fullmatch(raw) and low not in NAMES:
        return [Token(EXACT, raw, raw)]
    return [Token(WORD, low, raw, first)]
