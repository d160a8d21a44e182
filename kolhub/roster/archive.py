"""Judge an .xlsx or .ods by its zip directory, before anything is unpacked.

OWASP ASVS 5.2.3: compressed files are checked against the size and number of what they unpack to before opening.
The declared sizes may lie; the limits of the reading process (isolated.py) catch that.
"""

import io
import struct
import zipfile
import zlib

from kolhub.roster.problems import Unreadable

MAX_PARTS = 2_000
MAX_DIRECTORY = 1_000_000
MAX_UNPACKED = 400_000_000
MAX_RATIO = 200
RATIO_FREE = 2_000_000
_END = b"PK\x05\x06"
_HEAD = 4096


def check_archive(data: bytes) -> str:
    """Return the kind of workbook, xlsx or ods; raise Unreadable for every other or hostile zip."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_sizes(parts, len(data))
            names = [part.filename for part in parts]
            kind = _kind(archive, names)
            _check_xml(archive, parts)
            return kind
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise Unreadable("damaged_file") from error
    except RuntimeError as error:
        # zipfile's way to say that a part wants a password
        raise Unreadable("encrypted_file") from error


def _check_directory(data: bytes) -> None:
    """Refuse a directory too large to list: zipfile would make an object of every entry first."""
    at = data.rfind(_END, max(0, len(data) - 65_557))
    if at < 0 or len(data) < at + 22:
        raise Unreadable("damaged_file")
    entries, size = struct.unpack("<HI", data[at + 10 : at + 16])
    if entries > MAX_PARTS or size > MAX_DIRECTORY:
        raise Unreadable("too_many_parts", limit=MAX_PARTS)


def _check_sizes(parts: list[zipfile.ZipInfo], packed: int) -> None:
    if len(parts) > MAX_PARTS:
        raise Unreadable("too_many_parts", limit=MAX_PARTS)
    total = 0
    for part in parts:
        name = part.orig_filename
        if part.flag_bits & 0x1:
            raise Unreadable("encrypted_file")
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name or "\x00" in name:
            raise Unreadable("unsafe_archive", part=name[:80])
        if part.file_size > max(RATIO_FREE, part.compress_size * MAX_RATIO):
            raise Unreadable("unpacks_too_large", limit=MAX_UNPACKED // 1_000_000)
        total += part.file_size
    # Overlapping parts make a small file large without a high ratio in any of them.
    if total > MAX_UNPACKED or sum(part.compress_size for part in parts) > packed:
        raise Unreadable("unpacks_too_large", limit=MAX_UNPACKED // 1_000_000)


def _kind(archive: zipfile.ZipFile, names: list[str]) -> str:
    lower = [name.lower().replace("\\", "/") for name in names]
    if any(name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/")) for name in lower):
        raise Unreadable("macro_file")
    if any(name.startswith(("xl/externallinks/", "xl/activex/", "xl/embeddings/")) for name in lower):
        raise Unreadable("external_links")
    if any(name == "xl/workbook.bin" for name in lower):
        raise Unreadable("binary_spreadsheet")
    if "xl/workbook.xml" in lower:
        content_types = archive.read("[Content_Types].xml")[:1_000_000] if "[Content_Types].xml" in names else b""
        if b"macroEnabled" in content_types:
            raise Unreadable("macro_file")
        return "xlsx"
    if "mimetype" in lower and "content.xml" in lower:
        mimetype = archive.read("mimetype")[:100]
        if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            if b"encryption-data" in manifest:
                raise Unreadable("encrypted_file")
            return "ods"
    raise Unreadable("archive_file")


def _check_xml(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse document type definitions: no spreadsheet program writes one, every entity attack needs one."""
    for part in parts:
        if not part.filename.lower().endswith((".xml", ".rels")):
            continue
        with archive.open(part) as stream:
            head = stream.read(_HEAD).replace(b"\x00", b"").lower()
        if b"<!doctype" in head or b"<!entity" in head:
            raise Unreadable("xml_entities", part=part.filename[:80])
        if not head.lstrip(b"\xef\xbb\xbf\xfe\xff \r\n\t").startswith(b"<"):
            raise Unreadable("damaged_file")
