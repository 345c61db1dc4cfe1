"""How often one network or one address may do something on the pages of people.

A withdrawal meets none of it save the limits of mail, and goes on without a code where those are reached.
"""

from datetime import timedelta

from flask import request

from consent_service.abuse.rules import Rate, network_of
from consent_service.abuse.service import take
from consent_service.kernel.uow import UnitOfWork

HOUR = timedelta(hours=1)
START = Rate("form-start", 60, HOUR)
SEND = Rate("form-send", 20, HOUR)
FILE = Rate("form-file", 60, HOUR)
CODE_TO_ADDRESS = Rate("form-code-address", 5, HOUR)
CODE_AFTER_WORK = Rate("form-code-worked", 30, HOUR)
CODE_WITHOUT_WORK = Rate("form-code-plain", 5, HOUR)  # the way without a script
MESSAGE = Rate("track-message", 20, HOUR)


def has_room(uow: UnitOfWork, rate: Rate) -> bool:
    """Count what the network of this request does; False where it has done that too often."""
    return take(uow, rate, network_of(request.remote_addr))
