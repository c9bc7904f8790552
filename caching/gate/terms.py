"""Terms of programming and of work, and their short forms, one group a line (see `synonyms`). Own list."""

GROUPS = """
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
alphabetical, alphabetically, in alphabetical order
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
hang, freeze, get stuck
timeout, time out
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
whitespace, white space, blank space
newline, line break, new line, linebreak
first letter, initial letter
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
multiply, multiplication
divide, division
subtract, subtraction
square root, sqrt
derivative, differentiation, differentiate
probability, chance
percent, per cent
standard deviation, std dev, stdev
manager, mgr
department, dept
government, govt
appointment, appt
account, acct
tomorrow, tmrw, tmr
minimum, min
business, biz
plain text, plaintext, clear text, cleartext
oral, verbal
applicant, candidate, job applicant
pavement, sidewalk
simple storage service, s3, amazon s3
elastic compute cloud, ec2
stdout, standard output
stdin, standard input
stderr, standard error
kwargs, keyword argument
kilometre per hour, kmh, kph
mile per hour, mph
frames per second, fps
open source, oss
third party, 3rd party
built in, builtin
plug in, plugin, add on, addon, extension
sub query, subquery
sub class, subclass
sub domain, subdomain
multi line, multiline
multi thread, multithread
case insensitive, ignore case, case insensitively
case sensitive, case sensitively
non empty, nonempty
floating point number, float, floating point
whole number, integer
text file, txt file
image file, picture file
zip file, zip archive
executable, exe
shortcut, hotkey, keyboard shortcut
screenshot, screen capture, screen shot
clipboard, copy buffer
recycle bin, trash folder
task manager, process manager
home screen, start screen
dark mode, dark theme, night mode
light mode, light theme
full screen, fullscreen
side bar, sidebar
nav bar, navbar, navigation bar
tool tip, tooltip
drag and drop, dnd
text box, textbox, text field, text input
radio button, radiobutton
"""
