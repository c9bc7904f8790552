"""Short forms of science, trade, offices, countries and firms, and words of work, one group a line (see `synonyms`). Own list."""

GROUPS = """
eu, european union
world health organisation, world health organization
nato, north atlantic treaty organisation
imf, international monetary fund
ecb, european central bank
nasa, national aeronautics and space administration
gdpr, general data protection regulation
irs, internal revenue service
nhs, national health service
fbi, federal bureau of investigation
cia, central intelligence agency
fda, food and drug administration
uae, united arab emirates
dc, washington dc
rgb, red green blue
usb, universal serial bus
url, uniform resource locator, web address, internet address
html, hypertext markup language
css, cascading style sheet
xml, extensible markup language
json, javascript object notation
sql, structured query language
csv, comma separated values, comma separated value
pdf, portable document format
http, hypertext transfer protocol
ftp, file transfer protocol
ssh, secure shell
tls, transport layer security
dom, document object model
orm, object relational mapper, object relational mapping
mvc, model view controller
crud, create read update delete
rest api, restful api
sdk, software development kit
jvm, java virtual machine
jwt, json web token
cors, cross origin resource sharing
csrf, cross site request forgery
cdn, content delivery network
dhcp, dynamic host configuration protocol
tcp, transmission control protocol
udp, user datagram protocol
nat, network address translation
ddos, distributed denial of service
waf, web application firewall
cpu, central processing unit
gpu, graphics processing unit, graphics card
ssd, solid state drive
hdd, hard disk drive
bios, basic input output system
lcd, liquid crystal display
ocr, optical character recognition
llm, large language model
rag, retrieval augmented generation
cnn, convolutional neural network
rnn, recurrent neural network
gan, generative adversarial network
svm, support vector machine
pca, principal component analysis
knn, k nearest neighbour
sgd, stochastic gradient descent
etl, extract transform load
bi, business intelligence
tdd, test driven development
bdd, behaviour driven development
ddd, domain driven design
soa, service oriented architecture
saas, software as a service
paas, platform as a service
iaas, infrastructure as a service
iac, infrastructure as code
sla, service level agreement
slo, service level objective
sre, site reliability engineering, site reliability engineer
rbac, role based access control
mfa, multi factor authentication, multifactor authentication
otp, one time password
acl, access control list
gui, graphical user interface
wysiwyg, what you see is what you get
regex, regular expression
utf8, utf 8
tz, time zone
utc, coordinated universal time
gmt, greenwich mean time
cfo, chief financial officer
cto, chief technology officer
coo, chief operating officer
cmo, chief marketing officer
vp, vice president
ngo, non governmental organisation, non governmental organization
plc, public limited company
llc, limited liability company
ipo, initial public offering
etf, exchange traded fund
apr, annual percentage rate
cpi, consumer price index
ebitda, earnings before interest tax depreciation and amortisation
ppt, powerpoint
crm, customer relationship management
erp, enterprise resource planning
b2c, business to consumer
nda, non disclosure agreement, confidentiality agreement
mou, memorandum of understanding
rfp, request for proposal
eoy, end of year, year end
q and a, question and answer
pto, paid time off, paid leave
bcc, blind carbon copy
diy, do it yourself
fyi, for your information
atm, cash machine, cashpoint
pin, personal identification number
iban, international bank account number
ira, individual retirement account
mba, master of business administration
phd, doctorate, doctoral degree
bsc, bachelor of science
gpa, grade point average
dna, deoxyribonucleic acid
rna, ribonucleic acid
mri, magnetic resonance imaging
ct scan, computed tomography
ecg, electrocardiogram, ekg
adhd, attention deficit hyperactivity disorder
ptsd, post traumatic stress disorder
ocd, obsessive compulsive disorder
copd, chronic obstructive pulmonary disease
uti, urinary tract infection
ibs, irritable bowel syndrome
hiv, human immunodeficiency virus
bmi, body mass index
icu, intensive care unit
iq, intelligence quotient
co2, carbon dioxide
ph, ph value, ph level
uv, ultraviolet
ac, air conditioning, air conditioner
ev, electric vehicle, electric car
suv, sport utility vehicle
gps, global positioning system
wwi, first world war, world war one, world war 1, ww1
wwii, second world war, world war two, world war 2, ww2
lgbt, lesbian gay bisexual and transgender
tbsp, tablespoon
tsp, teaspoon
sq m, square metre
sq ft, square foot
sq km, square kilometre
kwh, kilowatt hour
mph, mile per hour
kmh, kilometre per hour, km h
mbps, megabit per second
rpm, revolution per minute
dpi, dot per inch
incl, including
excl, excluding
tel, telephone
tel no, telephone number, phone number
addr, address
pic, picture
qty, quantity
amt, amount
yr, year
hrs, hour
wk, week
mth, month
govt, government
intl, international
natl, national
corp, corporation
veg, vegetable
fridge, refrigerator
lab, laboratory
gym, fitness studio, fitness centre
ms word, microsoft word
ms excel, microsoft excel, excel
ms office, microsoft office
google chrome, chrome, chrome browser
mozilla firefox, firefox, firefox browser
internet explorer, ie
ibm, international business machines
bmw, bayerische motoren werke
vw, volkswagen
jpmorgan, jp morgan
coca cola, coke
mcdonalds, mcdonald's
playstation 5, ps5
nyse, new york stock exchange
btc, bitcoin
eth, ethereum
stmt, statement
decl, declaration
impl, implementation
init, initialise
alloc, allocate
calc, calculate
exec, execute
exe file, executable file
cert, certificate
auth, authentication
perms, permission
prefs, preference
attrs, attribute
tbl, table
idx, index
ptr, pointer
obj, object
elem, element
cfg, configuration
btn, button
img, image
vid, video
svc, service
deps, dependency
pkgs, package
cmds, command
funcs, function
addr space, address space
proc, process
sys admin, sysadmin, system administrator, sys administrator
db admin, dba, database administrator
infra, infrastructure
k8s, kubernetes
subtask, sub task
inbox, in box
voicemail, voice mail
check list, checklist
check out, checkout
home page, homepage
land line, landline
screen saver, screensaver
table cloth, tablecloth
tooth brush, toothbrush
tool bar, toolbar
tool box, toolbox
tool kit, toolkit
touch pad, touchpad, trackpad
key board, keyboard
note book, notebook
news letter, newsletter
life style, lifestyle
work flow, workflow
work load, workload
work place, workplace
work space, workspace
work sheet, worksheet
spread sheet, spreadsheet
web socket, websocket
meta data, metadata
micro service, microservice
multi player, multiplayer
name space, namespace
over write, overwrite
pass word, password
play list, playlist
query string, querystring
road map, roadmap
sand box, sandbox
sub net, subnet
sub title, subtitle
text area, textarea
time line, timeline
time sheet, timesheet
trade mark, trademark
type script, typescript
java script, javascript
post gres, postgresql
my sql, mysql
git hub, github
git lab, gitlab
power point, powerpoint
power shell, powershell
you tube, youtube
whats app, whatsapp
face book, facebook
i phone, iphone
air plane, airplane
air port, airport
bath room, bathroom
bed room, bedroom
book mark, bookmark
book store, bookstore, bookshop
break fast, breakfast
bull dog, bulldog
butter milk, buttermilk
data frame, dataframe
down load, download
up load, upload
draw back, drawback
eye sight, eyesight
feed back, feedback
file system, filesystem
finger print, fingerprint
fire wall, firewall
foot note, footnote
girl friend, girlfriend
boy friend, boyfriend
grand mother, grandmother, grandma
grand father, grandfather, grandpa
hair cut, haircut
hand book, handbook
hard ware, hardware
head line, headline
head phone, headphone
heart beat, heartbeat
house wife, housewife
lap top, laptop
soft ware, software
sun burn, sunburn
sun flower, sunflower
week end, weekend
white list, whitelist, allowlist
black list, blacklist, blocklist
"""
