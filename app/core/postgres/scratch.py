"""A server for the length of a block."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.postgres import Cluster


@contextmanager
def scratch_cluster(*, durable: bool = True, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster in a folder of its own, of which nothing is left, not even where root's data has to lie elsewhere."""
    with TemporaryDirectory() as home:
        cluster = Cluster(Path(home), durable=durable, settings=settings)
        try:
            with cluster:
                yield cluster
        finally:
            cluster.remove()
