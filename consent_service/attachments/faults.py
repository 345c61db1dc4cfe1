"""The error of a file that is not taken."""

from consent_service.attachments.states import Fault
from consent_service.kernel.errors import ConsentServiceError

_DETAILS = {
    Fault.EMPTY: "The file is empty.",
    Fault.TOO_LARGE: "The file is too large.",
    Fault.UNKNOWN: "The file is none of the kinds that are taken: PDF, PNG, JPEG, DOCX.",
    Fault.MISNAMED: "The name of the file says another kind than its content.",
    Fault.DAMAGED: "The file is damaged.",
    Fault.ENCRYPTED: "The file is protected by a password.",
    Fault.ACTIVE: "The file holds scripts, macros or something that is started when it is opened.",
    Fault.TWO_IN_ONE: "The file can be read as a file of another kind too.",
    Fault.SWELLS: "The file unpacks to far more than it is.",
}


class AttachmentRefusedError(ConsentServiceError):
    """A file is not taken; ``fault`` says why."""

    code = "attachment-refused"

    def __init__(self, fault: Fault) -> None:
        super().__init__(_DETAILS[fault])
        self.fault = fault
