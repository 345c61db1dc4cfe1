"""Forms in editions, intents of browsers, answers that came by a form, and how many saw it.  No personal data."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.consents.states import EvidenceGrade
from consent_service.kernel.db import Base, JsonList, StateType


class Form(Base):
    """A form of a site, and its edition of now."""

    __tablename__ = "forms"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "site_id"], ["sites.operator_id", "sites.id"]),
        UniqueConstraint("operator_id", "site_id", "code"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    code: Mapped[str]
    edition: Mapped[int]
    created_at: Mapped[datetime]


class FormEdition(Base):
    """What a form asks, as it was from an instant on."""

    __tablename__ = "form_editions"
    __table_args__ = (ForeignKeyConstraint(["operator_id", "form_id"], ["forms.operator_id", "forms.id"]),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[UUID] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True)
    boxes: Mapped[JsonList]
    made_at: Mapped[datetime]


class Intent(Base):
    """What a browser was given a token for; its id is the token's.  Kept until the token cannot be confirmed any more.

    ``network`` is a keyed digest of a truncated address, for the limit of requests alone.
    """

    __tablename__ = "intents"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "form_id"], ["forms.operator_id", "forms.id"]),
        Index(None, "operator_id", "site_id", "network", "created_at"),
        Index(None, "operator_id", "form_id", "nonce"),
        Index(None, "operator_id", "created_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    form_id: Mapped[UUID]
    nonce: Mapped[str]
    network: Mapped[bytes]
    created_at: Mapped[datetime]
    burned_at: Mapped[datetime | None]


class FormAnswer(Base):
    """A form that a person sent: one act, however many documents it was about."""

    __tablename__ = "form_answers"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "form_id"], ["forms.operator_id", "forms.id"]),
        Index(None, "operator_id", "form_id", "recorded_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    form_id: Mapped[UUID]
    edition: Mapped[int]
    evidence_grade: Mapped[EvidenceGrade] = mapped_column(StateType(EvidenceGrade))
    is_superseded: Mapped[bool]  # a newer version came into force between the display and the sending
    recorded_at: Mapped[datetime]


class FormDay(Base):
    """How often a form was shown and answered in browsers on an Almaty day; counted by the processes, written often."""

    __tablename__ = "form_days"
    __table_args__ = (ForeignKeyConstraint(["operator_id", "form_id"], ["forms.operator_id", "forms.id"]),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    shown: Mapped[int]
    ticked: Mapped[int]
