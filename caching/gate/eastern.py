"""Japanese and Chinese asks brought to one form by the phrases that open and close them. Words are not cut apart."""

from __future__ import annotations

import re

_POLITE = [
    r"^(?:こんにちは|すみません(?:が)?|質問です|你好|您好|大家好)[、，,。！!\s]+",
    r"^(?:请问(?:一下)?|请教一下|请帮我|请你|请您|麻烦(?:你|您)?|拜托(?:你|您)?|请|帮我|我想知道|我想问一下|能不能告诉我|能告诉我|可以告诉我|你知道|告诉我|想问一下)[、，, ]*",
    r"[、，,。！!？?\s]+(?:お願いします|お願い致します|よろしくお願いします|ありがとうございます|ありがとう|谢谢(?:你|您|了|大家)?|多谢|感谢|拜托了|麻烦了|好吗|可以吗)$",
    r"(?:を|か)?(?:教えてください|教えて下さい|教えていただけますか|教えてくれますか|教えてもらえますか|教えて)$",
]
_WH_HOW = "如何|怎样|怎么样|怎么才能|怎么|要怎么|该怎么|应该怎么|要如何|该如何|怎样才能|如何才能"
_FRAMES = [
    (r"^(.+?)(?:和|与|跟|同)(.+?)(?:之间)?(?:有什么|有何|的|有哪些)(?:区别|不同|差别|差异)(?:是什么|在哪里|在哪|有哪些)?$", "compare"),
    (r"^(?:比较|解释|说明)(?:一下)?(.+?)(?:和|与|跟|同)(.+?)(?:之间)?(?:的(?:区别|不同|差别|差异))?$", "compare"),
    (r"^(.+?)と(.+?)の(?:違い|差|相違点)(?:は|って|とは)?(?:何|なん|どこ|なに)?(?:です|でしょう)?か?$", "compare"),
    (r"^(.+?)と(.+?)の(?:違い|差)(?:について|を)(?:説明して|説明せよ)(?:ください|下さい)?$", "compare"),
    (r"^(.+?)と(.+?)は(?:どう|どのように|何が)(?:違い|異なり|違う)(?:ます|の|のです)?か?$", "compare"),
    (r"^(?:什么是|何谓|何为|解释(?:一下)?(?:什么是)?|说明(?:一下)?(?:什么是)?|介绍(?:一下)?)(.+?)(?:的意思|的含义)?$", "what"),
    (r"^(.+?)(?:是什么意思|是什么|是啥|指的是什么|的意思是什么|的含义是什么|的定义是什么|的定义|是指什么|有什么作用|的作用是什么|是做什么的|是干什么的)$", "what"),
    (r"^(.+?)(?:とは(?:何|なん)?(?:です|でしょう)?か?|って(?:何|なん)(?:です)?か?|の意味(?:は(?:何|なん)ですか|は|を説明して(?:ください)?|とは)?|について説明して(?:ください|下さい)?|を説明して(?:ください|下さい)?|は(?:何を|何をし|どういう意味)(?:しますか|ますか|ですか|を意味しますか)?|は何を意味しますか)$", "what"),
    (r"^(?:为什么|为何|为啥|是什么原因|什么原因)(.+)$", "why"),
    (r"^(.+?)(?:的原因是什么|是什么原因|是为什么|是因为什么)$", "why"),
    (r"^(?:なぜ|どうして|なんで|何故)[、,]?(.+?)(?:のですか|んですか|のでしょうか|の)?$", "why"),
    (rf"^(?:{_WH_HOW})(?:去|来)?(.+?)(?:呢|啊|呀)?$", "howto"),
    (rf"^(.+?)(?:应该|该|要)?(?:{_WH_HOW})(?:做|办|弄|操作|实现)(?:呢|啊)?$", "howto"),
    (r"^(.+?)(?:的方法(?:是什么|有哪些)?|的步骤(?:是什么|有哪些)?)$", "howto"),
    (r"^(.+?)には(?:どうすれば(?:いい|よい)(?:です|でしょう)?か?|どうしたら(?:いい|よい)(?:です|でしょう)?か?|どうやる(?:の)?(?:ですか)?|何をすればいいですか)$", "howto"),
    (r"^(.+?)(?:方法|手順|やり方)(?:は|を|とは|について)?(?:何ですか|なんですか|ありますか|知りたいです|説明して(?:ください)?|ですか)?$", "howto"),
    (r"^(?:我|我们)?(?:可以|能|能否|能不能|可不可以|可否)(.+?)(?:吗|么)?$", "can"),
    (r"^(.+?)(?:ことはできますか|ことができますか|ことは可能ですか|ことは可能でしょうか|ことはできるのでしょうか)$", "can"),
    (r"^(?:写|写出|编写|编|创建|生成|起草|撰写)(?:一个|一封|一段|一篇|一首|个|封|段|篇|首)?(.+)$", "make"),
]  # fmt: skip
FRAMES = [(re.compile(pattern), kind) for pattern, kind in _FRAMES]
POLITE = [re.compile(pattern) for pattern in _POLITE]
# A word of politeness may be what such an ask is about.
_MENTIONS = re.compile(r"怎么说|什么意思|翻译|译成|とは|意味|って|訳|言いますか|言う")
_SAME = [
    (re.compile(r"でしょうか|ですか"), "ですか"),
    (re.compile(r"構いませんか|大丈夫ですか|よいですか|よろしいですか"), "いいですか"),
    (re.compile(r"(?:将|把)(?=.{1,30}(?:翻译成|译成|翻译为|译为|转换为|转换成|升级到|升级为|改为|改成))"), "把"),
    (re.compile(r"翻译成|译成|翻译为|译为"), "翻译成"),
    (re.compile(r"转换为|转换成|转为|转成"), "转换成"),
    (re.compile(r"升级为|升级到"), "升级到"),
    (re.compile(r"写一?(?:个|段|篇|封|首)"), "写"),
    (re.compile(r"英文"), "英语"),
    (re.compile(r"日文"), "日语"),
    (re.compile(r"法文"), "法语"),
    (re.compile(r"德文"), "德语"),
    (re.compile(r"中文"), "汉语"),
]


def eastern(text: str) -> str:
    """`text`: in lower case, one space between words that have one. The same where nothing is known of it."""
    text = re.sub(
        r"(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])\s+|\s+(?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])", "", text
    )
    text = re.sub(r"[、，,.。？?！!\s]+$", "", text)
    for _ in range(0 if _MENTIONS.search(text) else 4):
        before = text
        for pattern in POLITE:
            text = re.sub(r"[、，,.。\s]+$", "", pattern.sub("", text))
        if text == before:
            break
        if not text:
            text = before
            break
    for pattern, put in _SAME:
        text = pattern.sub(put, text)
    for pattern, kind in FRAMES:
        match = pattern.match(text)
        if match is None:
            continue
        parts = [part.strip(" 、，,") for part in match.groups()]
        if not all(parts):
            continue
        if kind == "compare":
            return _compared(*parts)
        return f"{kind}: {parts[0]}"
    return text


def _compared(first: str, second: str) -> str:
    """What stands before the first side ("in Python ...") stays where it is."""
    front, sides = "", first
    for mark in ("中的", "里的", "における", "での", "中", "里", "で", "の"):
        if mark in first[1:-1]:
            front, _, sides = first.partition(mark)
            front += mark
            break
    return f"compare: {front} " + " | ".join(sorted((sides, second)))
