"""Several papers of one certificate or licence become one history."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.records.certificates import (
    CancellationReason,
    CertificateHistory,
    Decision,
    PeriodKind,
    RegistrationCertificate,
    certificate_history,
)
from audit.records.dates import Interval
from audit.records.licence_history import LicenceHistory, licence_history
from audit.records.licences import LicencePaper, OperatingLicence
from tests.records.examples import LICENCE

NUMBER = "国械注准20143460123"


def paper(kind: str, number: str = NUMBER, **fields: Any) -> RegistrationCertificate:
    return RegistrationCertificate.model_validate(
        {"registration_no": number, "paper": kind, **fields}
    )


def period(approved: str, until: str, kind: str = "initial", start: str | None = None) -> Any:
    return {"approved_on": approved, "valid_until": until, "kind": kind, "valid_from": start}


INITIAL = paper("initial", periods=[period("2014-11-03", "2019-11-02")])
RENEWED_EARLY = paper(
    "renewal", "国械注准20143130123", periods=[period("2019-08-01", "2024-11-02", "renewal")]
)
RENEWED_LATE = paper("renewal", periods=[period("2024-12-20", "2029-12-19", "renewal")])
CHANGE = paper("change", paper_no="变1", changes=[{"on": "2016-05-05", "name": "新名称"}])
ACCEPTANCE = paper(
    "acceptance", applications=[{"filed_on": "2024-04-01", "accepted_on": "2024-04-08",
                                 "notice_no": "JQZ2400001"}],
)  # fmt: skip
DECISION = paper(
    "decision",
    applications=[{"notice_no": "JQZ2400001", "decision": "approved", "decided_on": "2024-12-20"}],
)
CANCELLED = paper("cancellation", cancellation={"on": "2026-01-01", "reason": "revoked"})
PAPERS = [INITIAL, RENEWED_EARLY, RENEWED_LATE, CHANGE, ACCEPTANCE, DECISION, CANCELLED]


def without_indexes(history: CertificateHistory) -> Any:
    return (
        history.key,
        [(p.valid_from, p.valid_until, p.approved_on, p.kind) for p in history.periods],
        [c.fact for c in history.changes],
        [a.fact for a in history.applications],
        [c.fact for c in history.cancellations],
    )


def test_papers_of_one_certificate_are_different_records_with_one_key() -> None:
    assert len({p.identity() for p in PAPERS}) == len(PAPERS)
    assert {p.key for p in PAPERS} == {"certificate:国准:2014:3:0123"}


def test_an_early_renewal_begins_after_the_old_period_and_a_late_one_on_its_approval() -> None:
    history = certificate_history(PAPERS)
    assert [(p.valid_from, p.valid_until, p.kind) for p in history.periods] == [
        (date(2014, 11, 3), date(2019, 11, 2), PeriodKind.INITIAL),
        (date(2019, 11, 3), date(2024, 11, 2), PeriodKind.RENEWAL),
        (date(2024, 12, 20), date(2029, 12, 19), PeriodKind.RENEWAL),
    ]
    assert history.validity() == (
        Interval(first=date(2014, 11, 3), last=date(2024, 11, 2)),
        Interval(first=date(2024, 12, 20), last=date(2029, 12, 19)),
    )


def test_notice_and_decision_of_one_application_are_joined() -> None:
    (known,) = certificate_history(PAPERS).applications
    assert known.fact.filed_on == date(2024, 4, 1)
    assert (known.fact.decision, known.fact.decided_on) == (Decision.APPROVED, date(2024, 12, 20))
    assert sorted(known.of) == [4, 5]


def test_applications_that_contradict_each_other_stay_apart() -> None:
    other = paper("acceptance", applications=[{"filed_on": "2024-05-20",
                                               "notice_no": "JQZ2400001"}])  # fmt: skip
    assert len(certificate_history([ACCEPTANCE, other]).applications) == 2


def test_cancellation_and_change_are_kept_with_the_paper_that_states_them() -> None:
    history = certificate_history(PAPERS)
    assert [(c.fact.reason, c.of) for c in history.cancellations] == [
        (CancellationReason.REVOKED, (6,))
    ]
    assert [(c.fact.name, c.of) for c in history.changes] == [("新名称", (3,))]


def test_the_order_of_arrival_does_not_matter() -> None:
    expected = without_indexes(certificate_history(PAPERS))
    for order in list(permutations(PAPERS))[::97]:
        assert without_indexes(certificate_history(order)) == expected


@given(st.lists(st.sampled_from(PAPERS), min_size=1, max_size=9))
def test_the_same_paper_twice_says_nothing_new(papers: list[RegistrationCertificate]) -> None:
    once = list({p.identity(): p for p in papers}.values())
    assert without_indexes(certificate_history(papers)) == without_indexes(
        certificate_history(once)
    )
    assert all(i < len(papers) for p in certificate_history(papers).periods for i in p.of)


def test_copies_that_state_other_days_for_one_period_are_named_and_both_kept() -> None:
    copy = paper("initial", issued_on="2014-11-04", periods=[period("2014-11-03", "2019-11-03")])
    history = certificate_history([INITIAL, copy])
    assert history.disagreements == ((0, 1),) and len(history.periods) == 2
    assert certificate_history(PAPERS).disagreements == ()


def test_an_extract_states_several_periods_at_once() -> None:
    extract = paper("extract", periods=[period("2014-11-03", "2019-11-02"),
                                        period("2019-08-01", "2024-11-02", "renewal")])  # fmt: skip
    assert [p.of for p in certificate_history([extract, INITIAL]).periods] == [(0, 1), (0,)]
    assert (extract.valid_from(), extract.valid_until()) == (date(2014, 11, 3), date(2024, 11, 2))


def test_a_filing_does_not_end() -> None:
    filing = paper("filing", "沪松械备20210012号", periods=[{"approved_on": "2021-03-01"}])
    history = certificate_history([filing])
    assert history.validity() == (Interval(first=date(2021, 3, 1)),)
    assert filing.valid_until() is None


def test_papers_of_two_certificates_are_not_merged() -> None:
    with pytest.raises(ValueError, match="one certificate"):
        certificate_history(
            [
                INITIAL,
                paper(
                    "initial", "国械注准20143460124", periods=[period("2014-11-03", "2019-11-02")]
                ),
            ]
        )
    with pytest.raises(ValueError):
        certificate_history([])


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("initial", {}),
        ("initial", {"periods": [{"approved_on": "2020-01-01"}]}),
        ("renewal", {"periods": [period("2025-01-01", "2024-01-01")]}),
        ("change", {}),
        ("acceptance", {}),
        ("acceptance", {"applications": [{}]}),
        ("decision", {"applications": [{"filed_on": "2024-01-01", "decision": "refused"}]}),
        ("cancellation", {}),
        ("filing", {}),
    ],
)
def test_a_paper_that_does_not_say_what_it_is_for_is_no_paper(
    kind: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(ValueError):
        paper(kind, **fields)


# ---- licences ----------------------------------------------------------------------------------


def licence(kind: str, issued: str | None, until: str | None, **fields: Any) -> OperatingLicence:
    base = {k: LICENCE[k] for k in ("number", "holder")}
    return OperatingLicence.model_validate(
        {**base, "paper": kind, "issued_on": issued, "valid_to": until, **fields}
    )


ISSUED = licence("issued", "2018-03-01", "2023-02-28", mode="wholesale", scope=LICENCE["scope"],
                 warehouses=["甲库"], premises=["甲址"])  # fmt: skip
CHANGED = licence("changed", "2020-06-01", "2023-02-28", warehouses=["甲库", "乙库"])
RENEWED = licence("renewed", "2023-01-10", "2028-02-28", mode="both")
NOTICE = licence("acceptance", None, None, application={"filed_on": "2022-11-20",
                                                       "accepted_on": "2022-11-25"})  # fmt: skip
REVOKED = licence("cancellation", None, None, cancellation={"on": "2026-05-01",
                                                           "reason": "revoked"})  # fmt: skip
LICENCES = [ISSUED, CHANGED, RENEWED, NOTICE, REVOKED]


def content(history: LicenceHistory) -> Any:
    return (
        history.key,
        [(t.valid_from, t.valid_until) for t in history.terms],
        [(v.since, v.paper, v.mode, v.scope, v.warehouses) for v in history.versions],
        [a.fact for a in history.applications],
        [c.fact for c in history.cancellations],
    )


def test_a_change_keeps_the_term_and_a_renewal_adjoins_it() -> None:
    history = licence_history(LICENCES)
    assert [(t.valid_from, t.valid_until, t.of) for t in history.terms] == [
        (date(2018, 3, 1), date(2023, 2, 28), (0, 1)),
        (date(2023, 3, 1), date(2028, 2, 28), (2,)),
    ]
    first = history.term_on(date(2023, 2, 28))
    assert first is not None and first.of == (0, 1)
    assert history.term_on(date(2028, 2, 29)) is None


def test_a_licence_is_read_as_it_was_on_the_day() -> None:
    history = licence_history(LICENCES)
    before, after = history.version_on(date(2020, 5, 31)), history.version_on(date(2020, 6, 1))
    assert before is not None and before.warehouses == ("甲库",)
    assert after is not None and after.warehouses == ("甲库", "乙库")
    assert after.scope == before.scope and after.of == (0, 1)
    now = history.version_on(date(2026, 1, 1))
    assert now is not None and (now.mode, now.paper) == ("both", LicencePaper.RENEWED)
    assert history.version_on(date(2018, 2, 28)) is None


def test_a_late_renewal_leaves_a_gap() -> None:
    late = licence("renewed", "2023-04-01", "2028-03-31")
    assert [t.valid_from for t in licence_history([ISSUED, late]).terms] == [
        date(2018, 3, 1), date(2023, 4, 1),
    ]  # fmt: skip


def test_only_the_latest_print_is_held_and_its_term_is_known_from_its_issue() -> None:
    history = licence_history([CHANGED])
    assert [(t.valid_from, t.valid_until) for t in history.terms] == [
        (date(2020, 6, 1), date(2023, 2, 28))
    ]
    (version,) = history.versions
    assert version.scope is None and version.mode is None


def test_the_order_of_licence_papers_does_not_matter() -> None:
    expected = content(licence_history(LICENCES))
    for order in permutations(LICENCES):
        assert content(licence_history(order)) == expected


def test_another_holders_paper_is_not_merged_in() -> None:
    with pytest.raises(ValueError, match="one licence"):
        licence_history([ISSUED, licence("issued", "2018-03-01", "2023-02-28", number="X1")])
    assert len({record.identity() for record in LICENCES}) == len(LICENCES)
