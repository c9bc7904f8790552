"""Further words and phrases that stand for each other, one group a line (see `synonyms`). Own list."""

GROUPS = """
gather, collect
inspect, take a look at, have a look at
relieve, ease, alleviate, soothe, relief
dispose of, discard
illness, sickness, disease
injury, wound
physician, doctor
dentist, dental surgeon
pharmacy, drugstore, chemist's
period pain, menstrual cramp
stuffy nose, blocked nose
tummy, stomach, belly
throw up, vomit
get pregnant, become pregnant, conceive
fall asleep, get to sleep
get married, marry
get divorced, divorce
get sick, fall ill, become ill, become sick
get fit, get in shape, become fit
quit smoking, stop smoking, give up smoking
put on weight, gain weight
income, earnings
cost, price
stock market, share market, stock exchange
credit score, credit rating
credit card number, card number
invoice number, bill number
bankruptcy, insolvency
tax deductible, deductible from tax
flat, apartment
lease, rental contract, rental agreement, tenancy agreement
employment contract, work contract, contract of employment
notice period, period of notice
maternity leave, leave for mothers
overtime, extra hours
minimum wage, lowest legal wage
job interview, interview for a job
business trip, work trip
conference call, phone conference
video call, video conference, videoconference
business card, visiting card
cv template, resume template
reference letter, letter of recommendation, recommendation letter
resignation letter, letter of resignation
birthday card, card for a birthday
wedding invitation, invitation to a wedding
driving licence, driver's licence, drivers licence, driver licence
number plate, licence plate
car park, parking lot, parking garage
motorway, highway, freeway
roundabout, traffic circle
tyre, wheel tyre
windscreen, windshield
countryside, rural area
seaside, coast
holiday, vacation
hotel room, room in a hotel
one way ticket, single ticket
boarding pass, boarding card
carry on, hand luggage, carry on luggage, cabin luggage
jet lag, jetlag
sightsee, see the sights
souvenir, keepsake
movie theatre, cinema
tv remote, remote control
football, soccer
athlete, sportsman
competition, contest
chess piece, chessman
birthday, date of birth, birth date, birthdate
mankind, humanity, humankind
universe, cosmos
planet earth, earth
global warming, climate warming
greenhouse effect, glasshouse effect
renewable energy, green energy
solar panel, photovoltaic panel
electric car, ev
rain forest, rainforest
spider web, cobweb
bunny, rabbit
puppy, young dog
kitten, young cat
cattle, cows
poisonous, toxic
edible, eatable
raw, uncooked
sugar free, sugarless, without sugar, no sugar
gluten free, without gluten
egg free, eggless, without egg
dairy free, without dairy, non dairy
lactose free, without lactose
fat free, without fat
alcohol free, non alcoholic, without alcohol
meat free, meatless, without meat
caffeine free, decaf, decaffeinated
duty free, tax free
wireless, cordless
handmade, hand made
homemade, home made
readymade, ready made
leftover, remains
icing, frosting
starter, appetiser
soy sauce, soya sauce
spring onion, scallion, green onion
prawn, shrimp
bell pepper, sweet pepper
chickpea, garbanzo bean
beetroot, beet
bicarbonate of soda, baking soda, bicarb
self raising flour, self rising flour
double cream, heavy cream
caster sugar, superfine sugar
cling film, plastic wrap
hob, stovetop
tin opener, can opener
washing up liquid, dish soap
hoover, vacuum, vacuum cleaner
nappy, diaper
pram, baby carriage
torch, flashlight
mobile number, cell number
sim, sim card
wallpaper, desktop background
web browser, browser
search engine, web search engine
home network, local network
wifi password, wireless password
internet connection, connection to the internet
programming language, coding language
coding, programming
coder, programmer
mouse cursor, mouse pointer
log entry, log record
bug report, issue report
merge conflict, merging conflict
feature branch, topic branch
main branch, master branch
commit message, message of a commit
working directory, current directory, cwd
home directory, home folder
root user, superuser
text editor, editor of text
unit testing, unit test
integration testing, integration test
lookup table, look up table
key value store, key value database
time series, timeseries
float number, float
rounding error, round off error
exception handling, error handling, handling of exceptions
memory leak, leak of memory
infinite loop, endless loop
base class, superclass, parent class, super class
derived class, child class
member variable, instance variable
anonymous function, lambda function, lambda expression
callback, callback function, call back function
higher order function, higherorder function
design pattern, software pattern
version control, source control, revision control
pull request review, code review of a pull request
continuous, nonstop
entirely, wholly
goal, objective
obstacle, hurdle
consequence, repercussion
concept, notion
viewpoint, point of view, perspective
have a cold, be down with a cold
have a headache, suffer from a headache
take a shower, have a shower
take a nap, have a nap, nap
have breakfast, eat breakfast
have dinner, eat dinner
have lunch, eat lunch
make a mistake, commit an error
make a phone call, call by phone
make money, earn money
make friends, find friends
take a photo, take a picture
take a break, have a break
take a decision, make a decision
take notes, make notes
give a speech, hold a speech, deliver a speech
give a talk, hold a talk
give a presentation, hold a presentation, do a presentation
give feedback, provide feedback
go shopping, do the shopping
go for a run, go running
go bankrupt, become bankrupt
do the dishes, wash the dishes
do the laundry, wash the clothes
tell the truth, be honest
keep in touch, stay in touch, stay in contact
pay attention to, heed
put up with, tolerate
put on, don
come across, stumble upon
get along with, get on with
go ahead, proceed
hang up, end the call
look up to, admire
look down on, despise
pass away, die
pass out, faint
run away, flee
show off, brag
speak up, speak louder
stand out, be noticeable
take over, assume control of
take part in, participate in
take after, resemble
throw out, throw away
try on, test the fit of
"""
