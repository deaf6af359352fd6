"""A process that appends and says what was acknowledged: `appender.py URL NAME COUNT LIMIT`.

Each line: the seq of the group's first entry, or the code of the error that ended it. LIMIT is the
largest size in bytes that any of its files may reach, 0 for any.
"""

import resource
import sys

from sqlalchemy import create_engine

from audit.ledger import Draft, Log, Payload
from base.errors import DeviceTrailError


def say(what: object) -> None:
    """One line to whoever started this process."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(url: str, name: str, count: int, limit: int) -> None:
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    log = Log.open(create_engine(url), patience=20)
    say("ready")
    for turn in range(count):
        drafts = [
            Draft(
                "record.invoice",
                f"{name}-{turn}-{place}",
                f"process:{name}",
                Payload("record.invoice/1", b"x" * 2_000),
                ("lot:shared", f"lot:{name}"),
            )
            for place in range(3)
        ]
        try:
            say(log.append(*drafts)[0].seq)
        except DeviceTrailError as error:
            say(error.code)
            return
    log.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
