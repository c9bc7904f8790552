"""all-MiniLM-L6-v2 in numpy: the embedder that needs no server, no download and no framework (docs/decisions/0011).

All texts of a call lie side by side as the columns of one matrix (features x pieces), so that nothing is padded to the
longest and each weight is read once a call, as it lies in the file. Attention alone is reckoned text by text. The number
of columns is rounded up, since the matrix kernels take half as long for 16 columns as for 15.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from . import weights
from .reading import Reading
from .wordpiece import Pieces, WordPiece

LAYERS, HEADS, WIDTH, HEAD = 6, 12, weights.DIMENSION, 32
COLUMNS = 8  # their number is a multiple of this
CACHED = 65_536  # numbers of the wide layer that are changed at a time, so that they stay in the processor's cache
EPSILON = np.float32(1e-12)
AVERAGE = np.full(WIDTH, 1 / WIDTH, np.float32)
SCALE = np.float32(HEAD**-0.5)
# GELU is x / (1 + exp(-x * P(x^2))) for the P that makes the fraction the normal distribution; these coefficients of -P,
# the highest first, fit it on |x| <= 5.5 to 7e-8, and to 6e-7 with float32's rounding. Beyond, it is 0 or x to 1e-7.
GELU = [
    np.float32(-c)
    for c in (
        3.6112838828896168e-09, -2.6689502512385474e-07, 7.938253889418474e-06, -1.1048057194509026e-04,
        -6.625911104227145e-05, 7.266856574218039e-02, 1.5957684328097979,
    )
]  # fmt: skip
GELU_ENDS = np.float32(5.5**2)

Matrix: TypeAlias = NDArray[np.float32]
Tensors: TypeAlias = Mapping[str, Matrix]


class MiniLM:
    """Blocking: milliseconds to seconds a call, mostly without Python's lock. Safe to use from many threads."""

    tag = weights.TAG
    dimension = weights.DIMENSION

    def __init__(self, folder: Path | None = None) -> None:
        """From the files in `folder`, otherwise from the installed package; a fifth of a second. RuntimeError with a sentence
        for an administrator when they are missing, or not the files that were pinned."""
        folder = folder or weights.installed()
        problem = weights.lacking(folder)
        if folder is None or problem:
            raise RuntimeError(problem or weights.MISSING)
        try:
            if problem := weights.differing(folder):
                raise RuntimeError(problem)
            self.split = WordPiece.load(folder / weights.VOCABULARY).split
            named = _tensors(folder / weights.TENSORS)
        except (OSError, ValueError) as error:
            raise RuntimeError(f"The weights of the embedded model cannot be read: {error}.") from error
        # The event loop has the other cores. One thread is also what the figures in docs/decisions/0011 are for.
        threadpool_limits(limits=1, user_api="blas")
        at = "embeddings."
        self._pieces = named[f"{at}word_embeddings.weight"]
        self._places = named[f"{at}position_embeddings.weight"] + named[f"{at}token_type_embeddings.weight"][0]
        self._norm = _column(named, f"{at}LayerNorm.weight"), _column(named, f"{at}LayerNorm.bias")
        self._layers = [_Layer(named, f"encoder.layer.{number}.") for number in range(LAYERS)]

    @classmethod
    def unavailable(cls) -> str | None:
        """Why there is no such model here, in a sentence for an administrator, or None. Looks at file names only."""
        return weights.lacking(weights.installed())

    def embed(self, texts: Sequence[str]) -> Matrix:
        """(texts, 384), each row of length 1. A text of more than 256 pieces is judged by its beginning."""
        if not texts:
            return np.empty((0, WIDTH), np.float32)
        return np.stack([reading.vector for reading in self.read(texts)])

    def words(self, text: str) -> list[tuple[str, Matrix]]:
        """See `Reading.words`."""
        return list(self.read([text])[0].words)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """A reading of each text, from one pass through the model."""
        if not texts:
            return []
        split = [self.split(text) for text in texts]
        spans, end = [], 0
        for pieces in split:
            spans.append((end, end + len(pieces.ids)))
            end += len(pieces.ids)
        with np.errstate(over="ignore"):  # exp() of a large number in GELU: the quotient is 0, as it should be
            columns = self._forward(split, spans)
        rows = np.ascontiguousarray(columns.T)
        return [_reading(rows[first:last], pieces) for pieces, (first, last) in zip(split, spans, strict=True)]

    def _forward(self, split: Sequence[Pieces], spans: Sequence[tuple[int, int]]) -> Matrix:
        """(features, pieces), with some columns of no meaning at the end."""
        used = spans[-1][1]
        x = np.zeros((WIDTH, -(-used // COLUMNS) * COLUMNS), np.float32)
        for pieces, (first, last) in zip(split, spans, strict=True):
            x[:, first:last] = (self._pieces[pieces.ids] + self._places[: len(pieces.ids)]).T
        _normalise(x, *self._norm)
        for layer in self._layers:
            layer.change(x, spans)
        return x


class _Layer:
    def __init__(self, named: Tensors, at: str) -> None:
        def dense(name: str) -> tuple[Matrix, Matrix]:
            return named[f"{at}{name}.weight"], _column(named, f"{at}{name}.bias")

        def norm(name: str) -> tuple[Matrix, Matrix]:
            return _column(named, f"{at}{name}.weight"), _column(named, f"{at}{name}.bias")

        self.query, self.key, self.value = (dense(f"attention.self.{name}") for name in ("query", "key", "value"))
        self.mixed, self.mixed_norm = dense("attention.output.dense"), norm("attention.output.LayerNorm")
        self.wide, self.narrow = dense("intermediate.dense"), dense("output.dense")
        self.norm = norm("output.LayerNorm")

    def change(self, x: Matrix, spans: Sequence[tuple[int, int]]) -> None:
        """`x` in place."""
        attended = _linear(self.mixed, self._attended(x, spans))
        x += attended
        _normalise(x, *self.mixed_norm)
        inner = _linear(self.wide, x)
        rows = max(1, CACHED // x.shape[1])
        for row in range(0, len(inner), rows):
            _gelu(inner[row : row + rows])
        x += _linear(self.narrow, inner)
        _normalise(x, *self.norm)

    def _attended(self, x: Matrix, spans: Sequence[tuple[int, int]]) -> Matrix:
        query, key, value = _linear(self.query, x), _linear(self.key, x), _linear(self.value, x)
        query *= SCALE
        shape = (HEADS, HEAD, x.shape[1])
        query, key, value = query.reshape(shape), key.reshape(shape), value.reshape(shape)
        found = np.zeros(shape, np.float32)
        for first, last in spans:
            scores = query[:, :, first:last].transpose(0, 2, 1) @ key[:, :, first:last]
            scores -= scores.max(axis=2, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=2, keepdims=True)
            np.matmul(value[:, :, first:last], scores.transpose(0, 2, 1), out=found[:, :, first:last])
        return found.reshape(x.shape)


def _tensors(path: Path) -> Tensors:
    """The float32 tensors of a safetensors file by name: views of the mapped file, so that processes share its pages.
    ValueError or OSError when it is not such a file."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    found: dict[str, Matrix] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            # A plain array: memmap's own class makes every slice of it dear.
            found[name] = np.asarray(data[start:end]).view(np.ndarray).view("<f4").reshape(entry["shape"])
    return found


def _column(named: Tensors, name: str) -> Matrix:
    return np.array(named[name], np.float32).reshape(-1, 1)


def _linear(dense: tuple[Matrix, Matrix], x: Matrix) -> Matrix:
    made: Matrix = dense[0] @ x
    made += dense[1]
    return made


def _normalise(x: Matrix, weight: Matrix, bias: Matrix) -> None:
    x -= AVERAGE @ x
    scale = AVERAGE @ (x * x)
    scale += EPSILON
    np.sqrt(scale, out=scale)
    x /= scale
    x *= weight
    x += bias


def _gelu(x: Matrix) -> None:
    square = x * x
    np.minimum(square, GELU_ENDS, out=square)
    made = square * GELU[0]
    for coefficient in GELU[1:-1]:
        made += coefficient
        made *= square
    made += GELU[-1]
    made *= x
    np.exp(made, out=made)
    made += np.float32(1)
    x /= made


def _reading(rows: Matrix, pieces: Pieces) -> Reading:
    """`rows`: the last layer's (pieces, features). The vector of a text is the mean of all its pieces, markers too."""
    vectors = np.empty((1 + len(pieces.words), WIDTH), np.float32)
    rows.mean(axis=0, out=vectors[0])
    for number, (_, first, last) in enumerate(pieces.words, 1):
        rows[first:last].mean(axis=0, out=vectors[number])
    vectors /= np.maximum(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), EPSILON)[:, None]
    vectors.flags.writeable = False
    words = tuple((word, vectors[number]) for number, (word, _, _) in enumerate(pieces.words, 1))
    return Reading(vectors[0], words, pieces.whole)
