"""A real SMTP server on loopback that keeps what it is given."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Inbox:
    """Takes mail by SMTP and keeps it."""

    received: list[Message] = field(default_factory=list)
    refuse: bool = False
    unknown: set[str] = field(default_factory=set)  # addresses that do not exist here

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self,
        _server: Any,
        _session: Any,
        envelope: Any,
        address: str,
        _options: list[str],  # Any: untyped
    ) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 here"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's names; Any: untyped
        if self.refuse:
            return "451 try again later"
        message = message_from_bytes(envelope.content, policy=default)
        message["X-To"] = ",".join(envelope.rcpt_tos)
        self.received.append(message)
        return "250 taken"


@contextmanager
def smtp_server() -> Iterator[tuple[Inbox, str]]:
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
