"""What a request is like, in named numbers that hold no text. Pure; reads the human's words, and counts of the rest.

Only what comes from the ask moves the score (routing.scorer); what the harness adds (tools, history, images, context) is for
rules, sessions, guards and explanations.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from gateway.chat.request import ChatRequest, Text, ToolResult, ToolUse

from .ask import Ask
from .learned import difficulty, weights
from .lexicon import PHRASES

Value = float | int | bool
NO_QUESTION, FACT, HOW, WHY, YES_OR_NO = range(5)


@dataclass(frozen=True, slots=True)
class Features:
    """Of the ask: `words` (two CJK characters count as one); `trivial`: a greeting, thanks or sum; `question`: 0 none, 1 a
    fact, 2 how, 3 why, 4 yes or no; `writes_code`; `steps`: markers of several steps; `reasoning`: of proof, rigour and
    high stakes; `analysis`: of analysing, comparing, debugging; `domains`: fields of expertise touched; `scope`: of work
    across a whole code base; `autonomy`: of working without being asked again; `ambiguity` 0-1: how little it says of
    what it wants; `files`: paths named; `code_lines`: pasted; `risk`: words and paths where a mistake is dear;
    `continues`: it only says to go on, the words are those of the ask before; `learned`: what the learned part makes of
    the words, 0-100, or -1 without. Of the envelope: `tools` offered, `extra_tools` beyond the client's own,
    `tool_chain`: rounds of the model since the ask, `tool_results` since the ask, `depth`: asks so far, `images`,
    `context_tokens`: estimate of what the model must hold. `why`: what made `learned` high; words of the ask, which are
    not stored."""

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
    why: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Value]:
        """Names and plain values, for storage: no text."""
        record = asdict(self)
        del record["why"]
        return record


_TRIVIAL = re.compile(
    r"\s*(?:(?:hi|hello|hey|heya|yo|hallo|moin|servus|hola|buenas|namaste|thanks?|thank you|thx|ty|cheers|bye|goodbye|"
    r"danke|tschüss|"
    r"gracias|adiós|ping|test|testing|good (?:morning|afternoon|evening|night|day)|guten (?:morgen|tag|abend)|buenos días|"
    r"are you there|you there|there|again|so much|a lot|very much|everyone|team|all|"
    r"ok(?:ay)?|yes|no|sure|cool|great|nice|perfect|got it|你好|您好|谢谢|早上好|नमस्ते|धन्यवाद|"
    r"शुक्रिया)[\s,.!?:)。，！？👋🙏]*){1,6}",
    re.IGNORECASE,
)
_ARITHMETIC = re.compile(r"\s*(?:what(?:'s| is) )?[\d\s+\-*/x×÷^%().,=?]{3,60}\s*", re.IGNORECASE)
_QUESTIONS = (
    (FACT, r"(?:what(?:'s| is| does| are| was| do)|whats|who|when|where|which|how (?:many|much|old|long|far|tall|big)|"
        r"was (?:ist|sind|macht|bedeutet)|"
     r"wer|wann|wo|welche[rs]?|wie ?viele?|qué|cuál|quién|cuándo|dónde|cuánt[oa]s?)\b"),
    (HOW, r"(?:how|wie|cómo)\b"),
    (WHY, r"(?:why|warum|wieso|weshalb|por ?qué)\b"),
    (YES_OR_NO, r"(?:is|are|does|do|did|was|were|can|could|should|will|would|has|have|ist|sind|kann|hat|es|está|puede)\b"),
)  # fmt: skip
_QUESTION = re.compile(
    r"[\s¿\"'(]*(?:(?:so|and|but|ok|hey|please|und)[,\s]+)?(?:"
    + "|".join(f"(?P<q{code}>{text})" for code, text in _QUESTIONS)
    + ")",
    re.IGNORECASE,
)
# Where the question word does not stand first.
_INSIDE = re.compile(
    f"(?P<q{WHY}>为什么|为何|क्यों)|(?P<q{HOW}>怎么|如何|怎样|कैसे)|(?P<q{FACT}>哪|什么|多少|几[个天点]|谁|कौन|किस|कितन|कहाँ|कब |"
    r"\bkaun\b|\bkitn[ae]\b|, (?:which|who|when|where) |[-:] (?:which|who|where|what) )|"
    f"(?P<q{YES_OR_NO}>吗[？?]?$|是不是)"
)
_RISKY_PATH = re.compile(
    r"(?:^|[/\s_.-])(?:auth\w*|oauth2?|jwt|login|sessions?|passwords?|security|rbac|permissions?|acl|iam|billing|payments?|invoices?|checkout|"
    r"stripe|migrations?|infra(?:structure)?|terraform|helm|k8s|deploy(?:ment)?s?|prod(?:uction)?|secrets?|vault|credentials?|certs?|\.env)(?=$|[/\s_.-])|"
    r"\.tf$|\.github/workflows|\.gitlab-ci",
    re.IGNORECASE | re.MULTILINE,
)
_MATHS = re.compile(r"[∀∃∑∫√≤≥≠∈⊂∞≡]|[a-z]\^[\dn{(]|\\(?:frac|sum|int)|\bO\([^)\n]{1,20}\)|\b[A-Z]_[a-z\d]")

_MANY = re.compile(
    r"\b(?:\d{2,}|[5-9]|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundreds?(?: of)?|dozens? of|"
    r"all(?: of)?(?: the| our)?|every|each|多个|所有|全部|一百多个|"
    r"alle|allen|todos? (?:los|las)?|सभी) ?(?:[\w-]+ ){0,2}(?:files?|modules?|services?|components?|scripts?|tables|"
    r"endpoints?|pages|jobs|vms?|teams|languages|"
    r"countries|repos|packages|screens|tests|commits|feeds|sources|regions|dateien|skripte|dienste|文件|模块|服务|接口|ficheros|archivos|servicios|módulos)",
    re.IGNORECASE,
)


def features_of(request: ChatRequest, ask: Ask, baseline_tools: frozenset[str] = frozenset()) -> Features:
    """`baseline_tools`: names of the tools the client always brings."""
    stems, reading = ask.stems, ask.reading
    found = PHRASES.found_in(stems)
    counts = {name: len(phrases) for name, phrases in found.items()}
    short = len(ask.text) <= 80
    trivial = short and bool(_TRIVIAL.fullmatch(ask.text) or _ARITHMETIC.fullmatch(ask.text))
    question = _question(reading.said)
    numbers = numbers_of(ask, question)
    model = weights()
    learned, why = difficulty(stems, found, reading, numbers, model) if model and not trivial else (-1.0, [])
    return Features(
        words=len(stems),
        trivial=trivial,
        question=question,
        writes_code=bool(counts.get("make") and (counts.get("code_thing") or ask.paths)),
        steps=counts.get("steps", 0) + reading.items,
        reasoning=sum(counts.get(name, 0) for name in ("proof", "reasoning", "rigor", "stakes")),
        analysis=counts.get("analysis", 0) + counts.get("hard_debugging", 0),
        domains=counts.get("expertise", 0) + counts.get("design", 0),
        scope=counts.get("scope", 0),
        autonomy=counts.get("autonomy", 0),
        ambiguity=0.0 if ask.paths or reading.given else round(max(0.0, 1 - len(stems) / 12), 2),
        files=len(ask.paths),
        code_lines=reading.given_lines,
        risk=counts.get("risk", 0) + int(numbers["risky paths"]),
        continues=ask.continues,
        learned=round(learned, 1),
        tools=len(request.tools),
        extra_tools=sum(tool.name not in baseline_tools for tool in request.tools),
        tool_chain=ask.rounds,
        tool_results=ask.tool_results,
        depth=ask.turns,
        images=ask.images,
        context_tokens=_characters(request) // 4,
        why=tuple(name for weight, name in why if weight > 0.05),
    )


def numbers_of(ask: Ask, question: int | None = None) -> dict[str, float]:
    """What the learned part is told besides words."""
    said, stems = ask.reading.said, ask.stems
    question = _question(said) if question is None else question
    return {
        f"question{question}": 1,
        "asks": said.rstrip().endswith(("?", "？")),
        "paths": len(ask.paths),
        "risky paths": len(set(_RISKY_PATH.findall("\n".join(ask.paths)))) if ask.paths else 0,
        "many": bool(_MANY.search(said[:800])),
        "maths": len(_MATHS.findall(said[:800])),
        "han": bool(stems) and "\u3400" <= stems[0][0] <= "\u9fff",
        "devanagari": any("\u0900" <= stem[0] <= "\u097f" for stem in stems[:4]),
    }


def _question(text: str) -> int:
    found = _QUESTION.match(text)
    if found is not None:
        return int((found.lastgroup or "q0")[1:])
    inside = _INSIDE.search(text[:300])
    return int((inside.lastgroup or "q0")[1:]) if inside is not None else NO_QUESTION


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
