"""What a form that sends mail to a typed address looks at first: speed, work done, room of the network."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import request

from consent_service.abuse.work import is_solved
from consent_service.kernel.uow import UnitOfWork
from consent_service.portal.form_drafts import work_secret
from consent_service.portal.limits import CODE_AFTER_WORK, CODE_WITHOUT_WORK, has_room

QUICKEST = timedelta(seconds=5)  # in which nobody fills in what comes before a mail


class NoMail(StrEnum):
    """Why no mail is sent now."""

    TOO_FAST = "too_fast"
    TOO_OFTEN = "too_often"


def why_no_mail(uow: UnitOfWork, began_at: datetime, work: dict[str, Any] | None) -> NoMail | None:  # Any: JSON values
    """Say why no mail is sent: too fast for a person, or too often from one network; work done widens that limit."""
    if uow.now - began_at < QUICKEST:
        return NoMail.TOO_FAST
    worked = is_solved(work_secret(), work or {}, request.form.get("work", ""))
    return None if has_room(uow, CODE_AFTER_WORK if worked else CODE_WITHOUT_WORK) else NoMail.TOO_OFTEN
