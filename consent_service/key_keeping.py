"""Which provider keeps the keys of the key file, by the settings."""

from consent_service.config import Settings
from consent_service.kernel.key_providers import KeyProvider
from consent_service.kernel.key_providers.plain import PlainFile

FILE, TRANSIT, PKCS11 = "file", "transit", "pkcs11"


def make_provider(settings: Settings, name: str) -> KeyProvider:
    """Make the provider of a name; the libraries of the others are not loaded."""
    if name == TRANSIT:
        from consent_service.kernel.key_providers.transit import Transit  # noqa: PLC0415 - see above

        return Transit(settings.transit_url, settings.transit_mount, settings.transit_token_file)
    if name == PKCS11:
        from consent_service.kernel.key_providers.pkcs11_token import Pkcs11Token  # noqa: PLC0415 - see above

        return Pkcs11Token(settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_pin_file)
    return PlainFile()
