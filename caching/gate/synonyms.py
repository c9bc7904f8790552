"""Words and phrases that an ask may exchange without asking for something else. Own list.

A line is one group; its first member is the form all are brought to. Members are lemmas (see `inflection`). A group is
left out when its words differ for a programmer: print and return, kill and stop, copy and move are not here."""

from __future__ import annotations

from .inflection import lemma

_GROUPS = """
remove, delete, erase, get rid of, removal, deletion, eliminate, strip out, take out, throw away
uninstall, deinstall, uninstallation
create, make, build, creation, set up a new, generate, construct, craft, generation
write, compose, draft, write up, write down, pen
set up, setup, configure, configuration, config, cfg, set-up, conf
install, installation, installing
find, locate, look up, search for, look for, find out, discover, detect, detection, spot, search, seek, figure out, determine
get, obtain, retrieve, retrieval, fetch, acquire, receive, get hold of
show, display, see, view, list, look at, listing, list out, show up, visualise
check, verify, verification, validate, validation, make sure, ensure, confirm, test whether, test if, tell if, find out if, see if, check for, double check
fix, repair, resolve, solve, resolution, correct, get around, get past, troubleshoot, debug, deal with, sort out, get over, solution, clear up, overcome, remedy
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
improve, enhance, improvement, enhancement, make better, get better at, better my, get good at, become better at, boost, upgrade my
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
repo, repository
db, database
app, application
env, environment
env var, environment variable, envvar, env variable
variable, var
function, func, fn
parameter, param
argument, arg
directory, dir, folder
dict, dictionary
int, integer
str, string
bool, boolean
char, character
regex, regexp, regular expression, regex pattern, re pattern
admin, administrator
dev, developer, programmer, coder, software developer, software engineer
info, information
spec, specification
stats, statistics
temp, temporary
max, maximum
min_, minimum
avg, average
num, number
prod, production
lib, library
pkg, package
cmd, command
pr, pull request
mr, merge request
ci, continuous integration
cd_, continuous deployment, continuous delivery
ci cd, cicd
ui, user interface
gui, graphical user interface
os, operating system
vm, virtual machine
ip, ip address
ml, machine learning, machine-learning
ai, artificial intelligence
dl, deep learning
nlp, natural language processing
oop, object oriented programming, object orientated programming
api, application programming interface
id, identifier
ide, integrated development environment
cli, command line, command line interface, commandline
pk, primary key
fk, foreign key
cv, resume, curriculum vitae
ceo, chief executive officer
hr, human resources
qa, quality assurance
faq, frequently asked questions
eta, estimated time of arrival
roi, return on investment
vat, value added tax
gdp, gross domestic product
uni, university, college
exam, examination
maths, math, mathematics
lab, laboratory
ad, advert, advertisement
async, asynchronous, asynchronously
sync, synchronise, synchronisation
perf, performance
ref, reference
desc, descending, in descending order, descendingly, largest first, highest first
asc, ascending, in ascending order, ascendingly, smallest first, lowest first
alphabetical, alphabetically, in alphabetical order, by name
newest, latest, most recent
oldest, earliest
lowercase, lower case, small letter
uppercase, upper case, capital letter
readonly, read only
filename, file name
username, user name
hostname, host name
timestamp, time stamp
timezone, time zone
codebase, code base
dataset, data set
datatype, data type
frontend, front end
backend, back end
fullstack, full stack
webpage, web page
website, web site, site
checkbox, check box
dropdown, drop down
popup, pop up
runtime, run time
realtime, real time
multithreading, multi threading
open source, opensource
backup, back up
workaround, work around
subdirectory, sub directory, subfolder, sub folder
substring, sub string
healthcheck, health check
stack trace, stacktrace, traceback
step by step, stepwise, in steps, in clear steps
in brief, briefly, brief, in short, shortly, concisely, concise, short, in a nutshell
in detail, detailed, in depth, thoroughly, thorough
simple terms, simple word, plain english, layman term, plain language, eli5, like i am five, easy word
for example, e g
example, sample, instance, illustration
beginner, newbie, novice, someone new to, newcomer
bullet point, bullet, bulleted list, bullet list, bullet points
per second, each second, every second
every day, each day, daily, per day
every week, each week, weekly, per week
every hour, each hour, hourly, per hour
every month, each month, monthly, per month
every year, each year, yearly, annually, annual, per year
every minute, each minute, per minute
every night, each night, nightly
every, each, all, all of
someone, somebody
everyone, everybody
nobody, no one, noone
anyone, anybody
only, solely, exclusively
must, have to, need to, required to, be obliged to, ought
instead of, rather than, in place of
because of, due to, owing to
according to, per
about, regarding, concerning, on the subject of, on the topic of
such as, for instance
at the same time, simultaneously, in parallel, concurrently
again, once more
unit test, unittest
if statement, if condition
for loop, forloop
while loop, whileloop
apology, apologise, apology letter, apologise for, say sorry for
thank you note, thank you letter
cover letter, covering letter, motivation letter
invite, invitation
lose weight, shed weight, weight loss
earn, make money, earn money
employee, worker, staff member
boss, supervisor
company, firm, business
customer, client
colleague, coworker, co worker, workmate
salary, pay, wage
vacation, holiday
rest, remaining
symptom, sign
treat, treatment
cook, cooking
clean, cleaning
city, town
usa, united states, united states of america
uk, united kingdom
kubernetes cluster, k8s cluster
memory, ram
hard drive, hard disk
monitor, keep an eye on
contain, include, have in it
expire, expiration, expiry
access, accessing
attach, attachment
analyse, analysis
recover, recovery
replicate, replication
rotate, rotation
serialise, serialisation
deserialise, deserialisation
subscribe, subscription
unsubscribe, opt out
upload, uploading
backend_, server side
cheap, inexpensive, affordable, low cost
expensive, costly
famous, well known
nearby, close by
quantity, amount
purpose, point
contents, content
popular, commonly used, widely used
type, sort of, kind of
feature, characteristic, trait
tip, trick, advice, hint
idea, ideas for
come up with, think of, brainstorm
trip, journey
meal, dish
exercise, workout
stay, remain
consider, take into account
become, turn into, get to be
affect, influence, have an effect on, impact
proofread, check the grammar of, check for grammar
fill, fill in, fill out, fill up
schedule, plan for
rewrite, rephrase, reword, paraphrase, reformulate
polite, courteous
formal, professional
trigger, set off
leave_, depart
contact, get in touch with, reach out to, reach
talk, speak
apply for, put in for
prepare for, get ready for
graph, chart
kill, terminate
capture, catch
revoke, withdraw
ignore, disregard
exclude, leave out, omit
include, put in
attempt, try
replace, substitute, swap out
add, adding, addition of, include in
insert, insertion
grant, give
own, have
accept, acceptance
reject, decline, turn down
approve, approval
link_, hyperlink
deprecated, obsolete
vulnerability, security hole
password, pwd, passwd, passphrase
credential, creds
dependency, dep
certificate, cert
calendar, cal
kilobyte, kb
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
tired, sleepy, fatigued
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
headline, title
paragraph, passage
outline, structure
conclusion, closing
introduction, intro, opening paragraph
biography, bio
quiz, questionnaire
survey, poll
agenda, meeting plan
minutes, meeting notes
proposal, pitch
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
degree, diploma
thesis, dissertation
homework, assignment
stack, pile
crash, go down
hang, freeze, get stuck
timeout, time out
latency, delay
cluster, farm
reload, refresh
re run, rerun, run again
retry, try again
redo, do again
recreate, create again
reinstall, install again
reconnect, connect again
resend, send again
rebuild, build again, recompile
compile, compilation
benchmark, measure the performance of
profile, profiling
log file, logfile
config file, configuration file, settings file, conf file
source code, code
one liner, oneliner, single line
snippet, code snippet, piece of code, code fragment
boilerplate, skeleton
template_, scaffold
comment out, disable the line
line number, row number
primary key, pk
foreign key, fk
unique constraint, uniqueness constraint
stored procedure, sproc
query_, select statement
column, field
schema, table structure
nullable, can be null, allow null
thread safe, threadsafe, thread safety
key value, keyvalue
array, arr
hash map, hashmap, hash table, hashtable
linked list, linkedlist
binary search tree, bst
stack overflow, stackoverflow
null pointer, nullpointer, npe, null pointer exception, nullpointerexception
out of memory, oom
race condition, data race
dead lock, deadlock
garbage collection, gc
just in time, jit
big o, time complexity, runtime complexity
space complexity, memory complexity
recursive, recursively, with recursion, using recursion, by recursion
iterative, iteratively
even number, even integer
odd number, odd integer
prime, prime number
palindrome, palindromic
duplicate, double entry, repeated element, duplicated
unique, distinct
random, randomly
whitespace, white space, blank space
newline, line break, new line, linebreak
trailing, at the end
leading, at the beginning
first letter, initial letter, initial
empty string, blank string
port number, port
web server, webserver, http server
reverse proxy, reverse_proxy
load balancer, loadbalancer, lb
single sign on, sso
two factor authentication, 2fa, tfa
public key, pubkey
man in the middle, mitm
cross site scripting, xss
sql injection, sqli
denial of service, dos
virtual private network, vpn
local area network, lan
domain name system, dns
search engine optimisation, seo
key performance indicator, kpi
user experience, ux
minimum viable product, mvp
small and medium enterprise, sme
business to business, b2b
business to consumer, b2c
human being, human
man made, artificial
earth, planet earth, the globe
moon_, lunar
sea, ocean
wood, forest
stone, rock
street_, avenue
plane, airplane, aeroplane, aircraft
airport, airfield
luggage, baggage
hotel, lodging
sightseeing, sight to see, attraction, tourist attraction, thing to see
itinerary, travel plan, trip plan
budget, spending limit
weather forecast, forecast of the weather
speed, velocity
circumference, perimeter
multiply, multiplication
divide, division
subtract, subtraction
square root, sqrt
derivative, differentiation, differentiate
probability, likelihood, chance, odds
percent, per cent
standard deviation, std dev, stdev
"""


def _groups() -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    words: dict[str, str] = {}
    phrases: dict[tuple[str, ...], str] = {}
    for line in _GROUPS.strip().splitlines():
        members = [part.strip() for part in line.split(",")]
        key = members[0].rstrip("_").replace(" ", "_")
        key = words.get(key, key) if " " not in members[0] else key
        for member in members:
            if member.endswith("_"):
                continue
            parts = tuple(lemma(part) for part in member.split())
            if len(parts) == 1:
                words.setdefault(parts[0], key)
                words.setdefault(member, key)
            else:
                phrases.setdefault(parts, key)
    return words, phrases


WORDS, PHRASES = _groups()
# The first word of a phrase, so that most words need one look-up: word -> lengths of the phrases it opens, longest first.
OPENS: dict[str, tuple[int, ...]] = {}
for _phrase in PHRASES:
    OPENS[_phrase[0]] = tuple(sorted({len(_phrase), *OPENS.get(_phrase[0], ())}, reverse=True))
