from __future__ import annotations

import pytest

from caching.comparing import compare
from caching.facts import Facts

# Two right answers to one ask: "different" would count against a team that did nothing wrong.
BOTH_RIGHT = [
    ("USA", "United States of America"),
    ("NYC", "New York City"),
    ("JPEG", "JPG"),
    ("September", "Sep"),
    ("3.14", "3.14159"),
    ("1.5 million people live there.", "1,520,000 people live there."),
    ("1.5 million", "1,500,000"),
    ("42,195 km", "42.195 km"),
    ("About 10 minutes.", "Roughly 12 minutes."),
    ("It takes 5-10 minutes.", "It takes 8-12 minutes."),
    ("0.5", "1/2"),
    ("60 minutes", "1 hour"),
    ("1 GB", "1,024 MB"),
    ("72 °F", "22 °C"),
    ("2024-01-05", "5 January 2024"),
    ("8 pm", "20:00"),
    ("O(n)", "Linear time"),
    ("Option B", "Paris"),
    ("True", "Yes."),
    ("Not possible.", "No."),
    ("Yes and no.", "No."),
    ("No problem, here it is.", "Yes, here it is."),
    ("Yes, you can't do that.", "No, you can't do that."),
    ("Yes, but only on Linux.", "No, except on Linux."),
    ("I don't know.", "Paris"),
    ("Hello!", "Hi there!"),
    ("Done.", "OK!"),
    ("`ls -la`", "`ls -lh`"),
    ("`git switch main`", "`git checkout main`"),
    ("Use `os.remove` to delete a file.", "Use `os.unlink` to delete a file."),
    ("kubectl scale deployment web --replicas=3", "kubectl scale deployment web --replicas=5"),
    ("Run `head -n 5 notes.txt`.", "Run `head -n 10 notes.txt`."),
    ("Run `sleep 5 && make` first.", "Run `sleep 10 && make` first."),
    ("It is not only fast on small files and big disks.", "It is fast on small files and big disks."),
    ("Right-click and choose Rename.", "Press F2."),
    ("```html\n<p>x</p>\n```", "```css\np {}\n```"),
    ("```ts\nlet a = 1\n```", "```js\nlet a = 1\n```"),
    ("```bash\npip install x\n```", "```python\nimport x\n```"),
    ("Compare A to B.", "Compare B to A."),
    ("It is not only fast but also safe in most uses here.", "It is fast and also safe in most uses here."),
]
# One differs in what matters: "same" would hide a wrong hit.
NOT_THE_SAME = [
    ("A > B", "A < B"),
    ("x = 4 or x = -4", "±4"),
    ("Yes.", "Yes, but only on Linux."),
    ("Lisbon", "Porto, not Lisbon."),
    ("UDP", "TCP is faster than UDP."),
    ("Lisbon", "Porto, near Lisbon."),
    ("Lisbon", "Porto beside Lisbon."),
    ("UDP", "Faster than UDP."),
    ("You can cancel a booking online at any time.", "You can cancel a booking online at any time unless it began."),
    ("3.1", "3.10"),
    ("PostgreSQL, MySQL and SQLite.", "PostgreSQL and SQLite."),
    ("`ls -r`", "`ls -R`"),
    ("The build fails as the module requests is not installed.", "The build fails as the module numpy is not installed."),
    ("```c\n#include <a.h>\n```", "```c\n#include <b.h>\n```"),
    ("```sh\necho '$HOME'\n```", "```sh\necho \"$HOME\"\n```"),
    ("1. Create a key.\n2. Deploy it.\n3. Revoke the old key.", "1. Revoke the old key.\n2. Create a key.\n3. Deploy it."),
    ("```python\nnumbers.sort()\n```", "```python\nnumbers.sort(reverse=True)\n```"),
    ("```sql\nselect a from t where b < 1\n```", "```sql\nselect a from t where b > 1\n```"),
    ("```python\nif x:\n    a()\nb()\n```", "```python\nif x:\n    a()\n    b()\n```"),
    ("```c\nchar *s = \"a # b\";\n```", "```c\nchar *s = \"a # c\";\n```"),
    ("", "Paris"),
]  # fmt: skip
CONTRADICTING = [
    ("No, it takes row locks.", "Yes, it locks the whole table."),
    ("Nein, das ist verboten.", "Ja, das ist erlaubt."),
    ("可以,七天内可以退款。", "不可以,售出后不退款。"),
    ("法国的首都是巴黎。", "The capital of France is Paris."),
    ("Lisbon", "Porto"),
    ("5432", "3306"),
    ("The token is valid for 15 minutes.", "The token is valid for 20 minutes."),
    ("The option enables compression for responses.", "The option disables compression for responses."),
    ("Interfaces can have fields in Java.", "Interfaces cannot have fields in Java."),
    ("UDP is faster than TCP.", "TCP is faster than UDP."),
    ("`git reset --hard HEAD~1`", "`git reset --soft HEAD~1`"),
    ("`tar -czf a.tgz a`", "`tar -xzf a.tgz a`"),
    (
        "The build fails because the module `requests` is missing.",
        "The build fails because the module `numpy` is missing.",
    ),
    ("```go\nos.ReadFile(name)\n```", "```rust\nfs::read(name)\n```"),
]


@pytest.mark.parametrize(("kept", "fresh"), BOTH_RIGHT)
def test_another_form_of_a_right_answer_is_not_called_different(kept: str, fresh: str) -> None:
    assert compare(kept, fresh) != "different"
    assert compare(fresh, kept) != "different"


@pytest.mark.parametrize(("kept", "fresh"), NOT_THE_SAME)
def test_what_differs_in_what_matters_is_not_called_the_same(kept: str, fresh: str) -> None:
    assert compare(kept, fresh) != "same"
    assert compare(fresh, kept) != "same"


@pytest.mark.parametrize(("kept", "fresh"), CONTRADICTING)
def test_facts_that_contradict_make_answers_different(kept: str, fresh: str) -> None:
    assert compare(kept, fresh) == compare(fresh, kept) == "different"


def test_answers_to_an_open_ask_may_differ() -> None:
    assert compare("Strawberry", "Cherry", ask="Which fruit is on the label?") == "different"
    assert compare("Strawberry", "Cherry", ask="Name a fruit.") == "unsure"


def test_near_vectors_do_not_make_answers_the_same_and_far_ones_make_them_unsure() -> None:
    assert compare("Lisbon", "The capital is Lisbon.") == "same"
    assert compare("Lisbon", "The capital is Lisbon.", 0.5) == "unsure"
    assert compare("Lisbon", "Porto", 0.99) == "different"
    assert compare("It depends on the load.", "Measure it under load first.", 0.99) == "unsure"


def test_long_texts_are_not_called_the_same_for_their_beginning() -> None:
    long = "A sentence about nothing much. " * 900
    assert compare(long + "The answer is A.", long + "The answer is B.") == "unsure"
    assert compare("x" * 21_000 + " A", "x" * 21_000 + " B") == "unsure"
    assert compare(long, long) == "same"


def test_odd_texts_do_no_harm() -> None:
    for text in (
        "```",
        "```py",
        "`",
        "\ud800",
        "1" * 400 + ".5",
        "-" * 50_000,
        "`" * 5_000,
        "a\n" * 9_000,
        "** **",
        "\x00",
        "1," * 9_000,
    ):
        for other in ("Yes.", "5 km", "```py\nx\n```", text + " "):
            assert compare(text, other) in ("same", "different", "unsure")


def test_numbers_are_read_with_their_units() -> None:
    found = Facts("It takes 2 hours, about 1,500 MB and 20% of three machines; version 2.3.1 since $5.").numbers
    assert [(number.value, number.unit, number.rough) for number in found] == [
        (7200, "s", False),
        (1.5e9, "B", True),
        (20, "%", False),
        (3, "", False),
        (5, "$", False),
    ]
