"""A process whose clients post through one poster and say what was acknowledged, until killed.

`python -m tests.escrow.ledger.posting_process URL BANK`
"""

import sys
import threading
from itertools import count
from uuid import UUID

from escrow.ledger import rules
from escrow.ledger.poster import Poster
from kernel.db import Database
from tests.escrow.ledger.test_posting import journal

CLIENTS = 4


def main(url: str, bank: str) -> None:
    """Each client posts one journal after another for ever."""
    bank_id = UUID(bank)
    with Poster(Database(url, pool_size=1)) as poster:

        def client(place: int) -> None:
            for n in count():
                key = f"{place}/{n}"
                poster.post(journal(bank_id, key, rules.credit("6201", n + 1)))
                sys.stdout.write(f"{key}\n")
                sys.stdout.flush()

        for place in range(CLIENTS):
            threading.Thread(target=client, args=(place,)).start()
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
