"""`./dev shell`: Python with the running installation's house and one reading session at hand."""

import code

from sqlalchemy import select, text

from kernel import postgres
from kernel.house import House
from kernel.settings import Launch, Settings
from trading.installation import DATABASE


def main() -> None:
    """Open the house of `./dev run`, or that of DATABASE_URL."""
    launch = Launch.from_env()
    folder = launch.state_root / "run"
    url = launch.database_url or postgres.Server(folder / "postgres").url(DATABASE)
    house = House.open(Settings(database_url=url, state_dir=folder), pool_size=2)
    with house.database.reading() as session:
        names = {"house": house, "session": session, "select": select, "text": text}
        banner = "house, session (read only), select, text; write with house.database.writing()"
        code.interact(banner=banner, local=names, exitmsg="")


if __name__ == "__main__":
    main()
