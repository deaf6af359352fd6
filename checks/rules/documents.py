"""Originals as evidence of themselves: whether their own proof holds, whether their parts agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from audit.records import KINDS
from audit.records.model import Record
from audit.records.provenance import Conflict, FieldSource
from base.errors import message
from checks.evidence import Exhibit
from checks.retention.papers import own_records
from checks.types import (
    Answer,
    Authority,
    Cure,
    Evidence,
    Hop,
    Policy,
    Proof,
    ProofState,
    Severity,
    failed,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)

_ALL: Final = (Hop(tuple(sorted(KINDS))),)

AGREE = message(
    "source_conflict.none",
    zh="原件内各来源一致",
    en="the sources inside the original agree",
)
SIGNED = message(
    "source_conflict.signed",
    zh="来源不一致之处已由人员确认：{fields}",
    en="where the sources disagree a person has confirmed the value: {fields}",
)
DIFFER = message(
    "source_conflict.differ",
    zh="“{field_zh}”（{field}）：{kept_place} 为“{kept}”，{other_place} 为“{other}”；"
    "共 {count} 处不一致",
    en="'{field_en}' ({field}): '{kept}' at {kept_place}, '{other}' at {other_place}; {count} in "
    "all disagree",
)
ONE_WORD = message(
    "source_conflict.expected",
    zh="原件内各来源对重要内容的记载一致",
    en="the sources inside the original say the same of what matters",
)
LOOK = message(
    "source_conflict.look",
    zh="由人员对照原件确认，或更正条目 {entries}",
    en="a person compares with the original and confirms or corrects entry {entries}",
)
NOT_READ = message(
    "source_conflict.not_read",
    zh="没有由该原件得出的有效记录",
    en="no record that stands was read from this original",
)


@rule(
    "record.source_conflict",
    zh="原件内各来源一致",
    en="The sources inside one original agree",
    why_zh="同一原件的嵌入数据、二维码、版面文字等对重要内容的记载不一致时，两种说法都保留，须由人员对照原件确认"
    "或更正。",
    why_en="Where embedded data, barcode and printed text of one original disagree on what "
    "matters, both are kept and a person confirms or corrects against the original.",
    authority=Authority.POLICY,
    severity=Severity.MAJOR,
    subject="document",
    reads=_ALL,
    population="every original from which a record was read",
    can_be_unknown=False,
)
def sources_agree(document: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    own = own_records(evidence)
    if not own:
        return not_applicable(say(NOT_READ))
    found = [(exhibit, conflict) for exhibit in own for conflict in _that_matter(exhibit)]
    entries = [exhibit.seq for exhibit in own]
    if not found:
        return passed(say(AGREE), entries=entries)
    open_ = [(exhibit, conflict) for exhibit, conflict in found if not exhibit.signed]
    if not open_:
        fields = ", ".join(sorted({conflict.field for _, conflict in found}))
        return passed(say(SIGNED, fields=fields), entries=entries)
    seqs = sorted({exhibit.seq for exhibit, _ in open_})
    exhibit, first = open_[0]
    term = _term(type(exhibit.record), first.field)
    return failed(
        say(
            DIFFER,
            field=first.field,
            field_zh=term.zh,
            field_en=term.en,
            kept=_word(first.kept, term),
            kept_place=first.kept.place,
            other=_word(first.other, term),
            other_place=first.other.place,
            count=len(open_),
        ),
        expected=say(ONE_WORD),
        cures=(Cure(say(LOOK, entries=", ".join(map(str, seqs))), tuple(seqs)),),
        facts={"differ": [_shown(exhibit, conflict) for exhibit, conflict in open_]},
        entries=entries,
    )


@dataclass(frozen=True, slots=True)
class _Term:
    """A field's names, whether a disagreement on it matters, whether it is personal."""

    zh: str
    en: str
    matters: bool = True
    personal: bool = False


def _shown(exhibit: Exhibit[Record], conflict: Conflict) -> str:
    """`total: 113.00 (embedded_xml EInvoice/…) | 131.00 (pdf_text p1)`."""
    term = _term(type(exhibit.record), conflict.field)
    sides = (conflict.kept, conflict.other)
    said = " | ".join(f"{_word(side, term)} ({side.source.value} {side.place})" for side in sides)
    return f"{conflict.field}: {said}"


def _word(side: FieldSource, term: _Term) -> str:
    """What stands there; a finding outlives what may have to be erased, so nothing personal."""
    return "***" if term.personal else side.written


def _that_matter(exhibit: Exhibit[Record]) -> Iterator[Conflict]:
    for conflict in exhibit.conflicts:
        if _term(type(exhibit.record), conflict.field).matters:
            yield conflict


def _term(kind: type[BaseModel], path: str) -> _Term:
    """The term of a field. What this version of the kind does not know is taken to matter."""
    known = _Term(path, path)
    model: type[BaseModel] | None = kind
    for name in path.split("."):
        if name.isdigit():
            continue
        field = model.model_fields.get(name) if model else None
        if field is None:
            return _Term(path, path)
        known = _as_term(field, name)
        model = next(_models(field.annotation), None)
    return known


def _as_term(field: FieldInfo, name: str) -> _Term:
    extra: Any = field.json_schema_extra
    said = extra if isinstance(extra, dict) else {}
    return _Term(
        field.title or name,
        str(said.get("en", name)),
        bool(said.get("matters", True)),
        bool(said.get("personal", False)),
    )


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models inside `X | None`, `tuple[X, ...]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


PROVED = message(
    "integrity.proved",
    zh="文件自带的校验通过：{schemes}",
    en="what the file proves by itself holds: {schemes}",
)
BROKEN = message(
    "integrity.broken",
    zh="文件自带的校验不通过（{scheme}）：{failed}",
    en="what the file proves by itself does not hold ({scheme}): {failed}",
)
WHOSE = message(
    "integrity.issuer_unknown",
    zh="文件的签名完好，但签发者不在已知名单中：{schemes}",
    en="the file's signature is sound, but its issuer is not among those known: {schemes}",
)
NOTHING_TO_PROVE = message(
    "integrity.nothing_to_check",
    zh="文件没有本程序能核对的自带校验",
    en="the file carries no proof of its own that is checked here",
)
NOTHING_RESTS = message(
    "integrity.nothing_rests_on_it",
    zh="没有有效记录依据该文件",
    en="no record that stands rests on this file",
)
WHOLE = message(
    "integrity.whole",
    zh="文件自签发后未被改动",
    en="a file unchanged since it was issued",
)
OBTAIN = message(
    "integrity.obtain",
    zh="向签发方重新取得原文件，并拒绝或更正由此文件得出的记录",
    en="obtain the file again from its issuer, and refuse or correct the records read from it",
)
NAME_ISSUER = message(
    "integrity.name_issuer",
    zh="核实签发者后，将其公钥加入已知签发者名单",
    en="verify the issuer, and add its key to the known issuers",
)


@rule(
    "document.integrity",
    zh="文件自带的校验通过",
    en="What a file proves by itself holds",
    why_zh="电子文件自带的摘要或签名不符，说明签发后被改动或损坏，不能作为证据；指出不符的成员。签发者不明时"
    "不能判断。",
    why_en="Where a file's own digests or signature do not agree it was changed or damaged since "
    "it was issued, and is no evidence; the members that differ are named. An unknown issuer "
    "leaves it open.",
    authority=Authority.POLICY,
    severity=Severity.MAJOR,
    subject="document",
    reads=_ALL,
    population="every original that carries digests or a signature",
    requirements=("R56",),
    papers=True,
)
def proof_holds(document: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    paper = evidence.papers.get(evidence.subject.removeprefix("document:"))
    proofs = paper.proofs if paper else ()
    entries = [proof.entry for proof in proofs]
    wrong = _in(proofs, ProofState.FAILED)
    strange = _in(proofs, ProofState.ISSUER_UNKNOWN)
    sound = _in(proofs, ProofState.VERIFIED)
    if not (wrong or strange or sound):
        return not_applicable(say(NOTHING_TO_PROVE), entries=entries)
    own = [exhibit.seq for exhibit in own_records(evidence)]
    if not own:
        return not_applicable(say(NOTHING_RESTS), entries=entries)
    common: dict[str, Any] = {
        "expected": say(WHOLE),
        "facts": {
            "schemes": sorted({proof.scheme for proof in proofs}),
            "failed": sorted({member for proof in wrong for member in proof.failed}),
        },
        "entries": [*entries, *own],
    }
    if wrong:
        members = ", ".join(sorted({m for proof in wrong for m in proof.failed})) or "-"
        found = say(BROKEN, scheme=wrong[0].scheme, failed=members)
        return failed(found, cures=(Cure(say(OBTAIN), tuple(own)),), **common)
    if strange:
        return unknown(say(WHOSE, schemes=_schemes(strange)), cures=(Cure(say(NAME_ISSUER)),),
                       **common)  # fmt: skip
    return passed(say(PROVED, schemes=_schemes(sound)), **common)


def _in(proofs: tuple[Proof, ...], state: ProofState) -> list[Proof]:
    return [proof for proof in proofs if proof.state is state]


def _schemes(proofs: list[Proof]) -> str:
    return ", ".join(sorted({proof.scheme for proof in proofs}))
