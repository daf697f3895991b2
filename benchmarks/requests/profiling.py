"""Where our server's time goes in one operation: `make profile OP=list`, or `python -m benchmarks.requests.profiling list`.

py-spy looks into the server from outside, five hundred times a second, so nothing is slowed down but by its looking.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from pathlib import Path
from typing import Any

from app.core.postgres.scratch import scratch_cluster
from benchmarks.load import Driver
from benchmarks.requests.bench import Operation, signed_script
from benchmarks.requests.ground import Ground, ground_of
from benchmarks.requests.operations import OPERATIONS
from benchmarks.requests.rounds import SCOPES

_SHOWN = 30
_REFUSED = (
    "py-spy may not look into the server's process: that needs root, the capability SYS_PTRACE (docker run "
    "--cap-add SYS_PTRACE), or /proc/sys/kernel/yama/ptrace_scope set to 0."
)


async def main() -> None:
    options = _options()
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if spy is None:
        raise SystemExit("py-spy is missing: install requirements-dev.txt.")
    with scratch_cluster(settings={"shared_buffers": "1GB"}) as cluster:
        async with Driver.started() as driver, ground_of(cluster, options.rows) as ground:
            label = f"{options.operation}-{options.scope}"
            found = [one for one in await ground.operations((label,)) if one.label == label]
            if not found:
                raise SystemExit(f"{label}: there is nothing to ask for among {options.rows:,} members.")
            file = options.into / f"profile-{label}.speedscope.json"
            await _record(driver, ground, found[0], spy, file, options.seconds)
    print(_told(json.loads(file.read_text("utf-8")), file))


async def _record(driver: Driver, ground: Ground, operation: Operation, spy: str, file: Path, seconds: float) -> None:
    """Drive the operation, and look at the server all the while but at the beginning, when it is still warming up."""
    script = signed_script(operation.ours, ground.token(operation.scope))
    await driver.drive(ground.port, script, seconds=2)
    file.parent.mkdir(exist_ok=True)
    command = [spy, "record", "--pid", str(ground.pid), "--duration", str(round(seconds)), "--rate", "500"]
    command += ["--function", "--format", "speedscope", "--output", str(file)]
    watching = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=PIPE)
    load = await driver.drive(ground.port, script, seconds=seconds + 1)
    error = (await watching.communicate())[1].decode()
    if watching.returncode:
        raise SystemExit(_REFUSED if "ermission" in error else error)
    print(f"{operation.label}: {len(load.times)} requests in {load.seconds:.0f} s, watched for {seconds:.0f} s")


def _told(recorded: Any, file: Path) -> str:
    """The functions by the time in themselves, and by the time in them and in all that they call."""
    frames = [f"{frame['name']} ({_short(frame['file'])}:{frame['line']})" for frame in recorded["shared"]["frames"]]
    own, whole = Counter[str](), Counter[str]()
    for thread in recorded["profiles"]:
        for sample, weight in zip(thread["samples"], thread["weights"], strict=True):
            own[frames[sample[-1]]] += weight
            whole.update({frames[frame]: weight for frame in set(sample)})
    total = own.total()
    lines = [f"{'itself':>7} {'in all':>7}  function"]
    lines += [f"{weight / total:7.1%} {whole[name] / total:7.1%}  {name}" for name, weight in own.most_common(_SHOWN)]
    return "\n".join([*lines, "", f"The flame graph: open {file} at speedscope.app, or with `npx speedscope {file}`."])


def _short(path: str) -> str:
    return path.partition("site-packages/")[2] or path


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("operation", choices=list(OPERATIONS), metavar="operation", help=", ".join(OPERATIONS))
    parser.add_argument("--scope", choices=SCOPES, default="national")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--into", type=Path, default=Path("build"))
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
