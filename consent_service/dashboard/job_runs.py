"""Jobs: what the service does by itself, and what the latest run of each came to."""

from collections.abc import Mapping

from flask import render_template
from flask_babel import gettext

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading
from consent_service.operators.sessions import Place
from consent_service.runs.queries import latest_runs

_MARKS = {"failed": "bad", "running": "soon", "done": "good"}


@dashboard.get("/<slug>/jobs")
@at_operator
def jobs(place: Place) -> str:
    """Show the latest run of each job, those that failed first."""
    with reading(place) as uow:
        runs = latest_runs(uow.session)
    return render_template(
        "job_runs.html",
        runs=sorted(runs, key=lambda run: (run.outcome != "failed", run.job)),
        names=_names(),
        outcomes={"failed": gettext("failed, is tried again"), "running": gettext("running"), "done": gettext("done")},
        marks=_MARKS,
    )


def _names() -> Mapping[str, str]:
    return {
        "withdrawals.take_effect": gettext("Withdrawals take effect on their day"),
        "withdrawals.give_way": gettext("Withdrawals give way to a new consent"),
        "withdrawals.close": gettext("Withdrawals are closed once all is done"),
        "standings.follow": gettext("People follow a new version"),
        "standings.take_effect": gettext("A new version binds on its day"),
        "consents.expire": gettext("Consents end with their term"),
        "consents.offer_renewal": gettext("People are warned before a consent ends"),
        "retention.follow": gettext("Terms of storage are followed"),
        "retention.sweep": gettext("Data whose storage is over are ordered to go"),
        "recipients.tell": gettext("Recipients are told to stop"),
        "erasures.execute": gettext("Data are destroyed and read back"),
        "erasures.log": gettext("The log of erasures is held against the database"),
        "requests.close": gettext("Requests are closed once all is done"),
        "incidents.tell": gettext("People are told of an incident"),
        "duties.mark_late": gettext("Duties whose day is over are marked"),
        "duties.recalculate": gettext("Dates follow a new calendar"),
        "reminders.send": gettext("Staff are reminded"),
        "connectors.remind": gettext("Those who erase by hand are reminded"),
        "sign_ins.tell": gettext("Failed sign-ins are recorded by their number"),
        "connectors.forget": gettext("Old counts of connectors go"),
        "mail.deliver": gettext("Mail goes out"),
        "webhooks.deliver": gettext("Systems are told by webhook"),
        "ledger.seal": gettext("Events are sealed into the ledger"),
        "ledger.publish": gettext("The head of the ledger is signed"),
        "ledger.cosign": gettext("Witnesses sign the head"),
        "ledger.tell": gettext("Other hosts are told the head"),
        "ledger.stamp": gettext("The head is time-stamped"),
        "figures.keep": gettext("The figures of the day are kept"),
        "evidence.expire": gettext("Proofs whose time is over go"),
        "keys.turn": gettext("Keys turn, so that old copies close"),
        "inspections.make": gettext("Inspection packs are made"),
        "exports.make": gettext("Exports of the operator are made"),
        "operators.end": gettext("An operator is ended and all of it destroyed"),
        "housekeeping": gettext("What is kept for a fixed time goes"),
    }
