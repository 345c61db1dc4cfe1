"""Sending a text message through the gateway that the operator of the service sets."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from consent_service.outbox.mail import BouncedError

TIMEOUT_SECONDS = 20
_PERMANENT = range(400, 500)
_TOO_MANY = 429


@dataclass(frozen=True, slots=True, repr=False)
class SmsGateway:
    """A gateway that takes ``POST {to, text}`` as JSON."""

    url: str
    token: str

    def send(self, to: str, words: str, message_id: str) -> dict[str, str]:
        """Send one message and return the proof: the gateway's status.

        Raises:
            BouncedError: The gateway refuses it for good.
            OSError: The gateway cannot be reached or cannot take it now.
        """
        request = urllib.request.Request(  # noqa: S310 - the settings take https and loopback alone
            self.url,
            json.dumps({"to": to, "text": words, "id": message_id}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return {"gateway": str(answer.status), "message_id": message_id}
        except urllib.error.HTTPError as error:
            if error.code in _PERMANENT and error.code != _TOO_MANY:
                raise BouncedError(f"The gateway refused the message with {error.code}.") from error
            raise
