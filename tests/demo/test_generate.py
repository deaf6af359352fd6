"""The written inbox: real formats, the same bytes again, everything planted where it is said."""

import hashlib
from collections import Counter
from itertools import islice
from pathlib import Path, PurePosixPath

import pytest

import checks.rules  # noqa: F401 - enters every rule
from base.errors import DeviceTrailError
from checks.registry import RULES
from ingest.parsers.context import Context
from ingest.parsers.sheet import RefusedRows
from ingest.parsers.temperature import TemperatureDraft
from ingest.readers.detect import read
from ingest.readers.types import Issuer, ReadOptions
from ingest.recognise import recognise
from service.demo import inbox
from service.demo.deeds import deeds
from service.demo.generate import SEED, DemoCompany, generate
from service.demo.inbox import DemoFile
from service.demo.model import World
from service.demo.spoiled import spoiled
from service.demo.story import make_world
from service.demo.writers.press import Press
from tests.demo.conftest import need_fonts

READ_BY_THE_JOURNAL = {"record.conflict"}
"""Reasons that only the stored records can give; the file by itself is sound."""


def options(demo: DemoCompany) -> ReadOptions:
    issuer = Issuer(demo.issuer.name, demo.issuer.key, demo.issuer.state, demo.issuer.origin)
    return ReadOptions(zone=demo.zone, issuers=(issuer,))


def parsed(demo: DemoCompany, one: DemoFile) -> list[object]:
    """What reading, recognising and parsing makes of a file."""
    found = read(one.data, PurePosixPath(one.path).name, options(demo))
    context = Context(hashlib.sha256(one.data).hexdigest(), one.path)
    return list(recognise(found).parse(context))


def test_every_file_is_written_as_it_is_listed(demo: DemoCompany) -> None:
    listed = {one.path: one.data for one in demo.files}
    assert len(listed) == len(demo.files)
    written = {
        str(path.relative_to(demo.root)): path.read_bytes()
        for path in demo.root.rglob("*")
        if path.is_file()
    }
    assert written == listed


def test_the_inbox_holds_every_format_a_company_has(demo: DemoCompany) -> None:
    endings = Counter(PurePosixPath(one.path).suffix for one in demo.files)
    assert set(endings) == {".pdf", ".xlsx", ".xml", ".ofd", ".csv", ".txt"}
    assert 250 <= len(demo.files) <= 450
    for one in demo.files:
        head = {".pdf": b"%PDF", ".xlsx": b"PK", ".ofd": b"PK"}.get(one.path[-4:].lstrip("x"))
        if head and "program" not in one.about:
            assert one.data.startswith(head), one.path


def test_every_sound_file_is_read_recognised_and_parsed_to_the_last_row(demo: DemoCompany) -> None:
    broken = {one.file for one in demo.planted if one.family == "ingest"}
    kinds: Counter[str] = Counter()
    for one in demo.files:
        if one.path in broken:
            continue
        for part in parsed(demo, one):
            assert not isinstance(part, RefusedRows), (one.path, part)
            draft = part.draft if isinstance(part, TemperatureDraft) else part
            assert not draft.conflicts, one.path  # type: ignore[attr-defined]
            kinds[draft.record.kind] += 1  # type: ignore[attr-defined]
    assert kinds["registration_certificate"] > 90
    assert kinds["sales_record"] > 700
    assert kinds["temperature_log"] > 70
    assert kinds["calibration_certificate"] == 32
    assert len(kinds) >= 25


def test_every_spoiled_file_gives_its_reason(demo: DemoCompany) -> None:
    by_path = {one.path: one for one in demo.files}
    for case in demo.planted:
        if case.family != "ingest" or case.rule in READ_BY_THE_JOURNAL or not case.rule:
            continue
        try:
            parts = parsed(demo, by_path[case.file])
        except DeviceTrailError as refusal:
            assert refusal.code == case.rule, case.name
            continue
        if case.rule == "record.date_impossible":
            assert [type(part) for part in parts] == [RefusedRows], case.name
            codes = {r.why.code for part in parts for r in part.refusals}  # type: ignore[attr-defined]
            assert codes == {case.rule}
        else:
            integrity = read(by_path[case.file].data, case.file, options(demo)).integrity
            assert [one.state.value for one in integrity] == ["failed"], case.name


def test_the_paper_that_contradicts_differs_from_the_first_in_its_end_only(
    demo: DemoCompany,
) -> None:
    by_path = {one.path: one for one in demo.files}
    case = next(one for one in demo.planted if one.rule == "record.conflict")
    second = parsed(demo, by_path[case.file])[0].record  # type: ignore[attr-defined]
    first = next(
        part.record  # type: ignore[attr-defined]
        for one in demo.files
        if one.about.startswith("certificate/bag/")
        for part in parsed(demo, one)
        if part.record.identity() == second.identity()  # type: ignore[attr-defined]
    )
    assert first.periods[0].valid_until < second.periods[0].valid_until
    assert first.model_copy(update={"periods": second.periods}) == second


def test_a_signed_log_verifies_under_the_demo_issuer_and_only_there(demo: DemoCompany) -> None:
    signed = [
        one for one in demo.files if one.path.endswith(".txt") and "/tampered" not in one.about
    ]
    assert len(signed) == 2
    for one in signed:
        known = read(one.data, one.path, options(demo)).integrity[0]
        assert known.state.value == "verified" and not known.failed
        unknown = read(one.data, one.path, ReadOptions()).integrity[0]
        assert unknown.state.value == "issuer_unknown"


def test_texts_of_a_pdf_come_out_as_they_were_set(demo: DemoCompany, world: World) -> None:
    device = next(one for one in world.company.devices if one.key == "hbsag")
    about = f"certificate/hbsag/{device.certificate.periods[-1].ends}"
    one = next(one for one in demo.files if one.about == about)
    text = read(one.data, one.path, ReadOptions()).pages[0].text
    assert device.certificate.number in text
    assert device.name in text


def test_what_files_say_of_the_trade_is_what_happened(demo: DemoCompany, world: World) -> None:
    """A month's register, read back, gives the records that the events left behind."""
    one = next(f for f in demo.files if f.about == "register/销售/2025-06")
    told = {
        (part.record.kind, part.record.identity()): part.record  # type: ignore[attr-defined]
        for part in parsed(demo, one)
    }
    happened = {
        (record.kind, record.identity()): record
        for event in world.events
        if type(event).__name__ == "Sale" and f"{event.ordered:%Y-%m}" == "2025-06"  # type: ignore[union-attr]
        for record in deeds(event, world.company)
    }
    assert told == happened


def test_every_planted_case_names_a_file_that_is_there(demo: DemoCompany) -> None:
    paths = {one.path for one in demo.files}
    names = [case.name for case in (*demo.planted, *demo.quiet)]
    assert len(set(names)) == len(names)
    for case in (*demo.planted, *demo.quiet):
        assert case.file in paths, case.name
        assert case.zh and case.en
        assert bool(case.subject) == (case.family != "ingest"), case.name
    after = [one.planted for one in demo.after]
    assert {case.file for case in after} <= paths
    assert {case.family for case in (*demo.planted, *after)} == {
        "expiry", "cold_chain", "retention", "ingest",
    }  # fmt: skip


def test_every_rule_that_must_speak_is_a_rule(demo: DemoCompany) -> None:
    after = [one.planted for one in demo.after]
    for case in (*demo.planted, *demo.quiet, *after):
        if case.family != "ingest":
            assert {case.rule, *case.also} <= set(RULES), case.name


def test_what_is_lost_afterwards_is_named_by_its_digest(demo: DemoCompany) -> None:
    by_path = {one.path: one.data for one in demo.files}
    assert {one.what for one in demo.after} == {"lost", "disposed"}
    for one in demo.after:
        digest = hashlib.sha256(by_path[one.file]).hexdigest()
        assert one.planted.subject == f"document:{digest}"


def test_all_master_data_is_to_be_confirmed_but_for_the_one_that_is_pending(
    demo: DemoCompany,
) -> None:
    masters = {one.path for one in demo.files if one.master}
    assert set(demo.confirmations) | set(demo.withheld) == masters
    assert len(demo.withheld) == 1 and "dealer08" in demo.withheld[0]


def samples(world: World) -> list[DemoFile]:
    """Some files of every writer."""
    press = Press()
    found = [
        *islice(inbox.certificate_files(world, press), 12),
        *islice(inbox.licence_files(world, press), 6),
        *islice(inbox.letter_files(world, press), 3),
        *islice(inbox.calibration_files(world, press), 2),
        *islice(inbox.master_registers(world), 4),
        *islice(inbox.month_registers(world), 2),
        *islice(inbox.storage_files(world), 1),
    ]
    for event in world.events[-90:]:
        found += inbox.event_files(world, press, event)
    sound = {"master/首营品种": found[0]}
    return [*found, *(one.file for one in spoiled(world, press, sound))]


def test_the_same_seed_writes_the_same_bytes_in_every_format() -> None:
    need_fonts()
    first, second = samples(make_world(SEED)), samples(make_world(SEED))
    assert {PurePosixPath(one.path).suffix for one in first} == {
        ".pdf", ".xlsx", ".xml", ".ofd", ".csv", ".txt",
    }  # fmt: skip
    assert [one.path for one in first] == [one.path for one in second]
    for one, again in zip(first, second, strict=True):
        assert one.data == again.data, one.path


def named(demo: DemoCompany) -> list[str]:
    """Faults by name, but for the stock near its expiry, which is whatever happens to be left."""
    return [case.name for case in demo.planted if case.rule != "lot.near_expiry"]


@pytest.mark.slow
def test_the_whole_inbox_is_the_same_again(demo: DemoCompany, tmp_path: Path) -> None:
    again = generate(tmp_path)
    assert [(f.path, f.data) for f in again.files] == [(f.path, f.data) for f in demo.files]
    assert again.planted == demo.planted


@pytest.mark.slow
def test_another_seed_is_another_company(demo: DemoCompany, tmp_path: Path) -> None:
    other = generate(tmp_path, seed=SEED + 1)
    assert [f.data for f in other.files] != [f.data for f in demo.files]
    assert named(other) == named(demo)
