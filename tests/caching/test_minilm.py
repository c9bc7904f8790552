"""caching/minilm.py: the vectors are those of sentence-transformers (vectors.json), alone or together, from any thread."""

from __future__ import annotations

import base64
import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from caching import minilm, weights
from caching.minilm import MiniLM

from .texts import ASKS, ODD, TONGUES, UNRELATED


def test_vectors_are_those_of_sentence_transformers(model: MiniLM) -> None:
    known = json.loads((Path(__file__).parent / "vectors.json").read_text())["vectors"]
    assert len(known) == 28
    for text, half in known:
        theirs = np.frombuffer(base64.b64decode(half), "<f2").astype(np.float32)
        assert model.embed([text])[0] @ theirs / np.linalg.norm(theirs) > 0.999999, text


@pytest.mark.parametrize(
    ("one", "other", "cosine"),
    [
        ("Convert ethane to ethene", "Convert ethene to ethane", 0.99672),
        ("Is Anna older than Bert?", "Is Bert older than Anna?", 0.99288),
        ("Turn the lights on", "Turn the lights off", 0.89304),
        ("Turn the lights on", "Please switch on the lights", 0.81839),
    ],
)
def test_pairs_are_as_near_as_sentence_transformers_finds_them(
    model: MiniLM, one: str, other: str, cosine: float
) -> None:
    """Why a cosine alone never serves an answer: the opposite is nearer than the paraphrase (SEM-2, SEM-3)."""
    first, second = model.embed([one, other])
    assert first @ second == pytest.approx(cosine, abs=0.0001)


def test_unrelated_prompts_are_far_from_each_other(model: MiniLM) -> None:
    """SEM-4: ten of them."""
    vectors = model.embed(UNRELATED)
    cosines = vectors @ vectors.T
    assert len(UNRELATED) == 10
    assert cosines[~np.eye(10, dtype=bool)].max() < 0.6


def test_texts_read_together_have_the_vectors_they_have_alone(model: MiniLM) -> None:
    texts = [*ASKS, *TONGUES, *ODD]
    for alone, together in zip((model.read([text])[0] for text in texts), model.read(texts), strict=True):
        np.testing.assert_allclose(together.vector, alone.vector, atol=1e-5)
        assert [word for word, _ in together.words] == [word for word, _ in alone.words]
        for (_, mine), (_, its) in zip(together.words, alone.words, strict=True):
            np.testing.assert_allclose(mine, its, atol=1e-5)


def test_vectors_have_length_one_and_cannot_be_changed(model: MiniLM) -> None:
    vectors = model.embed([*ASKS, *TONGUES, *ODD])
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(ASKS) + len(TONGUES) + len(ODD), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    reading = model.read(["lights"])[0]
    for vector in (reading.vector, reading.words[0][1]):
        with pytest.raises(ValueError, match="read-only"):
            vector[0] = 1


def test_a_word_has_another_vector_in_another_sentence(model: MiniLM) -> None:
    money, river = dict(model.words("I brought cash to the bank")), dict(model.words("We sat on the bank of the river"))
    again = dict(model.words("She put her savings into the bank"))
    assert list(money) == ["i", "brought", "cash", "to", "the", "bank"]
    np.testing.assert_allclose([np.linalg.norm(vector) for vector in money.values()], 1, atol=1e-5)
    assert money["bank"] @ again["bank"] > money["bank"] @ river["bank"] + 0.1


def test_the_vector_of_a_text_that_was_cut_says_so(model: MiniLM) -> None:
    long = "word " * 300
    one, other = model.read([f"{long} and then this", f"{long} and then that"])
    assert one.vector @ other.vector == pytest.approx(1)
    assert (one.whole, other.whole, model.read(["word"])[0].whole) == (False, False, True)


def test_nothing_to_read_gives_nothing(model: MiniLM) -> None:
    assert model.read([]) == []
    assert model.embed([]).shape == (0, 384)
    assert model.words("") == []


def test_many_threads_get_what_one_gets(model: MiniLM) -> None:
    expected = model.embed(ASKS)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(model.embed, [ASKS] * 16):
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_gelu_is_the_exact_one() -> None:
    x = np.concatenate([np.linspace(-8, 8, 20_001), [-1e3, -30, 30, 1e3]]).astype(np.float32)
    exact = [value * 0.5 * math.erfc(-value / math.sqrt(2)) for value in x.tolist()]
    with np.errstate(over="ignore"):
        minilm._gelu(x)
    assert np.abs(x - exact).max() < 1e-6


def test_the_tag_names_model_weights_and_precision(model: MiniLM) -> None:
    """SEM-8."""
    assert model.tag == "all-minilm-l6-v2/53aa51172d14/numpy-f32"
    assert model.dimension == 384


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not installed"):
        MiniLM(tmp_path)


def test_other_weights_than_those_pinned_are_refused(tmp_path: Path) -> None:
    """The tag would lie, and vectors of two models would be compared."""
    folder = weights.installed()
    if folder is None:
        pytest.skip("needs the vocabulary")
    shutil.copy(folder / weights.VOCABULARY, tmp_path)
    (tmp_path / weights.TENSORS).write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    with pytest.raises(RuntimeError, match=r"model\.safetensors of the embedded model is not the file"):
        MiniLM(tmp_path)
