"""kill -9 of every part in the middle of its work: nothing is lost, nothing is done twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from tests.survival.deployment import Deployment, until

pytestmark = pytest.mark.slow

ROWS = 12_000
#: What exists of the people of a file, by whom they were known there; twice the same would show in the sums.
LEFT = """
select count(*), count(distinct m.source_key), count(distinct p.email_key),
  (select count(*) from audit_entries where action = 'member.created' and subject_id in (select id from members)),
  (select count(*) from events where type = 'member.created' and subject_id in (select id from members)),
  count(*) filter (where p.branch_ids = array[m.branch_id])
from members m join people p on p.id = m.person_id where m.source_key like '%{mark}%'
"""


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with Deployment() as running:
        yield running


def file_of(mark: str, rows: int = ROWS) -> bytes:
    lines = [f"{mark}-{n},Given{n},Family{n},{mark}.{n}@example.org,{1950 + n % 50}-03-04" for n in range(rows)]
    return "\n".join(["External Identifier,First Name,Last Name,Email,Birth Date", *lines]).encode()


def upload(running: Deployment, mark: str) -> str:
    root = running.answered("GET", "/branches").json()["data"][0]["id"]
    made = running.answered(
        "POST",
        "/imports",
        files={"file": ("people.csv", file_of(mark), "text/csv")},
        data={"branch_id": root},
        headers={"Idempotency-Key": mark},
    )
    return str(made.json()["id"])


def state(running: Deployment, import_id: str) -> str:
    return str(running.answered("GET", f"/imports/{import_id}").json()["state"])


def reaches(running: Deployment, import_id: str, wanted: str) -> None:
    until(lambda: state(running, import_id) == wanted, f"the import to be {wanted}")


def in_the_middle(running: Deployment, import_id: str) -> None:
    """Wait until the job of an import has done something, and not all."""
    job = running.answered("GET", f"/imports/{import_id}").json()["job_id"]

    def is_amid() -> bool:
        seen = running.answered("GET", f"/jobs/{job}").json()
        assert seen["state"] in ("queued", "running"), "the job was over before it could be disturbed"
        return 0 < seen["done"] < ROWS

    until(is_amid, "the job to be in the middle")


def left(running: Deployment, mark: str) -> tuple[int, ...]:
    return running.rows(LEFT.format(mark=mark))[0]


def test_the_worker_dies_while_reading_applying_and_undoing(deployment: Deployment) -> None:
    mark = uuid4().hex
    import_id = upload(deployment, mark)
    time.sleep(0.3)
    deployment.kill("worker")
    reaches(deployment, import_id, "previewed")
    assert left(deployment, mark)[0] == 0
    deployment.answered("POST", f"/imports/{import_id}/apply", headers={"Idempotency-Key": f"{mark}-apply"})
    in_the_middle(deployment, import_id)
    deployment.kill("worker")
    reaches(deployment, import_id, "applied")
    assert left(deployment, mark) == (ROWS,) * 6
    deployment.answered("POST", f"/imports/{import_id}/undo", headers={"Idempotency-Key": f"{mark}-undo"})
    in_the_middle(deployment, import_id)
    deployment.kill("worker")
    reaches(deployment, import_id, "undone")
    assert left(deployment, mark)[0] == 0


def test_the_database_dies_while_applying_and_undoing(deployment: Deployment) -> None:
    mark = uuid4().hex
    before = deployment.rows("select count(*) from people")
    import_id = upload(deployment, mark)
    reaches(deployment, import_id, "previewed")
    deployment.answered("POST", f"/imports/{import_id}/apply", headers={"Idempotency-Key": f"{mark}-apply"})
    in_the_middle(deployment, import_id)
    deployment.kill("postgres")
    reaches(deployment, import_id, "applied")
    assert left(deployment, mark) == (ROWS,) * 6
    deployment.answered("POST", f"/imports/{import_id}/undo", headers={"Idempotency-Key": f"{mark}-undo"})
    in_the_middle(deployment, import_id)
    deployment.kill("postgres")
    reaches(deployment, import_id, "undone")
    assert left(deployment, mark)[0] == 0
    assert deployment.rows("select count(*) from people") == before


def test_everything_dies_at_once_and_goes_on_at_the_next_start(deployment: Deployment) -> None:
    mark = uuid4().hex
    import_id = upload(deployment, mark)
    reaches(deployment, import_id, "previewed")
    deployment.answered("POST", f"/imports/{import_id}/apply", headers={"Idempotency-Key": f"{mark}-apply"})
    in_the_middle(deployment, import_id)
    deployment.kill_all()
    deployment.start()
    reaches(deployment, import_id, "applied")
    assert left(deployment, mark) == (ROWS,) * 6


def test_the_server_and_the_database_die_during_writes(deployment: Deployment) -> None:
    mark, writes = uuid4().hex, 400
    root = deployment.answered("GET", "/branches").json()["data"][0]["id"]
    stop = threading.Event()

    def disturb() -> None:
        for part in ("web-part", "postgres", "web-part"):
            if stop.wait(1.0):
                return
            deployment.kill(part)

    def add(number: int) -> str:
        body = {
            "branch_id": root,
            "given_name": f"Given{number}",
            "family_name": "Survivor",
            "email": f"{mark}.{number}@example.org",
        }
        made = deployment.answered("POST", "/members", json=body, headers={"Idempotency-Key": f"{mark}-{number}"})
        assert made.status_code == 201
        return str(made.json()["id"])

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        with ThreadPoolExecutor(8) as clients:
            ids = list(clients.map(add, range(writes)))
    finally:
        stop.set()
        disturber.join()
    assert len(set(ids)) == writes
    found = deployment.rows(
        "select count(*), count(distinct p.email_key), "
        "(select count(*) from events e join members x on x.id = e.subject_id join people y on y.id = x.person_id "
        f"where e.type = 'member.created' and y.email_key like '{mark}.%') "
        f"from people p where p.email_key like '{mark}.%'"
    )
    assert found == [(writes,) * 3]
    feed = read_feed(deployment)
    assert [made for made in ids if feed.count(made) != 1] == []


def read_feed(running: Deployment) -> list[str]:
    """The subjects of every member.created in the feed, read as an integration does."""
    subjects, after = [], None
    while True:
        query = {"limit": "200", "type": "member.created"} | ({"after": after} if after else {})
        page = running.answered("GET", "/events", params=httpx.QueryParams(query)).json()
        subjects += [event["subject_id"] for event in page["data"]]
        after = page["next_cursor"]
        if not page["has_more"]:
            return subjects
