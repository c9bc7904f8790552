"""Texts that must not lie in a cache: secrets, and what tells who somebody is. Pure.

Patterns begin only where a word begins and are bounded, so the time is linear in the text; a cheap search for a sign that
must occur comes before each. Known gaps: secrets without a shape or a name beside them; names, health, salary of a person.
"""

from __future__ import annotations

import re

_KEY_SIGNS = (
    "sk-", "sk_", "pk_", "rk_", "pk-", "rk-", "gsk_", "xai-", "AIza", "ya29.", "AKIA", "ASIA", "ABSK",
    "bedrock-api-key-", "hf_",
    "dapi", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "eyJ", "lyk_", "npm_", "pypi-",
    "SG.", "whsec_",
    "-----BEGIN",
)  # fmt: skip
_KEYS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:lyk_[\w-]{6}|(?:sk|pk|rk)[-_](?=[\w-]{0,40}\d)[\w-]{12}|gsk_\w{12}|xai-\w{12}|"
    r"AIza[\w-]{20}|ya29\.[\w.-]{10}|"
    r"(?:AKIA|ASIA)[A-Z0-9]{12}|ABSK[\w+/=]{20}|bedrock-api-key-[\w+/=-]{8}|hf_[A-Za-z0-9]{12}|dapi[a-f0-9]{16}|"
    r"gh[pousr]_\w{16}|"
    r"github_pat_\w{16}|glpat-[\w-]{16}|xox[abeoprs]-[\w-]{10}|npm_[A-Za-z0-9]{20}|pypi-[\w-]{20}|SG\.[\w-]{16}|"
    r"whsec_\w{16}|"
    r"eyJ[\w-]{8,4000}\.[\w-]{8})|-----BEGIN [A-Z ]{0,40}PRIVATE KEY"
)
_NAME_SIGNS = (
    "passw", "pwd", "secret", "token", "api_key", "api-key", "apikey", "api key", "access_key", "private_key", "credential",
    "kennwort", "contraseña", "mot de passe", "senha", "wachtwoord", "hasło", "密码", "パスワード", "bearer ",
    "authorization",
)  # fmt: skip
_NAMED = re.compile(
    r"(?<![a-z0-9])(?:passw(?:or[dt]|d)|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|(?:[a-z]{2,20}[_-])?(?:token|"
    r"api[_ -]?key|access[_-]key|"
    r"secret[_-]key|private[_-]key)|credentials?|kennwort|contraseña|mot de passe|senha|wachtwoord|hasło)[\"'`]?\s{0,3}"
    r"(?:(?::|=|:=|=>)\s{0,3}(?:[\"'`](?![\"'`$<{%*])(?P<quoted>[^\"'`\s]{6,200})[\"'`]|"
    r"(?P<bare>[^\s\"'`,;(){}\[\]<>$*]{6,200})(?![(\w.\[]))|"
    r"(?:is|ist|lautet|est|es|è|é|to)[ :]{1,2}[\"'`]?(?P<said>[^\s\"'`,;(){}\[\]<>$*]{6,200}))"
)
_NAMED_WIDE = re.compile(r"(?:密码|パスワード)\s{0,3}(?:是|为|は|[:：=])\s{0,3}[\x21-\x7e]{6}")
_BEARER = re.compile(r"(?<![a-z0-9])(?:bearer|basic)\s{1,3}(?=[^\s'\",]{0,60}[\d=])[a-z0-9._~+/=-]{16}")
_PLACEHOLDER = re.compile(
    r"(?:your|my|the|some|an?)[-_ ]|x{4}|\.{3}|changeme|example|placeholder|process\.|os\.|env[.:_]|config\.|"
    r"settings\.|self\.|"
    r"string\b|none\b|null\b|true\b|false\b|undefined\b|required\b|optional\b|redacted|https?:|/|--"
)
_NO_VALUE = frozenset(
    {"password", "passwd", "secret", "token", "passwort", "kennwort", "credentials", "hidden", "number"}
)
_STRONG = re.compile(r"^\S{16}|\d|[^\w\s.,?!:;-]")
_GIVEN = re.compile(
    r"\smysql\w{0,10}(?=\s)[^\n]{0,80}?\s-p[^\s$<{]{4}|\scurl(?=\s)[^\n]{0,120}?\s(?:-u|--user)\s{1,2}[^\s:]{1,60}:[^\s$<{]{3}|"
    r"hooks\.slack\.com/services/t\w{4}|(?:account|sharedaccess)key=[^\s;$<{]{12}|\s(?:pin|passcode)(?: is|:)? \d{4}(?!\d)"
)
_GIVEN_SIGNS = ("mysql", "curl ", "hooks.slack", "accountkey=", "sharedaccesskey=", "pin ", "pin:", "passcode")
_ADDRESS = re.compile(r"://[^\s/:@'\"<>]{0,100}:(?![<$*{x])[^\s/@'\"<>]{2,200}@")
_SAMPLE_ADDRESS = re.compile(
    r"://(?:user(?:name)?|me|name|u|foo)?:(?:pass(?:word)?|pw|pwd|secret|p|bar)@", re.IGNORECASE
)

_MAIL = re.compile(r"(?<![\w.%+-])([\w.%+-]{1,64})@((?:[\w-]{1,63}\.){1,6}[a-zA-Z]{2,24})(?![\w-])")
_SAMPLE_HOST = re.compile(
    r"(?:.*\.)?(?:(?:example|test|acme|foo|bar|domain|yourdomain|mydomain|company|email|mail)\.\w{2,4}|"
    r"[\w-]+\.(?:example|test|local|localhost|"
    r"invalid|internal))",
    re.IGNORECASE,
)
_NO_PERSON = frozenset(
    {"git", "noreply", "no-reply", "root", "admin", "postgres", "ubuntu", "user", "username", "name", "x", "foo"}
)
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+\d{1,3}[ ./-]?(?:\(0?\d{1,4}\)[ ./-]?)?\d(?:[ ./-]?\d){6,11}|\(\d{3}\) ?\d{3}[-. ]\d{4}|"
    r"\d{3}[-.]\d{3}[-.]\d{4}|"
    r"0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}|0\d(?:[ .]\d{2}){4}|1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?![\w-]|\.\d)"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_CARD = re.compile(
    r"(?<![\d.-])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d-])|(?<![\d.-])3[47]\d\d[ -]?\d{6}[ -]?\d{5}(?!\d)"
)
_NATIONAL = re.compile(
    r"(?<![\w-])(?:\d{3}-\d{2}-\d{4}|\d{8}-?[A-HJ-NP-TV-Z]|[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]|"
    r"\d{3}\.\d{3}\.\d{3}-\d{2}|"
    r"[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]|[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dXx]|"
    r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2})(?![\w-])"
)
_NUMBERED = re.compile(
    r"\b(?:ssn|social security|passport|personalausweis|reisepass|steuer-?id|pesel|bsn|nif|nie|dni|cpf|codice fiscale|"
    r"insurance number|"
    r"driver'?s licen[cs]e|iban|kontonummer|account number|patient (?:id|number))\b[^\d\n]{0,25}[a-z]{0,3}\d[\d .-]{5,20}",
)
_BORN_SIGNS = (
    "birth", "dob", "born", "geb", "naissance", "né", "nacid", "nacimiento", "nat", "nasci", "urodz", "出生", "生年",
)  # fmt: skip
_BORN = re.compile(
    r"(?:\b(?:my birthday is|date of birth|dob\b|i was born|geburtsdatum|geboren am|née? le|date de naissance|nacid[oa] el|"
    r"fecha de nacimiento|nat[oa] il|data di nascita|data de nascimento|nascid[oa] em|geboortedatum|geboren op|"
    r"urodzon[ya]|data urodzenia)|出生日期|生年月日)[^\d\n]{0,25}"
    r"(?:\d{1,2}(?:st|nd|rd|th)?[./ -]{1,2}\w|(?:19|20)\d\d)",
)
_NAME_SIGNS_SAID = (
    "my name", "my full name", "i am called", "mein name", "ich hei", "appelle", "mon nom", "llamo", "mi nombre",
    "mi chiamo",
    "mio nome", "meu nome", "me chamo", "ik heet", "mijn naam", "nazywam", "mam na imi",
    "我叫", "我的名字", "私の名前", "と申します",
)  # fmt: skip
_NAMES = re.compile(
    r"(?:\bmy (?:full )?name is|\bmy name's|\bi am called|\bmein name ist|\bich hei(?:ß|ss)e|\bje m['’]appelle|"
    r"\bmon nom est|\bme llamo|"
    r"\bmi nombre es|\bmi chiamo|\bil mio nome è|\bmeu nome é|\bme chamo|\bik heet|\bmijn naam is|\bnazywam się|"
    r"\bmam na imię)\s+\w|"
    r"我叫(?!做)|我的名字[是叫]|私の名前は|と申します",
)
_STREET = re.compile(
    r"(?<![\w.-])\d{1,5}[A-Za-z]? (?:[A-Z][a-z]{1,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|"
    r"Boulevard|Blvd|Court|Ct|Way)\b|"
    r"\b[A-ZÄÖÜ][a-zäöüß-]{2,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|straat|laan)[ ]\d{1,4}[a-z]?\b|"
    r"(?<!\w)\d{1,4}(?: ?bis)?,? (?:rue|avenue|boulevard|chemin|impasse) (?:d|l|[A-ZÉ])|"
    r"\b(?:[Cc]alle|[Aa]venida|Via|Viale|[Pp]iazza|Rua|ul\.|[Uu]lica) (?:de |del |da |do |"
    r"la )?[A-ZÁÉÍÓÚŁŚŻ][^\W\d]{2,20}(?: [A-Z][^\W\d]{2,20})?,? "
    r"(?:n[º°.] ?)?\d{1,4}\b"
)
_STREET_SIGNS = (
    "street", " st,", " st.", " st\n", " ave", "road", " rd", "lane", " ln", "drive", " dr,", " dr\n", "boul",
    "blvd", "court", " ct,",
    " way,", "straße",
    "strasse", "str.", "weg", "platz", "allee", "gasse", "straat", "laan", "rue ", "chemin", "impasse", "calle",
    "avenida", "via",
    "piazza", "rua ", "ul.", "ulica",
)  # fmt: skip
_NUMBER_SIGNS = (
    "ssn", "social sec", "passport", "ausweis", "reisepass", "steuer", "pesel", "bsn", "nif", "nie", "dni", "cpf",
    "codice fisc",
    "insurance n", "licen", "iban", "kontonummer", "account n", "patient ",
)  # fmt: skip
_DIGIT = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[ ./()-]{0,2}\d){5}|\d[A-Z]\d\d[A-Z]\d")


def holds_secret(text: str) -> bool:
    """Keys, tokens, private keys; passwords given a value; addresses with credentials."""
    if any(sign in text for sign in _KEY_SIGNS) and _KEYS.search(text):
        return True
    if "://" in text and "@" in text and any(not _SAMPLE_ADDRESS.match(hit.group()) for hit in _ADDRESS.finditer(text)):
        return True
    lowered = text.lower()
    if any(sign in lowered for sign in _GIVEN_SIGNS) and _GIVEN.search("\n" + lowered):
        return True
    if not any(sign in lowered for sign in _NAME_SIGNS):
        return False
    return any(_real(hit) for hit in _NAMED.finditer(lowered)) or bool(
        _BEARER.search(lowered) or _NAMED_WIDE.search(lowered)
    )


def _real(hit: re.Match[str]) -> bool:
    """Whether a value is one, not a stand-in or a name in code."""
    quoted, bare, said = hit.group("quoted", "bare", "said")
    value = quoted or bare or said
    if _PLACEHOLDER.search(value):
        return False
    return bool(_STRONG.search(value)) if quoted is None else value not in _NO_VALUE


def holds_personal(text: str, *, strictly: bool = True) -> bool:
    """Who somebody is, where he lives, how he is reached. Without `strictly`, only numbers that belong to one person (cards,
    accounts, identity papers, dates of birth): a product's own texts name its address and telephone."""
    lowered = text.lower()
    some = _DIGIT.search(text) is not None
    many = some and _LONG_NUMBER.search(text) is not None
    if many and (_has_account(text) or _NATIONAL.search(text)):
        return True
    if some and _named(lowered):
        return True
    if not strictly:
        return False
    if "@" in text and any(_is_person(hit) for hit in _MAIL.finditer(text)):
        return True
    if many and _PHONE.search(text):
        return True
    if any(sign in lowered for sign in _NAME_SIGNS_SAID) and _NAMES.search(lowered):
        return True
    return some and any(sign in lowered for sign in _STREET_SIGNS) and _STREET.search(text) is not None


def _named(lowered: str) -> bool:
    """A number or a date that is said to be one's own."""
    return bool(
        (any(sign in lowered for sign in _NUMBER_SIGNS) and _NUMBERED.search(lowered))
        or (any(sign in lowered for sign in _BORN_SIGNS) and _BORN.search(lowered))
    )


def _is_person(hit: re.Match[str]) -> bool:
    return hit.group(1).lower() not in _NO_PERSON and not _SAMPLE_HOST.fullmatch(hit.group(2))


def _has_account(text: str) -> bool:
    return any(_luhn(hit.group()) for hit in _CARD.finditer(text)) or any(
        _iban(hit.group().replace(" ", "")) for hit in _IBAN.finditer(text)
    )


def _luhn(text: str) -> bool:
    digits = [int(sign) for sign in text if sign.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and total % 10 == 0


def _iban(text: str) -> bool:
    return 15 <= len(text) <= 34 and int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1
