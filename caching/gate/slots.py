"""Words that must be met by the same word, and words that may be wanting."""

from __future__ import annotations

from .names import TONGUES
from .opposites import OPPOSITE

TURNED = frozenset(word for pair in OPPOSITE for word in pair)
LONGEST = 2_000  # characters; longer asks are compared as they stand
NEGATIONS = frozenset("not no never none neither nor nothing nobody nowhere cannot hardly barely".split())
QUANTIFIERS = frozenset(
    "all some any every each both either neither none many few several most least more less fewer first last second third next previous only another other same half enough once multiple single whole entire just two one".split()
)
MODALS = {
    "can": "can",
    "could": "can",
    "may": "can",
    "might": "can",
    "should": "should",
    "ought": "should",
    "shall": "should",
    "must": "must",
    "will": "will",
    "would": "would",
}
PAST = frozenset("did was were had".split())
# Words with a common other meaning as a noun: brought to their group only where a verb stands.
NOUNY = frozenset(
    "list view order figure search point sign pay wage address instance object character store book plan start end copy build check turn object see".split()
)
# What may be left out beside the exact thing it names: "the error X" is X.
CLASS_NOUNS = frozenset(
    "phrase idiom expression acronym abbreviation saying proverb error file function method command option flag status_ directive keyword operator class module package library tool language variable statement symbol_ code_ exception setting server_ service_ program utility website company_ log line message term word concept string_ tag attribute property hook cmd app software".split()
)
SHARED = frozenset("a in on me i do to as is an of be".split())  # English, and in other languages
CLAUSES = frozenset("if when while because although unless until since".split())
WORDS_OF_LANGUAGES = frozenset("keyword statement operator directive decorator clause".split())
MAKING = "*make*"  # the verb of "write ...", "draft ...", "I need ..."
MOTION = frozenset(
    "convert change transform turn translate migrate move copy send add go switch upgrade downgrade from push connect bind map attach export import cast point redirect forward upload link deploy port write append save assign reduce increase set rename compare merge apply access relate belong happen contribute respond reply listen refer subscribe come deliver lead".split()
)
# Words that tell nothing of what an ask is about.
LIGHT = (
    frozenset(
        "use write say spell translate define mean adverb adjective noun verb word plural synonym antonym pronounce call correct or but and *make* purpose".split()
    )
    | TONGUES
)
