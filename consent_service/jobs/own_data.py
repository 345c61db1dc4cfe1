"""Our own data, table by table: what is in it, how long it stays, and the job that empties it.  Data, no code."""

from dataclasses import dataclass

STAYS = "stays"
WITH_THE_PROOF = "`EVIDENCE_YEARS` from the erasure of the person, longer under a legal hold"
AS_LONG_AS_CLAIMS = "`EVIDENCE_YEARS` and a little more"
WITH_THE_OPERATOR = "as long as the operator is served"


@dataclass(frozen=True, slots=True)
class Kept:
    """Some tables that are emptied together; ``emptied_by`` is the name of a job, or that they stay."""

    tables: tuple[str, ...]
    what: str
    until: str
    emptied_by: str


OWN_DATA = (
    Kept(
        ("subjects", "subject_identifiers", "subject_notes", "subject_files"),
        "who people are and what they wrote, sealed under the key of each",
        "until the storage term is over, or what they rest on is withdrawn",
        "erasures.execute",
    ),
    Kept(
        ("consents", "consent_choices"),
        "answers, under a pseudonym that stands for nobody once the person is erased",
        WITH_THE_PROOF,
        "evidence.expire",
    ),
    Kept(("erased_subjects",), "which pseudonyms were erased, and until when what is the proof", WITH_THE_PROOF,
         "evidence.expire"),
    Kept(
        ("withdrawals", "withdrawal_purposes", "subject_requests", "standings", "told_endings"),
        "what people took back, asked for and were told, by day and state; their words are notes of the person",
        WITH_THE_PROOF,
        "evidence.expire",
    ),
    Kept(("letters",), "which letters went to whom and with what proof; their text goes with the person",
         WITH_THE_PROOF, "evidence.expire"),
    Kept(
        ("duties", "clock_entries"),
        "what was owed for whom by which day, and what moved it; reasons are notes of the person",
        WITH_THE_PROOF,
        "evidence.expire",
    ),
    Kept(("recipient_notices", "transfer_subjects", "incident_subjects"),
         "who was told of whom, whose data were transferred, whom an incident reached", WITH_THE_PROOF,
         "evidence.expire"),
    Kept(("retention_clocks", "last_activities"), "when a person is looked at again, and was active last",
         "until no term runs, or the first look after the erasure", "retention.sweep"),
    Kept(("loose_ends",), "people of whom something has ended a moment ago", "a minute", "retention.follow"),
    Kept(("outbox_messages",), "which message was owed to whom and how it ended; no words, and no address once settled",
         f"{AS_LONG_AS_CLAIMS} from when it was settled", "housekeeping"),
    Kept(("webhook_deliveries", "webhook_attempts"), "events on their way to operators' systems, and each try",
         "30 days from when it was settled", "housekeeping"),
    Kept(
        ("idempotent_answers", "idempotent_people"),
        "answers for whoever asks twice, sealed under the client's own key, and whom they concern",
        "a day; what an answer says goes with whom it concerns",
        "housekeeping",
    ),
    Kept(("identity_codes",), "keyed hashes of codes that were sent to make sure who asks",
         "a day; a code is good for ten minutes", "housekeeping"),
    Kept(("intents",), "tokens that browsers were given, with a keyed digest of a shortened network address",
         "a day; a token is good for an hour", "housekeeping"),
    Kept(("form_drafts", "form_draft_files"), "forms of people on their way, sealed under a secret of the browser",
         "an hour or so, until sent or given up", "housekeeping"),
    Kept(("rate_uses",), "how often a network used a public form, by a keyed digest of a shortened address",
         "a day", "housekeeping"),
    Kept(("preference_links",), "keyed hashes of addresses under which people see their own consents",
         "an hour; a day at most", "housekeeping"),
    Kept(("staff_sessions",), "keyed hashes of sessions of the dashboard; the family of the browser and the network "
         "(/24 or /56), sealed", "a day after their end", "housekeeping"),
    Kept(("sign_in_failures",), "keyed hashes of an address with the network or browser from which signing in failed, "
         "and whose account it is",
         "a day", "housekeeping"),
    Kept(("sign_in_tickets",), "keyed hashes of what was begun in signing in: the second step, a challenge for a "
         "passkey", "five minutes", "housekeeping"),
    Kept(("staff_devices",), "keyed hashes of cookies of browsers in which an account has signed in",
         "half a year after the last use", "housekeeping"),
    Kept(("staff_invitations",), "invitations of staff; the address is sealed, the link is a keyed hash",
         "a week after their end", "housekeeping"),
    Kept(("job_runs",), "what each run of a job came to", "90 days, two days where there was nothing to do",
         "housekeeping"),
    Kept(("reminders_sent", "reminder_rounds"), "of which duty whom was reminded", "400 days", "housekeeping"),
    Kept(("subject_searches",), "whom staff found when they looked for somebody, by pseudonym; never by what",
         "half an hour, at most an hour and a half", "housekeeping"),
    Kept(("daily_figures",), "how many duties, requests and failures there were on each day; nobody is in it",
         "400 days", "housekeeping"),
    Kept(("inspection_packs", "inspection_pack_parts"), "packs for an inspection, sealed under a key of each that goes "
         "with it; people are in them by number", "a week from when they are made", "housekeeping"),
    Kept(("operator_exports", "operator_export_parts"), "everything of an operator for its owner to take away, sealed "
         "under a key of each that goes with it", "a day from when they are made; gone at once when somebody is erased",
         "housekeeping"),
    Kept(("retention_runs", "retention_parts", "retention_walks"), "runs of retention, as counts",
         f"{AS_LONG_AS_CLAIMS} from their end", "housekeeping"),
    Kept(("connector_attempts",), "counts of what was about to go in operators' databases", "400 days",
         "connectors.forget"),
    Kept(("mail_tasks", "mail_task_links"), "who was asked to erase by hand; the reference goes with the confirmation",
         "confirmed tasks as long as the act; others and links until they are over", "connectors.forget"),
    Kept(
        ("erasure_orders", "erasure_targets", "erasure_approvals", "erasure_certificates", "lost_acts", "notice_rounds",
         "legal_holds"),
        "the register of destructions: by pseudonym, counts, grounds and numbers",
        f"{WITH_THE_OPERATOR}: no act has the number of another, and erasures are held against them after a restore",
        STAYS,
    ),
    Kept(
        ("consent_imports", "refused_lines"),
        "how far each file of former consents was imported, by a keyed digest; where its refused lines stand, and why",
        f"{WITH_THE_OPERATOR}: no line is taken twice",
        STAYS,
    ),
    Kept(
        ("recipients", "transfers", "incidents", "register_entries", "recalculations", "version_changes",
         "storage_schedules", "retention_rules"),
        "the registers of an inspection and the operator's own decisions; nobody whose data are held is in them",
        WITH_THE_OPERATOR,
        STAYS,
    ),
    Kept(
        ("ledger_events", "ledger_queue", "ledger_leaves", "ledger_epochs", "ledger_tiles", "ledger_heads",
         "ledger_anchors"),
        "the log: commitments and heads; what opens a commitment goes with the proof",
        "for good: a log from which something can go proves nothing",
        STAYS,
    ),
    Kept(
        ("documents", "document_versions", "version_texts", "purposes", "calendar_editions",
         "calendar_orders"),
        "what was published, the calendars that days were counted by, and the orders that moved days",
        "for good: whoever accepted a version can be shown it",
        STAYS,
    ),
    Kept(
        ("forms", "form_editions", "form_answers", "form_days"),
        "what a site's forms ask, in editions, by which act an answer came, and how many saw it; nobody is in them",
        WITH_THE_OPERATOR,
        STAYS,
    ),
    Kept(
        ("operators", "sites", "credentials", "connectors", "webhooks", "staff_members", "staff_roles",
         "staff_authenticators", "staff_recovery_codes", "staff_passkeys", "staff_provider_links", "reminder_choices",
         "calendar_feeds", "saved_views"),
        "the operator's settings, systems and staff; addresses and secrets are sealed",
        f"{WITH_THE_OPERATOR}, or until they are changed; who left stays as whoever answers for what was done",
        STAYS,
    ),
    Kept(("operator_endings",), "who ordered and approved the end of an operator, and what was destroyed by table",
         "for good: it says why nothing else of the operator is there", STAYS),
    Kept(("key_epochs", "key_checks"), "which keys have been, and which are gone; never a key",
         "for good: they say since when old copies do not open", STAYS),
)  # fmt: skip
