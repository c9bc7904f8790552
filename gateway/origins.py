"""Who made the signatures that passed through here (THK-2, THK-4).

Within one dialect an answer is relayed byte for byte, so its signatures carry no origin; a session that is moved to another
model of the same dialect would replay them to the wrong one and get a 400. This remembers the last makers in this process. A
signature it does not know is replayed, and left out if the provider refuses it (THK-10).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from gateway.chat.request import ChatRequest, Message, Origin, Thinking

KEPT = 50_000
SIZE = 16
NOBODY = Origin("", "")
"""The maker of what no provider takes."""


class Origins:
    """The last `KEPT` signatures by digest: about 10 MB when full."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._makers: OrderedDict[bytes, Origin] = OrderedDict()

    def remember(self, signatures: Iterable[str], maker: Origin) -> None:
        for signature in signatures:
            if signature:
                self._makers[digest(signature)] = maker
        self._trim()

    def learn(self, digests: bytes, maker: Origin) -> None:
        """As `remember`, from what another process kept: digests one after another."""
        for start in range(0, len(digests) - SIZE + 1, SIZE):
            self._makers.setdefault(digests[start : start + SIZE], maker)
        self._trim()

    def refuse(self, request: ChatRequest, model: str) -> None:
        """`model` refused the thoughts of `request` that were sent to it: they go nowhere again, so that not every turn
        to come is refused once. A signature bound to a prefix that has changed stays refused (THK-5)."""
        for message in request.messages:
            for block in message.blocks:
                if not isinstance(block, Thinking) or not block.signature:
                    continue
                if block.origin is None or block.origin.model == model:
                    self._makers[digest(block.signature)] = NOBODY
        self._trim()

    def _trim(self) -> None:
        while len(self._makers) > self._kept:
            self._makers.popitem(last=False)

    def mark(self, request: ChatRequest) -> ChatRequest:
        """`request` with the known makers of its thinking blocks filled in: encoders leave out what is not their target's."""
        if not self._makers:
            return request
        messages = tuple(self._mark_message(message) for message in request.messages)
        if all(new is old for new, old in zip(messages, request.messages, strict=True)):
            return request
        return replace(request, messages=messages)

    def _mark_message(self, message: Message) -> Message:
        if message.role != "assistant":
            return message
        blocks = []
        changed = False
        for block in message.blocks:
            if isinstance(block, Thinking) and block.origin is None and block.signature:
                maker = self._makers.get(digest(block.signature))
                if maker is not None:
                    block = replace(block, origin=maker)
                    changed = True
            blocks.append(block)
        return replace(message, blocks=tuple(blocks)) if changed else message


def digest(signature: str) -> bytes:
    return blake2b(signature.encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()
