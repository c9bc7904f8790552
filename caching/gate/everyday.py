"""Verbs and general words that stand for each other, one group a line (see `synonyms`). Own list."""

GROUPS = """
remove, delete, erase, get rid of, removal, deletion, eliminate, strip out, take out, throw away
uninstall, deinstall, uninstallation
create, make, build, creation, set up a new, generate, construct, craft, generation
write, compose, draft, write up, write down, pen
set up, setup, configure, configuration, config, cfg, set-up, conf
install, installation, installing
find, locate, look up, search for, look for, find out, discover, detect, detection, spot, search, seek, figure out, determine
get, obtain, retrieve, retrieval, fetch, acquire, receive, get hold of
show, display, see, view, list, look at, listing, list out, show up
check, double check
fix, repair, resolve, solve, resolution, correct, get around, get past, deal with, sort out, get over, solution, clear up, overcome, remedy
convert, conversion, transform, turn into, transformation, change into
change, modify, alter, modification, edit, adjust, amend, tweak, adjustment
start, begin, launch, commence, start up, kick off, get started with, get going with, fire up, get started, start with, start out, spin up, startup
stop, halt, quit, cease, put an end to
finish, complete, end, completion, wrap up
shut down, power off, shutdown, turn off the computer
turn on, switch on, enable, activate, activation
turn off, switch off, disable, deactivate, deactivation
log in, login, sign in, log on, logon, signin, log into, sign into, sign in to, log in to
log out, logout, sign out, log off, signout
sign up, signup, register, registration, enrol, enrolment
pick, choose, select, selection, choice
sort, order, sorting, put in order, arrange
merge, combine, join together, put together, unite, combination
concatenate, concat, concatenation
split, divide up, break up, splitting, break into
reverse, invert, put in reverse order, flip, reverse the order of, reversal
rename, change the name of, give another name, give a new name, renaming, change name of
compare, comparison, contrast
difference, distinction, differ, different, distinguish, tell apart, dissimilarity
advantage, benefit, pro, upside, strength, plus point, good point
disadvantage, drawback, con, downside, weakness, shortcoming
pros and cons, advantages and disadvantages, advantage and disadvantage, pro and con, benefit and drawback, upside and downside, strength and weakness
use, utilise, usage, make use of, utilisation, employ, work with
improve, enhance, improvement, enhancement, make better, get better at, better my, get good at, become better at, boost
speed up, make faster, accelerate, improve the performance of, improve the speed of, make run faster, get faster
slow down, make slower, decelerate
increase, raise, grow, go up, bump, bump up, boost
reduce, decrease, lower, cut down, bring down, lessen, reduction, minimise, cut down on, go down
optimise, optimisation, optimization
shorten, make shorter, abbreviate, trim down, condense
lengthen, make longer, extend
simplify, make simpler, simplification, make easier
explain, describe, clarify, explanation, description, walk me through, tell me about, talk about, elaborate on, give an explanation of, give an overview of, overview
define, definition
mean, meaning, stand for, signify, refer to, denote, sense
summarise, sum up, summary, give a summary of, recap, summarize, tldr, tl dr, summarisation
translate, translation, put into, render in
calculate, compute, work out, calculation, computation, figure
count, tally, get the number of, count up, number of, amount of
loop, iterate, loop over, iterate over, loop through, go through, iteration, iterate through, traverse, traversal, go over, walk through, cycle through, run through, step through
run, execute, execution, running
deploy, deployment, roll out, rollout
migrate, migration, move over, moving
move, relocate
copy
save, store, persist, keep a copy of
download, pull down, grab
send, transmit, deliver
read, load, reading, read in, load in
parse, parsing
encrypt, encryption
decrypt, decryption
encode, encoding
decode, decoding
compress, compression
decompress, extract, unpack, unzip, uncompress, extraction, decompression, unarchive
authenticate, authentication, auth, authn
authorise, authorisation, authz
connect, connection, hook up
disconnect, disconnection
integrate, integration
implement, implementation
allocate, allocation
initialise, initialisation, init, initialization, instantiate
declare, declaration
validate, validation
format, formatting
reset, resetting
restart, reboot, start again
undo, revert, roll back, rollback, take back, reverse out
cancel, call off, cancellation, cancelation, abort
prevent, avoid, keep from, stop from, prevention, protect against
allow, permit, let
forbid, prohibit, disallow, ban
block, blocking
need, require, requirement, necessity
want, wish, would like
happen, occur, take place, go on, come about
cause, reason, root cause, reason for, lead to
fail, failure, not work, not working, does not work, stop working
problem, issue, trouble, difficulty
error, error message, error msg, err
bug, defect, glitch
answer, reply, respond to
help, assist, assistance
learn, study, get to know, pick up
teach, instruct
understand, comprehend, understanding, grasp, make sense of
recommend, suggest, recommendation, suggestion, advise, propose
buy, purchase, purchasing, get myself
sell, selling
big, large, huge
small, little, tiny
quick, fast, rapid, speedy, quickly, rapidly
easy, simple, easily, simply
hard, difficult, tough
important, essential, crucial
wrong, incorrect, mistaken, incorrectly, wrongly
proper, properly, correctly
empty, blank
whole, entire, complete
start, beginning
job, occupation
job application, application for a job
kid, child
picture, image, photo, pic, photograph
film, movie
doctor, physician
car, automobile
bike, bicycle
mom, mother, mum
dad, father
phone, cell phone, mobile phone, cellphone, smartphone, mobile
tv, television
fridge, refrigerator
email, e mail, electronic mail
message, msg
document, doc
documentation, docs
multiple, several, more than one, various
bigger, larger
biggest, largest
smaller, littler
quicker, faster
quickest, fastest
cheapest, lowest priced, least expensive, most affordable, most inexpensive
most expensive, priciest, costliest, dearest
easiest, simplest
hardest, most difficult, toughest
easier, simpler
harder, more difficult, tougher
call, invoke, invocation
keep, retain, hold on to
sum, total up
ad, job posting, job advert, job advertisement, job ad, job offer
slogan, tagline, catchphrase
accidentally, mistakenly, by accident, by mistake, inadvertently, unintentionally, accidently
name, call it
called, named
road, street
duty, task, responsibility
vaccine, vaccination, jab
approximately, roughly, approx, ca, circa, around about
at least, at minimum, minimum of, no less than, as a minimum
at most, at maximum, maximum of, no more than
element, item, entry
mount, mt
senior, sr
junior, jr
text, txt
hex, hexadecimal
segfault, segmentation fault, segmentation violation
past tense, preterite, simple past
daylight saving time, summer time, daylight savings time
prime minister, pm
new york, nyc, new york city
start up, startup
sour, acidic
mandatory, compulsory, obligatory
pupil, schoolchild
sufficient, enough
shop, store
currency, money unit
lawyer, attorney
lift, elevator
petrol, gasoline
rubbish, garbage, trash
lorry, truck
queue, waiting line
cellar, basement
tap, faucet
nappy, diaper
pavement, sidewalk
headache, pain in the head
cold, common cold
flu, influenza
fever, high temperature
stomach ache, stomachache, stomach pain, tummy ache
blood pressure, bp
high blood pressure, hypertension
heart attack, myocardial infarction
doctor, physician, gp, general practitioner
diabetes, sugar disease
medicine, medication, drug
happy, glad
sad, unhappy
angry, mad
smart, clever, intelligent
stupid, dumb, unintelligent
rich, wealthy
strange, weird, odd
scared, afraid, frightened
funny, humorous, hilarious
tasty, delicious
unhealthy, bad for health
healthy, good for health, good for you
dangerous, hazardous
safe, harmless
famous, well known, renowned
common, widespread
modern, contemporary
old fashioned, outdated
unnecessary, needless
useless, pointless
useful, helpful, handy
sometimes, occasionally, now and then, from time to time
often, frequently
rarely, seldom
always, all the time
never, at no time
immediately, at once, right away, instantly, straight away
suddenly, all of a sudden
finally, in the end, eventually
nearly, almost
additionally, furthermore, in addition
however, nevertheless
therefore, hence, consequently
mainly, mostly, primarily, chiefly
especially, particularly, in particular
completely, totally, entirely, fully
automatically, on its own, by itself
manually, by hand
separately, individually, one by one
together, jointly
worldwide, globally, all over the world
overseas, abroad
nowadays, these days
tutorial, walkthrough
guide_, handbook
essay, composition
story, tale
novel_, fiction book
poem, verse
joke, gag
email address, mail address
paragraph, passage
conclusion, closing
introduction, intro, opening paragraph
biography, bio
survey, poll
agenda, meeting plan
minutes, meeting notes
contract, agreement
invoice, bill
receipt, proof of purchase
refund, money back, reimburse, reimbursement
complaint, grievance
discount, price reduction
warranty, guarantee
delivery, shipping, shipment
tenant, renter, lessee
landlord, lessor
mortgage, home loan
interest rate, rate of interest
tax return, tax declaration
income tax, tax on income
pension, retirement benefit
retire, go into retirement
hire, recruit, take on
fire, dismiss, lay off, sack
resign, hand in my notice, give notice
promotion, advancement
raise, pay rise, pay raise, salary increase
interview, job interview
internship, placement
thesis, dissertation
homework, assignment
stack, pile
crash, go down
invent, inventor
win, winner
fall, decline, go down
rise, climb, go up
say, state, mention
eat, consume
live, reside
own, possess, have got
give back, bring back, hand back
chop, cut up
stir, blend
work out, do sport, do exercise
jog, go running
wake up, get up
calm down, relax, unwind
worry, be anxious, stress about
focus, concentrate
memorise, learn by heart, commit to memory
decide, make a decision, make up my mind
persuade, convince
weep, cry
motivate, encourage
discourage, demotivate
punish, penalise
sketch, draw
enormous, huge, gigantic, massive, immense
minuscule, tiny, very small
principal, main, chief
fundamental, basic, elementary
typical, usual
precise, exact
evident, obvious
quiet, silent
loud, noisy
ill, sick, unwell
overweight, obese
thin, skinny, slim
brave, courageous
lazy, idle
honest, truthful
impolite, rude
friend, buddy, pal
baby, infant
teenager, teen, adolescent
adult, grown up, grownup
elderly, senior citizen, old people
sofa, couch
trash can, bin, garbage can, rubbish bin
stove, cooker
light bulb, bulb
nation, country
legislation, law
cop, police officer, policeman
jail, prison
army, military
cash, money
presentation, slide deck, powerpoint presentation
computer, pc
wifi, wi fi, wireless internet
internet, world wide web, www
subway, underground, metro
ferry, ferryboat
bus stop, bus station
timetable, schedule
ticket, fare ticket
suitcase, travel case
trainers, sneakers
jumper, sweater, pullover
trousers, pants
film director, movie director
tv show, tv series, television series, television show
recipe, cooking instruction
dessert, sweet dish
fizzy drink, soda, soft drink
crisps, potato chip
aubergine, eggplant
courgette, zucchini
coriander, cilantro
maize, corn
minced meat, ground beef, mince
icing sugar, powdered sugar
plain flour, all purpose flour
whilst, while
amongst, among
learnt, learned
kick off meeting, kickoff meeting
to do list, todo list, task list
follow up email, followup email
out of office, ooo
end of day, eod
as soon as possible, asap
work from home, wfh, remote work, work remotely
pull down, take down
bring up, raise
hand in, submit
hand out, distribute
carry out, perform, conduct
put off, postpone, delay
call back, ring back
give up, quit
look after, take care of, care for
look forward to, anticipate
run out of, exhaust
point out, indicate
rule out, exclude
break down, decompose
back up, make a backup of, take a backup of, backup
set off, trigger
tidy up, clean up
warm up, heat up, reheat
cool down, chill
print out, print
sign up for, register for, enrol in
opt for, choose
narrow down, restrict
make up, invent
end up, finish up
deal with, handle, cope with
stick to, adhere to, follow
abide by, comply with, comply
insufficient, not enough
at random, randomly
by hand, manually
in advance, beforehand, ahead of time
on purpose, intentionally, deliberately
in public, publicly
in private, privately
as usual, like always
once a day, daily
once a week, weekly
once a month, monthly
once a year, yearly
twice a day, two time a day
free of charge, for free, at no cost, gratis
second hand, used
brand new, new
out of date, outdated
up to date, current
out of stock, sold out
full time, fulltime
part time, parttime
long term, longterm
short term, shortterm
high level, highlevel
verify, verification, confirm, confirmation
validate, validation
ensure, make sure, guarantee that
debug, troubleshoot
at random, randomly
"""
