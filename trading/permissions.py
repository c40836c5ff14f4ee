"""`./dev permissions`: every route, socket event and job with its right and who holds it."""

import sys

from kernel.permissions import PermissionTable
from trading.app import create_house_table, guard_rest, web_features


def full_table() -> PermissionTable:
    """Grants and all doors, demonstration included, read without a database.

    Raises UnguardedError when a door names no granted right.
    """
    table = create_house_table()
    for feature in web_features(demo=True):
        for door in feature.doors:
            table.guard(door)
    guard_rest(table)
    return table


if __name__ == "__main__":
    sys.stdout.write(full_table().matrix())
