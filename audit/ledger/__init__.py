"""The ledger: entries, tree, checkpoints, proofs, keys, verification. Bytes and SQL only.

What a record means is never known here, and nothing of the other audit parts is imported.
"""

from audit.ledger.checkpoint import Checkpoint
from audit.ledger.heads import HeadProof
from audit.ledger.keys import KeySigner, create_key, load_signer
from audit.ledger.log import Log, Restored
from audit.ledger.note import Signer, Verifier
from audit.ledger.problems import Layer, Problem
from audit.ledger.types import (
    Appended,
    DocumentRef,
    Draft,
    Entry,
    Lane,
    Payload,
    PayloadCommit,
    Projector,
    StreamLink,
)
from audit.ledger.verify import VerificationReport, verify_log

__all__ = [
    "Appended",
    "Checkpoint",
    "DocumentRef",
    "Draft",
    "Entry",
    "HeadProof",
    "KeySigner",
    "Lane",
    "Layer",
    "Log",
    "Payload",
    "PayloadCommit",
    "Problem",
    "Projector",
    "Restored",
    "Signer",
    "StreamLink",
    "VerificationReport",
    "Verifier",
    "create_key",
    "load_signer",
    "verify_log",
]
