"""Packages whose every file agrees, made by somebody who holds the keys and lies in the log."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path

import pytest
from hand_log import HandLog, HandSigner, canonical, cut, pack, root, sample, seal, unpack, write

from reports.package.model import Given, Member, Selection, cut_payload
from reports.package.source import Earlier
from reports.package.write import Plan
from reports.verifier import Verdict, verify_package
from reports.verifier.verify import main

LOT = "lot:di:069/A1"


def verdict_on(
    log: HandLog, plan: Plan, folder: Path, *, earlier: Path | None = None, name: str = "p.zip"
) -> Verdict:
    written = write(log, plan, folder / name)
    return verify_package(written.path, earlier=earlier)


def code(verdict: Verdict) -> str:
    assert verdict.broken is not None, "nothing was found broken"
    return verdict.broken.code


def test_without_anything_held_before_the_verdict_is_never_plainly_good(tmp_path: Path) -> None:
    log = sample()
    verdict = verdict_on(log, cut(log, [LOT]), tmp_path)
    assert verdict.ok
    assert not verdict.compared
    assert verdict.lines("en")[0].startswith("Self-consistent under key " + log.signer.fingerprint)
    assert verdict.lines("zh")[0].startswith("自洽")


def test_a_whole_forged_log_is_self_consistent_and_fails_against_the_fingerprint(
    tmp_path: Path,
) -> None:
    honest, forged = sample(), sample(seed=7)
    verdict = verdict_on(forged, cut(forged, [LOT]), tmp_path)
    assert verdict.ok
    assert not verdict.compared
    again = verify_package(tmp_path / "p.zip", fingerprint=honest.signer.fingerprint)
    assert code(again) == "trust.fingerprint"


def test_a_log_rewritten_with_its_own_key_fails_against_an_earlier_checkpoint(
    tmp_path: Path,
) -> None:
    honest, rewritten = sample(), HandLog()
    held = tmp_path / "held"
    held.write_text(honest.checkpoint(6))
    for raw in honest.raws[1:5]:
        value = json.loads(raw)
        rewritten.append(
            value["kind"],
            {"record": {"changed": "yes"}},
            streams=[one["stream"] for one in value.get("streams", ())],
        )
    rewritten.append("user.signed_in", {"user": "u"})
    rewritten.published.append(6)
    assert code(verdict_on(rewritten, cut(rewritten, [LOT]), tmp_path, earlier=held)) == (
        "trust.earlier"
    )


def test_an_earlier_package_is_as_good_as_its_checkpoint(tmp_path: Path) -> None:
    log = sample()
    write(log, cut(log, [LOT]), tmp_path / "first.zip")
    log.published.append(len(log.raws))
    log.record("sales_record", {"lot_no": "A1"}, LOT)
    second = verdict_on(
        log, cut(log, [LOT]), tmp_path, earlier=tmp_path / "first.zip", name="second.zip"
    )
    assert second.ok
    assert second.trust == ["earlier"]


def test_a_checkpoint_without_a_proof_to_it_is_not_taken_for_compared(tmp_path: Path) -> None:
    log = sample()
    held = tmp_path / "held"
    held.write_text(log.checkpoint(4))
    plan = cut(log, [LOT])
    assert code(verdict_on(log, plan, tmp_path, earlier=held)) == "trust.unproved"
    log.record("sales_record", {"lot_no": "A1"}, LOT)
    held.write_text(log.checkpoint(len(log.raws)))
    assert code(verify_package(tmp_path / "p.zip", earlier=held)) == "trust.unproved"


def test_a_file_that_is_no_checkpoint_proves_nothing(tmp_path: Path) -> None:
    log = sample()
    held = tmp_path / "held"
    held.write_text("hello\n")
    assert code(verdict_on(log, cut(log, [LOT]), tmp_path, earlier=held)) == "trust.earlier"
    gone = verify_package(tmp_path / "p.zip", earlier=tmp_path / "none")
    assert code(gone) == "trust.unproved"


def test_a_forked_stream_is_named(tmp_path: Path) -> None:
    log = sample()
    n, leaf = log.at[LOT]
    twin = {"n": n, "prev": json.loads(log.raws[9])["streams"][0]["prev"], "stream": LOT}
    log.append("record.put_away", {"record": {}}, links=[twin])
    log.at[LOT] = (n, leaf)
    assert code(verdict_on(log, cut(log, [LOT]), tmp_path)) == "stream.fork"


def test_an_entry_withheld_from_a_whole_stream_is_a_gap(tmp_path: Path) -> None:
    log = sample()
    whole = cut(log, [LOT])
    lying = sample()
    heads = lying.append_heads()
    names = [one.seq for one in whole.selection.members if one.seq != 4]
    plan = cut_members(lying, names, heads)
    assert code(verdict_on(lying, plan, tmp_path)) == "stream.gap"


def cut_members(log: HandLog, seqs: list[int], heads: int) -> Plan:
    """A cut over the lot that claims to be whole, but holds only these entries."""
    members = tuple(Member(seq, "record", "stream", Given.GIVEN) for seq in seqs)
    selection = Selection({}, heads, date(2026, 3, 1), members, whole=(LOT,))
    frame = (0, 8, heads)
    text = selection.to_json(frame)
    payload = cut_payload(
        selection,
        text,
        package="PK",
        heads=heads,
        leaves=[log.leaves[s] for s in seqs],
        streams=list(log.heads(heads, [LOT])),
        tool="t",
    )
    seq = log.append("package.cut", payload)
    return Plan(seq, heads, selection, text, (*frame, seq))


def test_an_entry_beyond_the_stated_head_is_named(tmp_path: Path) -> None:
    log = sample()
    now = log.at[LOT]
    link = next(one for one in json.loads(log.raws[10])["streams"] if one["stream"] == LOT)
    log.at[LOT] = (link["n"] - 1, bytes.fromhex(link["prev"]))
    heads = log.append_heads()
    log.at[LOT] = now
    assert code(verdict_on(log, cut(log, [LOT], heads=heads), tmp_path)) == "stream.head"


def test_a_broken_chain_between_neighbours_is_named(tmp_path: Path) -> None:
    log = sample()
    log.append("record.put_away", {"record": {}}, streams=[LOT], prev="00" * 32)
    verdict = verdict_on(log, cut(log, [LOT]), tmp_path)
    assert code(verdict) == "chain.prev"
    assert verdict.broken is not None
    assert verdict.broken.index == 11


def test_a_stream_whose_link_does_not_lead_back_is_named(tmp_path: Path) -> None:
    log = sample()
    bad = {"n": log.at[LOT][0] + 1, "prev": "11" * 32, "stream": LOT}
    log.append("record.put_away", {"record": {}}, links=[bad])
    assert code(verdict_on(log, cut(log, [LOT]), tmp_path)) == "stream.prev"


def test_erased_without_an_erasure_entry_is_refused(tmp_path: Path) -> None:
    log = sample()

    def status(seq: int) -> Given:
        return Given.ERASED if seq == 4 else Given.GIVEN

    assert code(verdict_on(log, cut(log, [LOT], status=status), tmp_path)) == "payload.erased"


def test_what_is_withheld_is_counted_by_kind(tmp_path: Path) -> None:
    log = sample()

    def status(seq: int) -> Given:
        return Given.WITHHELD if seq in (4, 6) else Given.GIVEN

    verdict = verdict_on(log, cut(log, [LOT], status=status), tmp_path)
    assert verdict.ok
    assert verdict.withheld == {"record.put_away": 1, "record.sales_record": 1}
    assert "record.put_away × 1" in "\n".join(verdict.lines("en"))


def test_a_masked_record_is_readable_without_its_personal_fields(tmp_path: Path) -> None:
    log = sample()

    def status(seq: int) -> Given:
        return Given.MASKED if seq == 9 else Given.GIVEN

    verdict = verdict_on(log, cut(log, [LOT], status=status), tmp_path)
    assert verdict.ok, verdict.broken
    files = unpack(tmp_path / "p.zip")
    row = json.loads(files["data/records/party.jsonl"])
    assert row["record"] == {"contact": "***", "name": "Acme"}
    assert not any("李四".encode() in body for body in files.values())


def test_a_period_with_a_hole_is_named(tmp_path: Path) -> None:
    log = sample()
    good = cut(log, [], range=(1, 9))
    assert verdict_on(log, good, tmp_path).ok is False  # entry 7 is erased and said to be given
    log = sample()
    good = cut(log, [], range=(1, 7))
    assert verdict_on(log, good, tmp_path, name="good.zip").ok
    log = sample()
    plan = cut(log, [LOT])
    log = sample()
    plan = cut_members(log, [one.seq for one in plan.selection.members], log.append_heads())
    value = json.loads(log.stored[plan.cut][1])
    log.raws.pop()
    log.append("package.cut", value | {"range": {"from": 1, "to": 9}})
    assert code(verdict_on(log, plan, tmp_path, name="hole.zip")) == "cut.range"


def test_a_rotation_leads_from_the_old_fingerprint_to_the_new_key(tmp_path: Path) -> None:
    log = sample()
    old = log.signer.fingerprint
    log.published.clear()
    log.rotate(seed=2)
    written = write(log, cut(log, [LOT]), tmp_path / "p.zip")
    for known in (old, log.signer.fingerprint):
        verdict = verify_package(written.path, fingerprint=known)
        assert verdict.ok, verdict.broken
    assert code(verify_package(written.path, fingerprint="0" * 64)) == "trust.fingerprint"


def test_a_rotation_that_the_old_key_did_not_sign_is_refused(tmp_path: Path) -> None:
    log = sample()
    log.published.clear()
    thief = HandSigner(log.origin, 3)
    top = base64.b64encode(root(log.leaves)).decode()
    size = len(log.raws)
    text = f"devicetrail/key-rotation/v1\n{log.origin}\n{size}\n{top}\n{thief.vkey}\n"
    log.append("log.key_rotated", ledger={"note": thief.note(text)})
    log.signer = thief
    assert code(verdict_on(log, cut(log, [LOT]), tmp_path)) == "signature.rotation"


def test_equal_sizes_with_a_junk_proof_are_not_consistent(tmp_path: Path) -> None:
    log = sample()
    plan = cut(log, [LOT])
    log.published = [plan.cut + 1]
    log.published_before = lambda seq: [  # type: ignore[method-assign]
        Earlier(seq + 1, log.checkpoint(seq + 1))
    ]
    write(log, plan, tmp_path / "p.zip")
    assert verify_package(tmp_path / "p.zip").ok
    files = unpack(tmp_path / "p.zip")
    files[f"data/checkpoints/earlier/{plan.cut + 1:012d}.consistency"] = (
        base64.b64encode(b"j" * 32) + b"\n"
    )
    seal(files, log.signer, plan.cut)
    assert code(verify_package(pack(files, tmp_path / "q.zip"))) == "anchor.consistency"


def test_a_checkpoint_smaller_than_an_entry_does_not_cover_it(tmp_path: Path) -> None:
    log = sample()
    plan = cut(log, [LOT])
    write(log, plan, tmp_path / "p.zip")
    files = unpack(tmp_path / "p.zip")
    old, new = files["data/checkpoints/checkpoint"], log.checkpoint(5).encode()
    for path in files:
        if path.startswith(("data/proofs/", "data/checkpoints/checkpoint")):
            files[path] = files[path].replace(old, new)
    seal(files, log.signer, plan.cut)
    assert code(verify_package(pack(files, tmp_path / "q.zip"))) in ("tree.index", "tree.root")


def test_a_proof_that_brings_its_own_checkpoint_is_refused(tmp_path: Path) -> None:
    log, forged = sample(), sample()
    forged.record("sales_record", {"lot_no": "A1"}, LOT)
    plan = cut(log, [LOT])
    write(log, plan, tmp_path / "p.zip")
    files = unpack(tmp_path / "p.zip")
    path = "data/proofs/000000000/000000000004.tlog-proof"
    head, _, _ = files[path].partition(b"\n\n")
    files[path] = head + b"\n\n" + forged.checkpoint(12).encode()
    seal(files, log.signer, plan.cut)
    assert code(verify_package(pack(files, tmp_path / "q.zip"))) == "tree.proof"


def test_the_same_cut_gives_the_same_bytes(tmp_path: Path) -> None:
    log = sample()
    plan = cut(log, [LOT], [1])
    one = write(log, plan, tmp_path / "one.zip")
    files = unpack(one.path)
    log.record("sales_record", {"lot_no": "A1"}, LOT)  # the log goes on
    again = unpack(write(log, plan, tmp_path / "two.zip").path)
    assert again == files


def test_the_command_line_speaks_both_languages_and_exits_3_on_damage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = sample()
    target = write(log, cut(log, [LOT]), tmp_path / "p.zip").path
    assert main([str(target), "--fingerprint", log.signer.fingerprint]) == 0
    said = capsys.readouterr().out
    assert "通过" in said
    assert "PASSED" in said
    files = unpack(target)
    files["data/selection.json"] = canonical({})
    seal(files)
    assert main([str(pack(files, tmp_path / "q.zip")), "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["broken"]["code"] == "cut.selection"
    assert main([str(tmp_path / "nothing")]) == 3
