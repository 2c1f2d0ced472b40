"""Django's handler of pages and API, for the dispatcher and for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.config.settings")
application = get_wsgi_application()
