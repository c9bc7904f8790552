"""Texts of many kinds, our own, that the reference tokenizer and model were given too (make_fixtures.py)."""

from __future__ import annotations

import random
import unicodedata

ASKS = [
    "What is the capital of France?",
    "How do I list all open files of one process on a Linux server?",
    "Turn the notifications on",
    "Turn the notifications off",
    "Is a lease returned when its process dies?",
    "Convert 1,500 euros to dollars at a rate of 1.0845.",
    "Write a haiku about rust on an old bridge.",
    "Why does `git rebase --onto main a1b2c3d feature/login` drop my commit?",
    "Explain the difference between TCP and UDP in two sentences.",
    "Which Python version added structural pattern matching, 3.9 or 3.10?",
    "Summarise: revenue rose 12.5% in Q3/2025, costs fell by $4M.",
    "SELECT count(*) FROM operations WHERE status <> 'done' AND cost > 0.05;",
    "Don't delete user@example.com's data before 2026-01-31!",
    "How many bananas fit into a cargo container?",
    "Recommend three novels about the sea.",
    "My sourdough does not rise; what could be wrong?",
    "def add(a: int, b: int) -> int:\n    return a + b  # trivial",
    "{'user_id': 17, \"tags\": [\"a\", \"b\"], 'nested': {'x': None}}",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "C++ or C#? F# and .NET; it's 50/50 ~ maybe^2 | {braces} <tags> [brackets] `ticks`",
]
TONGUES = [
    "Äpfel, Öl und Übergröße: naïve Cafés in Łódź und Ærø",
    "Où est la bibliothèque ? L’été dernier, c’était « fermé ».",
    "¿Cuántos años tienes? ¡Mañana será otro día!",
    "Сколько стоит билет до Москвы? Ёлка и йод.",
    "Πόσο κοστίζει; ΟΔΥΣΣΕΥΣ και Ὀδυσσεύς",
    "東京の天気はどうですか。カタカナとひらがな、ガギグ",
    "人工智能会改变世界吗？我不知道。",
    "안녕하세요, 서울의 날씨는 어떻습니까?",
    "كيف حالك؟ اللغة العربية جميلة جدًا.",
    "שלום, מה שלומך היום?",
    "हिन्दी में कितने अक्षर हैं?",
    "วันนี้อากาศเป็นอย่างไรบ้าง",
    "İstanbul'da ışıklar söndü; ığdır",
    "Tiếng Việt có nhiều dấu thanh điệu.",
    "ﬁne ligatures, ½ and ², № 5, ™ and ℃, ﷽",
]
ODD = [
    "",
    "   \t\n ",
    "?",
    "...!!!???",
    "word\u200bjoined\u200dby\ufeffnothing",
    "tabs\tand\nlines\r\nand\u00a0hard\u3000spaces\u2028here",
    "bell\x07 null\x00 escape\x1b[31mred\x1b[0m delete\x7f \x85next",
    "\ufffd replaced \ufffd",
    "family 👩‍👩‍👧‍👦, flag 🇩🇪, heart ❤️ and 👍🏽",
    "x" * 100,
    "x" * 101,
    "é" * 99 + " after",
    "a\u0301\u0302\u0303 z\u0335 o\u20dd",
    "unfriendly-looking_snake_case.camelCase/path\\to\\file.txt:42",
    "\U0001d49c\U0001d4ea\U0001d552 mathematical letters",
    "private \ue000 use and unassigned \u0378 letters",
    "word " * 300,
    "internationalisation " * 120,
    "，。、；：？！「」『』（）",
    "豈更車 compatibility 𠀀𪛖 far ideographs",
]
UNRELATED = [ASKS[i] for i in (0, 1, 4, 6, 8, 13, 14, 15)] + [
    "Translate 'good morning' into Portuguese.",
    "What dose of ibuprofen is safe for an adult?",
]
# The model's vectors of these are in vectors.json.
READ = [*ASKS, TONGUES[0], TONGUES[1], TONGUES[3], TONGUES[6], ODD[0], ODD[8], ODD[13], ODD[16]]


def many() -> list[str]:
    """Some 300: those above, changed forms of them, and mixtures of characters of every kind."""
    chance = random.Random(11)
    given = [*ASKS, *TONGUES, *ODD]
    plain = [*ASKS, *TONGUES]
    changed = [text.upper() for text in plain]
    changed += [unicodedata.normalize("NFD", text) for text in TONGUES]
    changed += [
        " ".join(chance.sample([*one.split(), *two.split(), "and"], 3))
        for one in plain
        for two in chance.sample(plain, 3)
    ]
    # From every block that every Python's tables agree on.
    blocks = [
        (0x20, 0x7E),
        (0xA0, 0x24F),
        (0x300, 0x36F),
        (0x400, 0x44F),
        (0x5D0, 0x5EA),
        (0x3041, 0x30FF),
        (0x4E00, 0x9FA5),
    ]
    characters = [
        [chr(chance.randint(*chance.choice(blocks))) + " " * (chance.random() < 0.3) for _ in range(30)]
        for _ in range(90)
    ]
    return [*given, *changed, *map("".join, characters)]
