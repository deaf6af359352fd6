"""Originals, kept by their content address and never changed.

An original is durable here before any entry speaks of it. `local` writes to a folder, `s3` to an
object store; both give the same `DocumentStore`. Nothing here knows what a document says.
"""

from audit.documents.local import LocalDocuments
from audit.documents.s3 import S3Documents
from audit.documents.types import DocumentStore, Fixity, Stored

__all__ = ["DocumentStore", "Fixity", "LocalDocuments", "S3Documents", "Stored"]
