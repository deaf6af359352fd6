"""The small trade that the tests of packages and reports export."""

from __future__ import annotations

from small_trade import house, traded

__all__ = ["house", "traded"]
