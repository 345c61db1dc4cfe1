"""What the reference of a document looks like: it is kept in plain and outlives the person, so it must name nobody.

An article, a contract, a court case, a postal receipt: each has a number.  Words without one may be anything, a name
most of all; whoever has more to say has a sealed field for it.
"""

import re
import unicodedata
from enum import StrEnum

from consent_service.kernel.errors import InvalidInputError
from consent_service.subjects.identity import looks_personal

MOST = 300
_DIGIT = re.compile(r"[0-9]", re.ASCII)
_IIN = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])", re.ASCII)
_ABROAD = re.compile(r"\+[0-9](?:[ ().-]*[0-9]){6,14}(?![0-9])", re.ASCII)


class Fault(StrEnum):
    """Why something is no reference of a document."""

    LENGTH = "length"
    UNPRINTED = "unprinted"
    NO_NUMBER = "no_number"
    PERSONAL = "personal"


SAYS = {
    Fault.LENGTH: f"Write 1 to {MOST} characters.",
    Fault.UNPRINTED: "Write it in one line, without control characters.",
    Fault.NO_NUMBER: "Write the number or article of the document, such as 'contract 17' or '94-V 8(2)', and no name.",
    Fault.PERSONAL: "Leave out e-mail addresses, phone numbers and IIN: this outlives the person.",
}


def fault_of(text: str) -> Fault | None:
    """Return why a text is no reference of a document; None where it looks like one.

    >>> fault_of("contract 17 of 24.11.2026"), fault_of("RK123456785KZ"), fault_of("№ 12-к")
    (None, None, None)
    >>> fault_of("handed to Aizhan"), fault_of("case 7, 250723163018")
    (<Fault.NO_NUMBER: 'no_number'>, <Fault.PERSONAL: 'personal'>)
    """
    written = unicodedata.normalize("NFKC", text)  # digits of other widths are digits
    if not written.strip() or len(text) > MOST:
        return Fault.LENGTH
    if not all(character.isprintable() for character in written):
        return Fault.UNPRINTED
    if "@" in written or _IIN.search(written) or _ABROAD.search(written) or looks_personal(written):
        return Fault.PERSONAL
    return None if _DIGIT.search(written) else Fault.NO_NUMBER


def document_reference(text: str, field: str = "reference") -> str:
    """Return the reference of a document.

    Raises:
        InvalidInputError: It does not look like one; the message never repeats it.
    """
    fault = fault_of(text)
    if fault is not None:
        raise InvalidInputError.of(field, SAYS[fault])
    return text
