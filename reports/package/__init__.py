"""Inspection packages: what is asked (`request`), how members are found (`select`, `walk`), and
how they are cut out of the ledger and written (`export`, `write`, `bag`, `container`). `report`
makes the derived files: the PDF volumes and the registers.
"""

from reports.package.export import Exported, Facts, export_package, no_extras, write_again
from reports.package.request import ByLot, ByParty, ByPeriod, Purpose, Request, Selector
from reports.package.write import Extra, Written
from reports.verifier import Verdict, verify_package

__all__ = [
    "ByLot",
    "ByParty",
    "ByPeriod",
    "Exported",
    "Extra",
    "Facts",
    "Purpose",
    "Request",
    "Selector",
    "Verdict",
    "Written",
    "export_package",
    "no_extras",
    "verify_package",
    "write_again",
]
