"""What can go wrong, told apart by ``code``: docs/problems.md explains each."""


class KelisimError(Exception):
    """Base of all of them."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class FieldError(KelisimError):
    """The field of the form holds nothing that can be confirmed: refuse the form and show it again."""


class RefusedError(KelisimError):
    """The service refuses it, or the signature does: refuse the form and show it again."""


class UnavailableError(KelisimError):
    """The service cannot be reached, or cannot answer now."""
