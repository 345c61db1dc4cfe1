"""The WSGI entry point: ``wsgi:application``."""

import os

from consent_service.app import create_app
from consent_service.config import Settings
from consent_service.kernel import silence
from consent_service.kernel.pauses import leave_out
from consent_service.opening import check_start

application = create_app(Settings.from_env(os.environ))
check_start(application)
silence.watch()
leave_out()
