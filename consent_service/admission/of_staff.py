"""Which roles come to which page of the dashboard, and what each may send there.

An owner decides who works here; whoever is in charge of personal data (the DPO) does the work; an assignee works on the
cases given to them and sees nothing else; an editor looks after documents; an integrator after sites and keys and meets
no personal data; an auditor reads what is masked and reveals nothing.
"""

from collections.abc import Mapping

from consent_service.admission.kinds import Staff
from consent_service.operators.access import Role

_O, _D, _A, _E, _I, _R = Role.OWNER, Role.DPO, Role.ASSIGNEE, Role.EDITOR, Role.INTEGRATOR, Role.AUDITOR
READ = Staff(frozenset({_O, _D, _R}))
READ_CASE = Staff(frozenset({_O, _D, _R}), own_case=True)
SEARCH = READ  # sent as a form, to keep what is searched for out of addresses; it changes nothing
ACT = Staff(frozenset({_O, _D}))
ACT_ON_CASE = Staff(frozenset({_O, _D}), own_case=True)
REVEAL = ACT_ON_CASE  # personal data in clear: with a reason, and recorded
APPROVE = Staff(frozenset({_O, _D}), anew=True)
EXPORT = Staff(frozenset({_O, _D, _R}), anew=True)
REVEAL_ALL = Staff(frozenset({_O, _D}), own_case=True, anew=True)
READ_DOCUMENTS = Staff(frozenset({_O, _D, _E, _R}))
EDIT_DOCUMENTS = Staff(frozenset({_O, _D, _E}))
READ_SITES = Staff(frozenset({_O, _D, _I, _R}))
WORK = Staff(frozenset({_O, _D, _A}))
OWN = Staff(frozenset({_O}))
OWN_ANEW = Staff(frozenset({_O}), anew=True)
READ_KEYS = Staff(frozenset({_O, _I}))
SITES_ANEW = Staff(frozenset({_O, _D, _I}), anew=True)
KEYS_ANEW = Staff(frozenset({_O, _I}), anew=True)

STAFF: Mapping[str, Staff] = {
    # What is due, and cases
    "dashboard.today": READ,
    "dashboard.first_steps": READ,
    "dashboard.put_first_steps_away": ACT,
    "dashboard.pictures": READ,
    "dashboard.picture_file": READ,
    "dashboard.case": READ_CASE,
    "dashboard.duties": READ,
    "dashboard.jobs": READ,
    "dashboard.audit": READ,
    "dashboard.list_file": EXPORT,
    "dashboard.keep_view": READ,
    "dashboard.drop_view": READ,
    "dashboard.assign_lines": ACT,
    "dashboard.my_cases": WORK,
    "dashboard.assign_case": ACT,
    "dashboard.assign_duty": ACT,
    "dashboard.note_in_case": ACT_ON_CASE,
    "dashboard.read_notes": REVEAL,
    "dashboard.withdrawals": READ,
    "dashboard.find_withdrawals": SEARCH,
    "dashboard.new_withdrawal": ACT,
    "dashboard.record_withdrawal": ACT,
    "dashboard.withdrawal": READ_CASE,
    "dashboard.act_on_withdrawal": ACT_ON_CASE,
    "dashboard.subject_requests": READ,
    "dashboard.find_subject_requests": SEARCH,
    "dashboard.new_subject_request": ACT,
    "dashboard.record_subject_request": ACT,
    "dashboard.subject_request": READ_CASE,
    "dashboard.act_on_subject_request": ACT_ON_CASE,
    "dashboard.subject_request_words": REVEAL,
    "dashboard.subject_request_file": REVEAL,
    "dashboard.subject_request_package": REVEAL_ALL,
    "dashboard.subject_request_package_pdf": REVEAL_ALL,
    "dashboard.incidents": READ,
    "dashboard.new_incident": ACT,
    "dashboard.record_incident": ACT,
    "dashboard.incident": READ,
    "dashboard.act_on_incident": ACT,
    "dashboard.incident_annex": APPROVE,
    "dashboard.consents": READ,
    "dashboard.find_consents": SEARCH,
    "dashboard.person": READ,
    "dashboard.reveal_person": ACT,
    "dashboard.work_calendar": READ,
    "dashboard.calendar_year": READ,
    "dashboard.calendar_transfer": READ,
    "dashboard.preview_transfer": SEARCH,
    "dashboard.enter_transfer": OWN_ANEW,  # of every operator: the calendar is shared
    "dashboard.recalculation": READ,
    "dashboard.decide_recalculation": ACT,
    "dashboard.reminders": READ,
    "dashboard.change_reminders": ACT,
    # Erasure and storage
    "dashboard.erasures": READ,
    "dashboard.find_erasures": SEARCH,
    "dashboard.new_erasure": ACT,
    "dashboard.order_new_erasure": ACT,
    "dashboard.erasure": READ,
    "dashboard.act_on_erasure": APPROVE,
    "dashboard.erasure_act": READ,
    "dashboard.erasure_act_pdf": READ,
    "dashboard.set_erasure_rule": OWN,
    "dashboard.legal_holds": READ,
    "dashboard.place_legal_hold": ACT,
    "dashboard.lift_legal_hold": ACT,
    "dashboard.retention": READ,
    "dashboard.open_retention_run": ACT,
    "dashboard.decide_on_retention_run": APPROVE,
    "dashboard.retention_schedule": READ,
    "dashboard.add_schedule_rule": ACT,
    "dashboard.leave_schedule_rule_out": ACT,
    # Letters, recipients, registers
    "dashboard.letters": READ,
    "dashboard.settle_letter": ACT,
    "dashboard.letter_pdf": ACT,
    "dashboard.consent_receipt": READ,
    "dashboard.consent_proof": EXPORT,
    "dashboard.recipients": READ,
    "dashboard.recipients_export": EXPORT,
    "dashboard.new_recipient": ACT,
    "dashboard.enter_new_recipient": ACT,
    "dashboard.recipient": READ,
    "dashboard.change_this_recipient": ACT,
    "dashboard.record_this_transfer": ACT,
    "dashboard.tell_of_transfer": ACT,
    "dashboard.settle_notice": ACT,
    "dashboard.notice_pdf": ACT,
    "dashboard.registers": READ,
    "dashboard.inspection_pdf": EXPORT,
    "dashboard.inspections": READ,
    "dashboard.order_inspection_pack": ACT,
    "dashboard.take_inspection_pack": EXPORT,
    "dashboard.new_register_entry": ACT,
    "dashboard.enter_register_entry": ACT,
    "dashboard.register_entry": READ,
    "dashboard.change_register_entry": ACT,
    # Documents
    "dashboard.documents": READ_DOCUMENTS,
    "dashboard.document": READ_DOCUMENTS,
    "dashboard.document_pdf": READ_DOCUMENTS,
    "dashboard.document_json": READ_DOCUMENTS,
    "dashboard.upload_document": EDIT_DOCUMENTS,
    "dashboard.set_publishing_rule": OWN,
    "dashboard.begin_document_draft": EDIT_DOCUMENTS,
    "dashboard.draft": READ_DOCUMENTS,
    "dashboard.edit_draft": EDIT_DOCUMENTS,
    "dashboard.document_changes": READ_DOCUMENTS,
    "dashboard.document_change": READ_DOCUMENTS,
    "dashboard.act_on_change": EDIT_DOCUMENTS,
    "dashboard.record_told": ACT,
    # Sites, keys, connected systems and webhooks
    "dashboard.forms": READ_SITES,
    "dashboard.enter_site": SITES_ANEW,
    "dashboard.secret_keys": READ_KEYS,
    "dashboard.make_secret_key": KEYS_ANEW,
    "dashboard.revoke_secret_key": KEYS_ANEW,
    "dashboard.connectors": READ,
    "dashboard.act_on_connectors": ACT,
    "dashboard.webhooks": READ,
    "dashboard.add_webhook": ACT,
    "dashboard.webhook": READ,
    "dashboard.act_on_webhook": ACT,
    "dashboard.replay_delivery": ACT,
    # The operator itself, and who works here
    "dashboard.operator_details": READ,
    "dashboard.settings": READ,
    "dashboard.set_taking_back": OWN,
    "dashboard.change_operator_details": OWN,
    "dashboard.operator_export": OWN,
    "dashboard.order_operator_export": OWN_ANEW,
    "dashboard.take_operator_export": OWN_ANEW,
    "dashboard.operator_ending": ACT,
    "dashboard.order_operator_ending": OWN_ANEW,
    "dashboard.approve_operator_ending": APPROVE,
    "dashboard.cancel_operator_ending": ACT,
    "dashboard.staff": OWN,
    "dashboard.invite_staff": OWN_ANEW,
    "dashboard.change_staff": OWN_ANEW,
    "dashboard.remove_staff": OWN_ANEW,
    "dashboard.take_invitation_back": OWN,
}
