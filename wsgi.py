"""The WSGI entry of the web process."""

from kernel.settings import Settings
from trading.app import create_app

app = create_app(Settings.from_env())
