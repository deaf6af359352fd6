"""OFD (GB/T 33190): text, attachments, custom data, tags, and the digests of its members.

The fields come from four places, best first: the attached original_invoice.xml, the attached
XBRL, the document's custom data, the tags that point at text on a page. All that speak are kept.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from cryptography.hazmat.primitives import hashes

from ingest.readers import reasons
from ingest.readers.archive import Archive
from ingest.readers.einvoice import (
    VAT,
    VAT_LINE,
    VAT_LINES,
    invoice_fields,
    mapped,
    vocabulary_of,
)
from ingest.readers.layout import Piece, lay_out
from ingest.readers.markup import children, descendants, find, find_all, parse_xml, text_of
from ingest.readers.types import (
    Embedded,
    FieldValue,
    Integrity,
    IntegrityState,
    Place,
    ReadDocument,
    ReadOptions,
    Source,
    TextPage,
    Unreadable,
)

READER: Final = "ofd/1"
_SM3: Final = "1.2.156.10197.1.401"
_COLUMN_MM: Final = 1.6
_CUSTOM: Final = {
    "发票代码": "invoice_code",
    "发票号码": "invoice_number",
    "开票日期": "issue_date",
    "校验码": "check_code",
    "合计金额": "total_without_tax",
    "合计税额": "total_tax",
    "价税合计": "total_with_tax",
    "购买方名称": "buyer_name",
    "购买方纳税人识别号": "buyer_uscc",
    "销售方名称": "seller_name",
    "销售方纳税人识别号": "seller_uscc",
}


def read_ofd(archive: Archive, options: ReadOptions) -> ReadDocument:
    """Raises Unreadable when the container is damaged or a document part is missing."""
    return _Ofd(archive, options).read()


class _Ofd:
    def __init__(self, archive: Archive, options: ReadOptions) -> None:
        self.archive = archive
        self.options = options
        self.root = self._xml("OFD.xml")
        body = find(self.root, "DocBody")
        if body is None:
            raise Unreadable(reasons.TRUNCATED, detail="OFD.xml: DocBody")
        self.body = body
        self.document_path = self._locate(text_of(find(body, "DocRoot")), "")
        self.document = self._xml(self.document_path)
        self.objects: dict[str, tuple[str, Place]] = {}

    def read(self) -> ReadDocument:
        pages = tuple(self._pages())
        attachments = dict(self._attachments())
        fields = [*self._attached_fields(attachments), *self._custom(), *self._tags()]
        integrity = tuple(self._signatures())
        spoken = {field.place.path.partition("#")[0] for field in fields if field.place.path}
        embedded = tuple(
            Embedded(posixpath.basename(path), data)
            for path, data in attachments.items()
            if path not in spoken
        )
        if not fields and not embedded and not any(page.text.strip() for page in pages):
            raise Unreadable(reasons.OCR_NEEDED)
        return ReadDocument(
            media_type="application/ofd",
            format="ofd-invoice" if _is_invoice(fields) else "ofd",
            reader=READER,
            pages=pages,
            fields=tuple(fields),
            integrity=integrity,
            embedded=embedded,
        )

    def _xml(self, path: str) -> Element:
        try:
            return parse_xml(self.archive.read(path), path)
        except KeyError as error:
            raise Unreadable(reasons.TRUNCATED, detail=f"{path} is missing") from error

    def _locate(self, location: str, base: str) -> str:
        """A path inside the archive: from its root, from the naming file, from the document."""
        plain = location.lstrip("/")
        if location.startswith("/"):
            return posixpath.normpath(plain)
        for folder in (
            posixpath.dirname(base),
            posixpath.dirname(getattr(self, "document_path", "")),
        ):
            candidate = posixpath.normpath(posixpath.join(folder, plain))
            if candidate in self.archive:
                return candidate
        return posixpath.normpath(plain)

    def _pages(self) -> Iterator[TextPage]:
        listed = find_all(self.document, "Pages", "Page")
        if len(listed) > self.options.max_pages:
            raise Unreadable(
                reasons.TOO_MANY_PAGES, actual=len(listed), limit=self.options.max_pages
            )
        templates = {
            item.get("ID", ""): item for item in descendants(self.document, "TemplatePage")
        }
        drawn: dict[str, list[tuple[str, Piece]]] = {}
        for number, page in enumerate(listed, start=1):
            path = self._locate(page.get("BaseLoc", ""), self.document_path)
            content = self._xml(path)
            pieces: list[tuple[str, Piece]] = []
            for use in children(content, "Template"):
                template = templates.get(use.get("TemplateID", ""))
                if template is not None:
                    where = self._locate(template.get("BaseLoc", ""), self.document_path)
                    if where not in drawn:
                        drawn[where] = list(self._texts(self._xml(where), where, number))
                    pieces += drawn[where]
            pieces += self._texts(content, path, number)
            yield TextPage(
                number,
                "\n".join(text for text, _ in pieces),
                lay_out((piece for _, piece in pieces), _COLUMN_MM),
            )

    def _texts(self, content: Element, path: str, page: int) -> Iterator[tuple[str, Piece]]:
        for item in descendants(content, "TextObject"):
            text = "".join(code.text or "" for code in children(item, "TextCode"))
            edges = _numbers(item.get("Boundary", ""))
            box = (edges[0], edges[1], edges[2], edges[3]) if len(edges) == 4 else None
            number = item.get("ID", "")
            self.objects[number] = (text.strip(), Place(page=page, path=f"{path}#{number}"))
            if text.strip() and box is not None:
                yield text, Piece(box[0], box[1] + box[3] / 2, box[3], text)

    def _attachments(self) -> Iterator[tuple[str, bytes]]:
        location = text_of(find(self.document, "Attachments"))
        if not location:
            return
        listing = self._locate(location, self.document_path)
        for item in children(self._xml(listing), "Attachment"):
            path = self._locate(text_of(find(item, "FileLoc")), listing)
            if path not in self.archive:
                raise Unreadable(reasons.TRUNCATED, detail=f"{path} is missing")
            yield path, self.archive.read(path)

    def _attached_fields(self, attachments: dict[str, bytes]) -> Iterator[FieldValue]:
        for path, data in attachments.items():
            if not path.lower().endswith(".xml"):
                continue
            root = parse_xml(data, path)
            if (vocabulary := vocabulary_of(root)) is not None:
                yield from invoice_fields(root, vocabulary, path)

    def _custom(self) -> Iterator[FieldValue]:
        for item in find_all(self.body, "DocInfo", "CustomDatas", "CustomData"):
            name, value = item.get("Name", ""), text_of(item)
            if value and name in _CUSTOM:
                yield FieldValue(
                    _CUSTOM[name], value, Source.OFD_TAG, Place(path=f"OFD.xml#CustomDatas/{name}")
                )

    def _tags(self) -> Iterator[FieldValue]:
        location = text_of(find(self.document, "CustomTags"))
        if not location:
            return
        listing = self._locate(location, self.document_path)
        for item in children(self._xml(listing), "CustomTag"):
            path = self._locate(text_of(find(item, "FileLoc")), listing)
            if path in self.archive:
                root = self._xml(path)
                yield from mapped(
                    root, VAT, VAT_LINES, VAT_LINE, Source.OFD_TAG, path, self._referenced
                )

    def _referenced(self, element: Element) -> str:
        """The texts that a tag points at, joined: a printed value may be split over objects."""
        numbers = [text_of(reference) for reference in children(element, "ObjectRef")]
        return "".join(self.objects[number][0] for number in numbers if number in self.objects)

    def _signatures(self) -> Iterator[Integrity]:
        location = text_of(find(self.body, "Signatures"))
        if not location:
            return
        listing = self._locate(location, "OFD.xml")
        for item in children(self._xml(listing), "Signature"):
            yield self._signature(self._locate(item.get("BaseLoc", ""), listing))

    def _signature(self, path: str) -> Integrity:
        """Compare the SM3 digest of every member that a signature names (GB/T 33190, 18)."""
        info = find(self._xml(path), "SignedInfo")
        references = None if info is None else find(info, "References")
        method = "" if references is None else references.get("CheckMethod", "")
        details = {"signature": path, "digest": method}
        if references is None or method != _SM3:
            return Integrity("ofd-sm3", IntegrityState.UNVERIFIABLE, details=details)
        wrong = []
        count = 0
        for reference in children(references, "Reference"):
            count += 1
            member = reference.get("FileRef", "")
            if not self._agrees(member, text_of(find(reference, "CheckValue"))):
                wrong.append(member)
        # the SM2 seal over the digests is not checked here: it needs the seal makers' roots
        details |= {"members": str(count), "seal": "not_checked"}
        state = IntegrityState.FAILED if wrong or not count else IntegrityState.VERIFIED
        return Integrity("ofd-sm3", state, tuple(wrong), details)

    def _agrees(self, member: str, expected: str) -> bool:
        path = member.lstrip("/")
        if path not in self.archive:
            return False
        digest = hashes.Hash(hashes.SM3())
        digest.update(self.archive.read(path))
        try:
            return digest.finalize() == base64.b64decode(expected, validate=True)
        except binascii.Error:
            return False


def _is_invoice(fields: list[FieldValue]) -> bool:
    return any(field.name == "invoice_number" for field in fields)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        return []
