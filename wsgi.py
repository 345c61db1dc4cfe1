"""The WSGI entry point: ``wsgi:application``."""

import os

from consent_service.app import check_start, create_app
from consent_service.config import Settings

application = create_app(Settings.from_env(os.environ))
check_start(application)
