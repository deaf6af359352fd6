"""The ledger: entries, tree, checkpoints, proofs, keys, verification. Bytes and SQL only.

What a record means is never known here, and nothing of the other audit parts is imported.
"""

from audit.ledger.checkpoint import Checkpoint
from audit.ledger.heads import HeadProof
from audit.ledger.keys import KeySigner, create_key, load_signer
from audit.ledger.log import Log, Restored
from audit.ledger.note import Signer, Verifier
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

__all__ = [
    "Appended",
    "Checkpoint",
    "DocumentRef",
    "Draft",
    "Entry",
    "HeadProof",
    "KeySigner",
    "Lane",
    "Log",
    "Payload",
    "PayloadCommit",
    "Projector",
    "Restored",
    "Signer",
    "StreamLink",
    "Verifier",
    "create_key",
    "load_signer",
]
