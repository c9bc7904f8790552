"""What a request is like, in named numbers that hold no text. Pure; reads the human's words, and counts of the rest.

Only what comes from the ask moves the score (routing.scorer); what the harness adds (tools, history, images, context) is for
rules, sessions, guards and explanations.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from gateway.chat.request import ChatRequest, Text, ToolResult, ToolUse

from .ask import Ask

Value = float | int | bool
NO_QUESTION, FACT, HOW, WHY, YES_OR_NO = range(5)


@dataclass(frozen=True, slots=True)
class Features:
    """Of the ask: `words` (two CJK characters count as one); `trivial`: a greeting, thanks or sum; `question`: 0 none, 1 a
    fact, 2 how, 3 why, 4 yes or no; `writes_code`; `steps`: markers of several steps; `reasoning`: of proof and derivation;
    `analysis`: of analysing, comparing, debugging; `domains`: fields of expertise touched; `scope`: of work across a whole
    code base; `autonomy`: of working without being asked again; `ambiguity` 0-1: how little it says of what it wants;
    `files`: paths named; `code_lines`: pasted; `risk`: words and paths where a mistake is dear; `continues`: it only says to
    go on, the words are those of the ask before; `learned`: what the learned part makes of the words, 0-100, or -1 without.
    Of the envelope: `tools` offered, `extra_tools` beyond the client's own, `tool_chain`: rounds of the model since the ask,
    `tool_results` since the ask, `depth`: asks so far, `images`, `context_tokens`: estimate of what the model must hold."""

    words: int = 0
    trivial: bool = False
    question: int = NO_QUESTION
    writes_code: bool = False
    steps: int = 0
    reasoning: int = 0
    analysis: int = 0
    domains: int = 0
    scope: int = 0
    autonomy: int = 0
    ambiguity: float = 0.0
    files: int = 0
    code_lines: int = 0
    risk: int = 0
    continues: bool = False
    learned: float = -1.0
    tools: int = 0
    extra_tools: int = 0
    tool_chain: int = 0
    tool_results: int = 0
    depth: int = 0
    images: bool = False
    context_tokens: int = 0

    def as_record(self) -> dict[str, Value]:
        """Names and plain values, for storage: no text."""
        return asdict(self)


def _words(*parts: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b", re.IGNORECASE)


_TRIVIAL = re.compile(
    r"^\s*(?:hi|hello|hey|thanks|thank you|ok|okay|yes|no|ping|test|good (?:morning|evening))\b[\s\w,]{0,20}[!.?]*\s*$",
    re.I,
)
_ARITHMETIC = re.compile(r"^[\s\d+\-*/().=?x]+$")
_FACT = re.compile(r"^\s*(?:what(?:'s| is| does| are)|who|when|where|which|how (?:many|much|old)|define|list)\b", re.I)
_HOW = re.compile(r"^\s*how\b", re.I)
_WHY = re.compile(r"^\s*why\b", re.I)
_YES_OR_NO = re.compile(r"^\s*(?:is|are|does|do|can|could|should|will|has|have)\b", re.I)
_REASONING = _words(
    r"prove(?: that)?", "theorem", "formal(?:ly)? verif(?:y|ication)", "derive", "ultrathink", "step by step"
)
_ANALYSIS = _words(
    "analy[sz]e", "compare", "evaluate", "root cause", "debug", "diagnose", "investigate", "optimi[sz]e", "profile",
    "review", "trade-?offs?",
)  # fmt: skip
_DOMAINS = _words(
    r"architect(?:ure)?", "system design", "design (?:a|an|the)", "distributed", "scalab(?:le|ility)", "consensus",
    "race conditions?", "deadlocks?", "vulnerabilit(?:y|ies)", "threat model", "exploit", "xss", "csrf", "jwt", "oauth2?",
    "encrypt(?:ion|ed)?",
)  # fmt: skip
_SCOPE = _words(
    r"refactor(?:ing)?\b.{0,40}\b(?:entire|whole|all|pipeline|codebase|module)", "rewrite the", "re-?architect",
    "across the (?:code ?base|repo(?:sitory)?|project)", "whole (?:code ?base|repo)",
)  # fmt: skip
_AUTONOMY = _words(
    "autonomous(?:ly)?", "until (?:all|every|the|they|it|green)[\\w ]{0,30}(?:pass(?:es)?|green|works?)", "iterate until",
    "one by one", "keep going", "end[- ]to[- ]end",
)  # fmt: skip
_CODE = _words(
    "(?:write|implement|create|add|build|fix|port|convert)[\\w ,]{0,40}"
    "(?:function|class|endpoint|script|regex|sql|tests?|component|query|method|module|bug|check)"
)
_STEPS = re.compile(
    r"\b(?:then|after that|next|finally|and (?:then|also|update|add|write|run))\b|^\s*(?:\d+[.)]|[-*])\s", re.I | re.M
)
_RISKY_PATH = re.compile(r"(?:^|[/\s])(?:auth|billing|payments?|security|migrations?|infra|deploy|rbac)[/\s.]", re.I)
MOST_READ = 4_000


def features_of(request: ChatRequest, ask: Ask, baseline_tools: frozenset[str] = frozenset()) -> Features:
    """`baseline_tools`: names of the tools the client always brings."""
    text = ask.text[:MOST_READ]
    words = len(text.split()) + sum("\u3040" <= ch <= "\u9fff" for ch in text) // 2
    return Features(
        words=words,
        trivial=bool(_TRIVIAL.match(text) or (text and _ARITHMETIC.match(text))),
        question=_question(text),
        writes_code=bool(_CODE.search(text)),
        steps=len(_STEPS.findall(text)),
        reasoning=_distinct(_REASONING, text),
        analysis=_distinct(_ANALYSIS, text),
        domains=_distinct(_DOMAINS, text),
        scope=_distinct(_SCOPE, text),
        autonomy=_distinct(_AUTONOMY, text),
        ambiguity=round(max(0.0, 1 - words / 12), 2) if not ask.paths else 0.0,
        files=len(ask.paths),
        code_lines=text.count("\n") if "```" in text else 0,
        risk=len(_RISKY_PATH.findall("\n".join(ask.paths))),
        continues=ask.continues,
        tools=len(request.tools),
        extra_tools=sum(tool.name not in baseline_tools for tool in request.tools),
        tool_chain=ask.rounds,
        tool_results=ask.tool_results,
        depth=ask.turns,
        images=ask.images,
        context_tokens=_characters(request) // 4,
    )


def _question(text: str) -> int:
    if _FACT.match(text):
        return FACT
    if _HOW.match(text):
        return HOW
    if _WHY.match(text):
        return WHY
    return YES_OR_NO if _YES_OR_NO.match(text) else NO_QUESTION


def _distinct(pattern: re.Pattern[str], text: str) -> int:
    return len({found.lower() for found in pattern.findall(text)})


def _characters(request: ChatRequest) -> int:
    total = sum(len(block.text) for block in request.system)
    for message in request.messages:
        for block in message.blocks:
            if isinstance(block, Text):
                total += len(block.text)
            elif isinstance(block, ToolUse):
                total += len(block.arguments)
            elif isinstance(block, ToolResult):
                total += sum(len(part.text) for part in block.content if isinstance(part, Text))
    return total
