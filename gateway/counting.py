"""Counting the prompt tokens of a request without asking a provider (CCD-1, CCD-2, CCD-3).

The tokenizer is OpenAI's o200k; Claude's is not public. Images cost by their size, which is not decoded here: a flat figure,
the most common one of the vendor's page.
"""

from __future__ import annotations

from gateway.chat.request import ChatRequest, Document, Image, Opaque, Text, Thinking, ToolResult, ToolUse
from gateway.wire.fields import dump
from routing.tiers import TargetRef

from .exchange import Exchange
from .ports import TokenCounter, World

PER_MESSAGE = 4
PER_TOOL = 8
TOOLS_PREAMBLE = 300
PER_IMAGE = 1_500
PER_PAGE_BYTES = 12


def texts_of(request: ChatRequest) -> tuple[list[str], int]:
    """(every text the model reads, tokens of what is no text)."""
    texts = [block.text for block in request.system]
    flat = 0
    for tool in request.tools:
        flat += PER_TOOL
        texts += [tool.name, tool.description or ""]
        if tool.schema:
            texts.append(dump(tool.schema).decode())
        elif tool.extras:
            texts.append(dump(tool.extras).decode())
    if request.tools:
        flat += TOOLS_PREAMBLE
    for message in request.messages:
        flat += PER_MESSAGE
        for block in message.blocks:
            flat += _add(block, texts)
    return texts, flat


def _add(block: object, texts: list[str]) -> int:
    if isinstance(block, Text):
        texts.append(block.text)
    elif isinstance(block, ToolUse):
        texts += [block.name, block.arguments]
        return PER_TOOL
    elif isinstance(block, Thinking):
        texts.append(block.text)
    elif isinstance(block, Image):
        return PER_IMAGE
    elif isinstance(block, Document):
        if block.text:
            texts.append(block.text)
        return len(block.data or "") // PER_PAGE_BYTES
    elif isinstance(block, ToolResult):
        return PER_TOOL + sum(_add(part, texts) for part in block.content)
    elif isinstance(block, Opaque):
        texts.append(dump(block.value).decode())
    return 0


async def count(request: ChatRequest, tokens: TokenCounter) -> int:
    """In tokens of our tokenizer."""
    texts, flat = texts_of(request)
    return flat + await tokens.count(texts)


def learn_beside(exchange: Exchange, request: ChatRequest, world: World) -> None:
    """For some complete answers: compares our count with what the provider billed. Runs beside the request, never in it."""
    served = exchange.served
    if exchange.status != "completed" or served is None or served.is_estimate or served.usage.prompt is None:
        return
    if len(exchange.chain) > 1:  # Its last prompt is longer than the request.
        return
    if world.scales.wants(served.target):
        world.beside(_learn(served.target, request, served.usage.prompt, world))


async def _learn(target: TargetRef, request: ChatRequest, billed: int, world: World) -> None:
    world.scales.learn(target, await count(request, world.tokens), billed)
