"""What an ask's wording says of how long its answer holds: that it depends on the moment, is meant to vary, or speaks of what
is not there. English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Chinese, Japanese, a little Hindi. Pure.

Word lists see no meaning. They refuse when unsure; what is exempt are asks for code, whose answer is the same tomorrow ("how
do I get yesterday's date in Python").
"""

from __future__ import annotations

import re

_MONTHS = (
    r"(?:week|month|year|quarter|morning|afternoon|evening|weekend|summer|winter|spring|fall|autumn|season|century)"
)
_OFFICES = (
    r"(?:president|prime minister|chancellor|king|queen|pope|mayor|governor|ceo|cfo|cto|chair(?:man|woman|person)?|"
    r"coach|champion|"
    r"head|leader|minister|director|secretary|owner|richest|tallest|oldest|fastest|world record)"
)
_ALWAYS = re.compile(
    # English
    r"\b(?:weather|forecast (?:for|in)|(?:stock|share|bitcoin|btc|ethereum|gold|oil|gas|fuel|crypto) prices?|"
    r"exchange rates?|"
    r"breaking news|news headlines|headlines (?:of|from|today)|(?:the|any|latest|what'?s) news|interest rate|inflation rate|"
    r"right now|just now|as of now|at the moment|at present|nowadays|these days|so far this|up[- ]to[- ]date|"
    r"what(?:'s| is)? (?:the )?(?:time|date|day|year|month)(?: is it| of the| today|\?|$)|time is it|day is it|year is it|"
    r"who won|who (?:is|are|was elected|runs|leads|owns)(?: the)?(?: current| new| present)? " + _OFFICES + r"|"
    r"who(?:'s| is) (?:in )?charge|"
    r"how old (?:is|are)|still (?:alive|open|supported|maintained)|(?:days|weeks|months|hours|long) (?:until|till|"
    r"since|left|to go)|"
    r"when (?:is|does|will) the next|^is [^?\n]{1,40} (?:down|offline|up again|open now)\?|trending|"
    r"(?:newest|most recent|upcoming|recently (?:released|announced|published))|recent (?:news|events|developments?|"
    r"changes|research|"
    r"studies|papers|advances|trends?|versions?)|new(?:est)? (?:features|version|release)s? (?:in|of)|"
    r"latest(?! (?:tag|row|record|entry|entries|commit|order|item|value|message|timestamp|one per|per|of each|"
    r"element)\b)(?!['\"`])|"
    r"current (?:price|rate|weather|news|events|affairs|population|world|record|champion|government|situation|score|"
    r"season|trends?|"
    r"inflation|stock|market|law|stable|lts|state of|standings?|unemployment|exchange|(?:\w+ )?(?:version|release)|"
    + _OFFICES
    + r")|"
    # German
    r"wetter(?:bericht|vorhersage)?|aktienkurs\w*|wechselkurs\w*|börse|wie spät|wie ?viel uhr|welche[rns]? (?:tag|"
    r"datum|jahr) "
    r"(?:ist|haben|heute)|derzeit\w*|momentan\w*|zur ?zeit\b(?= [^k])|aktuell\w*|neueste\w*|gerade jetzt|"
    r"wer ist (?:der |die )?"
    r"(?:aktuelle |neue )?(?:bundes\w+|präsident\w*|kanzler\w*|papst|bürgermeister\w*|chef\w*|minister\w*|könig\w*)|"
    r"wie alt ist|"
    r"schlagzeilen|spritpreise?|"
    # French
    r"météo|quelle heure|quel jour|quelle date|actuellement|en ce moment|à l['’]heure actuelle|dernière version|"
    r"plus récente?s?|"
    r"cours de (?:l['’]action|la bourse|change)|taux de change|actualités|qui est le (?:président|premier ministre|"
    r"pape|roi|maire)|"
    r"(?:président|prix|version|taux|situation) actuel\w*|quel âge|"
    # Spanish
    r"qué hora|que hora|qué día|qué fecha|el (?:clima|tiempo) (?:en|de|hace|para)|qué tiempo hace|actualmente|"
    r"en este momento|"
    r"última versión|más recientes?|tipo de cambio|precio de (?:la|las) acci\w+|noticias|quién es el (?:presidente|"
    r"papa|rey|alcalde)|"
    r"(?:presidente|precio|versión|situación|tasa) actual|actual presidente|"
    # Italian
    r"che or[ae]|che giorno|previsioni|che tempo fa|attualmente|in questo momento|ultima versione|più recent[ei]|notizie|"
    r"tasso di cambio|chi è il (?:presidente|papa|re|sindaco)|(?:presidente|prezzo|versione|situazione) attuale|"
    # Portuguese
    r"que horas|que dia é|previsão do tempo|o tempo em|atualmente|neste momento|mais recentes?|notícias|cotação|"
    r"taxa de câmbio|quem é o (?:presidente|papa|rei|prefeito)|(?:presidente|preço|versão|situação) atual|"
    # Dutch
    r"hoe laat|welke dag|het weer (?:in|van|morgen|vandaag)|weerbericht|momenteel|op dit moment|laatste versie|"
    r"nieuwste|wisselkoers|"
    r"beurskoers|nieuws|wie is de (?:president|premier|paus|koning|burgemeester)|huidige (?:president|prijs|versie|"
    r"koers|situatie)|"
    # Polish
    r"która godzina|która jest godzina|jaki (?:jest )?(?:dziś|dzisiaj|dzień)|pogod[aęy]\w*|obecnie|aktualn\w+|"
    r"najnowsz\w+|kurs "
    r"(?:euro|dolara|akcji|franka)|wiadomości|kto jest (?:prezydentem|premierem|papieżem|królem))"
    r"(?!\w)|的?(?:天气|股价|股票价格|汇率|新闻|几点|几号|星期几|最新|目前|刚才|现任)|谁是.{0,8}(?:总统|主席|总理)|"
    r"天気|株価|為替|ニュース|何時(?!間)|何曜日|何日です|最新|(?<![ऀ-ॿ])(?:आज|अभी|मौसम|समाचार)(?![ऀ-ॿ])|(?<!\w)(?:aaj|mausam)(?!\w)",
)
_FACTS = re.compile(
    # Prices, scores, schedules, rain: of the moment without a word that says so.
    r"\b(?:how much (?:does|do|is|are) [^?\n]{1,60}(?:cost|worth)|prices? of|is it (?:raining|snowing)|umbrella|score of the|"
    r"who['’]?s (?:the )?(?:current )?"
    + _OFFICES
    + r"|running for|which team (?:leads|won)|flight status|what['’]?s (?:happening|new) in|in (?:cinemas|theat(?:er|re)s)|"
    r"is [^?\n]{1,40} (?:alive|open (?:on|at|now|today))|tell me the (?:date|time)|how many people (?:live|use)|"
    r"population of|"
    r"sunset|sunrise|(?:euros?|dollars?|usd|eur|gbp|yen|bitcoin|btc) (?:to|in) (?:euros?|dollars?|usd|eur|gbp|yen)|"
    r"was kostet|wie ?viel kostet|wann (?:fährt|kommt|geht) (?:der|die|das) nächste|wie steht (?:der|die|das|es)|spielstand|"
    r"(?:preis|kurs) (?:von|für)|regnet es|wer hat [^?\n]{0,30}gewonnen|prix d[eu]|combien coûte|prochain (?:train|bus|vol)|"
    r"il pleut|qui a gagné|cuánto (?:cuesta|vale|está)|quién ganó|llueve|precio del?|quanto costa|chi ha vinto|piove|"
    r"prezzo d[ei]\w*|quanto (?:custa|está)|quem ganhou|preço d[oae]|wat kost|hoeveel kost|wie heeft [^?\n]{0,30}gewonnen|"
    r"regent het|ile kosztuje|kto wygrał|czy pada)(?!\w)|多少钱|的价格是|谁赢|下雨吗|価格は|いくらですか|次の電車|雨ですか"
)
_SOFT = re.compile(
    r"\b(?:today(?:['’]?s)?|tonight|yesterday(?:['’]?s)?|tomorrow(?:['’]?s)?|(?:who|what|which|where|how many|"
    r"how much) [^?.!\n]{0,60}currently|recently|(?:this|last|next|"
    r"past|previous) "
    + _MONTHS
    + r"|(?:last|past|next) (?:\d+|few|couple of) (?:days|weeks|months|years|hours|minutes)|(?:\d+|an?|few) "
    r"(?:day|week|month|year|hour|"
    r"minute)s? ago|current (?:date|time|year|month|day|week|status)|(?:this|next|last) (?:mon|tues|wednes|thurs|fri|"
    r"satur|sun)day|"
    r"(?<!\.)now(?=\s*[?!.]?\s*$)|(?:is|are|does|do|can|has|have|until|by|be|it|there) now(?! (?:write|make|add|do|"
    r"fix|change)\b)(?!\()|"
    r"heute|heutige\w*|gestern|(?<!guten )(?<!am )morgen(?! (?:früh )?zusammen)|jetzt(?=\s*[?!.]?\s*$)|(?:ist|sind|"
    r"gibt|hat|kann|wird) "
    r"(?:es )?jetzt|diese[rs]? (?:woche|monat|jahr)|diesen monat|(?:letzte[rsn]?|vorige[rsn]?|nächste[rsn]?) (?:woche|"
    r"monat|jahr)|"
    r"aujourd['’]hui|hier (?:soir|matin)|d['’]hier|demain|maintenant(?=\s*[?!.]?\s*$)|cette (?:semaine|année)|"
    r"ce (?:mois|soir|matin)|"
    r"(?:la semaine|l['’]année|le mois) (?:dernière?|prochaine?)|"
    r"hoy|ayer|mañana|ahora(?: mismo)?(?=\s*[?!.]?\s*$)|ahora mismo|est[ea] (?:semana|mes|año)|(?:semana|mes|año) pasad[oa]|"
    r"oggi|ieri|domani|adesso(?=\s*[?!.]?\s*$)|questa settimana|questo mese|quest['’]anno|(?:settimana|mese|anno) scors[oa]|"
    r"hoje|ontem|amanhã|agora(?: mesmo)?(?=\s*[?!.]?\s*$)|agora mesmo|est[ae] (?:semana|mês|ano)|essa semana|"
    r"(?:semana|mês|ano) passad[oa]|"
    r"vandaag|gisteren|(?:deze|vorige|volgende) (?:week|maand)|dit jaar|vorig jaar|\bnu(?=\s*\?)|"
    r"dziś|dzisiaj|wczoraj|jutro|teraz(?=\s*[?!.]?\s*$)|w tym (?:tygodniu|roku|miesiącu)|(?:zeszłym|ubiegłym|"
    r"przyszłym) (?:tygodniu|roku)|"
    r"kal(?= ka\b))(?!\w)|今天|昨天|明天|现在|現在(?!の(?:ディレクトリ|ブランチ))|最近|本周|这周|上周|下周|"
    r"这个月|本月|今年|去年|今日|昨日|明日|今週|先週|今月|"
    r"(?<![昨一-鿿])今(?=[はのすま、])|いま(?=[はのす])|当前(?=的?(?:时间|日期|版本|价格|总统|股|汇率|天气))|(?<![ऀ-ॿ])कल(?![ऀ-ॿ])",
)
_CODE = re.compile(
    r"\b(?:python|pandas|javascript|typescript|node(?:\.?js)?|java|kotlin|swift|c#|c\+\+|golang|in go|rust|ruby|rails|"
    r"php|laravel|sql|postgres\w*|"
    r"mysql|sqlite|bash|shell|powershell|excel|sheets|django|react|vue|angular|linux|cron|git|regex|css|html|numpy|jq|"
    r"awk|sed|dart|"
    r"flutter|scala|perl|matlab|lua|elixir|haskell|function|funktion|fonction|función|funzione|função|functie|"
    r"funkcj\w+|script|skript|"
    r"query|abfrage|requête|consulta|method|class|snippet|api|program|programm\w*|code|datetime|timestamp)(?!\w)|函数|代码|脚本|関数|コード",
)
_HOW = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hallo|please|pls|bitte|can you|could you)[ ,!]+){0,3}(?:how (?:do|can|to|would|should|"
    r"does)|what(?:'s| is) the "
    r"(?:best |right |easiest )?(?:way|command|syntax|function|difference)|show me how|write|create|implement|build|"
    r"code|make me a|give me a"
    r"|i need an?|wie (?:kann|bekomme|berechne|mache|erstelle|finde|hole|zeige|filtere|schreibe)|schreib\w*|erstelle?|"
    r"comment|écri[ts]\w*|"
    r"cómo|como|escrib\w+|escrev\w+|come (?:si|posso|faccio)|scrivi|hoe|schrijf|jak|napisz)\b|"
    r"^\W*(?:如何|怎么|怎样|写一个|写个)|"
    r"(?:方法|書いて|書き方)",
)
_CHANCE = re.compile(
    r"\b(?:give|tell|pick|choose|generate|create|make me|suggest|draw|i need an?|i want an?|recommend|select|gib|"
    r"nenne?|wähle?|"
    r"generiere|erzeuge|donne|choisis|génère|tire|dame|dime|elige|escoge|genera|dammi|dimmi|scegli|diga|"
    r"escolha|gere|"
    r"sorteie|geef|noem|kies|genereer|podaj|wybierz|wygeneruj|powiedz)\b[^.?!\n]{0,40}\b(?:random|uuid|guid|lottery|"
    r"dice|coin|"
    r"pass(?:word|phrase|wort)|zufällig|zufalls|aléatoire|au hasard|mot de passe|aleatori|al azar|contraseña|"
    r"casual[ei]|a caso|"
    r"aleatóri|senha|willekeurig|wachtwoord|losow|hasło)|"
    r"^\W*(?:an? |some )?random \w+\W*(?:please|pls|between|from|$)|"
    r"\b(?:surprise me|(?:roll|throw) (?:a|the|two|\d+) (?:dice|die|d\d+)|flip a coin|coin flip|pick (?:one|a number|"
    r"a card|someone)|"
    r"another (?:one|joke|poem|example|idea|story|quote|fact|suggestion|variation|haiku|riddle)|"
    r"one more (?:joke|poem|time|example|idea)|(?:something|anything) (?:else|different|new)(?=\W*(?:please|pls|$))|"
    r"different (?:from|than) (?:last|before|the last|the previous)|würf(?:le|el|eln)|überrasch\w* mich|"
    r"noch (?:einen?|ein|eins) (?:witz|gedicht|idee|beispiel|vorschlag)|surprends[- ]moi|(?:un|une) autre (?:blague|"
    r"poème|idée|exemple)|"
    r"sorpréndeme|otr[oa] (?:chiste|poema|idea|ejemplo)|sorprendimi|un['’ ]?altr[oa] (?:barzelletta|poesia|idea|esempio)|"
    r"surpreenda[- ]me|outr[oa] (?:piada|poema|ideia|exemplo)|verras me|nog een (?:grap|mop|gedicht|idee|voorbeeld)|wylosuj|"
    r"rzuć (?:kostką|monetą)|zaskocz mnie|jeszcze jed\w+ (?:żart|wiersz|pomysł|przykład))(?!\w)|"
    r"(?:给|选|生成|挑|推荐)[^。？\n]{0,15}随机|随机(?:给|选|生成|来|说|挑|推荐|抽)|再来一个|换一个|给我惊喜|掷骰子|抛硬币|"
    r"ランダム(?:に|な)[^。\n]{0,12}(?:選|教|生成|ください|して)|もう一つ|サイコロを"
)
_INVENTION = re.compile(
    r"\b(?:(?:poem|haiku|limerick|sonnet|song|lyrics|jokes?|riddle|fairy ?tale|bedtime story|short story|slogans?|"
    r"taglines?|puns?)|"
    r"(?:write|tell|make up|invent)(?: me)? an? (?:\w+ ){0,2}(?:story|tale|rap|joke)|brainstorm\w*|come up with|"
    r"(?:some|\d+|more|give me|new|"
    r"creative) (?:\w+ ){0,2}ideas?|ideas for|(?:suggest|propose|find|need|think of) (?:\w+ ){0,3}names?|name (?:for|"
    r"ideas)|inspire me|"
    r"gedicht\w*|witz\w*|geschichte über|ideen (?:für|zu)|reim\w*|slogan|poème|blague|histoire (?:sur|pour)|idées|"
    r"poema|chiste|cuento|"
    r"ideas para|poesia|barzelletta|storia su|idee per|piada|conto sobre|ideias|grapje?|mopje?|verhaaltje|ideeën|"
    r"wiersz\w*|żart\w*|"
    r"dowcip\w*|pomysł\w*)(?!\w)|写一?首|笑话|讲个|故事|点子|頭脳|ジョーク|物語|アイデア|詩を|俳句",
)
_POINTS = re.compile(
    r"\b(?:this|these|those|the (?:whole|entire) (?:file|repo\w*|project|code\w*|text|thing)|the (?:following|above|"
    r"below|attached|previous|same|last one|first one|second one|"
    r"other one|former|latter)|above|"
    r"(?:see|given|shown|listed) (?:above|below|here)|(?:does|is|was|about|like|do|of|did|mean by|explain|for|with|"
    r"why) that(?=\s*[?!.,]|\s*$)|"
    r"(?:what|why|how|when|where) (?:is|does|was|did) that\b|that (?:one|code|file|function|error|line|text|part|"
    r"thing|list|table|way)|"
    r"as before|same as|like (?:last time|before)|my (?:code|file|files|project|repo\w*|app|script|function|query|"
    r"test|tests|branch|"
    r"build|server|config|error|essay|text|cv|resume|letter|data|table|spreadsheet|pr|commit|changes?|deployment|"
    r"cluster|pipeline)|our (?:\w+ )?"
    r"(?:code(?:base)?|repo\w*|project|app|service|api|team|database|db|cluster|pipeline|product|website|server)|"
    r"dies(?:e[rsmn]?)?|obige[rsnm]?|oben|folgende[rsnm]?|untenstehend\w*|das hier|mein(?:e[nrms]?)? (?:code|datei|"
    r"projekt|skript|text|app)|"
    r"ceci|cela|ça|ci-dess(?:o)?us|suivante?s?|cette|ces|ce (?:code|texte|fichier|message|script|mot|paragraphe)|"
    r"mon (?:code|texte|fichier|projet)|"
    r"esto|eso|este|esta|estos|estas|lo anterior|arriba|siguientes?|mi (?:código|texto|archivo|proyecto)|"
    r"quest[oaie]|seguent[ei]|qui sopra|(?:il )?mio (?:codice|testo|file|progetto)|isto|isso|acima|abaixo|seguintes?|"
    r"meu (?:código|texto|arquivo)|(?:is|doet|betekent|waarom) dit|dit (?:bestand|script|stuk|woord)|deze (?:code|"
    r"functie|tekst|fout)|hierboven|hieronder|mijn (?:code|tekst|bestand|project)|(?:ten|ta|tego|tej) (?:kod|plik|"
    r"tekst|błąd|funkcj|skrypt|zdani)\w*|powyższ\w+|poniższ\w+|"
    r"następując\w+|mój (?:kod|tekst|plik))"
    r"(?!\w)|这[个段些里篇份]?|那[个段些]|上面|以上|下面|以下|我的(?:代码|文件|项目)|これ|この|それ|その|あれ|上記|次の",
)
_GIVEN = re.compile(r"[:：]\s{0,3}\S.{5}|[\"“„«「'][^\"”“»」']{6}")
"""What the ask speaks of stands in it: behind a colon, or quoted."""
_BARE_IT = re.compile(
    r"^\W*(?:[\w'’]+[\s,]+){0,3}?(?:it(?! (?:\w+ ){0,4}(?:to|that|like|for|if|when|called|mean by|about|in)\b)|its|"
    r"them|they|he|she|him|"
    r"her|es (?:nicht|kaputt))(?:['’]s|['’]re)?(?=\W|$)",
)
_ORDER = re.compile(
    r"^\W*(?:(?:please|pls|can you|could you|now|then|ok|and|also)[ ,]+){0,3}(?:fix|debug|refactor|review|run|rerun|"
    r"update|rename|delete|remove|"
    r"merge|deploy|commit|revert|push|undo|optimi[sz]e|finish|continue|move|replace|change|format|lint|test|"
    r"improve) (?:the|my|our|all|it|every)\b|"
    r"^\W*(?:and|but|also|what about|how about|und|aber|et|y|e) (?!.{60})",
)


def of_the_moment(text: str) -> bool:
    """Whether the answer may be another one tomorrow."""
    text = text.lower()
    if _ALWAYS.search(text):
        return True
    return bool(_FACTS.search(text) or _SOFT.search(text)) and not _asks_for_code(text)


def meant_to_vary(text: str) -> bool:
    """Whether the same answer twice would be wrong: chance, "another one", a new password."""
    text = text.lower()
    return _CHANCE.search(text) is not None and not _asks_for_code(text)


def invents(text: str) -> bool:
    """Whether one asks for something made up, of which nobody wants another person's."""
    text = text.lower()
    return _INVENTION.search(text) is not None


def points_elsewhere(text: str) -> bool:
    """Whether the ask speaks of something that is not in it."""
    text = text.lower()
    if _GIVEN.search(text):
        return False
    return bool(_POINTS.search(text) or _BARE_IT.search(text) or _ORDER.search(text))


def _asks_for_code(text: str) -> bool:
    return bool(_HOW.search(text) and _CODE.search(text))
