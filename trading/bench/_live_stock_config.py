"""gunicorn as the house configures it, without its application's own start."""

worker_class = "gevent"
workers = 1
worker_connections = 10_000
control_socket_disable = True
