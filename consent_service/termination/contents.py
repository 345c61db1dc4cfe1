"""What becomes of every table when an operator ends.  Data, no code."""

from collections.abc import Mapping, Sequence

# People go by the road of erasure, with their keys.
BY_THE_ROAD = ("subject_files", "subject_notes", "subject_identifiers", "subjects")

# By heading of the act, a table before those that it refers to.
EMPTIED: Mapping[str, Sequence[str]] = {
    "access": (
        "preference_links", "mail_task_links", "calendar_feeds", "staff_invitations", "intents", "identity_codes",
        "rate_uses", "idempotent_people", "idempotent_answers", "subject_searches", "credentials",
    ),
    "systems": (
        "connector_attempts", "mail_tasks", "connectors", "webhook_attempts", "webhook_deliveries", "webhooks",
    ),
    "forms": ("form_draft_files", "form_drafts", "form_answers", "form_days", "form_editions", "forms", "sites"),
    "letters": ("letters", "outbox_messages"),
    "recipients": ("transfer_subjects", "transfers", "recipient_notices", "notice_rounds", "recipients"),
    "registers": ("incident_subjects", "incidents", "register_entries", "clock_entries", "recalculations"),
    "storage": (
        "retention_clocks", "retention_parts", "retention_walks", "retention_runs", "retention_rules",
        "storage_schedules", "last_activities", "loose_ends",
    ),
    "imports": ("refused_lines", "consent_imports"),
    "packs": ("inspection_pack_parts", "inspection_packs", "operator_export_parts", "operator_exports"),
    "work": (
        "version_changes", "daily_figures", "reminders_sent", "reminder_rounds", "reminder_choices", "saved_views",
    ),
}  # fmt: skip
# What opens the operator to somebody goes first, when it begins.
AT_ONCE = (
    "preference_links", "mail_task_links", "calendar_feeds", "staff_invitations", "connectors",
)  # fmt: skip
# Last, so that whoever decides can see how far it is.
ROLES = "staff_roles"
# Of accounts that have no place at any operator then; a table before those that it refers to.
OF_ACCOUNTS = (
    "staff_authenticators", "staff_recovery_codes", "staff_passkeys", "staff_devices", "staff_provider_links",
    "staff_sessions", "sign_in_tickets", "sign_in_failures", "calendar_feeds", "reminder_choices", "staff_members",
)  # fmt: skip

PROOF = "proof"
REGISTER = "register"
PUBLISHED = "published"
LOG = "log"
KEPT: Mapping[str, Sequence[str]] = {
    PROOF: (
        "consents", "consent_choices", "standings", "told_endings", "withdrawals", "withdrawal_purposes",
        "subject_requests", "duties", "erased_subjects",
    ),
    REGISTER: (
        "operators", "operator_endings", "erasure_orders", "erasure_targets", "erasure_approvals",
        "erasure_certificates", "lost_acts", "legal_holds",
    ),
    PUBLISHED: ("documents", "document_versions", "version_texts", "purposes"),
    LOG: ("ledger_events", "ledger_queue", "ledger_leaves"),
}  # fmt: skip
# Of the whole installation, with nothing of one operator in them.
OF_ALL = (
    "calendar_editions", "calendar_orders", "job_runs", "key_epochs", "key_checks", "ledger_epochs", "ledger_tiles",
    "ledger_heads", "ledger_anchors",
)  # fmt: skip
# Sealed words in rows that stay.
WORDS = (("erasure_approvals", "reason_sealed"),)

EMPTIED_TABLES = tuple(table for tables in EMPTIED.values() for table in tables)
KEPT_TABLES = tuple(table for tables in KEPT.values() for table in tables)
