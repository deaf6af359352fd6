"""XML without DTD, entities or outside references, read by local names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.readers import reasons
from ingest.readers.types import Unreadable

_DECLARED: Final = re.compile(
    rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"'](gbk|gb2312|gb18030)[\"'][^>]*\?>", re.IGNORECASE
)
_PROLOG: Final = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT: Final = re.compile(rb"^[\xef\xbb\xbf\xfe\xff\s]*<[A-Za-z_]")
PROLOG_BYTES: Final = 65536


def parse_xml(data: bytes, name: str = "XML") -> Element:
    """The root element. Raises Unreadable (`read.xml_entity`, `read.truncated`).

    Chinese encodings, which expat does not know, are turned into UTF-8 first.
    """
    if match := _DECLARED.match(data):
        try:
            text = data[match.end() :].decode("gb18030")
        except UnicodeDecodeError as error:
            raise Unreadable(reasons.TRUNCATED, detail=f"{name}: {error.reason}") from error
        data = text.encode()
    try:
        root: Element = fromstring(data.lstrip(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable(reasons.XML_ENTITY) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(reasons.TRUNCATED, detail=f"{name}: {error}"[:160]) from error
    return root


def check_prolog(head: bytes) -> None:
    """Refuse a DTD by the first bytes of an XML part, for parts that a library parses itself.

    The root must begin within them: what hides its prolog behind a long comment is refused too.
    Raises Unreadable (`read.xml_entity`).
    """
    plain = _PROLOG.sub(b"", head.replace(b"\x00", b""))
    if not _ROOT.match(plain):
        raise Unreadable(reasons.XML_ENTITY)


def local(element: Element) -> str:
    """The tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: Element | None) -> str:
    """The element's own text, stripped; empty when there is none."""
    return "" if element is None or element.text is None else element.text.strip()


def children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local(child) == name)


def find(element: Element, *path: str) -> Element | None:
    """The first descendant along a path of local names, each step one level down."""
    current: Element | None = element
    for name in path:
        if current is None:
            return None
        current = next(children(current, name), None)
    return current


def find_all(element: Element, *path: str) -> list[Element]:
    """All descendants along a path of local names, in document order."""
    found = [element]
    for name in path:
        found = [child for parent in found for child in children(parent, name)]
    return found


def descendants(element: Element, name: str) -> Iterator[Element]:
    return (item for item in element.iter() if local(item) == name)
