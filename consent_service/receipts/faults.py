"""What may be wrong with a receipt that somebody gives."""

from enum import StrEnum

from consent_service.kernel.errors import ConsentServiceError


class ReceiptFault(StrEnum):
    """Why nothing is proven; the value is the sentence for programs."""

    NOT_A_RECEIPT = "This is no signed receipt: three parts of text with a dot between them."
    NOT_OURS = "The signature is not that of this service: altered, or from elsewhere."
    UNREADABLE_PDF = "This PDF cannot be read."
    EMPTY_PDF = "This PDF has no signed receipt in it: a file named receipt.jwt should be attached."


class ReceiptError(ConsentServiceError):
    """The receipt proves nothing."""

    code = "receipt"

    def __init__(self, fault: ReceiptFault) -> None:
        super().__init__(fault.value)
        self.fault = fault
