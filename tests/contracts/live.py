"""The application on a loopback port, in a thread of its own, for clients that know nothing of event loops."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

#: Seconds that it may take to start, and to end.
PATIENCE = 30


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Its address. Starts and stops with the block."""
    # The plain loop: uvloop, in a thread of its own, can wait for ever in its closing where a start has failed.
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on", loop="asyncio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    given_up = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > given_up:
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
    assert not thread.is_alive(), "the server does not end"
