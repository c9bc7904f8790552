"""Pairs that turn an ask round, or into another one. Own list. None of them is ever held for its partner, however near."""

from __future__ import annotations

_PAIRS = """
on off|enable disable|open close|start stop|begin end|create delete|add remove|install uninstall|increase decrease|raise lower|ascending descending|asc desc|before after|encode decode|encrypt decrypt|compress decompress
zip unzip|pack unpack|push pull|upload download|import export|read write|load save|input output|source target|client server|front back|frontend backend|first last|min max|minimum maximum|minimise maximise|lowest highest|smallest largest
least most|less more|fewer more|oldest newest|earliest latest|old new|cheap expensive|cheapest most|fast slow|faster slower|good bad|better worse|best worst|big small|bigger smaller|larger smaller|tall short|taller shorter|long short|longer shorter|high low|higher lower
hot cold|warm cool|heat cool|wet dry|hard soft|hard easy|strong weak|light dark|light heavy|bright dark|clean dirty|full empty|rich poor|young old|early late|left right|up down|above below|over under|top bottom|inside outside|inner outer|internal external
in out|into from|to from|with without|include exclude|allow deny|allow block|permit forbid|allow forbid|accept reject|approve reject|grant revoke|lock unlock|mount unmount|attach detach|connect disconnect|subscribe unsubscribe|follow unfollow|like dislike
login logout|log_in log_out|sign_in sign_out|turn_on turn_off|show hide|visible hidden|public private|local remote|local global|static dynamic|manual automatic|synchronous asynchronous|sync async|serial parallel|horizontal vertical|row column|width height
positive negative|true false|yes no|valid invalid|legal illegal|safe unsafe|safe dangerous|secure insecure|mutable immutable|sorted unsorted|signed unsigned|stateful stateless|nullable required|optional required|mandatory optional|known unknown|possible impossible|correct incorrect|right wrong
lowercase uppercase|lower upper|prefix suffix|head tail|parent child|ancestor descendant|master slave|primary secondary|primary replica|leader follower|producer consumer|publisher subscriber|sender receiver|send receive|give take|buy sell|lend borrow|win lose|lose gain|gain lose|save spend
love hate|live die|birth death|marry divorce|arrive leave|enter exit|enter leave|come go|remember forget|learn teach|ask answer|question answer|help hurt|help harm|protect attack|build destroy|make break|fix break|repair damage|succeed fail|success failure|pass fail|advantage disadvantage|pro con|benefit risk
cause effect|cause prevent|cause treat|prevent cause|symptom cause|male female|man woman|boy girl|husband wife|mother father|son daughter|brother sister|king queen|uncle aunt|teacher student|doctor patient|employer employee|buyer seller|landlord tenant|lender borrower|day night|morning evening|summer winter|today yesterday|today tomorrow|yesterday tomorrow|past future
north south|east west|import export|debit credit|asset liability|income expense|profit loss|bull bear|singular plural|active passive|formal informal|polite rude|simple complex|simple complicated|odd even|even odd|prime composite|integer float|numerator denominator|addition subtraction|add subtract|multiply divide|union intersection|and or|any all|some all|all none|always never
every some|both either|only also|same different|similar different|equal unequal|join leave|join split|merge split|combine separate|expand collapse|expand shrink|grow shrink|zoom_in zoom_out|rise fall|sunrise sunset|forward backward|forwards backwards|next previous|clockwise counterclockwise|upgrade downgrade|promote demote|deploy rollback|commit revert|lock free|allocate free|acquire release|hire fire|insert delete|attract repel|absorb emit|inhale exhale|introvert extrovert|optimist pessimist|vegetarian carnivore
serialise deserialise|marshal unmarshal|freeze thaw|shut open|fill drain|wake sleep|stand sit|awake asleep|alive dead|guilty innocent|credit debit|theory practice|cpu gpu|tcp udp|http https|get post|put patch|left_join inner_join|inner outer|hashed plain|encrypted plain|staging production|development production|test production|dev prod|beta stable|latest lts
"""


def _opposites() -> frozenset[tuple[str, str]]:
    found = set()
    for pair in _PAIRS.replace("\n", "|").split("|"):
        if pair.strip():
            left, right = pair.split()
            found |= {(left, right), (right, left)}
    return frozenset(found)


OPPOSITE = _opposites()
# Prefixes that turn a word round: "safe" and "unsafe" are opposites without a list.
TURNING = (
    "un",
    "in",
    "im",
    "il",
    "ir",
    "non",
    "dis",
    "de",
    "anti",
    "mis",
    "a",
    "re",
    "pre",
    "post",
    "sub",
    "super",
    "inter",
    "intra",
    "hyper",
    "hypo",
    "macro",
    "micro",
    "multi",
    "mono",
    "bi",
    "over",
    "under",
    "out",
    "en",
    "co",
    "up",
    "down",
    "semi",
    "auto",
)


def turned(one: str, other: str) -> bool:
    """Whether two words are opposites, or one is the other with a prefix that turns it."""
    if (one, other) in OPPOSITE:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and any(
        long == prefix + short or long.replace("-", "") == prefix + short for prefix in TURNING
    )
