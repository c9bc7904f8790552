"""Configuration as a file: YAML in (`apply`), YAML out (`export`), and the older product's ``.env`` (`import_env`).

A file goes through `document.parse` (shape), `references.check` (what it names exists), then `writing.write` (rows). All
problems of the first two are listed together before anything is written.
"""
