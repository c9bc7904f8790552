"""What an ask wants (how-to, what-is, why, ...) and what is left when the question's frame is taken off.

A sentence is a line of tokens in lower case, one space between; rewriting moves whole tokens, so that each keeps what is known
of it (see `asked`). Rules are tried over and over until none fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import requests
from .names import TONGUES

HOWTO, WHAT, WHY, WHEN, WHERE, WHO, AMOUNT, HOW, CAN, SHOULD, MUST, WILL, WOULD, YESNO, COMPARE, DO, MAKE, GIVE, ADVICE, BARE = (
    "howto", "what", "why", "when", "where", "who", "amount", "how", "can", "should", "must", "will", "would", "yesno", "compare", "do", "make", "give", "advice", "bare",
)  # fmt: skip

_SOMEONE = r"(?:you|u|someone|anyone|somebody|anybody|any one|some one)"
_ME = r"(?:i|we|you|u|one|someone|somebody|people|a person|anyone|me|us)"
_GOOD = r"(?:best|better|good|right|proper|correct|correctly|properly|recommended|preferred|ideal|standard|usual|normal|common|possible|suitable|appropriate|available|main|effective|optimal|typical|great|idiomatic|canonical|exact|general|different|various|top|most common|most effective|most appropriate)"
_WAY = r"(?:way|ways|method|methods|approach|approaches|step|steps|procedure|procedures|technique|techniques|process|trick|means|strategy|strategies|manner|practice|practices|option|options)"
_CMD = r"(?:command|commands|cmd|syntax|code|one liner|oneliner|snippet|command line|invocation|commandline|instruction|instructions)"
_ASK = r"(?:explain|tell|show|give|describe|help|walk|teach|list|write|provide|share|suggest|recommend|point|let|create|make|generate|summarise|summarize|translate|convert|compare|define|draft|find|name|outline|clarify|state|advise|guide|propose|rewrite|correct|fix|check|proofread|compose|calculate|compute|implement|design|refactor|review|extract|produce|format|sort|prove|solve|set|add|remove|turn|put|change|do|get|run|use|build|prepare|plan|analyse|analyze|classify|identify|simplify|shorten|expand|rephrase|print|send|open|elaborate|switch|install|enable|disable|close|start|stop|delete|move|copy|rename|merge|split|replace|update|reverse|remind|quote|answer|solve|complete|continue|finish|insert|append|reformat|document|optimise|optimize|debug|test|adapt|extend|polish|edit|organise|organize|rank|highlight|point)"
_TONGUE = "(?:" + "|".join(sorted(TONGUES)) + ")"
_Q = r"(?:how|what|which|why|when|where|who|whether|if|whose)"


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: re.Pattern[str]
    put: str  # \1 takes a group; other words are new tokens
    kind: str = ""  # the type it tells, "" for a mere filler


def _rule(pattern: str, put: str = "", kind: str = "") -> Rule:
    return Rule(re.compile(pattern), put, kind)


# Fillers come off wherever they stand; they tell no type.
_FILLERS = [
    _rule(
        r"^(?:quick (?:one|q|question)|just (?:out of curiosity|curious|wondering|a quick one|a quick question)|out of (?:pure |sheer |idle )?(?:curiosity|interest)|sorry (?:to|for) (?:bother|bothering|disturb|disturbing|ask|asking|the \w+ question|interrupting)(?: you)?|(?:silly|stupid|dumb|simple|noob|basic|beginner|small|short|newbie) question|i (?:always|keep|often|constantly|never|can never) (?:forget|forgetting|remember|mix this up|get this wrong)|i (?:am|was) (?:just )?(?:wondering|curious|asking)|i wonder|i (?:would|d) like to know|i have (?:a|one|another) (?:quick |small )?question|one more thing|a question|my question|question|for my understanding|before i forget|serious question|help|need help|help needed|please help|i need help|hi there|hello there|hey there|good \w+|ugh|erm|umm|uhm|hm|hmm|oh well|ok so|to be honest|tbh|fyi|as a reminder|remind me|tell me|say|listen|look|if you do not mind|if you would not mind|if possible|if i may ask|may i ask|if you know|please tell me|do you know|any idea|believe it or not|of course|you know) ?[,:] (?:but |so |and )?(?=\S)"
    ),
    _rule(
        r"^(?:help|help me|please help|help please|thanks|thank you(?: so| very)?(?: much)?|thanks (?:a lot|so much|a bunch|in advance)|thank you in advance|many thanks|cheers|any help is appreciated|any help would be appreciated|i am stuck|i am lost|it is urgent|this is urgent|any ideas|any idea|hi|hello|hey|hi there|hello there|good (?:morning|evening|afternoon|day)|please|much appreciated|i appreciate it|i need help|need help|quick question|question|ugh|ok|okay|i am new to this|sorry|what do you think|appreciated)$"
    ),
    _rule(
        r"^(?:hi|hello|hey|yo|dear|greetings|good (?:morning|afternoon|evening)|ok|okay|so|well|um|uh|hmm|basically|actually|please|pls|plz|kindly|sorry|excuse me|and|also|but|now|alright|honestly|first of all|thanks|thank you|just|simply|really|exactly|quickly|real quick|question for you|again|btw|by the way|folks|guys|maybe|perhaps|ah|oh|seriously|genuinely) (?:there |all |everyone |team |folks |guys )?(?:, )?(?=\S)"
    ),
    _rule(
        r"^(?:quick question|one question|dumb question|stupid question|noob question|simple question|question) (?:, |: )(?=\S)"
    ),
    _rule(r"^[,:] (?=\S)"),
    _rule(
        r"^(?:erm|umm|uhm|ugh|help|oh|ah|aha|welp|hm|yeah|yes|no|nah|alright|good morning|good evening|good afternoon|good day) (?=\S)"
    ),
    _rule(r"^(?:please )?be so (?:nice|kind|good) (?:as )?to (?=\S)"),
    _rule(
        r"^i (?:was |am )?(?:hoping|wonder|wondering)(?: if| whether)? (?:you|someone|anyone) (?:could|can|would|might) (?=\S)"
    ),
    _rule(r"^(?:any|some)(?:one|body) (?:know|knows)(?: about)? (?=\S)"),
    _rule(r"^(?:do|does|did) (?:you|anyone|anybody|someone|somebody) (?:happen to )?know (?=\S)"),
    _rule(
        r"^is (.+?) (\S+ed|\S+en|known|made|sold|built|run|sent|held|kept|set|thrown|won|fought|lost|led|paid|found|hit|brought|bought|caught|taught|told|cut|drawn|done|shown|shot|read|put|born|worn) by (?!default\b|hand\b|mistake\b|accident\b|law\b|e?mail\b|name\b|id\b|date\b|now\b|then\b|chance\b|means\b|\w+ing\b)((?:an? |the |my |your |our |many |most |some |people )?(?:(?!in |on |at |for |from |to |with |during |if |when |without |before |after |as |and |or )\S+ ){0,1}\S+(?: §\d+)?)((?: (?:in|on|at|for|from|to|with|during|if|when|without|before|after|as) .*)?)$",
        r"does \3 \2 \1 \4",
    ),
    _rule(
        r"^(?:are) (.+?) (\S+ed|\S+en|known|made|sold|built|run|sent|held|kept|set|thrown|won|fought|lost|led|paid|found|hit|brought|bought|caught|taught|told|cut|drawn|done|shown|shot|read|put|born|worn) by (?!default\b|hand\b|mistake\b|accident\b|law\b|e?mail\b|name\b|id\b|date\b|now\b|then\b|chance\b|means\b|\w+ing\b)((?:an? |the |my |your |our |many |most |some |people )?(?:(?!in |on |at |for |from |to |with |during |if |when |without |before |after |as |and |or )\S+ ){0,1}\S+(?: §\d+)?)((?: (?:in|on|at|for|from|to|with|during|if|when|without|before|after|as) .*)?)$",
        r"does \3 \2 \1 \4",
    ),
    _rule(
        r"^(?:was|were) (.+?) (\S+ed|\S+en|known|made|sold|built|run|sent|held|kept|set|thrown|won|fought|lost|led|paid|found|hit|brought|bought|caught|taught|told|cut|drawn|done|shown|shot|read|put|born|worn) by (?!default\b|hand\b|mistake\b|accident\b|law\b|e?mail\b|name\b|id\b|date\b|now\b|then\b|chance\b|means\b|\w+ing\b)((?:an? |the |my |your |our |many |most |some |people )?(?:(?!in |on |at |for |from |to |with |during |if |when |without |before |after |as |and |or )\S+ ){0,1}\S+(?: §\d+)?)((?: (?:in|on|at|for|from|to|with|during|if|when|without|before|after|as) .*)?)$",
        r"did \3 \2 \1 \4",
    ),
    _rule(
        r"^(can|could|may|must|should|will|would) (.+?) be (\S+ed|\S+en|known|made|sold|built|run|sent|held|kept|set|thrown|won|fought|lost|led|paid|found|hit|brought|bought|caught|taught|told|cut|drawn|done|shown|shot|read|put|born|worn) by (?!default\b|hand\b|mistake\b|accident\b|law\b|e?mail\b|name\b|id\b|date\b|now\b|then\b|chance\b|means\b|\w+ing\b)((?:an? |the |my |your |our |many |most |some |people )?(?:(?!in |on |at |for |from |to |with |during |if |when |without |before |after |as |and |or )\S+ ){0,1}\S+(?: §\d+)?)((?: (?:in|on|at|for|from|to|with|during|if|when|without|before|after|as|twice) .*)?)$",
        r"\1 \4 \3 \2 \5",
    ),
    _rule(
        r"^is it (?:possible|ok|okay|allowed|permitted|legal|feasible) for (?!me |us |you |one )(.+?) to (.*)$",
        r"can \1 \2",
    ),
    _rule(
        r"(?<=\S)(?: ,)?(?: :)? (?:please|pls|plz|thanks|thank you|thank you very much|thanks a lot|thx|ty|cheers|kindly|many thanks|thanks in advance|thank you in advance|by any chance|if you please|if possible|if you can|if you could|would you|will you|could you|can you|exactly|ok|okay|actually|though|anyway|precisely|properly|correctly|for me|to me|for us|somehow|i wonder|or what|btw|by the way|tho|i mean|real quick|any ideas|any idea|any help|any help appreciated|do you know|urgent|asap|i am curious|just curious)$"
    ),
    _rule(r"(?<=\S) [,:]$"),
    _rule(
        rf"^(?:could|can|would|will|might) {_SOMEONE} (?:please |kindly |possibly |maybe |perhaps |just |quickly |also |be so kind (?:as )?to |be so kind and |be able to )*(?={_ASK}\b)"
    ),
    _rule(r"^(?:could|can|would|will) (?:you|u|someone) (?:please|kindly|pls|plz) (?=\S)"),
    _rule(r"^would you mind (?=\w+ing\b)"),
    _rule(
        r"^(?:i would|i will|i d) (?:really |just )?(?:appreciate|be grateful|be glad|be happy|be thankful) (?:it )?(?:if|for) (?:you (?:could|can|would|will) )?"
    ),
    _rule(
        rf"^(?:i|we) (?:would |really |just |also |kinda |do |am |have |had |was |be )*(?:like|love|want|need|wish|wanted|wanting|trying|interested|curious|keen|looking) (?:{_SOMEONE} )?(?:to|in) (?:know|knowing|understand|understanding|find out|finding out|learn about|see|hear|hearing|figure out|ask|be told|learn)(?: about| more about| from you)? (?={_Q}\b)"
    ),
    _rule(
        rf"^(?:i|we) (?:am|was|are|were) (?:just |also |really |a bit |still )*(?:wondering|curious|unsure|not sure|confused|asking myself|interested|puzzled)(?: about| as to| to know| in knowing| in)?(?= {_Q}\b) "
    ),
    _rule(
        rf"^(?:i|we) (?:do|can|could|did) (?:not|really not|not really|not quite|not seem to|never) (?:quite |really |seem to |fully )*(?:know|understand|get|remember|figure out|work out|recall|see|grasp)(?: about)? (?={_Q}\b)"
    ),
    _rule(
        rf"^(?:do|does|would|can|could) (?:you|u|someone|anyone|somebody|anybody)(?: happen to)?(?: here)? (?:know|have (?:any |an )?idea|remember|understand|see|say)(?: of| about)?(?: , )? (?={_Q}\b)"
    ),
    _rule(rf"^(?:any|an) (?:idea|ideas|clue|hint|thoughts|chance you know)(?: on| about| as to)? (?={_Q}\b)"),
    _rule(
        rf"^(?:tell|show|teach|explain|clarify|describe|let|help|walk|guide|remind|enlighten|advise|inform|instruct)(?: to)?(?: me| us)?(?: please| clearly| exactly| again| quickly)?(?: know| understand| see| figure out| find out| work out| through| in on| on| about| learn)* (?={_Q}\b)"
    ),
    _rule(
        rf"^(?:what i (?:want|need|would like) to know is|my question is|the question is|i have a question about|a question about|question about|i ask|i wonder|wondering|curious|asking|i was asked|wanna know|want to know|need to know|like to know|no idea|not sure|unsure|can you say|is it known|it is unclear to me|i forgot|i forget|i keep forgetting|remind me|please tell) (?:: |, )?(?={_Q}\b)"
    ),
    _rule(
        r"^(?:is|was) it (?!true that|correct that|right that|possible|ok|okay|allowed|permitted|legal|better|advisable|recommended|wise|sensible|best|necessary|required|mandatory)(\w+) (?:for (?:me|you|us|one|someone|people|somebody) )?to (.*)$",
        r"is \2 \1",
        "",
    ),
]

# Frames tell the type. The first that fits wins; what it puts is read again.
_FRAMES = [
    # comparisons
    _rule(r"^(?:what|which) (?:is|are|would be|s) (?:the |some |a )?(?:main |key |exact |actual |real |basic |important |fundamental |essential |core |major )?(?:difference|differences|distinction|distinctions)(?: is| are)? (?:between|of|in) (.*)$", r"\1", COMPARE),
    _rule(r"^(?:the |some )?(?:main |key |exact |actual |real |basic )?(?:difference|differences|distinction)(?: is| are)? between (.*?)(?: ?[,:]? (?:what is it|what are they|explained|explain|is what))?$", r"\1", COMPARE),
    _rule(r"^(?:what|how) (?:sets|makes|distinguishes) (.*?) (?:apart|different|differ)(?: from) (.*)$", r"\1 and \2", COMPARE),
    _rule(r"^what distinguishes (.*?) from (.*)$", r"\1 and \2", COMPARE),
    _rule(r"^(?:explain|tell|describe|show|state|outline|clarify|give|list)(?: to)?(?: me| us)? (?:what )?(?:the |some )?(?:main |key |exact |actual )?(?:difference|differences|distinction)(?: is| are)? (?:between|of) (.*)$", r"\1", COMPARE),
    _rule(r"^how (?:do|does|is|are) (.*?) (?:differ|different|differing)(?: from| to| than| compared to| compared with) (.*)$", r"\1 and \2", COMPARE),
    _rule(r"^how (?:do|does) (.*?) compare(?: to| with| against| and)? (.*)$", r"\1 and \2", COMPARE),
    _rule(r"^how (?:do|does|are|is) (.*?) (?:differ|different|compare)(?: from each other| from one another)?$", r"\1", COMPARE),
    _rule(r"^how (.*?) differs? from (.*)$", r"\1 and \2", COMPARE),
    _rule(r"^compare (.*?) (?:with|to|against|and|versus|vs) (.*)$", r"\1 and \2", COMPARE),
    _rule(r"^(?:a |the )?comparison (?:of|between) (.*)$", r"\1", COMPARE),
    _rule(r"^(.*?) (?:vs|versus|v)(?: \.)? (.*?)(?: ?[,:] (?:how do they (?:differ|compare)|what is the difference|difference|differences|explain|explained|compare|comparison|what differs|which is what|what is different))?$", r"\1 and \2", COMPARE),
    _rule(r"^(.*? (?:and|or) .*?) ?[,:] (?:how do they (?:differ|compare)|what is the difference|difference|differences|what differs|what is different|what sets them apart)$", r"\1", COMPARE),
    _rule(r"^(?:give|write|provide|create|draft|make|need|want|i need|i want|produce)(?: me| us| up)? (?:a |an |the )?((?:short|brief|quick|detailed|concise|long|simple) )?summary of (.*)$", r"summarise \1 \2", DO),
    # what to do about something
    _rule(r"^what (?:should|can|could|do|must|would|shall) (?:i|we|you|one) do(?: about it| now| then)?(?: if| when| in case| about)? (?!to\b)(.*)$", r"\1", ADVICE),
    _rule(r"^(?!(?:what|which|who|where|when|why|how|is|are|do|does|did|can|could|should|will|would|whose)\b)(.*?) ?[,:]? what (?:should|can|could|do|must|would) (?:i|we|you|one) do(?: about it| about that| now| then)?$", r"\1", ADVICE),
    # how-to
    _rule(rf"^how (?:do|would|can|could|should) (?:you|i|we|one) (?:say|write) (.+?) in ({_TONGUE})$", r"translate \1 to \2", DO),
    _rule(rf"^(?:what is|what are) (?:the (?:word|translation|term) (?:for|of) )?(§\d+) in(?:to)? ({_TONGUE})$", r"translate \1 to \2", DO),
    _rule(r"^how (?:do|should|can|could|would|must) (?:i|you|we|one) (?:understand|interpret) (.*)$", r"\1", WHAT),
    _rule(r"^what is the (?:correct|right|proper|best) (?:use|usage) of (.*)$", r"use \1", HOWTO),
    _rule(r"^(?:what is |what was |tell me )?(?:the )?(release|expiry|launch|start|end|opening|closing|founding|publication|birth) date (?:of|for) (.*)$", r"\1 \2", WHEN),
    _rule(r"^what is the (?:height) of (.*)$", r"high \1", AMOUNT),
    _rule(r"^what is the (?:length) of (.*)$", r"long \1", AMOUNT),
    _rule(r"^what is the (?:depth) of (.*)$", r"deep \1", AMOUNT),
    _rule(r"^what is the (?:width) of (.*)$", r"wide \1", AMOUNT),
    _rule(r"^what is the (?:age) of (.*)$", r"old \1", AMOUNT),
    _rule(rf"^how (?:do|can|could|should|would|shall|might|must|did|may) {_ME} (?:go about|get to|be able to|manage to|best|properly|correctly|actually|possibly|easily go about|even|start to|go and|go on to|ever|ensure that|safely go about)* ?(.*)$", r"\1", HOWTO),
    _rule(rf"^(?:explain |show |tell |describe |teach )?(?:me |us )?how {_ME} (?:can|could|should|would|do|might|may|am supposed to|are supposed to|is supposed to|have to|need to|ought to)? ?(.*)$", r"\1", HOWTO),
    _rule(rf"^(?:explain |describe |outline |demonstrate |show |give instructions on |instructions on |a guide on |guide on |tutorial on |tutorial on how |a tutorial on )?(?:me |us )?how (?:to|do(?= (?:make|become|{_ASK})\b)) (?!(?:\S+ )?(?:work|works)$)(.*)$", r"\1", HOWTO),
    _rule(rf"^(?:what|which)(?: is| are| would be| might be| s)? (?:the |some |some of the |a |an |any )?(?:of the )?(?:{_GOOD} |and |a )*{_WAY} (?:is |are )?(?:do i |can i |should i |do you |can you |i can |i should |you can |one can |there |for me |for us |that i can |available |needed |required |necessary |use |take |follow |used |involved )*(?:to|for|of|in|by which i|i|through which i) (.*)$", r"\1", HOWTO),
    _rule(rf"^(?:the |some |a |an |any )?(?:{_GOOD} )*{_WAY} (?:to|for|of) (?=\S)(.*)$", r"\1", HOWTO),
    _rule(rf"^(?:in )?(?:what|which) {_WAY} (?:can|could|should|do|would|might) {_ME} (?:use to |take to |follow to )?(.*)$", r"\1", HOWTO),
    _rule(rf"^(?:is|are|was) there (?:a|an|any|some|one|the) (?:{_GOOD} |built in |simple |quick )*(?:{_WAY}|{_CMD}|possibility|function|tool) (?:to|of|for|that lets me|that allows me to|with which i can|i can use to|which i can use to|by which i can|in which i can) (.*)$", r"\1", HOWTO),
    _rule(rf"^(?:what|which)(?: is| are| would be)? (?:the |a |an |some )?(?:{_GOOD} )*(\S+ )?(?:{_GOOD} )*{_CMD} (?:do i use |should i use |can i use |do i need |do i run |should i run |i need |i use |would i use |must i use |i can use |used |needed |required |is used |is needed |lets me |that |which |will |would |can |there is |do you use |do i type )*(?:to|for|of|lets me|allows me to|that|which|will|does|let me|i)? ?(.*)$", r"\1\2", HOWTO),
    _rule(rf"^(?:give me |show me |need |i need |looking for |provide |tell me |write |what is )?(?:the |a |an |some )?(\S+ )?{_CMD} (?:to|for|that|which|of|that will|that lets me|needed to|i need to|used to) (.*)$", r"\1\2", HOWTO),
    _rule(r"^what (?:do|should|must|can|would|shall) (?:i|we|you|one) (?:need to |have to |be )*(?:do|doing|take|run|type|enter|use|execute|write) (?:in order )?to (.*)$", r"\1", HOWTO),
    _rule(r"^what (?:do|should|must|can) (?:i|we|you|one) (?:run|type|enter|execute) (?:in (?:order )?)?(?:to|if i want to|if i need to|for) (.*)$", r"\1", HOWTO),
    _rule(r"^what (?:is|does it|does one) (?:needed|required|necessary|take|need) (?:in order )?to (.*)$", r"\1", HOWTO),
    _rule(r"^(?:i|we) (?:would |really |just |also |am |do |have |was |currently |desperately |urgently )*(?:like|love|want|need|wish|trying|try|looking|attempting|wanted|got|hoping|planning|supposed)(?: a way| some way| help| instructions| the steps| the command| advice| a method)?(?: for| on| in| with)?(?: how)? to (?!know\b|understand\b)(.*?)(?:[ ,:]+(?:how(?: to)?(?: do i(?: do (?:it|this|that))?| can i(?: do (?:it|this|that))?| should i(?: do (?:it|this|that))?)?|what do i do|what should i do|how do i go about it|how would i do that|what is the way|any way to do that|is there a way))?$", r"\1", HOWTO),
    _rule(r"^(?:need|want|trying|looking|wanting|wanna|gotta|attempting|wish|would like)(?: a way| help| some way)? to (.*?)(?: ?[,:]? how(?: to)?(?: do i)?(?: can i)?)?$", r"\1", HOWTO),
    _rule(r"^(?:i need |need |looking for |want |i want |i am looking for |give me )?(?:some |any |your )?(?:help|assistance|advice|guidance|instructions|a guide|guide|tutorial|a tutorial|directions|a walkthrough|tips|pointers|steps|a recipe|the steps|the procedure|a procedure|step by step instructions)(?: me| us)?(?: with| on| for| in| to| about| how to)+ (?!me\b)(.*)$", r"\1", HOWTO),
    _rule(r"^help (?:me |us )(?:to )?(.*)$", r"\1", HOWTO),
    _rule(r"^(?:show|tell|teach|guide|walk|instruct)(?: me| us)?(?: through)? (?:how )?to (.*)$", r"\1", HOWTO),
    _rule(r"^(?!(?:what|which|who|where|when|why|how|is|are|do|does|did|can|could|should|will|would|whose)\b)(.*?) ?[,:]? (?:how(?: to)?(?: do i| can i| should i)?(?: do| achieve| accomplish)?(?: that| this| it)?|how would i do that|how is that done|how is this done|how does one do that|how is it done|how so|how do you do it|how do you do that|what (?:is|are) the (?:command|way|best way|syntax|steps)|what steps|how does (?:it|that|this) (?:go|work)|how would that work|how to do (?:it|that|this)|how does one do it|how should i do it|how can i do it|how to go about it)$", r"\1", HOWTO),
    _rule(r"^how (?:is|are|can|could|should|would|might|may) ((?:(?!be )\S+ )+)be (\S+(?:ed|en|t|ne|wn|n|d)\b.*)$", r"\1\2", HOWTO),
    _rule(r"^how (?:is|are) ((?:an?|the|my|your|one s)? ?\S+(?: \S+){0,2}?) (\S+ed|done|made|set|put|built|run|written|sent|read|found|shut|cut|split|given|taken|kept|held|drawn|thrown|caught|bound|broken|chosen|hidden|shown|undone|reset)(?: (.*))?$", r"\1 \2 \3", HOWTO),
    _rule(r"^how (?:does|do|would) (?:the |a |an )?((?:\S+ )?\S+(?:tion|sion|ment|al|ing|ance)) ((?:of|from|for) .+?) work((?: in| on| with| at) .*)?$", r"\1 \2 \3", HOWTO),
    # why
    _rule(r"^why (?:is|was) it (?:that )?(.*)$", r"\1", WHY),
    _rule(r"^(?:why|how come|for what reason|what for|wherefore|why exactly|why on earth|why the hell|why would it be that|explain why|the reason why|the reason|reasons?|reasons? why|reasons? for|the reasons? for|tell me why)(?: that| is it that)? (.*)$", r"\1", WHY),
    _rule(r"^what (?:is|are|was|could be|might be|would be|were|can be|may be) (?:the |some |a |some of the |all the |possible |likely )*(?:reason|reasons|cause|causes|explanation|causing|rationale|motivation|reasoning)(?: for the fact| that| why| for| of| behind| is| it)* (.*)$", r"\1", WHY),
    _rule(r"^what (?:can |could |might |may |would )?(?:causes|caused|cause|triggers|triggered|makes|made|make|leads|lead to|leads to|led to|explains|explain) (.*?)(?: to (\w+))?$", r"\1 \2", WHY),
    _rule(r"^(?!(?:what|which|who|where|when|why|how|is|are|do|does|did|can|could|should|will|would|whose)\b)(.*?) ?[,:]? (?:why(?: is that| is this| so| does that happen| does this happen| might that be| could that be| is it)?|what (?:is|are|might be|could be|would be) (?:the )?(?:likely |possible )?(?:reason|reasons|cause|causes)(?: for (?:that|this|it))?|how come|what (?:causes|caused) (?:that|this|it)|for what reason)$", r"\1", WHY),
    _rule(r"^(?!(?:what|which|who|where|when|why|how|is|are|do|does|did|can|could|should|will|would|whose)\b)(.*?) ?[,:]? (?:what is (?:wrong|the matter|the problem|going on|going wrong|up|the issue)|what went wrong|what am i doing wrong|what might be wrong|what could be wrong)$", r"\1", WHY),
    _rule(r"^by what (?:is|are|was|were) (.*)$", r"\1", WHY),
    # when, where, who
    _rule(r"^by (?:whom|who|what person) (?:is|was|are|were) (.*)$", r"\1", WHO),
    _rule(r"^(?:in )?(?:what|which) year (?:is|are|does|do|did|was|were|has|have)?\b ?(.*)$", r"\1", WHEN),
    _rule(r"^(?:when|at (?:what|which) (?:time|point|moment|stage)|(?:in|under|for) (?:which|what) (?:situation|situations|case|cases|circumstance|circumstances|scenario|scenarios|conditions|condition)|what time|on (?:what|which) (?:date|day))(?: exactly)? (?:is|are|does|do|did|was|were|has|have)?\b ?(.*)$", r"\1", WHEN),
    _rule(r"^what (?:is|was|are) the (?:right |best |correct |exact |good )*(?:time|date|moment|situation|situations)(?: and date)? (?:to|for|of|in which)(?: i should)? (.*)$", r"\1", WHEN),
    _rule(r"^(?:where|in (?:what|which) (?:place|places|location|locations|directory|file|folder|spot)|at (?:what|which) (?:place|location)|(?:what|which) place)(?: exactly)? (?:is|are|does|do|did|was|were|has|have)?\b ?(.*)$", r"\1", WHERE),
    _rule(r"^what (?:is|was|are) the (?:location|place|whereabouts)(?: of| where| for)? (.*)$", r"\1", WHERE),
    _rule(r"^(?:who|which person|what person|which people|whose|whom)(?: exactly)? (?:is|are|does|do|did|was|were|has|have)?\b ?(.*)$", r"\1", WHO),
    _rule(r"^(?:what is |what was |tell me )?(?:the )?name of the (?:person|man|woman|one) (?:who|that) (.*)$", r"\1", WHO),
    # amounts
    _rule(r"^how many (.+?) (?:does|do|did) (.+?) have((?: (?:in|on|for|at) .*)?)$", r"many \1 in \2 \3", AMOUNT),
    _rule(r"^how many (.+?) (?:are|is) (?:there )?(?:in|of|on) (.*)$", r"many \1 in \2", AMOUNT),
    _rule(r"^how tall (.*)$", r"high \1", AMOUNT),
    _rule(r"^what (?:number|quantity|amount) of (.*)$", r"many \1", AMOUNT),
    _rule(r"^what is the (?:total )?(?:number|count) of (.*)$", r"many \1", AMOUNT),
    _rule(r"^how (?=(?:many|much|long|often|far|old|big|large|tall|high|deep|fast|quickly|heavy|wide|frequently|hard|expensive|likely|common|important|good|bad|safe|accurate|reliable|hot|cold|close|soon|easy|difficult|strong|profitable|competitive|effective|small|late|early|dangerous|secure|different|useful|well)\b)(.*)$", r"\1", AMOUNT),
    # mechanism
    _rule(r"^(?:explain |describe |tell me |show me |outline )?(?:me |us )?how (?:exactly )?(?:do|does|did|is|are|was|were|has|have|can|could|would|should|will|might|comes?)?\b ?(.*)$", r"\1", HOW),
    # what-is
    _rule(r"^(?:explain|describe|clarify|tell)(?: to me| me)? (?:the )?(?:purpose|role|point|function|use) of (.*)$", r"purpose \1", WHAT),
    _rule(r"^(?:explain|describe|clarify|tell)(?: to me| me)? (?:the )?(?:meaning|definition) of (.*)$", r"\1", WHAT),
    _rule(r"^(?:what|which) (\S+(?: \S+){0,2}?) (?:does|do|did) (.+?) have((?: (?:in|on|for|at) .*)?)$", r"\1 of \2 \3", WHAT),
    _rule(r"^what (?:is|are) (.+?) (?:used|useful|needed|meant) for((?: (?:in|when|if|on|with|inside) .*)?)$", r"purpose \1 \2", WHAT),
    _rule(r"^(?!(?:what|which|who|where|when|why|how)\b)(.*?) (?:explained|explanation)$", r"\1", WHAT),
    _rule(r"^what (?:happens|would happen|will happen|happened|happen)? ?(?:if|when) (.*)$", r"if \1", WHAT),
    _rule(r"^what (?:is|are|was|were) (\S+ed|thrown|given|sent|shown|written) by (\S+)(.*)$", r"\2 \1 \3", WHAT),
    _rule(r"^what (?:does|do|did|is) (.+?) (?:mean|stand for|signify|supposed to mean|meant to mean)\b ?(?: exactly)?((?: (?:in|for|when|if|on|to|that|with|inside) .*)?)$", r"\1 \2", WHAT),
    _rule(r"^what (?!(?:does|do|did|is|are)\b)(.+?) (?:does|do|is for|is good for|is used for)((?: (?:in|for|when|if|on|to|that|with|inside) .*)?)$", r"purpose \1 \2", WHAT),
    _rule(r"^what (?!(?:does|do|did|is|are)\b)(.+?) (?:means|stands for)((?: (?:in|for|when|if|on|to|that|with|inside) .*)?)$", r"\1 \2", WHAT),
    _rule(r"^what (?:does|do|did|is) (.+?) (?:do|good for|there for|supposed to do|meant to do)\b ?(?: exactly)?((?: (?:in|for|when|if|on|to|that|with|inside) .*)?)$", r"purpose \1 \2", WHAT),
    _rule(r"^(?:what|which)(?: is| are| was| would be)? (?:the |a )?(?:meaning|definition|idea)s? (?:of|behind) (.*)$", r"\1", WHAT),
    _rule(r"^(?:what|which)(?: is| are| was| would be)? (?:the |a )?(?:purpose|point|role|effect|use|job|function)s? (?:of|behind) (.*)$", r"purpose \1", WHAT),
    _rule(r"^(?:the )?(?:meaning|definition) of (.*)$", r"\1", WHAT),
    _rule(r"^(?:the )?(?:purpose|point|role|effect) of (.*)$", r"purpose \1", WHAT),
    _rule(r"^(?:what|which|whats)(?: exactly| precisely| kind of thing)? (?:is|are|was|were|would be|might be|could be)?\b ?(?:it |there )?(?:meant by (?:the )?(?:term |word |phrase )?)?(?:some |some of |any |one of |a few )?(?:of )?(.*)$", r"\1", WHAT),
    _rule(r"^(?:i |we )?(?:do not|would like to|want to|need to|am trying to|can not|cannot) (?:understand|know|know about|understand about|learn about|get)(?: about| what| more about)? (?!how\b|why\b|when\b)(.*?)(?: is)?$", r"\1", WHAT),
    _rule(r"^(?:i |we )?(?:would |really |urgently |just )*(?:give|show|provide|suggest|recommend|share|need|want|like|require|am looking for|are looking for|looking for|bring|hand)(?: me| us)?(?: with)? (?=\S)(?!an explanation|an overview|a definition|a description|the definition|an explanation|a list of|the list of|information|some information)(?!to )(.*)$", r"\1", GIVE),
    _rule(r"^(?:explain|define|describe|clarify|tell|elaborate|discuss|outline|introduce|give|list|name|enumerate|mention|state|show|provide|share|suggest|recommend|cite|teach|brief)(?: on)?(?: me| us)?(?: to me| to us| with me)?(?: clearly| please)?(?: about| all about| more about| on| with)?(?: a list of| the list of| lists of| a definition of| the definition of| an explanation of| an overview of| some| some information on| some information about| information about| information on| a description of| the meaning of| the basics of| the concept of| the idea of| the term| the concept| the names of| a few| what)? (?!how\b|why\b|when\b|where\b|who\b)(.*?)(?: (?:is|are|means))?$", r"\1", WHAT),
    _rule(r"^(?:the )?(?:explanation|overview|description|concept|list|names?) of (.*)$", r"\1", WHAT),
    _rule(r"^(?!(?:what|which|who|where|when|why|how|is|are|do|does|did|can|could|should|will|would|whose)\b)(.*?) ?[,:] (?:what is (?:that|it|this)(?: supposed to mean)?|what does (?:it|that|this) mean|meaning|explain|explained|explanation|what are (?:they|those|these)|definition|please explain|what is it|what do they mean|what do they do|what does it do|purpose)$", r"\1", WHAT),
    # modal and plain yes or no
    _rule(r"^is it (?:true|correct|right|the case) that (.*)$", r"\1", YESNO),
    _rule(r"^(?:can|could|may|might|am i able to|are we able to|is (?:it|there)(?: at all)? (?:possible|ok|okay|allowed|permitted|fine|any possibility|possibility|a possibility|alright|feasible)(?: for (?:me|us|you|one|someone|people))?(?: to| if i| that i| that)?|am i allowed to|are you allowed to|are we allowed to|does it work to)\b ?(.*)$", r"\1", CAN),
    _rule(r"^(?:should|shall|ought|would it be (?:better|wise|smart|good|best)(?: for me)? (?:to|if i)|is (?:a good idea|recommended|advisable|wise|sensible|smart|better|good practice|best practice) (?:for me )?to|do you (?:recommend|advise|suggest)(?: that i| to)?|am i supposed to|are we supposed to|had i better|is it (?:a good idea|advisable|recommended|better|wise|sensible|best) to)\b ?(.*)$", r"\1", SHOULD),
    _rule(r"^(?:must|(?:do|does) (?:i|we|you|one|it) (?:have|need|has|needs) to|is (?:necessary|required|mandatory|needed|obligatory) (?:for me )?to|am i (?:required|obliged|forced) to|is it (?:necessary|required|mandatory|needed|obligatory)(?: for (?:me|us|you))? to)\b ?(.*)$", r"\1", MUST),
    _rule(r"^(?:will|is going to|are going to)\b ?(.*)$", r"\1", WILL),
    _rule(r"^would (.*)$", r"\1", WOULD),
    _rule(r"^(?:is|are) (.+?) able to (.*)$", r"\1 \2", CAN),
    _rule(r"^(?:is|are|am|was|were) (?:there )?(.*)$", r"\1", YESNO),
    _rule(r"^(?:do|does|did|has|have|had) (?=(?:not )?(?:i|you|we|they|he|she|it|the|a|an|my|your|any|all|every|each|most|some|people|anyone|someone|there|\S+ (?!to\b|with\b|for\b)\S+)\b)(.*)$", r"\1", YESNO),
]  # fmt: skip


_FILLERS[:0] = [_rule(pattern, put) for pattern, put in requests.FILLERS]
_FRAMES[:0] = [_rule(pattern, put, kind) for pattern, put, kind in requests.FRAMES]


@dataclass(frozen=True, slots=True)
class Part:
    """One token of a rewritten sentence: where it stood, or a word put in by a rule (`at` -1)."""

    at: int
    word: str


def unframe(words: list[str], imperative: frozenset[str]) -> tuple[str, list[Part], str, list[str]]:
    """The type of a sentence, what is left of it, the person it is about ("i", "you", "one", "we" or ""), and its words
    without fillers."""
    parts = [Part(at, word) for at, word in enumerate(words)]
    person = _person(words)
    parts = _turned(_strip(parts))
    plain = [part.word for part in parts]
    kind = ""
    for _ in range(3):
        text = " ".join(part.word for part in parts)
        for rule in _FRAMES:
            match = rule.pattern.match(text)
            if match is not None:
                kind = _named(kind, rule.kind)
                parts = _strip(list(_put(parts, match, rule.put)))
                break
        else:
            break
        if kind not in (HOWTO, WHY) or not re.match(r"(?:how|to|why)\b", " ".join(p.word for p in parts)):
            break
        if parts and parts[0].word == "to":
            parts = parts[1:]
            break
    if not kind:
        kind = BARE
        if parts and parts[0].word in imperative:
            kind = (
                MAKE
                if parts[0].word
                in ("write", "create", "make", "generate", "draft", "compose", "produce", "craft", "prepare")
                else DO
            )
    return kind, parts, person, plain


_FRONT = re.compile(
    r"^((?:in|on|for|with|using|at|from|under|within|inside|via|if|when|after|before|to|as|given|among|since|without|by|during|according|of|between|regarding|about)\b[^,:]*|(?:the |my )?[^,:\s]+(?: [^,:\s]+){0,2}) ?[,:] (.+)$"
)
_OPENS = re.compile(
    rf"^(?:please |kindly |then |so |but |and )*(?:{_Q}|whats|is|are|was|were|do|does|did|can|could|should|will|would|may|must|shall|am|has|have|had|{_ASK}|i|we|need|is there|there|the)\b"
)


_TOPIC = re.compile(r"^([^,:]+) [,:] ((?:[^,:]+ )?)(?:it|this|that|them|they)((?: [^,:]+)?)$")
_CLAUSE = re.compile(r"\b(?:i|we|you|my|is|are|was|were|has|have|does|do|did|can|will|should|if|when|not)\b")


def _turned(parts: list[Part]) -> list[Part]:
    """ "In Python, how do I ..." and "python: how do I ..." are "how do I ... in Python"."""
    text = " ".join(part.word for part in parts)
    match = _TOPIC.match(text)
    if match is not None and _OPENS.match(match.group(2)) and not _CLAUSE.search(match.group(1)):
        return _strip(list(_put(parts, match, r"\2 \1 \3")))
    match = _FRONT.match(text)
    if (
        match is None
        or " " not in match.group(2)
        or not _OPENS.match(match.group(2))
        or re.search(r"\b(?:vs|versus|or)\b", match.group(1))
    ):
        return parts
    count = len(match.group(1).split())
    front, rest = parts[:count], _strip(parts[count + 1 :])
    if not re.match(
        r"(?:in|on|for|with|using|at|from|under|within|inside|via|if|when|after|before|to|as|given|among|since|without|by|during|according|of|between|regarding|about)\b",
        text,
    ):
        front = [Part(-1, "in"), *front]
    if front[0].word == "to":
        front = [Part(-1, "for"), *front[1:]]
    return [*rest, Part(-1, ","), *front] if rest else parts


def _named(old: str, new: str) -> str:
    return old or new


def _person(words: list[str]) -> str:
    for word in words[:8]:
        if word in ("i", "you", "u", "one", "we", "im"):
            return {"u": "you", "im": "i"}.get(word, word)
    return ""


def _strip(parts: list[Part]) -> list[Part]:
    for _ in range(8):
        text = " ".join(part.word for part in parts)
        for rule in _FILLERS:
            match = rule.pattern.search(text)
            if match is not None:
                if rule.put and "\\" not in rule.put:  # in place of what is matched
                    after = len(text[match.end() :].split())
                    parts = [
                        *(Part(-1, word) for word in rule.put.split()),
                        *(parts[len(parts) - after :] if after else []),
                    ]
                elif rule.put:
                    parts = list(_put(parts, match, rule.put))
                else:
                    before, after = len(text[: match.start()].split()), len(text[match.end() :].split())
                    parts = parts[:before] + (parts[len(parts) - after :] if after else [])
                break
        else:
            return parts
        if not parts:
            return parts
    return parts


def _put(parts: list[Part], match: re.Match[str], put: str) -> Iterator[Part]:
    """The parts a match keeps, in the order of its template."""
    text = match.string
    for piece in re.findall(r"\\\d|[^\s\\]+", put):
        if piece[0] != "\\":
            yield Part(-1, piece)
            continue
        begin, end = match.span(int(piece[1]))
        if begin < 0:
            continue
        span = text[begin:end]
        begin += len(span) - len(span.lstrip())
        count = len(span.split())
        if count:
            first = text[:begin].count(" ")
            yield from parts[first : first + count]
