"""Loggers of the invented company and its suppliers, and when they were calibrated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from audit.records.cold_chain import CalibrationCertificate
from service.demo.company import PENDING_ZONES, ZONES
from service.demo.model import Company
from service.demo.papers import years_later
from service.demo.trade import BOX_LOGGERS
from service.demo.writers.slips import Calibration

STORES: Final = {
    "HC-WS-01": ("cold", ZONES["cold"]),
    "HC-WS-02": ("frozen", ZONES["frozen"]),
    "HC-WS-03": ("cold", PENDING_ZONES["cold"]),
    "HC-WS-04": ("frozen", PENDING_ZONES["frozen"]),
    "HC-WS-05": ("ambient", ZONES["ambient"]),
}
"""Recorders that hang in our store: kind of zone and the zone's name."""

OVERDUE: Final = BOX_LOGGERS["BX-02"]
"""This logger was not sent to be calibrated in 2026."""
_DAYS: Final = (date(2024, 5, 11), date(2025, 5, 10), date(2026, 5, 9))


def calibrations(company: Company) -> Iterator[Calibration]:
    """A calibration a year for every logger, each good for a year."""
    owners = dict.fromkeys([*BOX_LOGGERS.values(), *STORES], "self")
    owners |= {
        f"{key.upper()}-TR": key
        for key in dict.fromkeys(d.supplier for d in company.devices if d.cold)
    }
    for number, (logger, owner) in enumerate(owners.items(), 1):
        for day in _DAYS:
            if (logger, day.year) != (OVERDUE, 2026):
                yield Calibration(
                    f"HZ{day:%Y}-{9000 + number}",
                    "温湿度记录仪" if logger in STORES else "温度记录仪",
                    logger,
                    owner,
                    day,
                    years_later(day, 1) - timedelta(days=1),
                )


def printed(one: Calibration) -> bool:
    """Box loggers' certificates are on file as papers, the others in a register."""
    return one.logger in BOX_LOGGERS.values()


def as_record(company: Company, one: Calibration) -> CalibrationCertificate:
    """The calibration as the register lists it."""
    return CalibrationCertificate(
        equipment_no=one.logger,
        equipment_name=one.instrument,
        certificate_no=one.number,
        calibrated_on=one.calibrated,
        valid_to=one.until,
        laboratory=company.parties["laboratory"].name,
        conforms=True,
    )
