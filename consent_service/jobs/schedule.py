"""Which job runs how often.  A job's slot is its interval, so that any number of workers share one run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from consent_service.jobs import tasks
from consent_service.jobs.anchoring import ledger_cosign, ledger_stamp, ledger_tell
from consent_service.jobs.connectors import connectors_forget, connectors_remind
from consent_service.jobs.ending import operators_end
from consent_service.jobs.erasures import erasures_execute
from consent_service.jobs.housekeeping import housekeeping
from consent_service.jobs.key_epochs import keys_turn
from consent_service.jobs.packs import exports_make, inspections_make
from consent_service.jobs.replay import erasures_log
from consent_service.jobs.retention import retention_follow, retention_sweep
from consent_service.jobs.sign_ins import sign_ins_tell
from consent_service.jobs.webhooks import webhooks_deliver
from consent_service.kernel.uow import Actor
from consent_service.services import Services


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its name, how often, and what it does."""

    name: str
    every: timedelta
    run: Callable[[Services, Actor, tasks.Count], None]

    def slot(self, now: datetime) -> datetime:
        """Return the start of the interval that ``now`` lies in."""
        seconds = int(self.every.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


JOBS = (
    Job("withdrawals.take_effect", timedelta(seconds=30), tasks.withdrawals_take_effect),
    Job("standings.follow", timedelta(minutes=1), tasks.standings_follow),
    Job("standings.take_effect", timedelta(minutes=1), tasks.standings_take_effect),
    Job("withdrawals.give_way", timedelta(seconds=30), tasks.withdrawals_give_way),
    Job("consents.expire", timedelta(minutes=1), tasks.consents_expire),
    Job("retention.follow", timedelta(minutes=1), retention_follow),
    Job("retention.sweep", timedelta(minutes=1), retention_sweep),
    Job("recipients.tell", timedelta(seconds=30), tasks.recipients_tell),
    Job("erasures.execute", timedelta(seconds=30), erasures_execute),
    Job("erasures.log", timedelta(hours=1), erasures_log),
    Job("withdrawals.close", timedelta(seconds=30), tasks.withdrawals_close),
    Job("requests.close", timedelta(seconds=30), tasks.requests_close),
    Job("incidents.tell", timedelta(seconds=30), tasks.incidents_tell),
    Job("duties.mark_late", timedelta(minutes=1), tasks.duties_mark_late),
    Job("duties.recalculate", timedelta(seconds=30), tasks.duties_recalculate),
    Job("consents.offer_renewal", timedelta(minutes=10), tasks.consents_offer_renewal),
    Job("reminders.send", timedelta(minutes=1), tasks.reminders_send),
    Job("connectors.remind", timedelta(minutes=10), connectors_remind),
    Job("mail.deliver", timedelta(seconds=30), tasks.mail_deliver),
    Job("webhooks.deliver", timedelta(seconds=5), webhooks_deliver),
    Job("ledger.seal", timedelta(seconds=5), tasks.ledger_seal),
    Job("ledger.publish", timedelta(seconds=10), tasks.ledger_publish),
    Job("connectors.forget", timedelta(hours=1), connectors_forget),
    Job("ledger.cosign", timedelta(minutes=1), ledger_cosign),
    Job("ledger.tell", timedelta(minutes=1), ledger_tell),
    Job("sign_ins.tell", timedelta(minutes=5), sign_ins_tell),
    Job("ledger.stamp", timedelta(hours=1), ledger_stamp),
    Job("figures.keep", timedelta(hours=1), tasks.figures_keep),
    Job("evidence.expire", timedelta(hours=1), tasks.evidence_expire),
    Job("keys.turn", timedelta(days=1), keys_turn),
    Job("inspections.make", timedelta(seconds=10), inspections_make),
    Job("exports.make", timedelta(seconds=10), exports_make),
    Job("operators.end", timedelta(seconds=10), operators_end),
    Job("housekeeping", timedelta(hours=1), housekeeping),
)
