"""Confirm what a Kelisim form field says, from the server of a site.

    client = Client("https://consent.example.kz", secret_key, site_key, spool=Spool("/var/lib/shop/confirmations"))
    outcome = client.confirm(request.form.getlist("agreement"), subject_ref="user-77", form="sign-up")
    if outcome.granted["privacy-policy#newsletter"]: ...

A form is never lost for the service's sake: what cannot be confirmed now is checked with published keys, kept, and
sent by ``client.send_waiting()``, which a timer should call every minute.
"""

from .client import Client, Outcome
from .errors import FieldError, KelisimError, RefusedError, UnavailableError
from .field import Field, fallback_html, read_field
from .offline import Claims, read_token
from .spool import Spool

__all__ = [
    "Claims",
    "Client",
    "Field",
    "FieldError",
    "KelisimError",
    "Outcome",
    "RefusedError",
    "Spool",
    "UnavailableError",
    "fallback_html",
    "read_field",
    "read_token",
]
