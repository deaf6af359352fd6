"""Measurements: each figure stands beside its reference from the same run on the same machine.

One module for each area with `rows() -> list[Row]`; `python -m bench.run [area…]` runs them.
"""
