"""Recording what arrives together in one transaction: whoever comes while one is written goes with the next.

The next is written while the one before it is committed.  Nothing is acknowledged before its commit.  Whatever is out
of the ordinary (an error in a request, a key that was used before, a person whom somebody else has locked) is left to
the ordinary way, which answers it by itself.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event, Lock

from flask import Flask

from consent_service.admission.of_keys import KEYS
from consent_service.api.v1.consents import written_consent
from consent_service.consents.considering import Considered, GiveConsent, VersionsRead, consider
from consent_service.consents.recording import record_all
from consent_service.idempotency.service import Answer, keep_all, reserve_all
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import find_credentials
from consent_service.services import Services
from consent_service.subjects.arriving import find_or_create_all
from consent_service.subjects.service import SubjectData, checked

UNKNOWN = Actor("key", "unknown")
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Asked:
    """One request to record a consent, as it came; ``answer`` is there once it is committed.

    ``is_uncertain``: the commit failed, so nobody knows whether it is stored.
    """

    secret: str
    route: str
    key: str | None
    raw: bytes
    command: GiveConsent
    answer: bytes | None = None
    is_uncertain: bool = False


@dataclass(slots=True, eq=False)
class _Batch:
    """The requests of one transaction: at most one of each thread of the process."""

    asked: list[Asked] = field(default_factory=list)
    done: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A request whose answers fit, and whom it is about."""

    asked: Asked
    considered: Considered
    person: SubjectData


@dataclass(slots=True)
class Together:
    """The requests of one process that wait to be recorded."""

    app: Flask
    house: Services
    _lock: Lock = field(default_factory=Lock)
    _gathering: _Batch | None = None
    _turn: Lock = field(default_factory=Lock)

    def record(self, asked: Asked) -> None:
        """Record a request with those that wait; it is done when this returns."""
        with self._lock:
            is_first = self._gathering is None
            batch = self._gathering = self._gathering or _Batch()
            batch.asked.append(asked)
        if is_first:
            self._record(batch)
        else:
            batch.done.wait()

    def _record(self, batch: _Batch) -> None:
        answers: Mapping[Asked, bytes] = {}
        is_stored = is_refused = False
        try:
            with ExitStack() as transaction, self._turn:  # the turn ends before the commit
                with self._lock:
                    self._gathering = None
                transaction.enter_context(self.app.app_context())
                answers = self._answers(transaction.enter_context(self.house.write(UNKNOWN)), batch.asked)
            is_stored = True
        except Exception as error:  # noqa: BLE001 - each is answered by itself, or told that nobody knows
            is_refused = isinstance(error, ConsentServiceError)  # before the commit
            log.info("consents are recorded one by one", extra={"code": type(error).__name__})
        finally:
            for asked in batch.asked:
                asked.answer = answers.get(asked) if is_stored else None
                asked.is_uncertain = not (is_stored or is_refused) and asked in answers
            batch.done.set()

    def _answers(self, uow: UnitOfWork, taken: Sequence[Asked]) -> dict[Asked, bytes]:
        credentials = find_credentials(uow.session, uow.keys, {asked.secret for asked in taken})
        answers: dict[Asked, bytes] = {}
        for secret, credential in credentials.items():
            if KEYS["api.consents.create_consent"] in credential.scopes:
                actor = Actor("key", str(credential.id))
                bound = UnitOfWork(uow.session, uow.now, actor, uow.keys, credential.operator_id)
                answers |= self._of_operator(bound, [asked for asked in taken if asked.secret == secret])
        return answers

    def _of_operator(self, uow: UnitOfWork, taken: Sequence[Asked]) -> dict[Asked, bytes]:
        fitting = _reserved(uow, self._fitting(uow, taken))
        if not fitting:
            return {}
        new = RowsTogether()
        people = find_or_create_all(uow, [one.person for one in fitting], new)
        views = record_all(uow, [(one.considered, person) for one, person in zip(fitting, people, strict=True)], new)
        answers = {one.asked: written_consent(uow, view, self.house) for one, view in zip(fitting, views, strict=True)}
        keep_all(
            uow,
            {
                (one.asked.route, one.asked.key): (Answer(201, answers[one.asked]), person.id)
                for one, person in zip(fitting, people, strict=True)
                if one.asked.key is not None
            },
        )
        return answers

    def _fitting(self, uow: UnitOfWork, taken: Sequence[Asked]) -> list[_Fit]:
        """Return those whose answers fit; of several about one person, or with one key, the first."""
        read = VersionsRead()
        fitting: dict[str, _Fit] = {}
        keys: set[str] = set()
        for asked in taken:
            try:
                person = checked(asked.command.subject)
                if person.ref in fitting or asked.key in keys:
                    continue
                considered = consider(uow, asked.command, self.house.law.calendar, read)
            except ConsentServiceError:
                continue
            fitting[person.ref] = _Fit(asked, considered, person)
            if asked.key is not None:
                keys.add(asked.key)
        return list(fitting.values())


def _reserved(uow: UnitOfWork, fitting: Sequence[_Fit]) -> list[_Fit]:
    """Take the idempotency keys; return those whose key was not used before, or who have none."""
    keys = {(one.asked.route, one.asked.key): one.asked.raw for one in fitting if one.asked.key is not None}
    fresh = reserve_all(uow, keys)
    return [one for one in fitting if one.asked.key is None or (one.asked.route, one.asked.key) in fresh]
