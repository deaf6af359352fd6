"""Every printed paper that is known. Importing this module declares them all."""

from __future__ import annotations

from ingest.parsers import calibration, certificates, goods, letters, licences
from ingest.parsers.papers import PAPERS

__all__ = ["PAPERS", "calibration", "certificates", "goods", "letters", "licences"]
