"""Bytes written as text and back, hashes, character sets: EncodeContent, HashContent, ConvertCharacterSet and their kin."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import re

from .charsets import encode, python_name
from .java_regex import compile_java
from .md2 import md2


def _question_marks(error):
    """What is malformed becomes `?`, as the decoder of ConvertCharacterSet has it."""
    if isinstance(error, UnicodeDecodeError):
        return "?" * max(1, error.end - error.start), error.end
    raise error


codecs.register_error("nifi.question", _question_marks)


def convert_charset(flow_file, source, target):
    """ConvertCharacterSet: what is malformed or has no place in the target becomes `?`."""
    name = python_name(source)
    if name == "utf-16" and flow_file.content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        name = "utf-16-be"
    return [("success", flow_file.with_content(encode(flow_file.content.decode(name, "nifi.question"), target)))]


def encode_content(flow_file, encoding="base64", one_line=False):
    """EncodeContent: base64 in lines of 76 with \\r\\n (or in one line), base32 and hex in one line."""
    content = flow_file.content
    if encoding == "base64" and one_line:
        return [("success", flow_file.with_content(base64.b64encode(content)))]
    if encoding == "base64":
        lines = [base64.b64encode(content[at:at + 57]) for at in range(0, len(content), 57)]
        return [("success", flow_file.with_content(b"".join(line + b"\r\n" for line in lines)))]
    made = base64.b32encode(content) if encoding == "base32" else binascii.hexlify(content)
    return [("success", flow_file.with_content(made))]


def decode_content(flow_file, encoding="base64"):
    """EncodeContent, decoding: `failure` where a character has no place in the encoding. Missing padding is no fault."""
    try:
        made = {"base64": from_base64, "base32": from_base32, "hex": from_hex}[encoding](flow_file.content)
    except ValueError as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file.with_content(made))]


def from_base64(content):
    """Both alphabets, white space between; ends at the first `=`, drops what is no whole byte."""
    if re.search(rb"[^A-Za-z0-9+/_=\s-]", content):
        raise ValueError("not base64")
    text = re.sub(rb"\s", b"", content).split(b"=", 1)[0].translate(bytes.maketrans(b"-_", b"+/"))
    text = text[:-1] if len(text) % 4 == 1 else text
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def from_base32(content):
    """Capital and small letters, white space between; drops what is no whole byte."""
    if re.search(rb"[^A-Za-z2-7=\s]", content):
        raise ValueError("not base32")
    text = re.sub(rb"\s", b"", content).split(b"=", 1)[0].upper()
    size = len(text) * 5 // 8
    return base64.b32decode(text + b"A" * (-len(text) % 8))[:size]


def from_hex(content):
    try:
        if re.search(rb"[^0-9A-Fa-f]", content):
            raise ValueError
        return binascii.unhexlify(content)
    except ValueError:
        raise ValueError("not hexadecimal") from None


# NiFi's names of algorithms -> Python's. The BLAKE2 ones are BLAKE2b of that many bits.
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-224": "sha224", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512",
               "SHA-512/224": "sha512_224", "SHA-512/256": "sha512_256", "SHA3-224": "sha3_224", "SHA3-256": "sha3_256",
               "SHA3-384": "sha3_384", "SHA3-512": "sha3_512", "SHA": "sha1"}


def knows_hash(algorithm):
    """Whether `digest` can work this algorithm out."""
    name = algorithm.upper()
    return name == "MD2" or bool(re.fullmatch(r"BLAKE2B?-(160|224|256|384|512)", name)) or \
        name in _ALGORITHMS and _ALGORITHMS[name] in hashlib.algorithms_available


def digest(algorithm, data):
    """The hash of bytes, as lower-case hexadecimal text."""
    name = algorithm.upper()
    if name == "MD2":
        return md2(data).hex()
    if name.startswith("BLAKE2"):
        return hashlib.blake2b(data, digest_size=int(name.rsplit("-", 1)[1]) // 8).hexdigest()
    return hashlib.new(_ALGORITHMS[name], data).hexdigest()


def hash_content(flow_file, algorithm, attribute, fail_when_empty=False):
    """HashContent and CryptographicHashContent: the content's hash as an attribute."""
    if fail_when_empty and not flow_file.content:
        return [("failure", flow_file.failed("the content is empty"))]
    return [("success", flow_file.with_attributes({attribute: digest(algorithm, flow_file.content)}))]


def hash_attributes(flow_file, names, algorithm="SHA-256", charset="UTF-8", fail_when_empty=True, fail_when_missing=False):
    """CryptographicHashAttribute: {attribute: attribute of its hash}; attributes that are not there are passed over."""
    there = {name: out for name, out in names.items() if name in flow_file.attributes}
    if not there and fail_when_empty:
        return [("failure", flow_file.failed("none of the attributes is there"))]
    if len(there) < len(names) and fail_when_missing:
        return [("failure", flow_file.failed(f"no attribute {sorted(set(names) - set(there))[0]}"))]
    return [("success", flow_file.with_attributes({out: digest(algorithm, encode(flow_file.attributes[name], charset)) for name, out in there.items()}))]


def hash_group(flow_file, patterns, attribute):
    """HashAttribute: one MD5 over the named attributes in the order of their names, each by the groups of its pattern;
    `failure` where one is missing or does not match. A blank value counts as `EMPTY`."""
    parts = []
    for name in sorted(patterns):
        value = flow_file.attributes.get(name)
        match = None if value is None else compile_java(patterns[name]).fullmatch(value)
        if match is None:
            return [("failure", flow_file.failed(f"{name} is missing or does not match"))]
        found = "".join(g if g is not None else "null" for g in match.groups()) if match.re.groups else match[0]
        parts.append(name + (found if found.strip() else "EMPTY"))
    return [("success", flow_file.with_attributes({attribute: digest("MD5", "".join(parts).encode("utf-8"))}))]
