"""What a running process has at hand: settings, clock, keys, law; and how units of work begin."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from consent_service.accounts.identity_provider import ProviderMemory
from consent_service.config import Settings
from consent_service.database import reading, snapshot, transaction
from consent_service.deadlines.at_hand import LawAtHand
from consent_service.deadlines.service import Law
from consent_service.erasure.log import ErasureLog
from consent_service.erasure.targets import Targets, no_targets
from consent_service.forms.counts import Tally, write_counts
from consent_service.forms.showing import FormMemory
from consent_service.kernel.agreed_time import AgreedTime
from consent_service.kernel.clock import Clock
from consent_service.kernel.errors import ClockError
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.keys import Keyring
from consent_service.kernel.outbound import Outbound
from consent_service.kernel.uow import UNBOUND, Actor, UnitOfWork
from consent_service.ledger.service import check_fresh
from consent_service.tracing import Spans, no_spans

_NAME = "kelisim"
_COUNTER = Actor("system", "counts")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """The things that every delivery needs; made once by ``create_app``.

    ``targets``: where data of an operator's people lie outside our own tables.
    ``spans``: with what a job is traced.
    ``agreed``: what holds the clock to that of the database, where others share it.
    ``forms`` and ``tally``: what browsers were shown lately, and how often.
    ``provider_memory``: what the identity provider said of itself lately.
    """

    settings: Settings
    clock: Clock
    key_file: KeyFile
    law_at_hand: LawAtHand
    targets: Targets = no_targets
    spans: Spans = no_spans
    agreed: AgreedTime | None = None
    forms: FormMemory = field(default_factory=FormMemory)
    tally: Tally = field(default_factory=Tally)
    provider_memory: ProviderMemory = field(default_factory=ProviderMemory)

    @property
    def law(self) -> Law:
        """The law as it is now, with the orders that were entered; every unit of work sees to that when it begins."""
        return self.law_at_hand.law

    @property
    def keys(self) -> Keyring:
        """The keys that are in the key file now."""
        return self.key_file.ring()

    @property
    def outbound(self) -> Outbound:
        """The way out to addresses that operators name."""
        return Outbound(self.settings.allow_private_addresses)

    @property
    def erasure_log(self) -> ErasureLog:
        """Where every erasure is written down, outside the database."""
        return ErasureLog(self.settings.ledger_dir)

    @contextmanager
    def write(self, actor: Actor, operator_id: int = UNBOUND) -> Iterator[UnitOfWork]:
        """Yield a unit of work that is committed when the block ends and rolled back when it raises."""
        with transaction() as session:
            uow = self._begun(session, actor, operator_id)
            yield uow
            check_fresh(uow, self.clock())

    @contextmanager
    def read(self, actor: Actor, operator_id: int = UNBOUND) -> Iterator[UnitOfWork]:
        """Yield a unit of work for reads alone."""
        with reading() as session:
            yield self._begun(session, actor, operator_id)

    def write_counts(self, *, at_once: bool = False) -> None:
        """Write what this process has counted of forms, when its time has come; what cannot be written waits."""
        now = self.clock()
        taken = self.tally.take(now, at_once=at_once)
        if taken:
            try:
                with self.write(_COUNTER) as uow:
                    write_counts(uow, taken)
            except (SQLAlchemyError, ClockError):
                self.tally.give_back(taken, now)
                log.exception("counts of forms wait")

    @contextmanager
    def snapshot(self, actor: Actor, operator_id: int = UNBOUND) -> Iterator[UnitOfWork]:
        """Yield a unit of work whose reads all see the database of one instant."""
        with snapshot() as session:
            yield self._begun(session, actor, operator_id)

    def is_on_time(self, now: datetime) -> bool:
        """Say whether an instant of the clock is known to be right; a unit of work asks the database where not."""
        return self.agreed is None or self.agreed.is_known(now)

    def _begun(self, session: Session, actor: Actor, operator_id: int) -> UnitOfWork:
        now = self.clock()
        if self.agreed is not None:
            self.agreed.check(session, now)
        uow = UnitOfWork(session, now, actor, self.keys, operator_id)
        self.law_at_hand.follow(uow)
        return uow


def attach(app: Flask, services: Services) -> None:
    """Give an app its services."""
    app.extensions[_NAME] = services


def services() -> Services:
    """Return the services of the current app."""
    found: Services = current_app.extensions[_NAME]
    return found
