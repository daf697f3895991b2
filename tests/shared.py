"""What is dear to make and the same for all: made by whichever worker comes first, and read by the others."""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Where the folder of this run stands in the environment.
ROOM = "ROLLBOOK_TEST_ROOM"


def made_once(name: str, make: Callable[[], Any]) -> Any:
    """A value that JSON holds, made once in the whole run."""
    place = Path(os.environ[ROOM]) / f"{name}.json"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            place.write_text(json.dumps(make()), "utf-8")
    return json.loads(place.read_text("utf-8"))
