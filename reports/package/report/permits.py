"""Certificates of the products, licences and letters of the parties."""

from __future__ import annotations

from typing import Any, Final

from reports.package.report.words import Words
from reports.pdf.model import Section, Table

_LICENCES: Final = (
    "business_licence",
    "operating_licence",
    "class_ii_filing",
    "production_licence",
    "institution_licence",
    "institution_filing",
    "authorisation_letter",
    "party_approval",
)


def permits(w: Words) -> Section:
    """Certificates and licences with their terms; lapsed ones marked."""
    certificates: list[tuple[str, ...]] = []
    licences: list[tuple[str, ...]] = []
    alarms: dict[str, list[int]] = {"certificate": [], "licence": []}
    day = w.at.valid_at
    for stored in w.shown.values():
        record = w.values(stored)
        until = stored.valid_until
        if stored.kind == "registration_certificate":
            if until is not None and until < day:
                alarms["certificate"].append(len(certificates))
            holder = record.get("registrant", {})
            certificates.append(
                (
                    str(record.get("registration_no", "")),
                    str(record.get("name", "")),
                    str(holder.get("name", "")) if isinstance(holder, dict) else "",
                    w.term(stored),
                    w.state(stored),
                    str(stored.seq),
                )
            )
        elif stored.kind in _LICENCES:
            if until is not None and until < day:
                alarms["licence"].append(len(licences))
            named: dict[str, Any] = next(
                (
                    record[n]
                    for n in ("holder", "grantor", "party", "supplier")
                    if isinstance(record.get(n), dict)
                ),
                {},
            )
            licences.append(
                (
                    str(named.get("name") or record.get("name", "")),
                    w.name(stored.kind),
                    str(
                        record.get("number") or record.get("letter_no") or record.get("uscc") or ""
                    ),
                    w.term(stored),
                    w.state(stored),
                    str(stored.seq),
                )
            )
    return Section(
        w.t("证照与资质", "Certificates and licences"),
        (
            w.t(
                "有效期首尾两日均含在内；已过期的标红。待确认的尚未经质量人员签字。",
                "Both days of a validity are included; lapsed ones are marked. Pending: not "
                "yet signed by quality staff.",
            ),
        ),
        (
            Table(
                w.t("产品注册证与备案凭证", "Registration certificates and filings"),
                w.heads(
                    "证号|产品|注册人/备案人|有效期|状态|条目",
                    "Number|Product|Registrant|Validity|State|Entry",
                ),
                ("34mm", "3fr", "3fr", "37mm", "17mm", "12mm"),
                tuple(certificates),
                mono=(0, 5),
                alarm=tuple(alarms["certificate"]),
            ),
            Table(
                w.t("企业与机构资质", "Licences of companies and institutions"),
                w.heads(
                    "单位|证照|编号|有效期|状态|条目",
                    "Holder|Paper|Number|Validity|State|Entry",
                ),
                ("3fr", "2fr", "36mm", "37mm", "17mm", "12mm"),
                tuple(licences),
                mono=(2, 5),
                alarm=tuple(alarms["licence"]),
            ),
        ),
    )
