"""The worker process: APScheduler as a clock, nothing more.  What is to be done stands in the database."""

import logging
import os
import socket
import threading

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from consent_service.jobs.runner import run_slot
from consent_service.jobs.schedule import JOBS, Job
from consent_service.services import services

log = logging.getLogger(__name__)


def work(app: Flask, stop: threading.Event) -> None:
    """Run every job in its interval until ``stop`` is set; what runs then is finished first."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None})
    with app.app_context():
        now = services().clock()
    for job in JOBS:
        scheduler.add_job(
            _tick,
            "interval",
            args=(app, job, name),
            seconds=job.every.total_seconds(),
            id=job.name,
            next_run_time=now,
            max_instances=job.at_once,
        )
    scheduler.start()
    log.info("worker started")
    stop.wait()
    scheduler.shutdown(wait=True)


def _tick(app: Flask, job: Job, worker: str) -> None:
    with app.app_context():
        try:
            run_slot(services(), job, worker)
        except Exception:  # the database is away: the next tick tries again
            log.exception("tick failed", extra={"job": job.name})
