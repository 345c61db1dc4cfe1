"""How a restatement is read, and what its errors say."""

import pytest

from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.restatements import TOKEN, parse_restatement
from tests.policy_samples import restatement

SAMPLE = restatement("en")


def test_a_restatement_is_read_clause_by_clause() -> None:
    read = parse_restatement(SAMPLE.encode(), "en.md")

    assert (read.operator, read.document, read.version) == ("fresh", "privacy-policy", "2026-01-01")
    assert read.marking.startswith("These are not")
    assert read.text.title == "Policy"
    assert read.text.language == "en"
    assert [c.number for c in read.text.clauses] == [
        "preamble",
        "1",
        "1[1]",
        "1.1",
        "1.2",
        "2",
        "2(a)",
        "details",
    ]
    assert [c.number for c in read.text.clauses if c.is_heading] == ["1", "2"]


def test_a_paragraph_without_a_number_belongs_to_the_clause_before_it() -> None:
    section = parse_restatement(SAMPLE.encode(), "en.md").text.clauses[1]

    assert section.text == "Data\nA line that carries no number."


def test_wrapped_lines_are_one_paragraph_and_do_not_change_the_digest() -> None:
    wrapped = SAMPLE.replace("Whoever presses the button", "Whoever presses\nthe button")

    assert parse_restatement(wrapped.encode(), "en.md") == parse_restatement(SAMPLE.encode(), "en.md")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = b"\xef\xbb\xbf" + SAMPLE.replace("\n", "\r\n").encode()

    assert parse_restatement(windows, "en.md") == parse_restatement(SAMPLE.encode(), "en.md")


@pytest.mark.parametrize(
    ("old", "new", "line", "advice"),
    [
        ("---\noperator", "operator", 1, "Begin the file with '---'"),
        ("operator: fresh\n", "", 6, "Add operator"),
        ("operator: fresh", "owner: fresh", 2, "key: value"),
        ("language: en", "language: de", 5, "kk, ru, en"),
        ("text_kind: restatement", "text_kind: published", 6, "our words"),
        ("# Policy", "Policy", 8, "# Title"),
        ("> These", "These", 9, "whose words"),
        ("**preamble** For", "For", 12, "token"),
        ("**1.2** Valid", "**1.1** Valid", 22, "twice"),
        ("**1.2** Valid", "**1.2 Valid", 22, "**token** words"),
        ("**1.2** Valid", "**1.2.** Valid", 22, "2.10[3]"),
        ("**1.2** Valid for 3 years.", "**1.2**", 22, "no words"),
        ("## 1 Data", "### 1 Data", 14, "## token heading"),
    ],
)
def test_a_file_out_of_form_is_refused_with_its_line(old: str, new: str, line: int, advice: str) -> None:
    assert old in SAMPLE
    with pytest.raises(PolicyDataError) as refused:
        parse_restatement(SAMPLE.replace(old, new, 1).encode(), "en.md")

    assert refused.value.detail.startswith(f"en.md:{line}: ")
    assert advice in refused.value.detail


def test_a_file_without_an_end_of_its_first_block_is_refused() -> None:
    with pytest.raises(PolicyDataError, match="Close the first block"):
        parse_restatement(b"---\noperator: fresh\n", "en.md")


def test_a_file_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(PolicyDataError, match=r"^en\.md:1: This is not UTF-8"):
        parse_restatement("Политика".encode("windows-1251"), "en.md")


@pytest.mark.parametrize(
    "token",
    [
        "preamble", "details", "annex-1", "annex-1[13]", "2", "2.2", "4.1.6", "2.10[3]", "4(a)", "4(a)(2)",
        "3[1](b)", "4.1(7)", "[1]", "[1][3]", "4(а)",
    ],
)  # fmt: skip
def test_every_form_of_a_clause_number_is_known(token: str) -> None:
    assert TOKEN.fullmatch(token)


@pytest.mark.parametrize("token", ["", "2.", ".2", "a", "2.10[]", "4()", "2 3", "[a]", "2..3", "annex"])
def test_what_is_no_clause_number_is_not_taken_for_one(token: str) -> None:
    assert not TOKEN.fullmatch(token)
