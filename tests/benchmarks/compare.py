"""Runs our bench and those of other libraries in one go on one machine, in turns, and says how they compare.

    python -m tests.benchmarks.compare W1 W4 --peer-home DIR --scripts DIR [--only torch,jax] [--devices auto,gl]
        [--seconds 1.5] [--rounds 1] [--keep rows.jsonl] [--write]

Every workload of every library runs in a process of its own. `--keep` adds the rows to a file and makes the tables of all
rows in it, the newest of each kind, so that a part can be measured anew; `--write` puts the tables on top of RESULTS.md.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from engine.training.choose import DevicePool
from tests.benchmarks.peers import ALL, Peer, Row, known_peers, run_ours, run_peer
from tests.benchmarks.tables import one_way_each, section

RESULTS = Path(__file__).with_name("RESULTS.md")
FIRST_SECTION = "\n## "


def main(argv: Sequence[str]) -> int:
    """Measure, print the tables, and write them down if that is wished."""
    arguments = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory() as caches:
        rows: list[Row] = []
        for workload in arguments.workloads or ([] if arguments.keep else ALL):
            rows += _measured(workload, arguments, Path(caches))
            if arguments.keep:
                rows = _kept(arguments.keep, rows)
    if arguments.keep and not rows:
        rows = _kept(arguments.keep, rows)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    text = section(rows, when, _machine(), _how(arguments))
    print(text)
    if arguments.write:
        written = RESULTS.read_text(encoding="utf-8")
        head, mark, rest = written.partition(FIRST_SECTION)
        RESULTS.write_text(f"{head}\n{text}{mark}{rest}", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    home = os.environ.get("PEER_HOME", "")
    parser.add_argument(
        "workloads", nargs="*", metavar="WORKLOAD", help="without any: all, or none with --keep"
    )
    parser.add_argument("--peer-home", type=Path, default=Path(home) if home else None)
    parser.add_argument("--scripts", type=Path, help="folder of the other libraries' benchmarks")
    parser.add_argument("--only", default=",".join(peer.name for peer in known_peers()))
    parser.add_argument("--devices", default="auto,gl", help="of ours")
    parser.add_argument("--seconds", type=float, default=1.5, help="for each phase")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", action="store_true")
    return parser


def _measured(workload: str, arguments: argparse.Namespace, caches: Path) -> Iterator[Row]:
    peers = [peer for peer in known_peers() if peer.name in arguments.only.split(",")]
    if peers and (arguments.peer_home is None or arguments.scripts is None):
        sys.exit(
            "error: --peer-home and --scripts say where the other libraries are; --only '' does without them."
        )
    for _ in range(arguments.rounds):
        for found in _round(workload, peers, arguments, caches):
            for row in one_way_each(found):
                said = f"{row.case:8} {row.phase:6} {row.who:12} {row.device:4} {row.value:12.5g}"
                print(said, file=sys.stderr)
                yield row


def _round(
    workload: str, peers: Iterable[Peer], arguments: argparse.Namespace, caches: Path
) -> Iterator[list[Row]]:
    for device in filter(None, arguments.devices.split(",")):
        yield run_ours(workload, device, arguments.seconds, caches)
    for peer in peers:
        if workload in peer.workloads:
            yield run_peer(peer, workload, arguments.peer_home, arguments.scripts, arguments.seconds)


def _kept(path: Path, rows: list[Row]) -> list[Row]:
    """All rows of a file, less those that were measured anew; the file has them all then."""
    known = [Row(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
    anew = {(row.case, row.who, row.asked) for row in rows}
    together = [row for row in known if (row.case, row.who, row.asked) not in anew] + rows
    path.write_text("".join(f"{json.dumps(asdict(row))}\n" for row in together))
    return together


def _machine() -> str:
    pool = DevicePool()
    try:
        names = ", ".join(f"`{info.kind}` {info.name} {info.detail}".rstrip() for info in pool.infos())
    finally:
        pool.close()
    return f"{os.cpu_count()} cores; {names}; {platform.system()}, Python {platform.python_version()}."


def _how(arguments: argparse.Namespace) -> str:
    load = f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return (
        f"fp32; {arguments.seconds:g} s a phase, each workload in a process of its own, one after the other; {load}. "
        "`~`: fewer than three blocks were free of other programs."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
