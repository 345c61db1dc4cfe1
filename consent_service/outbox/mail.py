"""Sending a message by SMTP.  The address goes to the mail server and nowhere else."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from consent_service.kernel.errors import ConsentServiceError

TIMEOUT_SECONDS = 20
_OK, _FORWARDED = 250, 251
_PERMANENT = range(500, 600)
_ADDRESS = re.compile(r"\S*@\S*")


class BouncedError(ConsentServiceError):
    """The mail server refuses the address or the message for good."""

    code = "bounced"


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """What is sent: subject, plain text, and files by name (PDF or JSON)."""

    subject: str
    body: str
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Mailer:
    """A mail server: ``smtps://user:password@host:465``, ``smtp://host:587`` (STARTTLS where offered), and a sender."""

    url: str
    sender: str

    def send(self, to: str, mail: Mail, language: str, message_id: str) -> dict[str, str]:
        """Send one message and return the proof: the server, its answer, the id of the message.

        Raises:
            BouncedError: The server refuses the address or the message for good.
            OSError: The server cannot be reached or cannot take it now (``smtplib`` errors are ``OSError`` too).
        """
        message = EmailMessage(policy=SMTP)
        # As one encoded whole: where Latin and other words mix, folding by the policy loses spaces between them.
        message.set_raw("Subject", Header(mail.subject, "utf-8", header_name="Subject").encode())
        message["From"] = self.sender
        message["To"] = to
        message["Message-ID"] = f"<{message_id}@kelisim>"  # the same at each try: a receiver can drop the second
        message.set_content(mail.body)
        message["Content-Language"] = language  # after the content, which takes away such headers
        for name, content in mail.files:
            message.add_attachment(content, maintype="application", subtype=name.rpartition(".")[2], filename=name)
        parts = urlsplit(self.url)
        with self._connect() as server:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            answer = _hand_over(server, self.sender, to, message)
        return {"server": parts.hostname or "", "answer": answer, "message_id": f"{message_id}@kelisim"}

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)


def _hand_over(server: smtplib.SMTP, sender: str, to: str, message: EmailMessage) -> str:
    """Give the server a message and return its answer, without addresses."""
    server.ehlo_or_helo_if_needed()
    code, answer = server.mail(sender)
    if code != _OK:
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    code, answer = server.rcpt(to)
    if code in _PERMANENT:
        raise BouncedError(f"The mail server refused the address with {code}.")
    if code not in (_OK, _FORWARDED):
        raise smtplib.SMTPResponseException(code, answer)
    code, answer = server.data(message.as_bytes())
    if code in _PERMANENT:
        raise BouncedError(f"The mail server refused the message with {code}.")
    if code != _OK:
        raise smtplib.SMTPResponseException(code, answer)
    return _ADDRESS.sub("…", f"{code} {answer.decode(errors='replace')}")[:300]
