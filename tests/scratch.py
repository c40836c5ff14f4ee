"""Where tests keep what they throw away: in memory when the machine has enough of it."""

import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 6 << 30


def folder() -> Path:
    """A new folder that PostgreSQL's own user may enter; whoever asked removes it."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES
    # Not pytest's own folder: the server runs as another user, who could not enter it.
    made = Path(tempfile.mkdtemp(prefix="sunbid-test-", dir=MEMORY if roomy else "/tmp"))
    made.chmod(0o755)
    return made
