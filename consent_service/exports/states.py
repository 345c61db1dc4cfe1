"""Why everything that is kept of an operator is taken away."""

from enum import StrEnum


class ExportReason(StrEnum):
    """What an owner says; it is recorded."""

    CONTRACT_END = "contract_end"  # the operator is served no longer
    OTHER_SERVICE = "other_service"  # the data go on in another service
    OWN_ARCHIVE = "own_archive"
    AUTHORITY = "authority"  # the authorised body or a court asks
