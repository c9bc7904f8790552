"""What must be equal before a kept answer is served for another ask (SEM-2, SEM-3, SEM-11): each slot holds a near miss back,
and lets through a paraphrase that leaves it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from caching.gate import BALANCED, STRICT, asked, judge

NEAR = 0.97  # as near as near misses come


def outcome(a: str, b: str, gate: str = BALANCED, cosine: float = NEAR) -> str:
    return judge(asked(a), asked(b), cosine, gate).outcome


def why(a: str, b: str) -> str:
    return judge(asked(a), asked(b), NEAR, BALANCED).why


NEAR_MISSES = {
    "number": [
        ("Convert 250 grams to ounces", "Convert 350 grams to ounces"),
        ("How do I split a list into two parts?", "How do I split a list into three parts?"),
        ("What is 10 - 3?", "What is 10 + 3?"),
        ("Is a budget of 5k enough for a kitchen?", "Is a budget of 50k enough for a kitchen?"),
        ("What is 20 divided by 4?", "What is 4 divided by 20?"),
    ],
    "unit": [
        ("Set the cache to expire after 10 minutes", "Set the cache to expire after 10 hours"),
        ("How long is 5 km?", "How long is 5 miles?"),
        ("How much is 100 USD in yen?", "How much is 100 EUR in yen?"),
    ],
    "version": [
        ("What is new in Python 3.11?", "What is new in Python 3.12?"),
        ("How do I install Node 18?", "How do I install Node 20?"),
        ("Is Java 8 still supported?", "Is Java 11 still supported?"),
    ],
    "date and time": [
        ("What happened on 2024-01-02?", "What happened on 2024-02-01?"),
        ("Run the job at 6:00", "Run the job at 18:00"),
        ("Which films came out in May?", "Which films came out in June?"),
        ("How do I list the commits of this week?", "How do I list the commits of last week?"),
    ],
    "negation": [
        ("Which browsers support WebGPU?", "Which browsers do not support WebGPU?"),
        ("Why is my cron job running?", "Why isn't my cron job running?"),
        ("Can I deploy without downtime?", "Can I deploy with downtime?"),
        ("Find users who never logged in", "Find users who logged in"),
    ],
    "polarity": [
        ("Turn on the lights in the kitchen", "Turn off the lights in the kitchen"),
        ("How do I enable two-factor login?", "How do I disable two-factor login?"),
        ("Sort the table in ascending order", "Sort the table in descending order"),
        ("How do I mount an ISO image?", "How do I unmount an ISO image?"),
        ("What should I eat before a run?", "What should I eat after a run?"),
        ("Is it legal to record a call?", "Is it illegal to record a call?"),
        ("How can I increase the heap size?", "How can I decrease the heap size?"),
        ("Does caffeine raise blood pressure?", "Does caffeine lower blood pressure?"),
    ],
    "quantifier": [
        ("Delete all branches that are merged", "Delete some branches that are merged"),
        ("How do I get the first row of a group?", "How do I get the last row of a group?"),
        ("Do all mammals lay eggs?", "Do any mammals lay eggs?"),
        ("Show only failed jobs", "Show failed jobs"),
    ],
    "comparison": [
        ("Is Rust faster than Go?", "Is Rust safer than Go?"),
        ("What is the cheapest plan?", "What is the cheap plan?"),
        ("Which city is the largest in Peru?", "Which city is the smallest in Peru?"),
        ("Is tea healthier than coffee?", "Is coffee healthier than tea?"),
    ],
    "identifier": [
        ("What does getElementById do?", "What does getElementsByName do?"),
        ("Why is user_id null?", "Why is user_ids null?"),
        ("What does os.path.join() do?", "What does os.path.split() do?"),
        ("Where is MAX_RETRIES set?", "Where is MIN_RETRIES set?"),
    ],
    "path": [
        ("What belongs in /etc/fstab?", "What belongs in /etc/mtab?"),
        ("Explain src/app.ts", "Explain src/api.ts"),
        ("What is package.json for?", "What is package-lock.json for?"),
    ],
    "flag": [
        ("What does ls -a show?", "What does ls -A show?"),
        ("What does curl --fail do?", "What does curl --fail-early do?"),
        ("What does tar -x do?", "What does tar -c do?"),
    ],
    "operator": [
        ("What does && mean in bash?", "What does || mean in bash?"),
        ("Difference between a == b and a is b", "Difference between a != b and a is b"),
        ("Evaluate (2 + 3) * 4", "Evaluate 2 + (3 * 4)"),
        ("What does 2>&1 do?", "What does 1>&2 do?"),
    ],
    "error": [
        ("How do I fix HTTP error 401?", "How do I fix HTTP error 403?"),
        ("What does ECONNRESET mean?", "What does ECONNREFUSED mean?"),
    ],
    "quoted text": [
        ('Translate "good morning" into Dutch', 'Translate "good evening" into Dutch'),
        ('What does "file not found" mean?', 'What does "file not readable" mean?'),
        ("What does the sign 😀 mean?", "What does the sign 😡 mean?"),
    ],
    "name": [
        ("How do I parse JSON in Ruby?", "How do I parse JSON in Kotlin?"),
        ("Install nginx on Fedora", "Install caddy on Fedora"),
        ("Who founded Tesla?", "Who founded Nokia?"),
        ("Translate this sentence into Czech", "Translate this sentence into Danish"),
        ("What is the population of Oslo?", "What is the population of Bergen?"),
    ],
    "thing": [
        ("How do I sharpen a knife?", "How do I sharpen a pencil?"),
        ("What are the symptoms of measles?", "What are the symptoms of mumps?"),
        ("How do I convert ethane to ethene?", "How do I convert ethane to ethanol?"),
        ("How do I rename a column in pandas?", "How do I rename an index in pandas?"),
    ],
    "form": [
        ("Explain recursion", "Explain recursion in one sentence"),
        ("Compare SQL and NoSQL", "Compare SQL and NoSQL in a table"),
        ("Summarise the report", "Summarise the report in French"),
        ("Write a haiku about rain", "Write a limerick about rain"),
    ],
    "person": [
        ("What is my name?", "What is your name?"),
        ("Why do you like chess?", "Why do I like chess?"),
        ("How do I reset my password?", "How do I reset her password?"),
    ],
    "modality": [
        ("Can I mix bleach and vinegar?", "Should I mix bleach and vinegar?"),
        ("Must I renew my passport?", "Can I renew my passport?"),
        ("Will it rain in Lima?", "Did it rain in Lima?"),
    ],
    "question": [
        ("How do I use a mutex?", "Why do I use a mutex?"),
        ("When was the bridge built?", "Where was the bridge built?"),
        ("How do I fix a flat tyre?", "How much does it cost to fix a flat tyre?"),
        ("What is a closure?", "When should I use a closure?"),
        ("Who wrote Hamlet?", "When did Shakespeare write Hamlet?"),
    ],
    "direction": [
        ("Convert YAML to TOML", "Convert TOML to YAML"),
        ("How do I fly from Rome to Oslo?", "How do I fly from Oslo to Rome?"),
        ("Does Redis depend on Kafka?", "Does Kafka depend on Redis?"),
        ("How do I call Java from Scala?", "How do I call Scala from Java?"),
        ("Why do cats chase dogs?", "Why do dogs chase cats?"),
        ("Is TypeScript a superset of JavaScript?", "Is JavaScript a superset of TypeScript?"),
        ("Is Earth in a black hole?", "Is Earth a black hole?"),
        ("Paint the wall red and the door blue", "Paint the wall blue and the door red"),
    ],
    "condition": [
        ("How do I sort a list?", "How do I sort a list with equal keys?"),
        ("Write a query for all orders", "Write a query for all orders if the customer is active"),
        ("Is rice safe?", "Is rice safe for babies?"),
    ],
}

PARAPHRASES = [
    ("Convert 250 grams to ounces", "convert 250 g to oz please"),
    ("How do I split a list into two parts?", "What is the best way to split a list into 2 parts?"),
    ("What is new in Python 3.11?", "Hi! Can you tell me what's new in Python 3.11? Thanks"),
    ("Which browsers don't support WebGPU?", "What browsers do not support WebGPU?"),
    ("Turn on the lights in the kitchen", "Could you please switch the lights in the kitchen on?"),
    ("How do I enable two-factor login?", "What are the steps to turn on two-factor login?"),
    ("Delete all branches that are merged", "delete every merged branch"),
    ("Is Rust faster than Go?", "is rust quicker than go"),
    ("What does getElementById do?", "Explain what getElementById does"),
    ("What belongs in /etc/fstab?", "I'd like to know what belongs in /etc/fstab"),
    ("What does curl --fail do?", "What's the purpose of curl --fail?"),
    ("How do I fix HTTP error 401?", "What's the way to resolve HTTP error 401?"),
    ('Translate "good morning" into Dutch', 'Please translate "good morning" to Dutch'),
    ("How do I parse JSON in Ruby?", "In Ruby, how can I parse JSON?"),
    ("Difference between a thread and a process", "How do a process and a thread differ?"),
    ("Summarize the report", "Give me a summary of the report"),
    ("How do I reset my password?", "How can one reset their password?"),
    ("Can I freeze cheese?", "Is it possible to freeze cheese?"),
    ("Should I buy or rent a house?", "Should I rent or buy a house?"),
    ("Why does my build fail?", "What is the reason my build fails?"),
    ("Convert YAML to TOML", "How do I convert YAML into TOML?"),
    ("How do I optimise a slow query?", "How do I optimize a slow query?"),
    ("How do I delete a repository on GitHub?", "how to remove a repo on github"),
    ("What is the difference between TCP and UDP?", "TCP vs UDP: what's the difference?"),
    ("How do I install the package?", "Installation of the package: how?"),
    ("How is a table created in SQL?", "How do I create a table in SQL?"),
    ("How do I configure the environment?", "how do i configure the enviroment"),
    ("Set the limit to 2 million rows", "Set the limit to 2,000,000 rows"),
    ("Run the job at 3 pm", "Run the job at 15:00"),
    ("When does the EU parliament meet?", "When does the European Union parliament meet?"),
]

STRICTLY = [
    ("How do I split a list into two parts?", "how can i split a list into 2 parts??"),
    ("What's new in Python 3.11?", "Please tell me what is new in Python 3.11"),
    ("How do I optimise a query?", "How do you optimize queries?"),
]


@pytest.mark.parametrize(("slot", "a", "b"), [(s, a, b) for s, found in NEAR_MISSES.items() for a, b in found])
def test_a_near_miss_is_not_served_by_any_gate_from_either_side(slot: str, a: str, b: str) -> None:
    for gate in (STRICT, BALANCED):
        assert outcome(a, b, gate) != "serve", slot
        assert outcome(b, a, gate) != "serve", slot


def test_none_of_three_hundred_pairs_that_are_all_but_equal_is_served() -> None:
    """Written for this project to get past the gate: swapped arguments, moved brackets, one of two opposites."""
    pairs = [line.split(" | ") for line in (Path(__file__).parent / "near_misses.txt").read_text().splitlines()]
    assert len(pairs) > 280
    assert [pair for pair in pairs for gate in (STRICT, BALANCED) if outcome(*pair, gate) == "serve"] == []


@pytest.mark.parametrize(("a", "b"), PARAPHRASES)
def test_a_paraphrase_is_served_from_either_side(a: str, b: str) -> None:
    assert (outcome(a, b), outcome(b, a)) == ("serve", "serve"), why(a, b)


@pytest.mark.parametrize(("a", "b"), STRICTLY)
def test_the_strict_gate_serves_what_differs_in_form_only(a: str, b: str) -> None:
    assert outcome(a, b, STRICT) == "serve"


@pytest.mark.parametrize("text", sorted({text for found in NEAR_MISSES.values() for pair in found for text in pair}))
def test_an_ask_is_served_its_own_answer(text: str) -> None:
    assert outcome(text, "  " + text.upper() if text.islower() else text + " ", STRICT) == "serve"
