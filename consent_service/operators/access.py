"""Who may do what: scopes of secret keys and roles of staff."""

from enum import StrEnum


class Scope(StrEnum):
    """What a secret key may do."""

    DOCUMENTS_READ = "documents:read"
    CONSENTS_WRITE = "consents:write"
    CONSENTS_READ = "consents:read"
    PERMISSIONS_READ = "permissions:read"
    SUBJECTS_SEARCH = "subjects:search"
    WITHDRAWALS_WRITE = "withdrawals:write"
    WITHDRAWALS_READ = "withdrawals:read"
    DEADLINES_READ = "deadlines:read"
    REQUESTS_WRITE = "requests:write"
    REQUESTS_READ = "requests:read"
    INCIDENTS_READ = "incidents:read"
    INCIDENTS_WRITE = "incidents:write"
    STANDINGS_READ = "standings:read"
    STANDINGS_WRITE = "standings:write"
    PREFERENCES_OPEN = "preferences:open"
    LETTERS_READ = "letters:read"
    LETTERS_WRITE = "letters:write"
    RECIPIENTS_READ = "recipients:read"
    RECIPIENTS_WRITE = "recipients:write"
    GOVERNANCE_READ = "governance:read"
    GOVERNANCE_WRITE = "governance:write"
    RETENTION_READ = "retention:read"
    RETENTION_WRITE = "retention:write"
    CONNECTORS_READ = "connectors:read"
    ERASURES_READ = "erasures:read"
    ERASURES_WRITE = "erasures:write"
    ERASURES_APPROVE = "erasures:approve"  # in the name of a member of staff, for whom the operator's system answers
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    FORMS_READ = "forms:read"
    FORMS_WRITE = "forms:write"


ALL_SCOPES = tuple(Scope)
# What an integrator may give a key: to bring data in and ask whether processing is permitted, not to read them.
INTEGRATOR_SCOPES = (
    Scope.DOCUMENTS_READ,
    Scope.CONSENTS_WRITE,
    Scope.PERMISSIONS_READ,
    Scope.WITHDRAWALS_WRITE,
    Scope.DEADLINES_READ,
    Scope.REQUESTS_WRITE,
    Scope.FORMS_READ,
    Scope.FORMS_WRITE,
)
DEFAULT_SCOPES = tuple(scope for scope in Scope if scope is not Scope.ERASURES_APPROVE)


class Role(StrEnum):
    """What a member of staff is."""

    OWNER = "owner"  # decides who works here
    DPO = "dpo"  # in charge of personal data
    ASSIGNEE = "assignee"  # works on the cases given to them
    EDITOR = "editor"  # looks after documents
    INTEGRATOR = "integrator"  # looks after sites and keys, and meets no personal data
    AUDITOR = "auditor"  # reads what is masked


DECIDE = frozenset({Role.OWNER, Role.DPO})  # order and decide erasures
WORK_ON_CASES = frozenset({*DECIDE, Role.ASSIGNEE})
