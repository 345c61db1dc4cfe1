"""What holds for every test: examples may take their time, and there are more of them in the full run."""

import os

from hypothesis import HealthCheck, settings

FULL = os.environ.get("KELISIM_FULL") == "1"

settings.register_profile(
    "kelisim", deadline=None, max_examples=1000 if FULL else 100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kelisim")
