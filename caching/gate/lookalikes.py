"""Words that a slip of the keyboard makes of another word and that are words as well: a "trainee" is no misspelt "trainer".

Those of the embedded model's vocabulary (Apache-2.0) that are one keystroke from a word of `vocabulary` and not in it."""

from __future__ import annotations

LOOKALIKES = frozenset(
    """acton adapted addiction addressee addresser advisers advisor africans agreed aids alam americana americans americas
amin analyst analysts analyze antibiotics apples arched arches archie arching arenas ares argent argentine argus
arising aspiring assemble assent assert asserts assured astor astros attache attackers auction audi audition auditions
augusta auguste augusto australians austrian austro authorized avid babe bach backyard bacterial bain bakery banded
bands banging bangladeshi bankers banking barbed bard bare barked barker barking barre barrier basics bass bath bats
batter battered battled battles beak beaming bean bearded bearings beast beasts behavior believers belongings benches
bend bender bending bengal bengals berries besides bets betting beverage biased bidding bids billings bing bite blacks
blasting bled bleeding blinked blinking bloc bloody blow blowing blushed blushing boar boasted boasts boilers bond
bonding booming booths boring bounded bounds bowling boxers bracing brad bran brandt brandy breach breached breakers
bred brewers brewery brian bride bridget brig brightened britten broadcasters broker brooke brooks brothel brow browne
brows budge builders burt burying bush bushes butte cain cale canadians candles canned canning canvas capita
capitalist capitol caress carl carriage carriages carrie carriers cart carter carts carved carving cary case cases
cass caste castles catering ceased center centered centers cents certain champaign chan chancel chandler chang
chanting characteristics chargers charles charming charters chat chatter chatting cheated cheating chilly chin
chloride choking chopper chores chow cites clade clan clarity clashed clashes clasped classics claus cleansing clement
clements clint clipped closet cloudy clover coat coating coats cock colombian colon color colored colors columbia coma
comets commanders commando commandos commended commerce communist commuted commuter compete competed competes
competing complement complexion compliant composers concert concerts cone cones conform consent consult contend
contest contests controller convection convent cooke coping cordoba coroner corps cortes coulter counters counties
county coupe cove covert coveted cradled crate crater crates crawley creaked cremated crested crete crimea crises
crooked crossings crouch crushed crushing crystals cubs cunning curled curling curse cursed curses cursing curt custer
dail dancers dane danes darted darting dawn dealers dealings debuts deceased decrees dedication defeated defeats
defective defenders denis denise denoted dependence depleted deported deprived descent desert deserted designers
dessert destroyers detained detention deter devised diner ding dipping dirt disagreed discouraged discovery discus
disliked displaced divers divert docking doin dong donors doping doubted dove drawers drawings drifted drifting
dripped dripping drought drowned drowning dynamics earl earnings ease eastern economics ejected elected elector
electro elects emigrated emigration emil empress endings endured enduring enraged enroll ensued ensuing entirety
entourage envy equality erased erection ernest eternal ether ethiopian europeans evacuate evacuated ever excited
exciting expanse expansive explode exploded explodes exploding explorers extensive faction factions facto factory
fairfield fairy faltered fame famed farmers farther fate faulty favor favored favorite favorites feather feathers
fellows ferris fiance fiction fighters finale findings finger fingers finley fins fischer fishery fist flaming flavor
fled fleeing flicked flicking fling flooded floods flopped flyers fond footballers fore forge forrest founders
fountain fountains frances freaking fred fridays fright frontiers frowning gail garde gardiner gardner gasp gasped
gasping gathers geek genera genetic germain germans gliding glistening glowing gods goin gong gown graders grains gran
grande grasses grazing greeks greene greta gripped grossed grossing grounded growling growls grunted guaranteed guilt
gust hacking handel hans hardin hardy hart harvest hatred haunted haunting headline hearings hearth heath heather
heaving herd herring hers hind hissing hits hitting hoarse hoisted holders holdings holmes holy honesty hopped hopping
hose hostel hovered hovering humane hungarians hungry hunters hurling hurst huts iconic ideals incense indeed indiana
indians indicted indies indira indonesian infinity inland innings insect insider internacional internationale interned
interval investor ions iris ironic islanders israeli italia italiana italians javanese jett joints journalism jude
julian junction junctions keating keepers kenyan killers killings kissing knicks koreans laced lads lakers lama
landings lansing lashed lashes lass latino latter laughter lean leaned leaning leans leaping lear learning leasing
leather leaves ledger legions leon lesions lest license licked licking lightning ling linger listeners liter livery
locke looming loose loosen looting losers lovers lowe luck lucy lumber luna mach makers malaysian manly mapping marc
marche marco marcos marin markers markings markus marlins marred mars marshall marshes martins mary mass massage
mastery mater maximize maximus maze mechanics medals medial median mediation medina meditation mere mergers messing
meta meteor metre metres mets milling miners mingled minimize moaning moines monarch monarchs mondays mongol mono mons
mont moor moors mora morale mortal mortally mortals moth moths mourning muse musica mustered mute muttered nacional
nationale nearing neighbor neighboring neighbors ness nestled nets netting neural nigerian nina nods noel norma
notation nothing notions oath offerings openings optical optimism organism organist organization organizations
organize organized organizing outing outsider oversees owed owing pace paced paces pacing packers packets paintings
pakistani palace palaces panda panties papal parcels parish parking parsons particle particles patent patents patting
payee payer peaking pearson peasant peeking pending performers persia persians persona peters petty philippine
photography photon pier pierce pine pitches planner plastic pleading pointe polar policemen pond ponder pondered ponds
pont populace porte posed posing possibly posters posture pots powder praising prayers preached preacher preaching
precious prefect preference preferences premise premises prep presenters preston presumed primate prince princes
principle prisoners probable probing proceedings procession promoters proposed proposition propped protest protested
protesting protests proto providers prowess prussian pulsing puppets qualify quite rabbi rabbis racers rage raged
ragged raging raid raider raiding raids rail railing raked rally rang rangers rankin rankings rapper rasped ratings
rational rations rats reactor readers realism realize realized realizes realizing recognize recognized recordings
reelected reeling regan reign reigned reigning reliefs relieve relieved religious remainder rene repealed replay
reporters republics researchers resented resided resident residents residue residues resin resorts retorted retreated
revered reviewers revived revolving richter riders ridges ripped ripping rivera rods rollins romani rooster rotting
routine rowe rugged rulers rune ruse russians sable sacred sage salon sans sash saturdays savings scanner scar scarce
scarred scars scouting scrap scrapped screamed screaming screams screenings seam searing secession seduction seekers
seized sensory sept serie settings settlers shaking sharpe shelly shifters shin shocked shooters shopping shores
shorts shots shoving showers shrine sighing sight sighted sighting sins sipped sipping skating skipper slacks slapped
slapping slashed slender slipped slipping slit slits sloan sloping smacked smiley snacks snails sneaking snorted
soaring socialist sock socks soil sole soothing sore span spanned spanning sparked sparks sparse specialty sped spies
spine spit spitting spraying springs sprinted sprinter stadion stairs stalked stalking stan standings staple staples
stare starters startled startling starved starving staten stationery statue statues steppe sterling stilled stimulate
stimulated sting stinging stirling stitches stomped storey stormy strained strand strands strangers strapped streaked
streaks strides strikers strokes stroking stryker stuart stud studios stuffed sturdy suite sundays superb supervisory
supper suppliers supporters surprised surroundings swaying swearing sweating swelled swelling swinging swings tablet
tablets tack tainted tank tanks taped tate teachings teasing tech teenage tend tending tends tens tension tensions
tess testing texans theater theaters thee thirst thirty though thoughts thrash threat threats throughout thrust
thrusting thrusts tick ticked ticking tighten tile tiled tiles tilted timber ting tire tires tonnes tons topical
topics toppled torches torino touring towering tracey traction traders trailed trailer trailers trails trainee trainer
training tran trance trans transit translit transmitter trapped trapping travelers traveller travers tread treatise
tres tribes tricky trio trough truss trustee tuck tucking tugging turing twitched twitching unicorn unison universite
utilize vale vaults venues vial vice viewers villagers viscount visibly vita voters waist waived walkers wallis walter
walters wandered wandering watery wealth weaving webber weir welding whales whimper whimpered whipped whipping whiskey
wickets widow widows wielding wight wilde willing willy witches withdrawn withdrew wits wong workings wounded wounding
writ writhing writings wrought yanking yearning yelling yong""".split()
)
