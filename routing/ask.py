"""The last thing the human asked, freed of what harnesses wrap around it.

Tool-loop turns keep the ask they serve, so that a tier does not change inside a loop (FBK-11). A turn that only says to go on
("yes, do it") serves the ask before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from gateway.chat.request import ChatRequest, Image, Message, Text, ToolResult, ToolUse

from .envelope import LONGEST, is_result, unwrapped
from .reading import Reading, read
from .words import stems_of

_PATH = re.compile(
    r"(?<![\w/.-])(?:~?/)?(?:[\w.@-]{1,80}/){1,12}[\w.@-]{1,80}/?|(?<![\w./-])[\w-]{1,80}(?:\.[\w-]{1,30}){0,3}\.(?:py|pyi|js|jsx|mjs|ts|tsx|go|rs|java|kt|rb|php|cs|c|cc|cpp|h|hpp|"
    r"swift|scala|sql|sh|ya?ml|toml|json|md|tf|html|css|vue|svelte|ipynb|csv|txt|env|lock|proto|gradle|xml|ini|cfg|conf)\b|(?<!\w)\.env(?:\.\w+)?\b|\bDockerfile\b"
)
_URL = re.compile(r"\bhttps?://\S+")
_GO_ON = re.compile(
    r"(?:(?:yes|yep|yeah|yup|ok|okay|sure|great|good|perfect|alright|fine|right|correct|exactly|agreed|approved|lgtm|nice|cool|"
    r"go (?:ahead|on|for it)|continue|keep going|carry on|proceed|resume|next(?: step)?|do (?:it|that|so|this|both|"
    r"all(?: of (?:it|them))?)|"
    r"sounds? good|looks? good|make it so|ship it|please(?: do)?|try (?:it )?again|retry|again|same (?:error|problem|issue)|"
    r"(?:it(?:'s| is)? )?still (?:fails?|failing|broken|not working|the same)(?: error)?|and now\??|now|then|"
    r"option \w|the (?:first|second|third|last) (?:one|option)|[1-9a-d][.)]?|"
    r"with (?:it|that|the plan|your plan|the (?:first|second) one)|the plan|as (?:planned|you suggest(?:ed)?|proposed)|"
    r"ja|jawohl|genau|passt|gut|bitte|gern|mach(?:e|s)?(?: das| es| so)?|weiter|los|mach weiter|nochmal|noch ?mal|"
    r"s[ií]|vale|claro|adelante|contin[uú]a|sigue|hazlo|por favor|de acuerdo|otra vez|"
    r"好的?|是的?|可以|继续|请继续|行|对|没问题|开始吧|就这样|再试一次|हाँ|हां|ठीक है|जी|आगे बढ़ो|जारी रखो|जारी रखें|करो|"
    r"कर दो)[\s,.!;:。,!、👍-]*(?:and |then |und |y )?)+",
    re.IGNORECASE,
)
_WRITERS = re.compile(r"(?:write|edit|patch|create|replace|insert|update|apply|delete|move|rename|save)", re.IGNORECASE)
_WRITTEN = re.compile(r'"(?:file_?path|path|filename|file|notebook_path|target_file|uri)"\s*:\s*"([^"\\]{1,300})"')
_PATCHED = re.compile(r"\*\*\* (?:Add|Update|Delete) File: ([^\n\\]{1,300})")
_MOST_PATHS = 40
_READ = 2_000


@dataclass(frozen=True)
class Ask:
    """`text` cleaned; `in_tool_loop`: the request continues a tool loop begun by it; `turns` user asks so far;
    `tool_results` since it, and `rounds` of the model that asked for them; `images` anywhere in the request; `paths`
    named in `text`, and `written` those the model has been writing since; `continues`: the newest turn only says to go
    on, so `text` is that of the ask before. What is read of it (`reading`, `stems`) is read once, when first asked for."""

    text: str
    in_tool_loop: bool = False
    turns: int = 0
    tool_results: int = 0
    images: bool = False
    rounds: int = 0
    paths: tuple[str, ...] = ()
    continues: bool = False
    written: tuple[str, ...] = ()

    @cached_property
    def reading(self) -> Reading:
        return read(self.text)

    @cached_property
    def stems(self) -> list[str]:
        """Of what is said, not of what is pasted."""
        return stems_of(self.reading.said)


def goes_on(text: str) -> bool:
    """Whether `text` asks for nothing of its own: "yes, go ahead", "mach weiter", "继续"."""
    return len(text) <= 60 and _GO_ON.fullmatch(text.strip()) is not None


def ask_of(request: ChatRequest) -> Ask:
    """The newest ask that says what it wants; one that only goes on when there is no other."""
    text: str | None = None
    going_on = ""
    loop = images = False
    turns = results = rounds = 0
    after = ""
    written: list[str] = []
    for message in reversed(request.messages):
        images = images or any(_has_image(block) for block in message.blocks)
        role, after = after, message.role
        if message.role == "assistant" and text is None:
            rounds += not turns and role != "assistant"
            written += _writes(message)
        if message.role != "user":
            continue
        own = _human_text(message)
        if own:
            turns += 1
            if text is None and goes_on(own):
                going_on = going_on or own
            elif text is None:
                text = own
        elif not turns:
            step = sum(_is_result(block) for block in message.blocks)
            results += step
            loop = loop or step > 0
    continues = text is not None and going_on != ""
    asked = going_on if text is None else text
    return Ask(asked, loop, turns, results, images, rounds, paths_in(asked), continues, tuple(written[:_MOST_PATHS]))


def paths_in(text: str) -> tuple[str, ...]:
    """Paths and file names in the first words of `text`, each once; addresses are no paths."""
    text = text[:_READ]
    if "/" not in text and "." not in text and "Dockerfile" not in text:
        return ()
    if "://" in text:
        text = _URL.sub(" ", text)
    return tuple(dict.fromkeys(_PATH.findall(text)))[:_MOST_PATHS]


def _human_text(message: Message) -> str:
    """What the person typed in this turn. A turn that brings tool results holds reminders, not asks, unless the person broke
    in."""
    texts = [block.text for block in message.blocks if isinstance(block, Text)]
    if not texts:
        return ""
    if any(isinstance(block, ToolResult | ToolUse) for block in message.blocks) and not any(
        "[Request interrupted by user" in text[:200] for text in texts
    ):
        return ""
    if len(texts) == 1:
        return unwrapped(texts[0])
    return "\n".join(own for text in texts if (own := unwrapped(text)))[:LONGEST]


def _writes(message: Message) -> list[str]:
    """Paths that the model's calls of this turn write to."""
    found: list[str] = []
    for block in message.blocks:
        if isinstance(block, ToolUse) and _WRITERS.search(block.name):
            head = (
                block.arguments if len(block.arguments) <= _READ else block.arguments[:1000] + block.arguments[-1000:]
            )
            found += _WRITTEN.findall(head)
            if "*** " in head:
                found += _PATCHED.findall(head)
    return found


def _is_result(block: object) -> bool:
    return isinstance(block, ToolResult) or (isinstance(block, Text) and is_result(block.text))


def _has_image(block: object) -> bool:
    if isinstance(block, Image):
        return True
    return isinstance(block, ToolResult) and any(isinstance(part, Image) for part in block.content)
