"""A person's text taken apart: prose, other words (quoted, pasted, wrapped in a tag), code. Pure, and linear in the text.

What may be compared by meaning is prose only. Everything else must be equal, so when in doubt a line is no prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["prose", "words", "code", "injected"]

LONG_PARAGRAPH = 400
"""Characters from which a paragraph beside others counts as pasted."""
LONGEST = 100_000
"""Characters of a text in which an ask is looked for."""
_MOST_TAGS = 60
_TAG = re.compile(r"<([A-Za-z][\w:-]{0,60})(?:\s[^<>\n]{0,300})?>")
_ASKED = re.compile(
    r"(?:user_?query|user_?request|user_?message|task|feedback|answer|prompt|question|query|command-args)",
    re.IGNORECASE,
)
_INJECTED = re.compile(
    r"(?:system[-_]|environment_|ide_|local-command|bash-|command-(?:name|message|contents)|new-diagnostics|user_info|"
    r"user_rules|"
    r"project_layout|open_and_|recently_|attached_|git_status|linter_|edit_|cursor_|workspace_|editorContext|context\b|"
    r"permissions|collaboration_|user_instructions|skills|antml|lynkr-)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"[ ]{0,3}(?:[-*>]\s{0,2})?(```+|~~~+)")
_CODE_LINE = re.compile(
    r"[>|<{}\[\]@%;]|\$\s|//|/\*|\*/|--[ \w]|#|"
    r"(?:at|import|from|def|class|function|const|let|var|return|public|private|static|export|async|package|using|if|for|"
    r"while|fn|func|struct|impl|enum|else|try|except|catch|print)\s(?=[^({\[:;=\n]*[({\[:;=])[^?？]*$|"
    r"(?:import|package)\s[\w.*{}, \"'/-]+;?$|"
    r"(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|FROM|WHERE|JOIN|LEFT|GROUP|ORDER|HAVING|VALUES)\s|"
    r"\[?\d{4}-\d\d-\d\d[T ]\d|\[?\d\d:\d\d:\d\d|(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE)\b|Traceback\b|File \"|"
    r"[\w.]{1,80}(?:Error|Exception)\b:|[\w.\[\]\"'-]{1,60}\s?(?::=|[-+*]?=)\s?\S|[\w.\"'-]{1,60}:\s?\S*$|"
    r"[^\s,]{1,60},[^\s,]{0,60},\S*$"
)
_CODE_END = re.compile(r"(?:[{};\\]|=>|\):)$")
_SIGNS = re.compile(r"[\d!-&(-+/:<-@\[-`{-~]")
_QUOTED = re.compile(r'"[^"\n]{40,}"|“[^“”\n]{40,}”|«[^«»\n]{40,}»|„[^„“”\n]{40,}[“”]|「[^「」\n]{20,}」|`[^`\n]{40,}`')
_HANDED = re.compile(
    r"\b(?:translate|translation|summari[sz]e|rewrite|rephrase|reword|proofread|paraphrase|shorten|correct|classify|extract|"
    r"convert|übersetze?n?|fasse?|korrigiere?|traduis|traduire|traduisez|résume[rz]?|corrige[rz]?|traduce|traducir|resume|"
    r"resumir|traduci|riassumi|traduza|traduz|vertaal|przetłumacz|grammar|spelling|sentiment)\b[^:\n]{0,80}:[ \t]|"
    r"(?:翻译|翻訳|总结|要約|改写|纠正)[^:：\n]{0,40}[:：]",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*|\d+")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind` "words": handed over (quoted, wrapped, pasted), not asked. "code": fenced. "injected": put in by a client."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Parted:
    """`ask`: the longest run of prose. `before` and `after`: the rest to the letter, but for blank space around the ask."""

    before: str
    ask: str
    after: str


def word_count(text: str) -> int:
    """Words; of scripts that set no spaces, each sign counts."""
    signs = len(_IDEOGRAPH.findall(text))
    return len(_WORD.findall(_IDEOGRAPH.sub(" ", text) if signs else text)) + signs


def parted(text: str) -> Parted | None:
    """None when there is no prose in `text`, or more than `LONGEST` of it."""
    if len(text) > LONGEST:
        return None
    found = pieces(text)
    best, most = -1, 0
    for place, piece in enumerate(found):
        if piece.kind == "prose" and (count := word_count(piece.text)) >= max(most, 1):
            best, most = place, count
    if best < 0:
        return None
    before = "".join([piece.text for piece in found[:best]])
    after = "".join([piece.text for piece in found[best + 1 :]])
    return Parted(before.rstrip(), found[best].text.strip(), after.lstrip("\r\n").rstrip())


def spoken(text: str) -> str:
    """`text` without fenced code and what a client puts in by itself; fenced text too where there is no other."""
    found = pieces(text)
    said = "\n".join([piece.text for piece in found if piece.kind in ("prose", "words")]).strip()
    return said or "\n".join([piece.text for piece in found if piece.kind != "injected"])


def pieces(text: str) -> list[Piece]:
    """In order; joined they are `text`."""
    found: list[Piece] = []
    for piece in _tagged(text):
        if piece.kind != "prose":
            found.append(piece)
        elif "\n" in piece.text or len(piece.text) > LONG_PARAGRAPH:
            found += _paragraphs(_lines(piece.text), alone=piece.text == text)
        else:
            found += _inline(piece.text) if not _is_code(piece.text.strip("\r\n")) else [Piece("words", piece.text)]
    return _joined(found)


def _joined(found: list[Piece]) -> list[Piece]:
    """Neighbours of one kind become one; blank pieces go to the piece before."""
    joined: list[tuple[Kind, list[str]]] = []
    for piece in found:
        if joined and (joined[-1][0] == piece.kind or not piece.text.strip()):
            joined[-1][1].append(piece.text)
        elif piece.text:
            joined.append((piece.kind, [piece.text]))
    return [Piece(kind, "".join(texts)) for kind, texts in joined]


def _tagged(text: str) -> list[Piece]:
    """Blocks in tags that stand at the start of a line, or whose name is no word a person types, are no prose. The tag that
    some clients put around the ask itself is taken off."""
    found: list[Piece] = []
    place = position = 0
    if "<" not in text:
        return [Piece("prose", text)]
    for _ in range(_MOST_TAGS):
        opened = _TAG.search(text, position)
        if opened is None:
            found.append(Piece("prose", text[place:]))
            return found
        name = opened.group(1)
        begins = text.rfind("\n", 0, opened.start()) + 1
        if text[begins : opened.start()].strip() and "-" not in name and "_" not in name:
            position = opened.end()
            continue
        closing = f"</{name}>"
        end = text.find(closing, opened.end())
        if end < 0:
            position = opened.end()
            continue
        found.append(Piece("prose", text[place : opened.start()]))
        place = position = end + len(closing)
        if _ASKED.fullmatch(name):
            found += (
                Piece("injected", opened.group()),
                Piece("prose", text[opened.end() : end]),
                Piece("injected", closing),
            )
        else:
            found.append(Piece("injected" if _INJECTED.match(name) else "words", text[opened.start() : place]))
    found.append(Piece("words", text[place:]))
    return found


def _lines(text: str) -> list[Piece]:
    """Each line by itself. What follows a line that ends in a colon is handed over."""
    found: list[Piece] = []
    fence = ""
    handed = False
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            found.append(Piece("code", line))
            if mark is not None and mark.group(1).startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark is not None:
            fence = mark.group(1)
            found.append(Piece("code", line))
        elif _is_code(line) or (handed and line.strip()):
            found.append(Piece("words", line))
        else:
            found.append(Piece("prose", line))
            handed = handed or line.rstrip().endswith((":", "："))
    return found


def _is_code(line: str) -> bool:
    bare = line.strip()
    if not bare:
        return False
    if line[0] == "\t" or line.startswith("    ") or _CODE_LINE.match(bare) or _CODE_END.search(bare[-2:]):
        return True
    return len(bare) >= 12 and len(_SIGNS.findall(bare)) > 0.3 * len(bare)


def _paragraphs(lines: list[Piece], *, alone: bool) -> list[Piece]:
    """Joins lines of prose to paragraphs. A long one is pasted when anything stands beside it."""
    found: list[Piece] = []
    run: list[str] = []

    def close() -> None:
        if run:
            text = "".join(run)
            pasted = len(text) > LONG_PARAGRAPH and not (alone and len(run) == len(lines))
            found.extend([Piece("words", text)] if pasted else _inline(text))
            run.clear()

    for piece in lines:
        if piece.kind != "prose":
            close()
            found.append(piece)
            continue
        run.append(piece.text)
        if not piece.text.strip():
            close()
    close()
    return found


def _inline(text: str) -> list[Piece]:
    """Long quotations, and what is handed over behind "translate to German: ", are no prose."""
    found: list[Piece] = []
    place = 0
    handed = _HANDED.search(text) if ":" in text or "：" in text else None
    if handed is not None and text[handed.end() :].strip():
        return [Piece("prose", text[: handed.end()]), Piece("words", text[handed.end() :])]
    for quoted in _QUOTED.finditer(text):
        found += (Piece("prose", text[place : quoted.start()]), Piece("words", quoted.group()))
        place = quoted.end()
    found.append(Piece("prose", text[place:]))
    return found
