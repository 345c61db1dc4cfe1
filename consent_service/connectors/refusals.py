"""What is said where a description or a target does not do.  Nothing of a person and no credential stands in it."""

from consent_service.kernel.errors import ConsentServiceError


class DescriptionError(ConsentServiceError):
    """A description is wrong or does not fit what is there; the detail says what to write."""

    code = "connector-description"


class TargetFailedError(ConsentServiceError):
    """A target did not do what it was asked, or what it says cannot be right."""

    code = "connector-failed"


class RowsRefusedError(TargetFailedError):
    """The database would not have some rows changed; other people's may still be."""

    code = "connector-rows-refused"


class StandsOutError(RowsRefusedError):
    """Rows would stand out after the depersonalisation: k is below the operator's threshold."""

    code = "connector-stands-out"


class AskThereError(ConsentServiceError):
    """A target hands nothing out by itself: somebody has to ask there."""

    code = "connector-ask-there"
