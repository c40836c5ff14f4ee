"""What tests of rooms expect to be refused."""

from typing import Any

import pytest

from kernel.pure.errors import Refused


def refused(code: str) -> Any:
    """What is refused, and by which code."""
    return pytest.raises(Refused, match=f"^{code}")
