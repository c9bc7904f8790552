"""Which requests may have a remembered answer, and which answers are worth remembering. Each rule is shown what it must stop
and what it must let through."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from caching.eligibility import MOST_TEXT, WORDS, why_not_exact, why_not_kept, why_not_near
from caching.fingerprint import split
from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
)
from gateway.chat.response import ChatResponse
from gateway.wire import anthropic, openai_chat, openai_responses


def asking(*said: str | Block, system: str = "", before: tuple[Message, ...] = (), **more: Any) -> ChatRequest:
    blocks = tuple(Text(part) if isinstance(part, str) else part for part in said)
    return ChatRequest(
        "openai_chat",
        "m",
        (*before, Message("user", blocks)),
        system=(Text(system),) if system else (),
        **{"sampling": Sampling(temperature=0.0), **more},
    )


def exact(request: ChatRequest | str, headers: dict[str, str] | None = None, most: float = 0.0) -> str | None:
    word = why_not_exact(asking(request) if isinstance(request, str) else request, headers or {}, most)
    assert word is None or word in WORDS
    return word


def near(request: ChatRequest | str) -> str | None:
    request = asking(request) if isinstance(request, str) else request
    word = exact(request) or why_not_near(request, split(request))
    assert word is None or word in WORDS
    return word


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Lynkr-No-Cache": "1"},
        {"x-lynkr-no-cache": "True"},
        {"x-lynkr-no-cache": "yes"},
        {"Cache-Control": "no-store"},
        {"cache-control": "max-age=0, no-cache"},
    ],
)
def test_a_caller_who_says_no_is_heard(headers: dict[str, str]) -> None:
    assert exact("What is TCP?", headers) == "asked not to"


@pytest.mark.parametrize(
    "headers", [{}, {"x-lynkr-no-cache": "0"}, {"cache-control": "max-age=60"}, {"x-other": "no-store"}]
)
def test_other_headers_say_nothing(headers: dict[str, str]) -> None:
    assert exact("What is TCP?", headers) is None


@pytest.mark.parametrize(
    ("temperature", "most", "word"),
    [(0.0, 0.0, None), (0.1, 0.0, "temperature"), (None, 0.9, "temperature"), (None, 1.0, None), (0.7, 1.0, None)],
)
def test_a_temperature_above_the_policys_is_refused_and_none_counts_as_one(
    temperature: float | None, most: float, word: str | None
) -> None:
    assert exact(asking("What is TCP?", sampling=Sampling(temperature=temperature)), most=most) == word


CHAT: dict[str, Any] = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "What is TCP?"}]}
CLAUDE: dict[str, Any] = {**CHAT, "max_tokens": 9}
ITEMS: dict[str, Any] = {"model": "m", "temperature": 0, "input": "What is TCP?"}


@pytest.mark.parametrize(
    ("dialect", "body", "word"),
    [
        (openai_chat, {**CHAT, "n": 2}, "form"),
        (openai_chat, {**CHAT, "n": 1}, None),
        (openai_chat, {**CHAT, "logprobs": True}, "form"),
        (openai_chat, {**CHAT, "logprobs": False}, None),
        (openai_chat, {**CHAT, "modalities": ["text", "audio"], "audio": {"voice": "a"}}, "form"),
        (openai_chat, {**CHAT, "modalities": ["text"]}, None),
        (openai_chat, {**CHAT, "web_search_options": {}}, None),
        (openai_chat, {**CHAT, "web_search_options": {"search_context_size": "low"}}, "hosted tools"),
        (openai_chat, {**CHAT, "model": "vendor/m:online"}, "hosted tools"),
        (openai_chat, {**CHAT, "store": True}, "stored"),
        (openai_chat, {**CHAT, "store": False}, None),
        (anthropic, CLAUDE, None),
        (anthropic, {**CLAUDE, "mcp_servers": [{"type": "url", "url": "https://x", "name": "x"}]}, "hosted tools"),
        (anthropic, {**CLAUDE, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "hosted tools"),
        (anthropic, {**CLAUDE, "tools": [{"name": "find", "input_schema": {"type": "object"}}]}, None),
        (openai_responses, ITEMS, None),
        (openai_responses, {**ITEMS, "previous_response_id": "resp_1"}, "stored"),
        (openai_responses, {**ITEMS, "background": True}, "stored"),
        (openai_responses, {**ITEMS, "tools": [{"type": "web_search"}]}, "hosted tools"),
        (openai_responses, {**ITEMS, "include": ["message.output_text.logprobs"]}, "form"),
        (openai_responses, {**ITEMS, "include": ["reasoning.encrypted_content"]}, None),
        (openai_responses, {**ITEMS, "input": [{"type": "item_reference", "id": "x"}]}, "stored"),
    ],
)
def test_what_is_more_than_a_text_or_lies_elsewhere_is_refused(
    dialect: Any, body: dict[str, Any], word: str | None
) -> None:
    assert exact(dialect.DIALECT.decode_request(body)) == word


CALL = Message("assistant", (ToolUse("c1", "ls"),))
FOUND = ToolResult("c1", (Text("a.py"),))


def test_tools_in_flight_are_refused_and_finished_ones_are_not() -> None:
    first = Message("user", (Text("list my files"),))
    assert (
        exact(ChatRequest("a", "m", (first, CALL, Message("user", (FOUND,))), sampling=Sampling(0.0)))
        == "tools in flight"
    )
    assert exact(asking("and?", before=(first, CALL))) == "tools in flight"
    assert exact(asking("[read_file for 'a'] Result:\nx = 1")) == "tools in flight"
    done = (first, CALL, Message("user", (FOUND,)), Message("assistant", (Text("a.py"),)))
    assert exact(asking("Thanks, and how do I rename it?", before=done)) is None
    beside = Message("system", (Text("<system-reminder>\nplan\n</system-reminder>"),))
    after = ChatRequest("a", "m", (first, CALL, Message("user", (FOUND,)), beside), sampling=Sampling(0.0))
    assert exact(after) == "tools in flight"


def test_what_an_address_leads_to_may_change() -> None:
    assert exact(asking(Image(url="https://cam/now.jpg"), "What do you see?")) == "address"
    assert exact(asking(Document(url="https://a/b.pdf"), "Summarise.")) == "address"
    assert exact(asking(Image("image/png", "aGVs"), "What do you see?")) is None


def test_a_request_too_long_to_be_read_is_refused() -> None:
    assert exact("word " * (MOST_TEXT // 5 + 1)) == "size"
    assert exact(asking("Why?", system="word " * (MOST_TEXT // 5))) == "size"
    assert exact("word " * 1000) is None


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


TOOL = Tool("ls", "lists", {"type": "object"})


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (asking("What is the capital of France?"), None),
        (asking("How do I rebase a branch in git?"), None),
        (asking("什么是 TCP？"), None),
        (asking("What is TCP?", tools=(TOOL,)), "tools"),
        (asking(Image("image/png", "aGVs"), "What do you see?"), "attachment"),
        (asking(Document(text="a"), "Summarise the document."), "attachment"),
        (asking("Why " + "so " * 200), "length"),
        (asking("Python?"), "length"),
        (asking("```\nx = 1\n```"), "no ask"),
        (asking("What does this mean?"), "not self-contained"),
        (asking("Fix the bug"), "not self-contained"),
        (asking("How does it work?"), "not self-contained"),
        (asking("Why does my code crash?"), "not self-contained"),
        (asking("Was bedeutet dieser Fehler?"), "not self-contained"),
        (asking("¿Qué significa esto?"), "not self-contained"),
        (asking("Que veut dire ce code ?"), "not self-contained"),
        (asking("Cosa significa questo?"), "not self-contained"),
        (asking("O que significa isso?"), "not self-contained"),
        (asking("Wat betekent dit?"), "not self-contained"),
        (asking("Co robi ta funkcja?"), "not self-contained"),
        (asking("这个函数是做什么的？"), "not self-contained"),
        (asking("これは何ですか"), "not self-contained"),
        (asking("What does this mean?\n```\nx = 1\n```"), None),
        (asking('Fix the typo in this sentence: "teh user is here"'), None),
        (asking("Is it healthy to eat raw eggs?"), None),
        (asking("What is TCP and how does it work?"), None),
        (asking("Write a function that returns the sum of two numbers."), None),
    ],
)
def test_a_near_match_needs_an_ask_that_stands_alone(request_: ChatRequest, word: str | None) -> None:
    assert near(request_) == word


def test_an_ask_may_point_at_earlier_turns_since_those_must_be_equal() -> None:
    before = (Message("user", (Text("What is TCP?"),)), Message("assistant", (Text("A protocol."),)))
    assert near(asking("How does it work?", before=before)) is None


def answer(*blocks: Any, reason: Any = "stop") -> ChatResponse:
    return ChatResponse("id", "m", tuple(Text(part) if isinstance(part, str) else part for part in blocks), reason)


LONG = "TCP is a protocol that delivers bytes in order. " * 40


@pytest.mark.parametrize(
    ("response", "word"),
    [
        (answer("TCP is a protocol."), None),
        (answer("TCP is a protocol.", reason="stop_sequence"), None),
        (answer(Thinking("let me see"), "TCP is a protocol."), None),
        (answer("TCP is", reason="length"), "length"),
        (answer("TCP is", reason="context_length"), "length"),
        (answer("TCP is", reason="unknown"), "unfinished"),
        (answer("TCP is", reason="pause_turn"), "unfinished"),
        (answer("", reason="tool_use"), "unfinished"),
        (answer("TCP", reason="refusal"), "refusal"),
        (answer("Let me look.", ToolUse("c", "ls")), "tools"),
        (answer("See.", Opaque("anthropic", "web_search_tool_result", {})), "tools"),
        (answer(), "empty"),
        (answer("  \n"), "empty"),
        (answer(Thinking("hm")), "empty"),
        (answer("I'm sorry, but I can't help with that."), "refusal"),
        (answer("I cannot assist with this request."), "refusal"),
        (answer("Es tut mir leid, dabei kann ich nicht helfen."), "refusal"),
        (answer("Lo siento, no puedo ayudar con eso."), "refusal"),
        (answer("Je suis désolé, je ne peux pas."), "refusal"),
        (answer("抱歉，我不能回答。"), "refusal"),
        (answer("申し訳ありませんが、お答えできません。"), "refusal"),
        (answer("As an AI, I have no opinions."), "refusal"),
        (answer(Text("No.", {"openai_chat": {"~": {"refusal": "field"}}})), "refusal"),
        (answer("I can explain: TCP is a protocol."), None),
        (answer("You can't lose bytes with TCP."), None),
        (answer("I'm sorry to hear it. " + LONG), None),
        (answer("Your key is ghp_" + "a1B2c3D4e5F6g7H8i9J0"), "secret"),
        (answer(Thinking("the key ghp_" + "a1B2c3D4e5F6g7H8i9J0"), "Done."), "secret"),
        (answer("Write to anna.meier@gmail.com."), "personal"),
        (answer("As of today, version 5 is out."), "time"),
        (answer("Today is Saturday."), "time"),
        (answer("As of my last update, version 5 is out."), None),
        (answer("x" * (MOST_TEXT + 1)), "size"),
    ],
)
def test_only_a_whole_plain_answer_is_kept(response: ChatResponse, word: str | None) -> None:
    found = why_not_kept(response)
    assert found == word
    assert found is None or found in WORDS


UNITS = [
    "a", "1", " ", "-", "a ", "1 ", "1-", "a.", "a@", "@", "eyJ", "eyJa.", "sk-", "://", "://a:", "\n", "\t", "<a>", "<a-b>",
    "```\n", '"', "“", "„", "«", "`", "a=", "password=", "password: ", "is ", "translate ", "translate: ", ":", "if :", "+1",
    "4111 ", "AB12 ", "who is ", "今", "my name is", "1 Aa ", "Calle A", "[", "[a", "{", "(", "_", "give ", "it ", "what ",
    "-----BEGIN ", "x\n\n", "how much ", "born", "0", "A", ",", "a, ",
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


def test_a_changed_target_or_name_does_not_make_a_request_eligible() -> None:
    request = asking("What's the weather today?")
    assert exact(replace(request, model="other", dialect="anthropic", stream=True)) == "time"
