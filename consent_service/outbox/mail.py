"""Sending a message by SMTP.  The address goes to the mail server and nowhere else."""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from consent_service.outbox.words import BODIES, SUBJECTS, Template

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True, repr=False)
class Mailer:
    """A mail server: ``smtps://user:password@host:465``, ``smtp://host:587`` (STARTTLS where offered), and a sender."""

    url: str
    sender: str

    def send(self, to: str, template: Template, language: str, message_id: str, facts: Mapping[str, str]) -> None:
        """Send one message.

        Raises:
            OSError: The server cannot be reached or refuses (``smtplib`` errors are ``OSError`` too).
        """
        message = EmailMessage(policy=SMTP)
        message["Subject"] = SUBJECTS[template][language]
        message["From"] = self.sender
        message["To"] = to
        message["Message-ID"] = f"<{message_id}@kelisim>"  # the same at each try: a receiver can drop the second
        message["Content-Language"] = language
        message.set_content(BODIES[template][language].format(**facts))
        parts = urlsplit(self.url)
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(parts.hostname or "", parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(parts.hostname or "", parts.port or 587, timeout=TIMEOUT_SECONDS)
        with server:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
