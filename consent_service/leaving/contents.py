"""Which tables an export holds, under which heading, and what is left out of it and why.  Data, no code."""

from collections.abc import Mapping, Sequence

# By heading, in the order of the export; a heading has its words in ``words.GROUPS``.
GROUPS: Mapping[str, Sequence[str]] = {
    "operator": (
        "operators", "operator_endings", "sites", "credentials", "connectors", "webhooks", "storage_schedules",
    ),
    "staff": ("staff_members", "staff_roles", "staff_invitations", "reminder_choices", "saved_views"),
    "documents": ("documents", "document_versions", "version_texts", "purposes", "version_changes"),
    "forms": ("forms", "form_editions", "form_answers", "form_days"),
    "people": ("subjects", "subject_identifiers", "subject_notes", "subject_files", "last_activities"),
    "consents": ("consents", "consent_choices", "standings", "told_endings"),
    "withdrawals": ("withdrawals", "withdrawal_purposes"),
    "requests": ("subject_requests",),
    "duties": ("duties", "clock_entries", "recalculations", "reminders_sent"),
    "letters": ("letters", "outbox_messages"),
    "recipients": ("recipients", "transfers", "transfer_subjects", "recipient_notices", "notice_rounds"),
    "erasures": (
        "erasure_orders", "erasure_targets", "erasure_approvals", "erasure_certificates", "lost_acts",
        "erased_subjects", "legal_holds", "connector_attempts", "mail_tasks",
    ),
    "storage": ("retention_rules", "retention_runs", "retention_parts", "retention_clocks"),
    "incidents": ("incidents", "incident_subjects"),
    "registers": ("register_entries",),
    "imports": ("consent_imports", "refused_lines"),
    "webhooks": ("webhook_deliveries", "webhook_attempts"),
    "figures": ("daily_figures",),
}  # fmt: skip
EXPORTED = tuple(table for tables in GROUPS.values() for table in tables)

SIGNING_IN = "what somebody signs in or opens something with"
MINUTES = "kept for minutes or a day, as hashes or on its way"
WORKING = "how far a worker is; nothing that was done or said"
INSTALLATION = "of the whole installation, not of one operator"
LEDGER = "in the folder ledger, in the form that is checked there"
MADE = "made of the rest"
LEFT_OUT: Mapping[str, Sequence[str]] = {
    SIGNING_IN: (
        "staff_authenticators", "staff_recovery_codes", "staff_passkeys", "staff_devices", "staff_provider_links",
        "staff_sessions", "calendar_feeds", "mail_task_links", "preference_links",
    ),
    MINUTES: (
        "sign_in_failures", "sign_in_tickets", "rate_uses", "intents", "identity_codes", "idempotent_answers",
        "idempotent_people", "form_drafts", "form_draft_files", "subject_searches",
    ),
    WORKING: ("loose_ends", "retention_walks", "reminder_rounds"),
    INSTALLATION: ("calendar_editions", "calendar_orders", "job_runs", "key_epochs", "key_checks"),
    LEDGER: (
        "ledger_events", "ledger_queue", "ledger_epochs", "ledger_leaves", "ledger_tiles", "ledger_heads",
        "ledger_anchors",
    ),
    MADE: ("inspection_packs", "inspection_pack_parts", "operator_exports", "operator_export_parts"),
}  # fmt: skip

# Columns of bytes are opened, written in hexadecimal, or left out: hashes, indexes and secrets, which say nothing
# without the keys of the service.  A secret that is no bytes is left out by name.
HEXADECIMAL = frozenset({("consents", "leaf_input")})
SECRET_COLUMNS = frozenset(
    {
        ("staff_members", "password_hash"),
        ("connectors", "sealed"),  # addresses with their passwords
        ("webhooks", "sealed"),  # the secrets of signatures
        ("outbox_messages", "sealed"),  # links and codes on their way
    }
)
