"""Shapes of erasure orders, their targets and approvals, and of legal holds."""

from marshmallow import Schema, fields

from consent_service.api.fields import DocumentReference, Flag, Instant, OneOf, Reference, Text
from consent_service.api.v1.schemas import HeldOut, PageIn
from consent_service.erasure.states import ApprovalState, Cancelled, Ground, OrderState, TargetState
from consent_service.outbox.states import MessageState

PRINTED = ("kk", "ru")


class DemandIn(Schema):
    """An erasure ordered by hand: the person, the ground of art. 18, the document, and who of the staff orders it."""

    subject = Text(required=True, max_length=128)
    ground = OneOf(Ground, required=True)
    reference = DocumentReference(required=True)
    ordered_by = fields.UUID(required=True)
    since = Instant()


class DecisionIn(Schema):
    """Which member of staff decides."""

    by = fields.UUID(required=True)


class RejectionIn(DecisionIn):
    """Which member of staff rejects, and why; the reason is kept sealed."""

    reason = Text(required=True, max_length=2000)


class BecauseIn(Schema):
    """The document that it rests on."""

    reference = DocumentReference(required=True)


class HoldOrderIn(BecauseIn):
    """Why the person of an order is held."""

    basis = Reference(required=True, max_length=300)


class HoldIn(HoldOrderIn):
    """A hold on one person, or on all who answered a document or said yes to a purpose: name one of the three."""

    subject = Text(max_length=128)
    document = Text(max_length=130)
    purpose = Text(max_length=200)


class HoldOut(Schema):
    """One hold."""

    id = fields.UUID(required=True)
    person = fields.UUID(required=True, allow_none=True, attribute="subject_id")
    covers = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True)
    basis = fields.String(required=True)
    placed_by = fields.String(required=True)
    placed_at = Instant(required=True)
    lifted_by = fields.String(required=True, allow_none=True)
    lifted_at = Instant(required=True, allow_none=True)
    lift_reference = fields.String(required=True, allow_none=True)


class HoldsQuery(PageIn):
    """Which holds: those in force, those that were lifted, or all."""

    in_force = fields.Boolean(load_default=None, allow_none=True, truthy={"true"}, falsy={"false"})


class HoldsOut(Schema):
    """A page of holds."""

    items = fields.List(fields.Nested(HoldOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class OrderLineOut(Schema):
    """One line of the register."""

    id = fields.UUID(required=True)
    person = fields.UUID(required=True, attribute="subject_id")
    cause = fields.String(required=True, attribute="cause_kind")
    cause_id = fields.UUID(required=True)
    ground = OneOf(Ground, required=True)
    state = OneOf(OrderState, required=True)
    run_id = fields.UUID(required=True, allow_none=True)
    run_after = Instant(required=True)
    due_on = fields.Date(required=True)
    created_at = Instant(required=True)
    started_at = Instant(required=True, allow_none=True)
    done_at = Instant(required=True, allow_none=True)
    late = Flag(required=True, attribute="is_late")
    held = fields.Nested(HeldOut, required=True, allow_none=True)


class OrdersQuery(PageIn):
    """Which orders: in a state, of a person, of a run, or only what is late."""

    state = OneOf(OrderState)
    subject = Text(max_length=128)
    run = fields.UUID()
    late = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class OrdersOut(Schema):
    """A page of the register."""

    items = fields.List(fields.Nested(OrderLineOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class TargetOut(Schema):
    """One place outside our tables; ``erased`` counts what is gone by all tries.

    ``k``: by table that was depersonalised, how many rows alike hide each of those that were changed.
    ``kept``: by table, how many rows stay and on which ground.
    """

    name = fields.String(required=True)
    kind = fields.String(required=True)
    state = OneOf(TargetState, required=True)
    attempts = fields.Integer(required=True)
    next_try_at = Instant(required=True, allow_none=True)
    found = fields.Dict(required=True, allow_none=True)
    erased = fields.Dict(required=True)
    k = fields.Dict(required=True)
    kept = fields.Dict(required=True)
    method = fields.String(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    confirmed_at = Instant(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)


class ApprovalOut(Schema):
    """The approval of a run, or of one order by itself."""

    id = fields.UUID(required=True)
    state = OneOf(ApprovalState, required=True)
    people = fields.Integer(required=True)
    ordered = fields.Integer(required=True)
    requested_by = fields.String(required=True)
    requested_at = Instant(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class ApprovalsOut(Schema):
    """What waits for a second person."""

    items = fields.List(fields.Nested(ApprovalOut), required=True)


class OrderOut(Schema):
    """One order with its targets."""

    order = fields.Nested(OrderLineOut, required=True, attribute="line")
    attempts = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)
    result = fields.Dict(required=True, allow_none=True)
    ordered_by = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    cancelled = OneOf(Cancelled, required=True, allow_none=True)
    copies_closed_at = Instant(required=True, allow_none=True)
    certificate = fields.String(required=True, allow_none=True, attribute="act")
    targets = fields.List(fields.Nested(TargetOut), required=True)
    approval = fields.Nested(ApprovalOut, required=True, allow_none=True)
    told = OneOf(MessageState, required=True, allow_none=True)


class ActQuery(Schema):
    """The language in which an act is printed."""

    lang = OneOf(PRINTED, load_default="kk")
