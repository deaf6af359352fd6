"""The command line: noun, then verb. Every command signs in; `--json` everywhere.

Exit codes: 0 as hoped; 1 the answer is no (findings, quarantined); 2 usage; 3 integrity broken;
4 refused (permission, limits); 5 not available now.

Heavy imports happen inside the commands, so that `devicetrail --version` starts at once.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `devicetrail`."""
    if sys.argv[1:] == ["--version"]:
        from importlib.metadata import version

        sys.stdout.write(f"devicetrail {version('devicetrail')}\n")
        return
    from service.cli.app import run

    sys.exit(run(sys.argv[1:]))
