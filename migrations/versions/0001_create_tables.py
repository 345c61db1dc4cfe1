"""The tables of the first release, and the triggers that keep what must not change.

Expand, migrate, contract, in separate releases: the previous release must run on the new schema.
No destructive migration of the ledger or of receipts.

Revision: 0001
Before: none
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "duties",
    "erased_subjects",
    "erasure_orders",
    "idempotent_answers",
    "job_runs",
    "ledger_events",
    "operators",
    "outbox_messages",
    "sign_in_failures",
    "staff_members",
    "credentials",
    "documents",
    "sites",
    "staff_roles",
    "staff_sessions",
    "subjects",
    "document_versions",
    "purposes",
    "subject_identifiers",
    "subject_notes",
    "withdrawals",
    "consents",
    "version_texts",
    "withdrawal_purposes",
    "consent_choices",
)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
PUBLISHED = "a published version never changes: publish a new one"
APPENDED = "the ledger is only appended to"

SQLITE_TRIGGERS = {
    "document_versions_update": f"""
        CREATE TRIGGER document_versions_update BEFORE UPDATE ON document_versions
        WHEN OLD.published_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{PUBLISHED}'); END""",
    "document_versions_delete": f"""
        CREATE TRIGGER document_versions_delete BEFORE DELETE ON document_versions
        WHEN OLD.published_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{PUBLISHED}'); END""",
    **{
        f"version_texts_{act.lower()}": f"""
        CREATE TRIGGER version_texts_{act.lower()} BEFORE {act} ON version_texts
        WHEN EXISTS (SELECT 1 FROM document_versions v WHERE v.operator_id = {row}.operator_id
                     AND v.id = {row}.version_id AND v.published_at IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, '{PUBLISHED}'); END"""
        for act, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))
    },
    "ledger_events_delete": f"""
        CREATE TRIGGER ledger_events_delete BEFORE DELETE ON ledger_events
        BEGIN SELECT RAISE(ABORT, '{APPENDED}'); END""",
    "ledger_events_update": f"""
        CREATE TRIGGER ledger_events_update BEFORE UPDATE ON ledger_events
        WHEN NOT (OLD.expired_at IS NULL AND NEW.expired_at IS NOT NULL AND NEW.body IS NULL AND NEW.salt IS NULL
                  AND NEW.operator_id = OLD.operator_id AND NEW.id = OLD.id AND NEW.stream = OLD.stream
                  AND NEW.stream_seq = OLD.stream_seq AND NEW.prev IS OLD.prev AND NEW.kind = OLD.kind
                  AND NEW.leaf_input = OLD.leaf_input AND NEW.recorded_at = OLD.recorded_at)
        BEGIN SELECT RAISE(ABORT, '{APPENDED}'); END""",
}
POSTGRESQL_FUNCTIONS = {
    "refuse_published_version": f"""
        CREATE FUNCTION refuse_published_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF OLD.published_at IS NOT NULL THEN RAISE EXCEPTION '{PUBLISHED}'; END IF;
          IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
          RETURN NEW;
        END $$""",
    "refuse_published_text": f"""
        CREATE FUNCTION refuse_published_text() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE touched version_texts;
        BEGIN
          IF TG_OP = 'INSERT' THEN touched := NEW; ELSE touched := OLD; END IF;
          IF EXISTS (SELECT 1 FROM document_versions v WHERE v.operator_id = touched.operator_id
                     AND v.id = touched.version_id AND v.published_at IS NOT NULL) THEN
            RAISE EXCEPTION '{PUBLISHED}';
          END IF;
          IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
          RETURN NEW;
        END $$""",
    "refuse_ledger_change": f"""
        CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF TG_OP = 'UPDATE' AND OLD.expired_at IS NULL AND NEW.expired_at IS NOT NULL
             AND NEW.body IS NULL AND NEW.salt IS NULL
             AND (NEW.operator_id, NEW.id, NEW.stream, NEW.stream_seq, NEW.kind, NEW.leaf_input, NEW.recorded_at)
               = (OLD.operator_id, OLD.id, OLD.stream, OLD.stream_seq, OLD.kind, OLD.leaf_input, OLD.recorded_at)
             AND NEW.prev IS NOT DISTINCT FROM OLD.prev THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION '{APPENDED}';
        END $$""",
}
POSTGRESQL_TRIGGERS = {
    "document_versions_kept": "BEFORE UPDATE OR DELETE ON document_versions "
    "FOR EACH ROW EXECUTE FUNCTION refuse_published_version()",
    "version_texts_kept": "BEFORE INSERT OR UPDATE OR DELETE ON version_texts "
    "FOR EACH ROW EXECUTE FUNCTION refuse_published_text()",
    "ledger_events_kept": "BEFORE UPDATE OR DELETE ON ledger_events "
    "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()",
}


def upgrade() -> None:
    op.create_table(
        "duties",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("source", JSON, nullable=False),
        sa.Column("clause", sa.String(), nullable=True),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("safe_on", sa.Date(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("skipped", JSON, nullable=False),
        sa.Column("calendar_edition", sa.String(), nullable=False),
        sa.Column("catalogue_edition", sa.String(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("is_binding", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_operator_id_case_id"), "duties", ["operator_id", "case_id"], unique=False)
    op.create_index(
        op.f("ix_duties_operator_id_state_due_on_id"),
        "duties",
        ["operator_id", "state", "due_on", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_duties_state_due_on"), "duties", ["state", "due_on"], unique=False)

    op.create_table(
        "erased_subjects",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("evidence_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "subject_id", name=op.f("pk_erased_subjects")),
    )
    op.create_index(op.f("ix_erased_subjects_evidence_until"), "erased_subjects", ["evidence_until"], unique=False)

    op.create_table(
        "erasure_orders",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(32), nullable=False),
        sa.Column("purposes", JSON, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("run_after", UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("result", JSON, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_erasure_orders")),
    )
    op.create_index(
        op.f("ix_erasure_orders_operator_id_cause_id"),
        "erasure_orders",
        ["operator_id", "cause_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_erasure_orders_operator_id_subject_id"),
        "erasure_orders",
        ["operator_id", "subject_id"],
        unique=False,
    )
    op.create_index(op.f("ix_erasure_orders_state_run_after"), "erasure_orders", ["state", "run_after"], unique=False)

    op.create_table(
        "idempotent_answers",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "route", "key_hash", name=op.f("pk_idempotent_answers")),
    )
    op.create_index(op.f("ix_idempotent_answers_expires_at"), "idempotent_answers", ["expires_at"], unique=False)

    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("slot", UtcDateTime(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_runs")),
    )
    op.create_index(op.f("ix_job_runs_job_started_at"), "job_runs", ["job", "started_at"], unique=False)

    op.create_table(
        "ledger_events",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column("stream_seq", sa.Integer(), nullable=False),
        sa.Column("prev", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("leaf_input", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("expired_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("length(leaf_input) = 33", name=op.f("ck_ledger_events_leaf_length")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_ledger_events")),
        sa.UniqueConstraint(
            "operator_id", "stream", "stream_seq", name=op.f("uq_ledger_events_operator_id_stream_stream_seq")
        ),
    )
    op.create_index(
        op.f("ix_ledger_events_operator_id_recorded_at"),
        "ledger_events",
        ["operator_id", "recorded_at"],
        unique=False,
    )

    op.create_table(
        "operators",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.Column("identifier_kind", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("place", JSON, nullable=False),
        sa.Column("contacts", JSON, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("slug", name=op.f("uq_operators_slug")),
    )
    op.create_table(
        "outbox_messages",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", UtcDateTime(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_outbox_messages")),
    )
    op.create_index(
        op.f("ix_outbox_messages_operator_id_state_created_at"),
        "outbox_messages",
        ["operator_id", "state", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_outbox_messages_state_run_after"), "outbox_messages", ["state", "run_after"], unique=False)

    op.create_table(
        "sign_in_failures",
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_sign_in_failures")),
    )
    op.create_table(
        "staff_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_members")),
        sa.UniqueConstraint("email_index", name=op.f("uq_staff_members_email_index")),
    )
    op.create_table(
        "credentials",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_credentials_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("operator_id", "lookup", name=op.f("uq_credentials_operator_id_lookup")),
    )
    op.create_table(
        "documents",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_documents_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_documents")),
        sa.UniqueConstraint("operator_id", "slug", name=op.f("uq_documents_operator_id_slug")),
    )
    op.create_table(
        "sites",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_key", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("forms", JSON, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_sites_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_sites")),
        sa.UniqueConstraint("operator_id", "origin", name=op.f("uq_sites_operator_id_origin")),
        sa.UniqueConstraint("operator_id", "site_key", name=op.f("uq_sites_operator_id_site_key")),
    )
    op.create_table(
        "staff_roles",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_staff_roles_operator_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_staff_roles_staff_id")),
        sa.PrimaryKeyConstraint("operator_id", "staff_id", name=op.f("pk_staff_roles")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("csrf_token", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_sessions")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"], unique=False)

    op.create_table(
        "subjects",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref_index", sa.LargeBinary(), nullable=False),
        sa.Column("ref_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_subjects_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("operator_id", "ref_index", name=op.f("uq_subjects_operator_id_ref_index")),
    )
    op.create_table(
        "document_versions",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("in_force_on", sa.Date(), nullable=False),
        sa.Column("in_force_at", UtcDateTime(), nullable=False),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("terms_sha256", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id", "document_id"],
            ["documents.operator_id", "documents.id"],
            name=op.f("fk_document_versions_operator_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint(
            "operator_id",
            "document_id",
            "version",
            name=op.f("uq_document_versions_operator_id_document_id_version"),
        ),
    )
    op.create_index(
        op.f("ix_document_versions_operator_id_document_id_in_force_at"),
        "document_versions",
        ["operator_id", "document_id", "in_force_at"],
        unique=False,
    )

    op.create_table(
        "purposes",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "document_id"],
            ["documents.operator_id", "documents.id"],
            name=op.f("fk_purposes_operator_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_purposes")),
        sa.UniqueConstraint(
            "operator_id", "document_id", "code", name=op.f("uq_purposes_operator_id_document_id_code")
        ),
    )
    op.create_index(op.f("ix_purposes_operator_id_code"), "purposes", ["operator_id", "code"], unique=False)

    op.create_table(
        "subject_identifiers",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value_index", sa.LargeBinary(), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "subject_id"],
            ["subjects.operator_id", "subjects.id"],
            name=op.f("fk_subject_identifiers_operator_id_subject_id"),
        ),
        sa.PrimaryKeyConstraint(
            "operator_id", "subject_id", "kind", "value_index", name=op.f("pk_subject_identifiers")
        ),
    )
    op.create_index(
        op.f("ix_subject_identifiers_operator_id_kind_value_index"),
        "subject_identifiers",
        ["operator_id", "kind", "value_index"],
        unique=False,
    )

    op.create_table(
        "subject_notes",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "subject_id"],
            ["subjects.operator_id", "subjects.id"],
            name=op.f("fk_subject_notes_operator_id_subject_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "subject_id", "case_id", "kind", name=op.f("pk_subject_notes")),
    )
    op.create_index(
        op.f("ix_subject_notes_operator_id_case_id"),
        "subject_notes",
        ["operator_id", "case_id"],
        unique=False,
    )

    op.create_table(
        "withdrawals",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_at", UtcDateTime(), nullable=False),
        sa.Column("cancellable_until", sa.Date(), nullable=True),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("bar", sa.String(32), nullable=True),
        sa.Column("bar_reference", sa.String(), nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("erasure", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "document_id"],
            ["documents.operator_id", "documents.id"],
            name=op.f("fk_withdrawals_operator_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_withdrawals")),
    )
    op.create_index(
        op.f("ix_withdrawals_operator_id_subject_id"),
        "withdrawals",
        ["operator_id", "subject_id"],
        unique=False,
    )
    op.create_index(op.f("ix_withdrawals_state_effective_at"), "withdrawals", ["state", "effective_at"], unique=False)

    op.create_table(
        "consents",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("text_kind", sa.String(32), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("evidence_grade", sa.String(32), nullable=False),
        sa.Column("declarations", JSON, nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "version_id"],
            ["document_versions.operator_id", "document_versions.id"],
            name=op.f("fk_consents_operator_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_consents")),
    )
    op.create_index(
        op.f("ix_consents_operator_id_given_at_id"),
        "consents",
        ["operator_id", "given_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consents_operator_id_subject_id_given_at"),
        "consents",
        ["operator_id", "subject_id", "given_at"],
        unique=False,
    )

    op.create_table(
        "version_texts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text_kind", sa.String(32), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("clauses", JSON, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("source", JSON, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "version_id"],
            ["document_versions.operator_id", "document_versions.id"],
            name=op.f("fk_version_texts_operator_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "version_id", "language", name=op.f("pk_version_texts")),
    )
    op.create_index(
        op.f("ix_version_texts_operator_id_sha256"), "version_texts", ["operator_id", "sha256"], unique=False
    )

    op.create_table(
        "withdrawal_purposes",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("withdrawal_id", sa.Uuid(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("state_before", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "withdrawal_id"],
            ["withdrawals.operator_id", "withdrawals.id"],
            name=op.f("fk_withdrawal_purposes_operator_id_withdrawal_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "withdrawal_id", "purpose_id", name=op.f("pk_withdrawal_purposes")),
    )
    op.create_index(
        "uq_withdrawal_purposes_open",
        "withdrawal_purposes",
        ["operator_id", "subject_id", "purpose_id"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )

    op.create_table(
        "consent_choices",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("state_since", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("renewal_offered_at", UtcDateTime(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "consent_id"],
            ["consents.operator_id", "consents.id"],
            name=op.f("fk_consent_choices_operator_id_consent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["operator_id", "purpose_id"],
            ["purposes.operator_id", "purposes.id"],
            name=op.f("fk_consent_choices_operator_id_purpose_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "consent_id", "purpose_id", name=op.f("pk_consent_choices")),
    )
    op.create_index(
        "ix_consent_choices_expires",
        "consent_choices",
        ["expires_on"],
        unique=False,
        sqlite_where=sa.text("is_current AND expires_on IS NOT NULL"),
        postgresql_where=sa.text("is_current AND expires_on IS NOT NULL"),
    )
    op.create_index(
        "uq_consent_choices_current",
        "consent_choices",
        ["operator_id", "subject_id", "purpose_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_TRIGGERS.values():
            op.execute(statement)
    else:
        for statement in POSTGRESQL_FUNCTIONS.values():
            op.execute(statement)
        for name, rest in POSTGRESQL_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {rest}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    else:
        for name, rest in POSTGRESQL_TRIGGERS.items():
            op.execute(f"DROP TRIGGER {name} ON {rest.split(' ON ')[1].split()[0]}")
        for name in POSTGRESQL_FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}")
    for table in reversed(TABLES):
        op.drop_table(table)
