"""What the words of a request say: that its answer will not last, is meant to vary, or must not lie in a cache."""

from __future__ import annotations

import time

import pytest

from caching.eligibility import why_not_exact, why_not_kept, why_not_near
from caching.fingerprint import split
from gateway.chat.request import Message, Text, ToolResult, ToolUse

from .asking import answer, asking, exact, near


@pytest.mark.parametrize(
    "text",
    [
        "What's the weather in Berlin?",
        "What is the latest version of Django?",
        "who is the president of France",
        "What time is it in Tokyo?",
        "What should I cook today?",
        "What happened yesterday in Paris?",
        "Apple stock price",
        "Is GitHub down?",
        "what are the newest features in Python",
        "How old is Angela Merkel?",
        "Who won the world cup?",
        "how many days until Christmas",
        "What is the current inflation in Spain?",
        "what are people doing about it right now",
        "Summarise the news of this week",
        "How much does a Tesla cost?",
        "price of gold",
        "Is it raining in Oslo?",
        "Who's the CEO of that airline?",
        "Was kostet ein Bitcoin?",
        "Quel est le prix du baril ?",
        "¿Quién ganó el partido?",
        "Quanto costa la benzina?",
        "Wie heeft de wedstrijd gewonnen?",
        "Ile kosztuje euro?",
        "比特币多少钱",
        "Wie wird das Wetter in Köln?",
        "Was gibt es heute Neues?",
        "Wer ist der Bundeskanzler?",
        "Wie viel Uhr ist es in New York?",
        "Quelle heure est-il à Tokyo ?",
        "Quel temps fera-t-il demain à Lyon ?",
        "Qui est le président de la République ?",
        "¿Qué tiempo hace en Madrid?",
        "¿Quién es el presidente de México?",
        "¿Qué pasó ayer en Lima?",
        "Che ore sono a Roma?",
        "Chi è il presidente della Repubblica?",
        "Cosa è successo ieri?",
        "Que horas são em Lisboa?",
        "Qual é a cotação do dólar?",
        "Hoe laat is het in Tokio?",
        "Wat is het nieuws van vandaag?",
        "Która godzina jest w Londynie?",
        "Jaka jest dziś pogoda w Gdańsku?",
        "今天北京天气怎么样？",
        "Python 最新版本是多少？",
        "今日の東京の天気は？",
        "今何時ですか",
        "आज दिल्ली का मौसम कैसा है?",
        "Answer the question.\n<question>What's the weather today?</question>",
        "    what is the weather today",
        "```\nx = 1\n```\nIs that still supported?",
    ],
)
def test_what_depends_on_the_moment_is_refused(text: str) -> None:
    assert exact(text) == "time"


@pytest.mark.parametrize(
    "text",
    [
        "How do I print the current directory in bash?",
        "How do I get the current user in Django?",
        "How do I get today's date in Python?",
        "How can I filter the rows of the last 7 days in SQL?",
        "What does datetime.now() return?",
        "What does the docker latest tag mean?",
        "How do I find the latest row per group in Postgres?",
        "Now write it as a class.",
        "What is the difference between direct and alternating current?",
        "How do I undo the last commit?",
        "Explain event time and processing time.",
        "What is a real-time operating system?",
        "Who is the author of Hamlet?",
        "Wie liste ich das aktive Verzeichnis in PowerShell auf?",
        "Guten Morgen, was ist TCP?",
        "Ist 14 eine gerade Zahl?",
        "Wie berechne ich das Datum von gestern in Python?",
        "Comment trier une liste en Python ?",
        "¿Cómo se invierte una cadena en JavaScript?",
        "Come si ordina una lista in Python?",
        "Como inverter uma lista em Python?",
        "Hoe sorteer ik een lijst in Python?",
        "Jak posortować listę w Pythonie?",
        "如何在 Linux 中查看当前目录？",
        "Pythonでリストを並べ替える方法は？",
        "現在のディレクトリを表示するには？",
        "Explain this:\n```js\nconst today = new Date(); // latest weather\n```",
    ],
)
def test_ordinary_questions_are_not_taken_for_questions_of_the_moment(text: str) -> None:
    assert exact(text) is None


def test_a_question_after_one_of_the_moment_is_one_too_and_a_date_the_client_gives_is_none() -> None:
    before = (Message("user", (Text("What's the weather in Berlin?"),)), Message("assistant", (Text("Rain."),)))
    assert exact(asking("And in Paris?", before=before)) == "time"
    reminder = "<system-reminder>\nToday's date is 2026-11-28.\n</system-reminder>"
    assert exact(asking(reminder, "What is TCP?", system="Today is Monday.")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Give me a random number between 1 and 10",
        "generate a uuid",
        "Generate a strong password for me",
        "Roll a dice",
        "flip a coin",
        "Surprise me!",
        "another joke please",
        "Tell me something else",
        "Gib mir eine zufällige Zahl",
        "Noch einen Witz!",
        "Donne-moi un nombre aléatoire",
        "Dame un número aleatorio",
        "Dammi un numero a caso",
        "Me dê outra piada",
        "Geef me een willekeurig getal",
        "Wylosuj liczbę",
        "给我一个随机数",
        "ランダムに数字を選んで",
    ],
)
def test_what_is_meant_to_vary_is_refused(text: str) -> None:
    assert exact(text) == "varied"


@pytest.mark.parametrize(
    "text",
    [
        "How do I generate a random number in Python?",
        "Write a JavaScript function that creates a uuid",
        "What is a random walk?",
        "Users get logged out randomly",
        "Convert a value from one unit to another",
        "How do I create a random password in bash?",
        "Was ist eine Zufallsvariable?",
        "什么是随机森林？",
    ],
)
def test_chance_as_a_subject_is_not_refused(text: str) -> None:
    assert exact(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Write a poem about rust",
        "Tell me a joke",
        "Brainstorm names for a cat café",
        "Schreib mir ein Gedicht",
        "讲个笑话",
        "un chiste",
    ],
)
def test_inventions_are_given_again_only_to_the_same_request(text: str) -> None:
    assert exact(text) is None
    assert near(text) == "varied"


SECRETS = [
    "use sk-ant-api03-" + "a1b2c3d4e5f6g7h8",
    "AKIA" + "ABCDEFGHIJKLMNOP is the key",
    "ghp_" + "a1B2c3D4e5F6g7H8i9J0",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.abc",
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
    "connect to postgres://app:s3cr3t!@db.prod/app please",
    'password = "hunter22"',
    "DB_PASSWORD=hunter2222!",
    "my password is Tr0ub4dor&3, is it good?",
    "mein Passwort ist geheim123!",
    "Authorization: Bearer abcdef0123456789abcdef",
    '{"api_key": "0123456789abcdef"}',
    "密码是 abc12345",
    "client_secret: 9f8e7d6c5b4a",
    "mysql -uroot -phunter2 db fails",
    "curl -u bob:hunter22 https://x.io gives 401",
    "the api key is AbCdEfGhIjKlMnOpQrSt",
    "passcode 4711 for the door",
]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_kept_out_wherever_they_stand(text: str) -> None:
    assert exact(text) == "secret"
    assert exact(asking("What is wrong here?", system=text)) == "secret"
    assert exact(asking("Why?", before=(Message("assistant", (Text(text),)),))) == "secret"
    assert exact(asking(f"```\n{text}\n```\nWhy?")) == "secret"
    done = (Message("assistant", (ToolUse("c", "x"),)), Message("user", (ToolResult("c", (Text(text),)),)))
    assert exact(asking("Why?", before=(*done, Message("assistant", (Text("so"),))))) == "secret"


@pytest.mark.parametrize(
    "text",
    [
        "How do I store a password hash in Django?",
        'password = os.environ["DB_PASSWORD"]',
        "password=${DB_PASSWORD} in a compose file",
        'api_key = "your_api_key_here"',
        "max_tokens: 4096 and n=1",
        "postgres://user:password@localhost/db is which format?",
        "Why does my token expire?",
        "What does sk-learn do?",
        '<input type="password" name="pw"> how do I style it?',
        "How do I change my password to something safe?",
        "set the header Authorization: Bearer <token>",
        "def check(password: str) -> bool: ...",
    ],
)
def test_talk_of_secrets_is_no_secret(text: str) -> None:
    assert exact(text) is None


PERSONAL = [
    "Write to anna.meier@gmail.com about it",
    "call me at +49 170 1234567",
    "My number is (415) 555-2671",
    "ruf mich an: 0170 1234567",
    "mon numéro est 06 12 34 56 78",
    "手机 13912345678",
    "my IBAN is DE89 3704 0044 0532 0130 00",
    "send it to GB82 WEST 1234 5698 7654 32",
    "card 4111 1111 1111 1111 was declined",
    "SSN 078-05-1120",
    "CPF 123.456.789-09",
    "My name is Anna and I need a letter",
    "Ich heiße Anna, schreib mir einen Brief",
    "Je m'appelle Anne",
    "Me llamo Ana",
    "Mi chiamo Anna",
    "Meu nome é Ana",
    "Ik heet Anna",
    "Nazywam się Anna",
    "我叫王芳",
    "私の名前は花子です",
    "born: date of birth 12.03.1984",
    "geboren am 3. Mai 1990",
    "I live at 12 Baker Street",
    "Lieferung an Lindenstraße 14",
    "J'habite 10 rue de la Paix",
    "Vivo en Calle Mayor 15",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_what_tells_who_somebody_is_is_refused(text: str) -> None:
    assert exact(text) == "personal"


@pytest.mark.parametrize(
    "text",
    [
        "Is user@example.com a valid address?",
        "git clone git@github.com:a/b.git fails, why?",
        "What does npm install left-pad@1.3.0 do?",
        "Explain 192.168.100.200 and 10.0.0.1",
        "What is 1234567890 in hex?",
        "What does the timestamp 1732791600000 mean?",
        "How do I validate an IBAN with a checksum?",
        "What is a variable name?",
        "In 1984 the Macintosh came out, why did it matter?",
        "Is 4111111111111112 prime?",
        "What is GB83 WEST 1234 5698 7654 32?",
        "How do I parse 2026-11-28 10:30:00?",
        "How do I cross the street in London safely?",
        "Order 66 was executed when?",
        "uuid 550e8400-e29b-41d4-a716-446655440000 has which version?",
    ],
)
def test_numbers_and_names_of_things_are_not_personal(text: str) -> None:
    assert exact(text) is None


def test_a_products_own_address_does_not_refuse_all_its_requests() -> None:
    assert exact(asking("What is TCP?", system="Support: help@acme-shop.io, +49 30 1234567")) is None
    assert exact(asking("What is TCP?", system="The user's card is 4111 1111 1111 1111")) == "personal"


UNITS = [
    "a", "1", " ", "-", "a ", "1 ", "1-", "a.", "a@", "@", "eyJ", "eyJa.", "sk-", "://", "://a:", "\n", "\t", "<a>", "<a-b>",
    "```\n", '"', "“", "„", "«", "`", "a=", "password=", "password: ", "is ", "translate ", "translate: ", ":", "if :", "+1",
    "4111 ", "AB12 ", "who is ", "今", "my name is", "1 Aa ", "Calle A", "[", "[a", "{", "(", "_", "give ", "it ", "what ",
    "-----BEGIN ", "x\n\n", "how much ", "born", "mysql ", "curl ", "0", "A", ",", "a, ",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_texts_cost_time_in_proportion_to_their_length(unit: str) -> None:
    """Eight times the text may take thirty times as long, not sixty-four."""

    def cost(length: int) -> float:
        request = asking((unit * length)[:length] + "\nWhy is it so?")
        response = answer((unit * length)[:length])
        best = 1e9
        for _ in range(3):
            begun = time.process_time()
            why_not_exact(request, {}, 0.0)
            why_not_near(request, split(request))
            why_not_kept(response)
            best = min(best, time.process_time() - begun)
        return best

    small = max(cost(10_000), 0.002)
    assert cost(80_000) < 30 * small
