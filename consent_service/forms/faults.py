"""Why a browser or a token is refused.  Each has a code of its own, so that a site can tell them apart."""

from consent_service.kernel.errors import ConsentServiceError


class OriginNotAllowedError(ConsentServiceError):
    """The page is of no origin that the site has."""

    code = "origin-not-allowed"


class VersionChangedError(ConsentServiceError):
    """What was displayed is not the text in force, nor was it within the life of a token."""

    code = "version-changed"


class TokenMalformedError(ConsentServiceError):
    """The text is no token of a form."""

    code = "token-malformed"


class TokenEditedError(ConsentServiceError):
    """The signature does not hold."""

    code = "token-edited"


class TokenUnknownKeyError(ConsentServiceError):
    """No key of this service signed it."""

    code = "token-unknown-key"


class TokenOfOtherSiteError(ConsentServiceError):
    """The token was given to a page of another site."""

    code = "token-other-site"


class TokenOfOtherFormError(ConsentServiceError):
    """The token was given for another form."""

    code = "token-other-form"


class TokenExpiredError(ConsentServiceError):
    """The token was over when the form was sent, or it comes too late."""

    code = "token-expired"


class TokenReplayedError(ConsentServiceError):
    """The token was confirmed already."""

    code = "token-replayed"
