"""Every sentence that a service can answer to a form of a case is known to the pages, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent_service.pages.error_words import SENTENCES, pattern_of

SERVICE = Path(__file__).resolve().parent.parent.parent / "consent_service"
# Whose errors a form of a case can meet.  Of other modules only the sentences named below.
MODULES = (
    *sorted((SERVICE / "withdrawals").glob("*.py")),
    *sorted((SERVICE / "subject_requests").glob("*.py")),
    SERVICE / "subjects" / "acting.py",
    SERVICE / "subjects" / "identity.py",
    SERVICE / "subjects" / "service.py",
    SERVICE / "consents" / "parts.py",
)
ALSO = {
    "The erasure has started: it can no longer be taken back.",
    "A letter that goes by e-mail needs an address.",
    "This period ends outside the calendar. Choose an earlier day or a shorter one.",
}
GAP = "\N{MIDDLE DOT}"
# What the road of erasure says to its own pages.
ALSO |= {
    "This instant is in the future; order the erasure when it has come.",
    "A consent of this person stands, and this ground does not end it: withdraw it first, or wait for its end.",
    "Only an erasure that somebody cancelled or rejected can be ordered again.",
    f"The erasure order is {GAP}: this step is not possible from there.",
    f"This was decided before: {GAP}.",
    "No erasure waits for an approval under this id.",
    "This hold was lifted before.",
    "This person has been erased: there is nothing to hold.",
    f"This target is {GAP}: only one that has failed is answered for by hand.",
}


def said(module: Path) -> Iterator[str]:
    """Yield the sentences of the errors that a module raises, with a mark for each variable part."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            yield from _words(node.exc.args[-1])


def _words(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)


# What editing and publishing documents says to their pages.
ALSO |= {
    "You edited this draft last: somebody else has to publish it.",
    "Somebody else has edited this draft meanwhile. Open it again, and write it once more.",
    "There is a version of that name already.",
    f"The terms are of another {GAP}; write {GAP}.",
    f"No date is printed in {GAP}; give the day from which the text is in force.",
}


RAISED = sorted({sentence for module in MODULES for sentence in said(module)} | ALSO)


def test_something_was_found() -> None:
    assert len(RAISED) > 40


@pytest.mark.parametrize("sentence", RAISED)
def test_what_a_service_says_is_known_to_the_pages(sentence: str) -> None:
    assert sum(bool(pattern_of(known).fullmatch(sentence)) for known in SENTENCES) == 1


def test_the_pages_know_no_sentence_that_nobody_says() -> None:
    marked = {re.sub(r"%\(\w+\)s", GAP, known) for known in SENTENCES}

    assert marked - set(RAISED) == set()
