"""One web process: greenlets for pages and sockets; scale out by more such processes."""

from typing import Any

worker_class = "gevent"
workers = 1
worker_connections = 10_000
graceful_timeout = 2
# Longer than any client keeps a quiet connection, so that none is closed under a request.
keepalive = 75
# The control socket would stand in the home folder, shared by every installation of a user.
control_socket_disable = True
# kernel.web logs each request itself: method, template, status, time, and nothing of a person.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {
        "gunicorn.error": {"level": "WARNING", "propagate": True, "handlers": []},
        "gunicorn.access": {"level": "WARNING", "propagate": False, "handlers": []},
    },
}


def post_worker_init(worker: Any) -> None:
    """Begin to push live events: one listener in each process, started after the fork."""
    worker.wsgi.extensions["sunbid.sockets"].start()
