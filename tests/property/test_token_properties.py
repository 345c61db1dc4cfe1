"""Tokens: whatever is changed in one, it is refused with a code of its own; what was signed comes back as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.forms.displayed import Displayed, DisplayedDocument
from consent_service.forms.faults import TokenEditedError, TokenMalformedError, TokenUnknownKeyError
from consent_service.forms.rules import Box, BoxKind, check_answers
from consent_service.forms.tokens import Token, read_token, sign_token
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.keys import new_keyring

KEYS = new_keyring()
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
DOCUMENTS = st.builds(DisplayedDocument, NAMES, NAMES, st.text("0123456789abcdef", min_size=64, max_size=64))
DISPLAYED = st.builds(
    Displayed, NAMES, st.integers(1, 2**31), st.sampled_from(["kk", "ru", "en"]),
    st.lists(DOCUMENTS, min_size=1, max_size=4).map(tuple), st.dictionaries(NAMES, st.booleans(), min_size=1, max_size=8),
)  # fmt: skip
TOKENS = st.builds(
    Token, st.uuids(), NAMES, st.just(NOW), st.just(NOW + timedelta(hours=1)), DISPLAYED, NAMES, st.none() | NAMES,
    st.none(),
)  # fmt: skip
TOKEN = Token(
    UUID(int=7), "site_x", NOW, NOW + timedelta(hours=1),
    Displayed("sign-up", 1, "kk", (DisplayedDocument("a", "1", "0" * 64),), {"a#b": True}), "n" * 16,
)  # fmt: skip
SIGNED = sign_token(KEYS, TOKEN, "https://consent.example.kz")
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
REFUSED = (TokenMalformedError, TokenEditedError, TokenUnknownKeyError)


@given(TOKENS)
def test_what_was_signed_comes_back_as_it_was(token: Token) -> None:
    assert read_token(KEYS, sign_token(KEYS, token, "https://consent.example.kz")) == token


@given(st.integers(0, len(SIGNED) - 1), st.sampled_from(CHARACTERS))
def test_a_token_with_one_character_changed_is_refused(place: int, character: str) -> None:
    changed = SIGNED[:place] + character + SIGNED[place + 1 :]
    if changed == SIGNED:
        assert read_token(KEYS, changed) == TOKEN
    else:
        with pytest.raises(REFUSED):
            read_token(KEYS, changed)


@given(st.text(max_size=200) | st.lists(st.text(CHARACTERS, max_size=30), max_size=5).map(".".join))
def test_what_nobody_signed_is_refused_in_words(text: str) -> None:
    with pytest.raises(REFUSED):
        read_token(KEYS, text)


@given(st.sets(NAMES, min_size=1, max_size=6), st.data())
def test_answers_are_taken_when_they_are_all_there_and_every_required_box_is_ticked(
    names: set[str], data: st.DataObject
) -> None:
    boxes = [Box("a", name, BoxKind.CONSENT, data.draw(st.booleans())) for name in sorted(names)]
    answers = {box.id: data.draw(st.booleans()) for box in boxes}
    dropped = data.draw(st.sampled_from([None, *answers]))
    given_answers = {name: answer for name, answer in answers.items() if name != dropped}
    fits = dropped is None and all(answers[box.id] for box in boxes if box.required)

    if fits:
        check_answers(boxes, given_answers)
    else:
        with pytest.raises(InvalidInputError):
            check_answers(boxes, given_answers)


def test_another_service_s_token_names_a_key_that_is_none_of_ours() -> None:
    with pytest.raises(TokenUnknownKeyError):
        read_token(new_keyring(), sign_token(KEYS, replace(TOKEN, nonce="other"), "https://consent.example.kz"))
