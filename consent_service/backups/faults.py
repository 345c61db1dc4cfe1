"""What keeps a backup from being made or put back."""

from consent_service.kernel.errors import ConsentServiceError


class BackupError(ConsentServiceError):
    """A backup cannot be made or put back; the detail says why and what to do."""

    code = "backup"
