"""Everyday words of asks, by what they do in a sentence. Own lists."""

from __future__ import annotations

VERBS = frozenset(
    """accept access achieve acquire act activate add address adjust advance advise afford agree aim align allocate allow alter amend analyse announce answer append apply appoint approach approve archive argue arrange arrive ask assess assign assist assume attach attack attempt attend authenticate authorise automate avoid await award
back backup bake ban base batch bear beat become begin behave believe belong benchmark bind block boil book boost boot borrow bother branch break bring broadcast brew browse build bundle burn buy bypass
cache calculate call cancel capture care carry cast catch cause centre change charge chase check choose clarify classify clean clear click climb clone close code collaborate collapse collect combine come commit communicate compare compile complain compose craft collate comment complete compress compute concatenate configure confirm conflict connect consider construct consume contact contain continue contribute control convert cook copy correct cost count crack crash crawl create crop cross cure customise cut
damage dance date deactivate deal debug decide declare decline decode decompress decorate decrease decrypt deduct deduplicate defend define delay delegate delete deliver demand deny depend deploy deprecate derive describe deserialise deserve design destroy detach detect determine develop diagnose die differ differentiate digest dig disable disagree disappear discard disconnect discover discuss display distinguish distribute dive divide divorce do dockerise document double downgrade download draft drag drain draw dream dress drink drive drop dry dump duplicate
earn eat edit eliminate email embed emerge emit employ empty enable encode encounter encourage encrypt end enforce engage enhance enjoy enrol ensure enter enumerate escape establish estimate evaluate evolve examine exceed exchange exclude execute exercise exist exit expand expect expire explain exploit explore export expose express extend extract
face fade fail fall fasten favour fear feed feel fetch fight fill filter finance find finish fire fit fix flash flatten flip float flow flush fly focus fold follow forbid force forecast forget forgive fork form format forward found freeze fry fund
gain generate get give glue go govern grab grant grep grow guarantee guess guide
handle hang happen hash hate have heal hear heat help hide highlight hint hire hold hook hope host hug hunt hurt
identify ignore illustrate imagine implement imply import impress improve include increase increment indent index indicate infect infer influence inherit initialise inject innovate input insert inspect install instantiate instruct integrate interact interpolate interpret interrupt intersect introduce invalidate invent invert invest investigate invite invoke involve isolate issue iterate
join judge jump justify keep kick kill knit knock know lack land last laugh launch lay lead leak learn leave lend let level leverage licence lie lift light like limit link list listen live load localise locate lock log login look loop lose love lower
mail maintain make manage manipulate map march mark marry mask match matter maximise mean measure meet memorise mend mention merge migrate mind minify minimise miss mix mock modify monitor motivate mount move multiply
name narrow navigate need negotiate nest normalise notice notify number
obey obtain occur offer omit open operate optimise order organise orchestrate output overcome override overwrite owe own
pack paint parallelise parse partition pass paste patch pause pay peel perform permit persist persuade phrase pick pin ping pipe place plan plant play plot point polish poll pop populate post pour practise pray predict prefer prepare present preserve press prevent print prioritise proceed process produce profile program prohibit promise promote prompt prove provide provision prune publish pull pump purchase push put
quantify query question queue quit quote race raise randomise rank rate reach react read realise rebase reboot rebuild recall receive recognise recommend reconnect record recover recycle redeem redirect reduce refactor refer refine reflect refresh refund refuse regain regard register regret reinstall reject relate relax release reload rely remain remember remind remove rename render renew rent repair repeat rephrase replace replicate reply report represent reproduce request require rescue research reserve reset reshape resign resize resolve respect respond rest restart restore restrict resume retain retire retrieve retry return reuse reveal reverse revert review revise revoke reward rewrite rid ride ring rise risk roast roll root rotate round route ruin rule run rush
sail sample sanitise save scale scan scare schedule score scrape scratch scroll seal search secure see seed seek seem select sell send separate sequence serialise serve set settle setup share sharpen shave shift shine ship shoot shop shorten shout show shrink shuffle shut sign signal silence simplify simulate sing sink sit skip sleep slice slide slow smell smile smoke snap sniff solve sort sound spawn speak specify spell spend spill spin split spoil spread squash stack stage stand start stash state stay steal steam stem step stick stop store stream strengthen stretch strike strip structure study style submit subscribe substitute subtract succeed suck suffer suggest suit sum summarise supply support suppose suppress surprise surround survive suspect suspend swallow swap sweep swim switch synchronise sync
tackle tag take talk target taste teach tear tell terminate test thank theme think thread throttle throw tie time toast toggle tokenise torture touch trace track trade train transcribe transfer transform translate transmit transpose travel traverse treat trigger trim trip troubleshoot truncate trust try tune turn tweak twist type
undergo understand undo unfollow uninstall unlink unlock unmount unpack unsubscribe untar unzip update upgrade upload upset upsert urge use utilise vaccinate validate vary vectorise verify view violate virtualise visit visualise vote
wait wake walk want warm warn wash waste watch water weaken wear weigh welcome whisper whitelist win wipe wish withdraw wonder work worry wrap write yield zip zoom summarize""".split()
)
NOUNS = frozenset(
    """ability accent account accuracy acid action activity adapter admin advantage advice age agency agent agreement air alarm album algorithm alias alternative amount animal annotation anxiety api app application architecture area argument arm array arrow art article aspect asset attribute audience audio author average axis
baby background bank bar bash battery beach bed behaviour benefit bike bill binary bird bit blog blood board boat body bone bonus book border boss bottle bottom box boy brain brake brand bread breakfast bridge browser brush bucket budget buffer bug bus business button byte
cable cake calendar camera campaign candidate capacity capital car card career cat category cell centre certificate chain chair challenge chance channel chapter character chart cheese chef chemical child chip chocolate church circle citizen city claim class clause client clock cloud cloth club cluster coach coast coefficient coffee coin collection college colour column command comment committee community company competitor component concept condition conference config connection constant constraint consumer container content context contract contractor cookie core corner cost country couple course court cover cow credential credit crime criteria cron cursor curve customer cycle
dashboard data database dataset day death debt decade decimal deck decorator default definition degree delimiter deadline department dependency desk detail developer device dialog dict dictionary diet difference dimension dinner direction director directory disadvantage discount disease dish disk docs doctor dog dollar domain door dress drink driver drug duration duty
ear earth economy edge editor education effect egg election element email emoji employee employer endpoint enemy energy engine engineer enum environment equation era error essay estimate event exam example exception exchange executable expense expert expression extension eye
fact factor failure faith family fan farm father fault feature fee feeling field figure file film firm fish flag flavour flight floor flower folder font food foot football force formula forum fraction frame framework friend front fruit fuel fun function future
game garden gas gateway generation generator girl glass goal gold government grade graph group growth guest guide gun
habit hair half hand handler hardware hat head header health heart height hero history hobby hole holiday home horse hospital hotel hour house human hypothesis
ice icon id idea identity image impact income index industry inflation information input instance instructor insurance integer integration interest interface internet interview inventory investment invoice ip island item iterator
job joke journey judge juice key keyword kid kind king kitchen knee knife knowledge label lake lambda language laptop law lawyer layer layout leader leg lesson letter level library licence life line link list loan lock log loop lunch
machine macro magazine mail majority manager map margin market marriage mask master matrix meal meaning meat media medicine member memory menu message metal meter method metric middle midnight migration mile milk mind mine minute mirror mistake mode model module moment money monitor month moon mood mother motor mountain mouse mouth movie muscle museum music mutex
name namespace nation nature neck neighbour network neuron news newspaper night node noise nose note notebook notification novel null number nurse object ocean office officer oil operation operator opinion opportunity option order organisation origin output owner oxygen
package page pain pair panel paper paragraph parameter parent park parser part partner party passenger password patch path patient pattern payment peer people percentage performance period permission person phase phone photo phrase picture piece pipeline pixel place plan plane planet plant plate player pod poem point police policy politician pool population port position post potato pound power practice predicate prefix preposition president price principle printer priority prison prize problem process processor product profession professor profit program programmer progress project promise property proposal protein protocol proxy purpose
quality quantity query question queue quote race radio rain range rate ratio reason receipt recipe record recursion reference regex region relation relationship release religion replica report repo repository request requirement resource response restaurant result resume review rice right risk river road robot role roof room root rope route router row rule
salad salary sale salt sample sand scene schema school science scientist scope score screen script sea season seat second secret secretary section sector selector sense sensor sentence sequence series server service session setting sex shape share shell ship shirt shoe shop shoulder side signal signature singer sister site situation size skill skin sky slot snow soap soldier solution song soup source space speaker species speed sport square stack stadium staff stage standard star state statement station statistic status stem step stock stomach stone storage store storm story strategy stream street string structure student style subject substring subnet suffix sugar suit summary sun surface symbol symptom syntax system
table tablespoon tag tail task tax tea teacher team teaspoon technique technology temperature template tenant tense term terminal test text theatre theme theorem theory thing thread threshold ticket tip title toe token tomato tone tool tooth topic touch town toy traffic train transaction translation tree trend triangle trip truck trunk truth tuple type
uncle union unit universe university url user vacation value variable variance vector vegetable vehicle version video village virus visa vitamin voice volume wage wall wallet war warning water wave way weather web website wedding week weekend weight wheel wife wind window wine winter woman wood word worker workflow workout workshop world wrapper writer year zone""".split()
)
QUALITIES = frozenset(
    """able absolute abstract accurate active actual additional advanced aggressive alive alone ancient angry annual anonymous asynchronous automatic available average bad basic beautiful big binary bitter blank blind blue bold brief bright broken brown busy calm careful cheap circular classic clean clear clever clinical close cold common compact competitive complete complex compound concise concrete concurrent confident consistent constant content cool correct corrupt crazy creative critical current custom daily dangerous dark dead deaf dear deep default dense dependent detailed different difficult digital direct dirty distant distinct distributed double dry dumb duplicate dynamic eager early easy effective efficient elegant electric empty encrypted entire equal essential even evil exact excellent exclusive existing expensive explicit external extra fair fake famous fast fat fatal favourite federal final fine finite fixed flat flexible fluent formal former fragile free frequent fresh friendly full funny general generic gentle global good grand great green grey handy happy hard harmful healthy heavy hidden high honest hot huge human identical illegal immediate immutable implicit important impossible inactive incorrect independent indirect individual infinite informal initial inner intelligent intense interactive internal international invalid kind known large last late latest lazy leading legal light likely linear little live local logical lonely long loose loud low lucky main major male manual mature maximum mental middle mild military minimal minimum minor missing mobile modern modest monthly moral mutable mutual narrow nasty national native natural neat necessary negative nervous nested neutral new nice noisy normal null numeric obvious odd offline ok old online optimal optional ordinary original orphan outer overall own painful parallel particular passive patient perfect permanent persistent personal physical pink plain pleasant polite political poor popular portable positive possible potential powerful practical pretty previous primary private professional proper proud public pure purple quick quiet random rapid rare raw ready real recent recursive red redundant regular related relative relevant reliable remote responsible responsive reusable rich rigid robust rough rude sad safe scalable secondary secret secure selfish sensitive separate serial serious several severe shallow sharp short shy sick silent silly similar simple single skinny sleepy slight slow small smart smooth social soft solid sour spare special specific spicy stable stale standard stateful stateless static steep sticky strange strict strong stuck stupid sudden suitable super sure surprising sweet symmetric synchronous tall technical temporary tender thick thin thirsty thorough tidy tight tiny tired total tough toxic traditional transparent true typical ugly unique universal unknown unstable upper urgent useful useless usual vague valid various vast verbose verbal vertical virtual visible visual vital warm weak wealthy weekly weird wet white whole wide wild wireless wise wonderful wrong yearly yellow young""".split()
)
# Only so that a slip in one of them is known for a slip.
MORE = frozenset(
    """pancake sandwich breakfast vegetable carrot onion garlic pepper butter yoghurt flour vinegar cinnamon chicken salmon beef mushroom lettuce spinach banana orange strawberry lemon grape raspberry blueberry avocado chocolate biscuit muffin noodle spaghetti lasagne risotto omelette smoothie cocktail whisky
elephant giraffe penguin dolphin monkey rabbit squirrel hamster butterfly spider mosquito octopus shark turtle dinosaur
sentence paragraph translation vocabulary grammar spelling punctuation apostrophe comma hyphen semicolon adjective adverb pronoun conjunction syllable rhyme metaphor
electricity gravity velocity acceleration momentum friction pressure temperature molecule electron proton neutron oxygen hydrogen nitrogen carbon calcium sodium chlorine helium photosynthesis evolution mitosis chromosome bacteria antibiotic vaccine allergy asthma pneumonia migraine cholesterol ibuprofen paracetamol aspirin caffeine protein vitamin carbohydrate calorie
democracy parliament constitution republic monarchy revolution empire colony treaty independence capitalism socialism communism inflation recession unemployment investment dividend mortgage insurance pension interest currency exchange
accountant architect carpenter electrician plumber mechanic journalist librarian photographer musician painter sculptor actor dentist surgeon psychologist therapist pharmacist veterinarian firefighter policeman detective pilot
algorithm recursion iteration polymorphism inheritance encapsulation abstraction compiler interpreter debugger dictionary iterator generator decorator closure promise callback middleware microservice monolith container orchestration deployment pipeline repository submodule subdirectory symlink hardlink firewall bandwidth throughput latency encryption certificate authentication authorization authorisation timestamp timezone calendar percentage spreadsheet worksheet workbook formula macro pivot
umbrella suitcase backpack jacket sweater trousers glasses necklace bracelet earring perfume lipstick shampoo toothbrush toothpaste towel blanket pillow mattress curtain carpet cushion cupboard wardrobe bookshelf fireplace chimney balcony garage basement attic staircase elevator escalator
beautiful different difficult important interesting necessary possible probably definitely immediately successful successfully environment government management department development requirement argument document restaurant business beginning separate calendar committee occurrence accommodation maintenance existence reference difference experience knowledge language library necessary recommend""".split()
)
BASES = VERBS | NOUNS | QUALITIES | MORE
KEEP = frozenset(
    """always as besides bus class does during evening everything gas has his is its lens less morning nothing perhaps plus process progress pricing series something anything spring status string thing this thus towards unless us versus was yes settings
settings bring king ring wing sing string building meeting wedding nothing ceiling pudding bleeding species analysis basis thesis crisis axis canvas atlas alias bias virus focus cause news physics mathematics maths statistics economics ethics politics graphics diabetes jeans shorts glasses trousers scissors headphones
red bed need feed seed speed embed shed wed led fed sled hundred sacred naked wicked interested interesting excited exciting boring bored confused confusing surprised unexpected machine-learning learning deep-learning testing pricing mapping listing engineering marketing accounting banking clothing housing parking shopping training
windows kubernetes postgres redis jenkins keras pandas rails laravel aws ios dns https sms gps css js ts os ux sas less sass args kwargs cors axios express atlas is was has does""".split()
)
IRREGULAR = {
    form: line.split()[0]
    for line in """
be am is are was were been being
have has had having
do does did done doing
go goes went gone going
make made making
write wrote written writing
find found finding
get got gotten getting
give gave given
take took taken
see saw seen
know knew known
think thought
come came
say said
become became
begin began begun
break broke broken
bring brought
build built
buy bought
catch caught
choose chose chosen
cost costed
draw drew drawn
drive drove driven
eat ate eaten
fall fell fallen
feel felt
fight fought
forget forgot forgotten
freeze froze frozen
grow grew grown
hear heard
hide hid hidden
hold held
keep kept
lead leading
learn learnt learned
leave left_
lend lent
lose lost
mean meant means meaning
meet met
pay paid
read reading
ride rode ridden
run ran running
sell sold
send sent
shake shook shaken
shoot shot
sing sang sung
sink sank sunk
sit sat
sleep slept
speak spoke spoken
spend spent
stand stood
steal stole stolen
stick stuck_
swim swam swum
teach taught
tell told
throw threw thrown
understand understood
wake woke woken
wear wore worn
win won
use used using uses
die died dying dies
lie lied lying
tie tied tying
man men
woman women
child children
person persons people
foot feet
tooth teeth
mouse mice
goose geese
wife wives
life lives
leaf leaves
knife knives
half halves
shelf shelves
index indices indexes
matrix matrices
vertex vertices
appendix appendices
axis axes
criterion criteria
phenomenon phenomena
medium media_
analysis analyses
basis bases_
crisis crises
hypothesis hypotheses
thesis theses
datum datum_
query queries
alias aliases
status statuses
bus buses
process processes
class classes
address addresses
access accesses
database databases
case cases
phrase phrases
release releases
response responses
license licenses
purchase purchases
cause causes
exercise exercises
expense expenses
size sizes
cache caches caching cached
ache aches
headache headaches
potato potatoes
tomato tomatoes
hero heroes
echo echoes
movie movies
cookie cookies
tie ties
pie pies
zombie zombies
calorie calories
set sets
proxy proxies
dict dicts
bit bits
byte bytes
debug debugging debugged
plug plugging plugged
log logs logging logged
tag tags tagging tagged
unzip unzipping unzipped
zip zipping zipped
sync syncing synced syncs
quit quitting
show showed shown
bite bitten
blow blew blown
fly flew flown
forgive forgave forgiven
hang hung
lay laid
rise rose risen
seek sought
shine shone
slide slid
sweep swept
bind bound
bend bent
bleed bled
deal dealt
dig dug
dream dreamt
feed fed
forbid forbade forbidden
mistake mistook mistaken
overcome overcame
prove proven
undo undid undone
rewrite rewrote rewritten
rebuild rebuilt
overwrite overwrote overwritten
override overrode overridden
strike struck
tear tore torn
swear swore sworn
spell spelt
burn burnt
light lit
spoil spoilt
spill spilt
commit committing committed commits
submit submitting submitted
refer referring referred
occur occurring occurred
control controlling controlled
cancel cancelling canceling cancelled canceled
travel travelling travelled traveling traveled
label labelling labelled labeling labeled
model modelling modeling modelled modeled
program programming programmed programme programmes
format formatting formatted
map mapped maps
permit permitting permitted
type types typed typing
queue queues queued queuing queueing
throw throws throwing
shrink shrank shrunk
spin spun
split splitting splits
""".strip().splitlines()
    for form in line.split()
}
NUMBER_WORDS = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "billion": "1000000000",
    "dozen": "12",
    "couple": "2",
    "twice": "2",
    "zeroth": "0",
}
ARTICLES = frozenset("a an the this these that those such".split())
AUXILIARIES = frozenset(
    "be am is are was were been being do does did have has had can could will would shall should may might must ought".split()
)
# Prepositions and conjunctions that give what follows a part in the sentence of its own. Never interchangeable.
DIRECTED = {
    "from": "from",
    "to": "to",
    "into": "to",
    "onto": "to",
    "toward": "to",
    "towards": "to",
    "without": "without",
    "before": "before",
    "after": "after",
    "over": "over",
    "under": "under",
    "above": "above",
    "below": "below",
    "than": "than",
    "as": "as",
    "between": "between",
    "until": "until",
    "till": "until",
    "since": "since",
    "against": "against",
    "except": "except",
    "unless": "unless",
    "if": "if",
    "when": "when",
    "while": "while",
    "because": "because",
    "although": "although",
    "though": "although",
    "despite": "despite",
    "during": "during",
    "behind": "behind",
    "across": "across",
    "outside": "outside",
    "beyond": "beyond",
    "like": "like",
    "off": "off",
    "per": "per",
    "by": "by",
    "up": "up",
    "down": "down",
    "out": "out",
    "beside": "beside",
    "besides": "besides",
    "versus": "versus",
    "whether": "if",
    "where": "where",
    "whose": "whose",
    "whom": "whom",
    "around": "around",
    "near": "near",
    "past": "past",
    "once": "when",
}
# Prepositions that stand for each other, or for a compound noun, when the rest is equal.
NEUTRAL = {
    "in": "in",
    "on": "on",
    "of": "of",
    "for": "for",
    "with": "with",
    "at": "in",
    "inside": "in",
    "within": "in",
    "about": "about",
    "regarding": "about",
    "concerning": "about",
    "via": "with",
    "through": "with",
    "upon": "on",
}
# Words that carry nothing in an ask. Whatever is in doubt is not here.
EMPTY = frozenset(
    """just simply actually basically really exactly kindly please pls plz there it its also well so then perhaps maybe etc ok okay itself precisely literally honestly essentially anyway somehow ever which who
currently already thanks thank cheers hey hi hello even still already currently u ur""".split()
) - frozenset("even still ever".split())
SELF = {
    "i": "P1",
    "me": "P1",
    "my": "P1",
    "mine": "P1",
    "myself": "P1",
    "we": "P1",
    "us": "P1",
    "our": "P1",
    "ours": "P1",
    "ourselves": "P1",
    "im": "P1",
    "you": "P2",
    "your": "P2",
    "yours": "P2",
    "yourself": "P2",
    "oneself": "P0",
    "itself": "P0",
    "one's": "P0",
}
POSSESSIVE = frozenset("my our your one's".split())
UNITS = {
    form: line.split()[0]
    for line in """
second sec secs s seconds
minute min mins minutes
hour hr hrs h hours
day days d
week wk wks weeks
month mo months
year yr yrs years
millisecond ms msec milliseconds
microsecond us µs microseconds
kilobyte kb kilobytes
megabyte mb megabytes
gigabyte gb gigabytes
terabyte tb terabytes
byte bytes
kilometre km kms kilometer kilometers kilometres
metre m meter meters metres
centimetre cm centimeter centimeters centimetres
millimetre mm millimeter millimeters millimetres
mile mi miles
inch inches
foot ft feet
kilogram kg kgs kilograms kilo kilos
gram g grams
milligram mg
pound lb lbs pounds
ounce oz ounces
litre l liter liters litres
millilitre ml
percent pct percentage
dollar usd dollars bucks
euro eur euros
megahertz mhz
gigahertz ghz
pixel px pixels
celsius c
fahrenheit f
""".strip().splitlines()
    for form in line.split()
}
FOREIGN = frozenset(
    """qual quais é entre sobre até mais ein schreibe schreib erkläre welches gibt zwischen ohne oder und kannst könnten mir dir quel entre sans où est-ce peut-on puis-je diferencia entre sin sobre cuántos cuánto fra senza quanto quanti tussen zonder hoeveel kun leg mag hoe ile jest można bez mellan utan hur hvordan hva hvad mellem er
der die das und ist nicht ein eine einen wie ich wir bitte mit für auf zu kann man warum wo wann welche welcher sind wird den dem im vom zum zur
le la les des est une pas comment je nous avec pour dans sur qui que quelle quel quels sont peut pourquoi où quand du au aux
el los las es una cómo como qué por para con del puedo cuál cuáles dónde cuándo porqué mi en
il lo gli di che è sono perché quale quali dove quando della nel come posso una per
o os uma um não em quais onde porque meu você
de het een en niet hoe wat waarom waar wanneer welke mijn met voor zijn van
jak co nie jest się czy dlaczego gdzie kiedy który w na z och att är inte hur vad varför ett det som på jag
nasıl nedir bir ve için bu
bedeutet heißt darf muss soll wer quoi sert servent serve servono dient wozu wieso weshalb unterschied erklär übersetze cosa chi significa signifie c'est qu'est explique expliquez peux puis-je puis explica sirve betekent betekenen doet verschil uitleg
différence diferença differenza oznacza znaczy różnica traduis traduce traduza traduci traduzca écris écrivez escribe escreva scrivi napisz napisać""".split()
)
ENGLISH = frozenset(
    """the is are what how why when where who which do does did can could should would will a an of to in on for with and or not my your i you it this that be from by at as if
show me write give explain list make create use using between difference best""".split()
)
