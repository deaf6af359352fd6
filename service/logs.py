"""What the program says of itself: one JSON object a line, on standard error, never evidence."""

from __future__ import annotations

import logging
import sys

import structlog


def to_stderr(level: int = logging.WARNING) -> None:
    """Write log lines of at least `level` to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
