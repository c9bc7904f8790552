"""What an embedder makes of a text, as plain values. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """`vector`: what the text means, of length 1, read-only. `words`: each word in the order of the text, in lower case and
    without accents, with its vector in this context (length 1, read-only); () from an embedder that tells no words.
    `whole` False: the text was longer than the embedder reads, so that two texts with the same beginning look the same."""

    vector: Vector
    words: tuple[tuple[str, Vector], ...] = ()
    whole: bool = True


class Embedder(Protocol):
    """`tag` names model, weights and precision: vectors of different tags must never be compared (SEM-8). `dimension` of the
    vectors."""

    @property
    def tag(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    async def read(self, texts: Sequence[str], within: float) -> list[Reading] | None:
        """A reading of each text, in order, or None when there is none after `within` seconds, or none to be had. Never
        raises for want of an answer."""
        ...
