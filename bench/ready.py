"""Django, ready before anything of the product is imported."""

import django

django.setup()
