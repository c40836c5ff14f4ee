"""One web process: greenlets for pages and sockets; scale out by more such processes."""

import gc
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


# What every page is made of.
FRAMES = ("base.html", "layout.html", "ui.html", "workplace.html")


def post_worker_init(worker: Any) -> None:
    """Begin to push live events: one listener in each process, started after the fork.

    What would hold the hub up under a visitor is done before: compiling the frames of all pages,
    and setting aside all that is loaded, which a full garbage collection walked for 0.1 s and more.
    """
    templates = worker.wsgi.jinja_env
    for name in templates.list_templates():
        if name in FRAMES or name.startswith("macros/"):
            templates.get_template(name)
    gc.collect()
    gc.freeze()
    worker.wsgi.extensions["sunbid.sockets"].start()
