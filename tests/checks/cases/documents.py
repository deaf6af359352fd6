"""What originals say of themselves: their own proof, and whether their sources agree."""

from typing import Any

from checks.cases import Case, Given
from checks.evidence import Paper, Proof, ProofState
from checks.verdicts import Result
from tests.checks.papers import D, certificate, inspected, order

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
NOW = D(2025, 12, 1)
SHA = "ab" * 32
DOCUMENT = f"document:{SHA}"
AGREE, PROOF = "record.source_conflict", "document.integrity"


def differ(field: str, kept: str = "A1", other: str = "A7") -> dict[str, Any]:
    """Two sources that do not say the same of a field."""

    def side(source: str, value: str, place: str) -> dict[str, str]:
        return {"field": field, "source": source, "value": value, "written": value,
                "place": place, "confidence": "1"}  # fmt: skip

    return {
        "field": field,
        "kept": side("embedded_xml", kept, "xml#1"),
        "other": side("pdf_text", other, "p1"),
    }


def read(record: Any, *conflicts: dict[str, Any], state: str = "effective") -> Given:
    """A record read from the original."""
    return Given(record, state, document=SHA, conflicts=conflicts)


def _agree(name: str, expect: Result, *given: Given, says: str | None = None) -> Case:
    papers = (Paper(SHA, D(2025, 1, 2)),)
    return Case(AGREE, name, DOCUMENT, given, NOW, expect, says, papers=papers)


CASES = [
    _agree("one word on everything", PASS, read(inspected(D(2025, 1, 2)))),
    _agree("two lot numbers on one paper", FAIL, read(inspected(D(2025, 1, 2)), differ("lot_no")),
           says="source_conflict.differ"),
    _agree("a disagreement inside a line", FAIL,
           read(order(D(2025, 1, 2)), differ("lines.0.quantity", "10", "1"))),
    _agree("a field that this version does not know", FAIL,
           read(inspected(D(2025, 1, 2)), differ("of_tomorrow"))),
    _agree("on what does not matter", PASS, read(inspected(D(2025, 1, 2)), differ("item_code"))),
    _agree("inside a part, on what does not matter", PASS,
           read(inspected(D(2025, 1, 2)), differ("supplier.contact"))),
    _agree("a person has confirmed it", PASS,
           read(certificate(), differ("name"), state="confirmed"), says="source_conflict.signed"),
    _agree("waiting for a person to confirm it", UNKNOWN,
           read(certificate(), differ("name"), state="pending")),
    _agree("corrected by a person", PASS,
           read(inspected(D(2025, 1, 2)), differ("lot_no"), state="superseded"),
           read(inspected(D(2025, 1, 2)))),
    _agree("nothing was read from it", NONE),
]  # fmt: skip


def _proof(name: str, expect: Result, *states: ProofState, given: tuple[Given, ...] | None = None,
           says: str | None = None) -> Case:  # fmt: skip
    proofs = tuple(
        Proof("ofd-sm3", state, ("/Doc_0/Content.xml",) if state == "failed" else (), n)
        for n, state in enumerate(states, 7)
    )
    papers = (Paper(SHA, D(2025, 1, 2), proofs=proofs),)
    records = (read(inspected(D(2025, 1, 2))),) if given is None else given
    return Case(PROOF, name, DOCUMENT, records, NOW, expect, says, papers=papers)


SOUND, WRONG = ProofState.VERIFIED, ProofState.FAILED
CASES += [
    _proof("all digests agree", PASS, SOUND),
    _proof("one digest does not agree", FAIL, WRONG, says="integrity.broken"),
    _proof("one of two signatures does not hold", FAIL, SOUND, WRONG),
    _proof("signed by nobody we know", UNKNOWN, ProofState.ISSUER_UNKNOWN),
    _proof("a signature that is not checked here", NONE, ProofState.UNVERIFIABLE),
    _proof("no proof of its own", NONE),
    _proof("nothing rests on the changed file", NONE, WRONG, given=(),
           says="integrity.nothing_rests_on_it"),
]  # fmt: skip
