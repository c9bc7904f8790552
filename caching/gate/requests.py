"""Further ways to put a request: politeness, lead-ins and ends, and frames of questions. Read before those of `frames`.

Each is a pattern, what is put for it, and (of frames) the type it tells. Only what leaves the request itself as it is."""

from __future__ import annotations

_ANY = r"(?:you|u|someone|anyone|somebody|anybody|one of you|any of you|y'all)"
_SOFT = r"(?:possibly |kindly |please |pls |maybe |perhaps |just |quickly |also |ever |at all |be able to |be so kind as to |be willing to |be kind enough to |be so good as to |have time to |manage to |happen to )*"
_SELF = r"(?:i|we|you|u|one|someone|people|a person|somebody)"
_SAID = r"(?:tell|show|teach|explain|say|let|help|walk|guide|remind|inform|advise)"
# "would you mind writing ...?" is "write ...".
_DOING = "writing write|creating create|fixing fix|translating translate|explaining explain|summarising summarise|summarizing summarise|converting convert|giving give|listing list|checking check|comparing compare|generating generate|describing describe|drafting draft|composing compose|making make|providing give|naming name|defining define|rewriting rewrite|correcting correct|proofreading proofread|reviewing review|sharing give|suggesting suggest|recommending recommend|calculating calculate|solving solve|outlining outline|debugging debug|refactoring refactor|optimising optimise|optimizing optimise"

_DOERS = "author write|writer write|inventor invent|discoverer discover|painter paint|founder found|creator create|composer compose|director direct|designer design|developer develop|winner win|owner own|killer kill|builder build|architect design|sculptor sculpt"

_DONE = r"(\w+ed|\w+en|known|made|sold|built|run|sent|held|kept|set|won|fought|lost|led|paid|found|brought|bought|caught|taught|told|cut|drawn|done|shown|shot|read|put|worn|understood)"
_DOER = r"(?!default\b|hand\b|mistake\b|accident\b|law\b|mail\b|email\b|name\b|\w+ing\b)((?:an? |the |my |your |our |many |most )?(?:(?!in |on |at |for |from |to |with |during |if |when |and |or )\S+ )?\S+)"
_WHERE = r"((?: ,)? (?:in|on|at|for|from|to|with|during|if|when|without|before|after) .*)?"

FILLERS: list[tuple[str, str]] = [
    (rf"^(?:would|do|will|could) (?:you|u) mind (?:please |maybe |very much )?(?:{_SAID}ing|telling|letting) (?:to )?(?:me|us) (?:know |understand |out )?(?:by )?", ""),
    *((rf"^(?:would|do) (?:you|u) mind (?:please )?{doing} (?:me |us )?", verb) for doing, verb in (each.split() for each in _DOING.split("|"))),
    (rf"^(?:(?:is|are) there )?(?:any|a|some) (?:chance|chances|possibility|way) (?:that |at all |at all that )?{_ANY} (?:could|can|would|might|will) {_SOFT}", ""),
    (rf"^do you (?:think|reckon|suppose) (?:that )?{_ANY} (?:could|can|would|might) {_SOFT}", ""),
    (rf"^(?:i|we) (?:was|am|were|are|have been|wonder|wondered|had been) ?(?:just |really )?(?:wondering|hoping|curious)? (?:if|whether|that) {_ANY} (?:could|can|would|might|may|know) {_SOFT}", ""),
    (rf"^(?:i|we) (?:wonder|hope|wondered) (?:if|whether|that)? ?{_ANY} (?:could|can|would|might) {_SOFT}", ""),
    (r"^(?:i|we) (?:need|want|would like|would love|d like|require|would need|would want) (?:for )?(?:you|someone) to (?:please |kindly )?(?=(?:write|create|make|explain|tell|show|give|help|translate|summari[sz]e|convert|list|fix|generate|draft|compare|describe|define|find)\b)", ""),
    (r"^(?:(?:i|we) (?:was |am |were |are |would |just |also |have been )*(?:wondering|curious|like to know|love to know|want to know|wanted to know|need to know|know|wonder|asking|not sure|unsure|like to ask|wanted to ask|want to ask|interested to know|keen to know)|(?:do|does) (?:you|anyone|anybody|someone) (?:happen to )?know|(?:please )?(?:tell|let) (?:me|us)(?: know)?|any idea|wondering|not sure|can you (?:tell me|say)|do you think) (?:if|whether) (i|we|you|one|it|there|this|that|they|(?:the |a |an |my |your )?\w+) (can|could|should|may|must|is|are|was|will|would|does|do) (.*)$", r"\2 \1 \3"),
    (r"^(?:i |we )?(?:need|want|would like|could use) (?:some |your )?help (?:with |in )?(?:understanding|grasping|comprehending) (?!how\b|why\b|what\b|when\b)", "explain"),
    (r"^(?:i|we) (?:have been|was|am|were|are) (?:just |really )?(?:wondering|thinking about|curious about|unsure about|confused about) (?=how to\b)", ""),
    (r"^help (?:me|us) (?:to )?(?:understand|get my head around|make sense of|grasp) (?!how\b|why\b|what\b|when\b|where\b|who\b|which\b)", "explain"),
    (r"^help (?:me|us) (?:to )?(?:understand|figure out|find out|work out|see|learn) (?=(?:how|why|what|when|where|who|which)\b)", ""),
    (r"^(?:i |we )?(?:need |would like |want |would appreciate |could use )?(?:some |your |a little )?(?:help|assistance) (?:me |us )?(?:out )?(?:with |in |on |by )(?=\w+ing\b)", "how to"),
    (r"^help (?:me|us) (?:out )?(?:to )?(?!out\b|with\b|on\b|in\b|by\b|understand\b|find\b|decide\b|please\b)(?=\w+ )", "how to"),
    (r"^(write|create|make|generate|draft|compose|produce|craft|prepare|build|design|code|give|show) (?:me|us|up|for me) (?:up )?(?=(?:a|an|some|§\d+|two|three|four|five|six|seven|eight|ten|twenty)\b)(.*)$", r"\1 \2"),
    (r"^(?:real |just a |just one |one |a )?(?:quick|small|short|simple|random|silly|stupid|dumb|basic|newbie|noob|general|beginner|honest|genuine|serious)(?: little)? (?:question|one|q|thing|query|request|favou?r)(?: here| for you| about this| please)? ?[,:]? (?:but |so |and )?(?=(?:how|what|why|when|where|who|which|is|are|do|does|did|can|could|should|would|will|may|must|am|has|have|please|i|we|any)\b)", ""),
    (r"^(?:sorry|apologies|forgive me|pardon me|excuse me|pardon)(?: if this is| for the| for a| for this| to bother| to ask| for asking| for bothering)?(?: a| the| you| this| such a)?(?: dumb| stupid| silly| basic| noob| newbie| simple| obvious| trivial)?(?: question)?(?: ,)? (?:but |so |and )?(?=(?:how|what|why|when|where|who|which|is|are|do|does|did|can|could|should|would|will|may|must|am|has|have)\b)", ""),
    (r"^(?:hi|hello|hey|hiya|howdy|yo|dear|greetings|good (?:morning|afternoon|evening|day))(?: there| all| everyone| everybody| team| folks| guys| assistant| bot| chatgpt| friend| again| mate| buddy)* ?[,:]? (?:hope you are (?:well|doing well|having a good day)|i hope you are (?:well|doing well)|how are you(?: doing)?(?: today)?)? ?[,:]? ?(?=\S)", ""),
    (r"^(?:if (?:it is )?(?:possible|you can|you could|you do not mind|you would not mind|you have (?:time|a moment|a minute|a second)|i may(?: ask)?|you know|that is ok|it is ok)|when you (?:have|get) (?:a moment|a minute|a chance|a second|time)|whenever you (?:have|get) (?:a moment|time)|at your convenience) ?[,:]? (?=(?:how|what|why|when|where|who|which|is|are|do|does|did|can|could|should|would|will|may|must|please|tell|explain|show|give|write|create|help)\b)", ""),
    (r"(?<=\S)(?: ,)? (?:please help|please help me|help please|please advise|please explain|kindly help|kindly advise|please let me know|let me know|please tell me|thanks in advance|thanks a bunch|thanks a ton|thanks a million|thanks so much|thanks very much|thank you so much|thank you kindly|many thanks in advance|thx in advance|tia|much obliged|much appreciated|would be appreciated|any help (?:is|would be|will be) (?:much |greatly |highly |really )?(?:appreciated|welcome|great)|i (?:would|will) (?:really |greatly |much )?(?:appreciate (?:it|that|any help|your help)|be (?:very |so |really )?(?:grateful|thankful))|i appreciate it|appreciate it|i would like to know|i want to know|i wonder|just wondering|i was wondering|if you do not mind|if you would not mind|if you would be so kind|if that is ok|if that is okay|if it is not too much trouble|if you would|if at all possible|if you know|if anyone knows|does anyone know|does anybody know|anyone know|anybody know|anyone|anybody|if i may ask|may i ask|can anyone help|can you help|can you help me|can someone help|can somebody help|could you help|could someone help|could you tell me|can you tell me|would you please|will you please|can you please|could you please|please and thank you|pretty please|help me|help me please|help me out|i need help|need help|i need your help)$", ""),
    (r"(?<=\S) , (?:asap|as soon as possible|urgently|urgent|it is urgent|this is urgent|when you have (?:time|a moment|a minute|a second|a chance)|when you get a chance|in your opinion|in your view|do you think|would you say|right|then|generally|generally speaking|in general terms|mate|guys|folks|everyone|all|buddy|friend|sir|madam|chatgpt|assistant)$", ""),
    (r"^((?:.* )?(?:convert|converting|conversion|migrate|migrating|migration|translate|translating|translation|switch|switching|upgrade|upgrading|transform|transforming)) from (?=.* (?:to|into)\b)(.*)$", r"\1 \2"),
    (rf"^(how|why|when|where) (can|could|should|must|may|will|would) (.+?) be {_DONE} by {_DOER}{_WHERE}$", r"\1 \2 \5 \4 \3 \6"),
    (rf"^(why|when|where|how) (?:is|are) (.+?) {_DONE} by {_DOER}{_WHERE}$", r"\1 does \4 \3 \2 \5"),
    (rf"^(why|when|where|how) (?:was|were) (.+?) {_DONE} by {_DOER}{_WHERE}$", r"\1 did \4 \3 \2 \5"),
    (rf"^what (should|can|could|must|may|will) be {_DONE}( .+?)? by {_DOER}{_WHERE}$", r"what \1 \4 \2 \3 \5"),
    (rf"^by (which|what) (\w+) (?:was|were|is|are) (.+?) {_DONE}{_WHERE}$", r"\1 \2 \4 \3 \5"),
    (r"^(.* )?make (.+?) (?:faster|run faster|go faster|quicker|run quicker|load faster|work faster)((?: ,)? (?:in|on|with) .*)?$", r"\1 speed up \2 \3"),
    (r"(?<=\S) , (?:of course|well|you know|i mean|i think|i guess|i suppose|believe it or not|basically|by the way|btw|unfortunately|sadly|luckily|obviously|apparently|for some reason|to be honest|as it happens|as far as i know|if you will) (?=, )", ""),
    (r"^(?:right|well|ok|okay|so|alright|now) , (?:so |then |well |and )?(?=(?:how|what|why|when|where|who|which|is|are|do|does|did|can|could|should|would|will|may|must|am|i|we|please)\b)", ""),
    (r"^((?:how|what|why|when|where|who|which|is|are|do|does|did|can|could|should|would|will)\b.*) then$", r"\1"),
    (r"^(?:asap|as soon as possible|urgent|urgently)(?: please)?$", ""),
]  # fmt: skip

FRAMES: list[tuple[str, str, str]] = [
    # how-to
    (r"^(?:i |we )?(?:am |are |was |have been )?(?:looking|searching|hunting|in search|on the lookout) (?:for|of) (?:a |an |some |any |the )?(?:good |quick |simple |easy |clean |nice |proper )?(?:way|ways|method|methods|means|instructions|steps|guide|tutorial|procedure) (?:to|of|for|on|on how to|for how to|in which i can|that i can|i can|how to) (.*)$", r"\1", "howto"),
    (r"^(?:walk|guide|talk|take|lead|run|step) (?:me|us|someone) through (?:the )?(?:whole |full |entire )?(?:process|steps|procedure|stages)? ?(?:of|for|to|involved in|needed to|required to|in|how to|how i can|how you)? ?(?=\w+ing\b)(.*)$", r"\1", "howto"),
    (r"^(?:walk|guide|talk|take|lead|run|step) (?:me|us|someone) through (?:the )?(?:whole |full |entire )?(?:process|steps|procedure|stages) (?:of|for|to|involved in|needed to|required to|in) (.*)$", r"\1", "howto"),
    (r"^(?:walk|guide|talk|take|lead) (?:me|us) through how (?:to|i can|i could|you|one can|you can|we can) (.*)$", r"\1", "howto"),
    (rf"^(?:is|are) there (?:a|an|any|some|no) (?:good |easy |quick |simple |other |possible )?(?:way|ways|method|methods|possibility) (?:that |by which |in which |for me to |for us to |for one to )?(?:{_SELF} (?:can|could|might|may|would) )?(?:to )?(?=\S)(.*)$", r"\1", "howto"),
    (rf"^(?:what|which)(?: is| are| would be)? (?:the |a |some )?(?:way|ways|method|methods|steps|procedure) (?:that )?{_SELF} (?:can|could|should|would|need to|have to|must|might|may) (?:use to |take to |follow to |go through to )?(.*)$", r"\1", "howto"),
    (r"^what (?:needs to|has to|must|should|can|could) be done (?:in order )?to (.*)$", r"\1", "howto"),
    (r"^what (?:is|would be) (?:involved|required|necessary) (?:in|for|to) (?=\w+ing\b|\w+ )(.*)$", r"\1", "howto"),
    (r"^what (?:does it take|would it take|will it take|do you do|do i do|should one do|would you do) (?:in order )?to (.*)$", r"\1", "howto"),
    (r"^(?:i|we) (?:have no idea|do not have a clue|have no clue|am not sure|am unsure|do not know|am struggling|struggle|am having trouble|am having a hard time|can not figure out|cannot figure out|would like to know|want to know|wish to know|need to know|want to learn|would like to learn|am trying to figure out|am trying to find out|am trying to learn|am trying to understand|need help|am stuck)(?: with| on| about| in)? how (?:to|i can|i could|i should|one can|you can) (.*)$", r"\1", "howto"),
    (r"^(?:steps|step by step|instructions|directions|guide|tutorial|walkthrough|howto|how to guide|procedure|method|methods|way|ways|process|a guide|a tutorial|the steps|the procedure|the process|the way|a way|a method)(?: required| needed| necessary| involved)? (?:to|for|on|of|in|how to) (?=\w+)(.*)$", r"\1", "howto"),
    (r"^(?:a |the )?(?:step by step|detailed|complete|quick|short) (?:guide|instructions|tutorial|walkthrough) (?:to|for|on|of|how to) (.*)$", r"\1", "howto"),
    (r"^(?:give|show|provide|send|offer|write)(?: me| us)?(?: some| the| a| clear| detailed)* (?:instructions|steps|directions|guidance|guidelines|guide|tutorial|walkthrough|procedure)(?: on| for| to| of| how)+ (?:to )?(.*)$", r"\1", "howto"),
    (r"^how (?:is|was) it (?:possible|done)(?: that| for me| for one)? (?:to )?(.*)$", r"\1", "howto"),
    (r"^(?:show|teach|tell|explain)(?: to)?(?: me| us) (?:the |a |some )?(?:way|method|steps|procedure|process|ways)(?: to| of| for| needed to| in which i can)+ (.*)$", r"\1", "howto"),
    (r"^how (?:does|do|would|will) (?:the |a |an |one s |your |my )?((?:\S+ )?\S+(?:tion|sion|ment|al|ing|ance)) ((?:\S+ )+(?:to|into) .+?) work((?: in| on| with| at) .*)?$", r"\1 \2 \3", "howto"),
    # comparisons
    (r"^how (?:do|does|are|is) (.*?) (?:differ|different)(?: from each other| from one another)?((?: ,)? (?:in|for|on|within|under|inside|when|with regard to|in terms of) .*)$", r"\1 \2", "compare"),
    (r"^(?:what|which) (?:is|are) different (?:between|about|in) (.*)$", r"\1", "compare"),
    (r"^what (?:makes|sets) (.*?) (?:and|from) (.*?) (?:apart|different)((?: ,)? (?:in|for|on) .*)?$", r"\1 and \2 \3", "compare"),
    (r"^in (?:what|which) (?:way|ways|respect|respects|manner) (?:do|does|are|is) (.*?) (?:differ|different)(?: from each other| from one another)?((?: ,)? (?:in|for|on) .*)?$", r"\1 \2", "compare"),
    (r"^(?:explain|tell|describe|show|clarify)(?: to)?(?: me| us)? how (?!.* from )(.*? and .*?) (?:differ|are different|compare)(?: from each other| from one another)?((?: ,)? (?:in|for|on) .*)?$", r"\1 \2", "compare"),
    (r"^(?:a |the )?(?:comparison|compare|contrast|difference|differences) (?:of|between|and contrast) (.*)$", r"\1", "compare"),
    # converting
    (r"^how (?:many|much) (\w+) (?:are|is|equals?|makes?|are there in|is there in|are in|is in|do|does|go into|correspond to|would be|make up)(?: in)? (§\d+ \w+)(?: equal| make| have| contain| equate to)?$", r"convert \2 to \1", "do"),
    (r"^(?:what|how much|how many) (?:is|are|would be|equals?) (§\d+ \w+) (?:in|to|into|converted to|expressed in|when converted to) (\w+)$", r"convert \1 to \2", "do"),
    (r"^(?:change|turn|transform|express|give|write) (§\d+ \w+) (?:in|to|into|as) (\w+)$", r"convert \1 to \2", "do"),
    (r"^(§\d+ \w+) (?:in|to|into) (\w+)$", r"convert \1 to \2", "do"),
    # where
    (rf"^where (?:can|do|could|should|would|will|might|does|may) {_SELF} (?:find|locate|look for|see|go to find)(?! out)\b (.*)$", r"\1", "where"),
    (r"^where (?:is|are|was|were|can|could) (.*?) (?:be )?(?:located|situated|found)((?: ,)? (?:in|on|at|within|under) .*)?$", r"\1 \2", "where"),
    (r"^(?:in|at|on) (?:what|which) (?:place|location|spot)(?: exactly)? (?:can|do|could) (?:i|we|you|one) find (.*)$", r"\1", "where"),
    # what-is
    (r"^what (?:does|do|did) (?:the )?(?:term|word|phrase|expression|abbreviation|acronym|concept|saying|idiom|initialism) (.+?) (?:mean|stand for|refer to|signify|denote|describe)((?: ,)? (?:in|for|when|to) .*)?$", r"\1 \2", "what"),
    (r"^what (?:is|are) (?:the )?(?:term|word|phrase|expression|abbreviation|acronym|concept of|notion of|idea of) (.+?)$", r"\1", "what"),
    (r"^(?:the )?(?:meaning|definition|explanation) (?:of|for) (?:the )?(?:term|word|phrase|expression|abbreviation|acronym|concept) (.*)$", r"\1", "what"),
    (r"^(?!(?:what|which|who|where|when|why|how|is|are|do|does|did|can|could|should|will|would|whose|the|by)\b)((?:\S+ ){1,3})(?:meaning|definition|defined)$", r"\1", "what"),
    (r"^(?:i|we) (?:would like|want|need|am looking for|would love)(?: to have| to get| to hear| to see)? (?:a |an |the |some |your )?(?:clear |short |brief |simple |good )?(?:explanation|definition|description|overview) of (.*)$", r"\1", "what"),
    (r"^(?:what|how) (?:would|do|could|can|should) (?:you|one|we) (?:define|describe|explain)(?: the term| the concept of)? (?!the difference)(.*)$", r"\1", "what"),
    (r"^(?:explain|tell|teach|describe|clarify)(?: to)?(?: me| us)? what (?:is|are)? ?(?!i\b|we\b|you\b|to\b)(.*?) (?:is|are|means?)?(?: all about| about)?$", r"\1", "what"),
    (r"^by what (?:is|are|was|were) (.+?) (caused|triggered)((?: ,)? (?:in|on|when|if) .*)?$", r"\1 \3", "why"),
    # permission
    (r"^(?:is|are) ((?:\S+ )?\w+ing .*?) (?:ok|okay|allowed|permitted|possible|fine|alright)((?: ,)? (?:in|on|at|for|with|under|during|if|when) .*)?$", r"\1 \2", "can"),
    (r"^(?:would|will|might) it be (?:possible|ok|okay|fine|alright|allowed|permitted) (?:for (?:me|us|one) )?(?:to|if i|if we) (.*)$", r"\1", "can"),
    (r"^(?:do|does) (?:i|we|one|you) have (?:the )?(?:permission|right|ability|possibility|option) to (.*)$", r"\1", "can"),
    # why
    (r"^what (?:is it that |might |could |would |may )?(?:makes|make|causes|cause) (.*)$", r"\1", "why"),
    (r"^(?:what|which) (?:is|are) (?:the )?(?:reason|reasons|rationale|explanation|explanations) (?:that|why|for|behind|for which|because of which) (.*)$", r"\1", "why"),
    (r"^(?:explain|tell me|describe|clarify)(?: to me| to us)? (?:the )?(?:reason|reasons|cause|causes)(?: why| for| of| behind| that)+ (.*)$", r"\1", "why"),
    # amounts
    (r"^(?:what|how much) (?:is|are|was|were|does|do|did|would be) (?:the )?(?:usual |average |typical |current )?(?:price|cost|costs|fee) (?:of|for|to) (.*)$", r"much cost \1", "amount"),
    (r"^how (?:much|expensive) (?:does|do|would|will|did) (?:it cost to |it cost for )(.*)$", r"much cost \1", "amount"),
    (r"^how much (?:does|do|would|will|did) (.*?) cost((?: ,)? (?:in|on|at|for|per|to|with) .*)?$", r"much cost \1 \2", "amount"),
    (r"^how (?:expensive|costly) (?:is|are|was|were|would be) (.*)$", r"much cost \1", "amount"),
    (r"^how far (?:is|are|away is) (?:it )?(?:away )?(?:from )?(.*?) (?:to|from|and) (.*)$", r"far between \1 and \2", "amount"),
    (r"^(?:what is|what was) the distance (?:from|between) (.*?) (?:to|and) (.*)$", r"far between \1 and \2", "amount"),
    (r"^how (?:long|much time) (?:does|do|will|would|did) (?:it|one|i|you|we) (?:take|need|require) (?:for (?:me|you|one) )?to (.*)$", r"long take \1", "amount"),
    (r"^how (?:heavy) (?:is|are|was|were) (.*)$", r"weigh \1", "amount"),
    (r"^how much (?:does|do|did) (.*?) weigh((?: ,)? (?:in|on|at) .*)?$", r"weigh \1 \2", "amount"),
    (r"^(?:what is|what was) the weight of (.*)$", r"weigh \1", "amount"),
    (r"^how many (?:people|inhabitants|residents|persons) (?:live|are living|reside|are there|are) in (.*)$", r"population \1", "amount"),
    (r"^how many (?:people|inhabitants|residents) (?:does|do|has|have) (.*?) have$", r"population \1", "amount"),
    (r"^what is the (?:population|number of inhabitants|number of residents) (?:of|in) (.*)$", r"population \1", "amount"),
    (r"^(?:what|which) (?:is|are|would be) the (?:maximum|max) (length|height|depth|width|age|size|number) of (.*)$", r"max \1 \2", "what"),
    # who, when
    *((rf"^who (?:is|was|are|were) (?:the |an |one of the )?(?:original )?{doer}s? (?:of|behind) (.*)$", rf"{did} \1", "who") for doer, did in (each.split() for each in _DOERS.split("|"))),
    (r"^who (?:is|was) (?:behind|responsible for|credited with) the (invention|discovery|creation|development|foundation|founding|design|composition) of (.*)$", r"\1 \2", "who"),
    (r"^(?:by whom|by who) (?:is|was|were|are) (.*?) (\w+(?:ed|en|t|d|n|ne))((?: ,)? (?:in|on|at|for) .*)?$", r"\2 \1 \3", "who"),
    (r"^(?:what is|what was|which is|tell me) (?:the )?(?:date of birth|birth date|birthday|birthdate) of (.*)$", r"\1 born", "when"),
    # the day, the month and the hour of a thing are not its year
    (r"^(?:on )?(?:what|which) (?:date|day|weekday)(?: exactly)? (?:is|was|were|are|did|does|do|will) (.*)$", r"day \1", "when"),
    (r"^(?:in )?(?:what|which) month(?: exactly)? (?:is|was|were|are|did|does|do|will) (.*)$", r"month \1", "when"),
    (r"^(?:at )?(?:what|which) (?:time|hour)(?: exactly)? (?:was|were|did) (.*)$", r"hour \1", "when"),
    (r"^(?:at )?(?:what|which) time(?: exactly)? (?:is|are|does|do|will) (.*)$", r"\1", "when"),
    (r"^(?:what|which) (?:city|town) (?:is|was|serves as) (?:the )?(capital .*)$", r"\1", "what"),
    (r"^(?:what|which) (?:city|town) (?:is|was) (.*?)(?: s)? capital$", r"capital of \1", "what"),
    (r"^name (?:the )?capital of (.*)$", r"capital of \1", "what"),
    # translating
    (r"^(?:what is|what would be|give me|give) (?:the )?(\w+) (?:translation|word|term|equivalent|expression) (?:of|for) (.*)$", r"translate \2 to \1", "do"),
    (r"^(?:the )?(english|french|german|spanish|italian|portuguese|dutch|polish|japanese|chinese|russian|korean|swedish|greek|turkish|arabic|hindi|latin) (?:translation|word|term) (?:of|for) (.*)$", r"translate \2 to \1", "do"),
    (r"^how (?:is|would|do|does|can|could|should) (?:you |i |one |we |they )?(?:say|express|write|put|translate|render) (§\d+) (?:in|into|to) (\w+)$", r"translate \1 to \2", "do"),
]  # fmt: skip
