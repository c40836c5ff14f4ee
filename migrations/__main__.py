"""`./dev migrate`: bring DATABASE_URL, or the embedded database of `./dev run`, up to date."""

import sys

import migrations
from kernel import postgres
from kernel.settings import Launch
from trading.installation import DATABASE


def main() -> int:
    """Exit status."""
    launch = Launch.from_env()
    if launch.database_url:
        migrations.upgrade(launch.database_url)
        return 0
    server = postgres.Server(launch.state_root / "run" / "postgres")
    if server.answers():
        migrations.upgrade(server.url(DATABASE))
        return 0
    server.start()
    try:
        if not postgres.database_exists(server.url(), DATABASE):
            postgres.create_database(server.url(), DATABASE)
        migrations.upgrade(server.url(DATABASE))
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
