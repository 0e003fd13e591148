"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
# What was loaded by now stays as long as the process: the collector's rounds, for which a page waits, leave it out.
gc.collect()
gc.freeze()
