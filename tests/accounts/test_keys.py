"""Keys: shape, checksum, digest."""

from __future__ import annotations

from accounts.keys import LENGTH, digest, mint, prefix_of, well_formed

PEPPER = b"pepper" * 6


def test_a_minted_key_is_well_formed_and_its_digest_is_kept() -> None:
    key = mint(PEPPER)
    assert len(key.text) == LENGTH
    assert well_formed(key.text)
    assert key.digest == digest(key.text, PEPPER)
    assert key.prefix == prefix_of(key.text)
    assert len(key.prefix) == 12


def test_a_mistyped_key_fails_its_checksum() -> None:
    text = mint(PEPPER).text
    wrong = text[:20] + ("a" if text[20] != "a" else "b") + text[21:]
    assert not well_formed(wrong)
    assert not well_formed("")
    assert not well_formed("sk-ant-something")


def test_another_pepper_gives_another_digest() -> None:
    text = mint(PEPPER).text
    assert digest(text, PEPPER) != digest(text, b"other")


def test_a_minted_key_does_not_show_its_text() -> None:
    """LEK-6."""
    key = mint(PEPPER)
    assert key.text not in repr(key)
