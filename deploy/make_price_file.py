"""Make gateway/data/prices.json.gz from the price list in a litellm wheel (MIT; the package itself is not installed).

    pip download litellm --no-deps --dest wheels
    python -m deploy.make_price_file wheels/litellm-*.whl

Run from the repository's folder; gateway/pricelist.py says what is kept. The result is the same bytes for the same wheel.
"""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from pathlib import Path

from gateway.pricelist import count_of, table

HERE = Path(__file__).resolve().parent.parent / "gateway" / "data"
LIST = "litellm/model_prices_and_context_window_backup.json"

PROVENANCE = """# prices.json.gz

{count} models, trimmed by `deploy/make_price_file.py` from `model_prices_and_context_window` of the Python package
litellm {version}. Prices are a convenience, not an offer: check them against your providers' pages and override them where
you have others.

The list is from the part of that package which is under the MIT licence (its `enterprise` folder, under another, is not
used):

> MIT License
>
> Copyright (c) 2023 Berri AI
>
> Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
> files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
> modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
> Software is furnished to do so, subject to the following conditions:
>
> The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
> Software.
>
> THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
> WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
> COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
> ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def main() -> None:
    wheel = Path(sys.argv[1])
    version = wheel.name.split("-")[1]
    with zipfile.ZipFile(wheel) as archive:
        listed = json.loads(archive.read(LIST))
    models = table(listed)
    document = {"source": f"litellm {version}", "licence": "MIT", "unit": "USD per 1M tokens", "models": models}
    packed = gzip.compress(json.dumps(document, separators=(",", ":"), sort_keys=True).encode(), 9, mtime=0)
    HERE.mkdir(parents=True, exist_ok=True)
    (HERE / "prices.json.gz").write_bytes(packed)
    count = count_of(models)
    (HERE / "PROVENANCE.md").write_text(PROVENANCE.format(count=count, version=version))
    print(f"{count} models, {len(packed)} bytes")


if __name__ == "__main__":
    main()
