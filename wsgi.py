"""The WSGI entry point: ``wsgi:application``."""

import os

from consent_service.app import create_app
from consent_service.config import Settings

application = create_app(Settings.from_env(os.environ))
