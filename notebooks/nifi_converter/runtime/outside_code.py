"""What needs a package, a key or a database that the flow does not hold: a person's function from gaps.py does the
work, these rules send its result to the relationships that the processor has."""

from __future__ import annotations

import hmac

from .encoding import from_base64, from_hex


def content(flow_file, by, success="success", failure="failure", original=None, **options):
    """`by(content, attributes, **options)` gives the new content; what it raises makes a failure."""
    try:
        made = by.function(flow_file.content, dict(flow_file.attributes), **options)
    except NotImplementedError:
        raise
    except Exception as error:
        return [(failure, flow_file.failed(f"{type(error).__name__}: {error}"))]
    return [(success, flow_file.with_content(made)), *([(original, flow_file)] if original else [])]


def attributes(flow_file, by, success="success", failure="failure", missing=None, **options):
    """`by(content, attributes, **options)` gives attributes to add (None as a value takes one away). None, where the
    processor has a relationship `missing`: nothing was found."""
    try:
        found = by.function(flow_file.content, dict(flow_file.attributes), **options)
    except NotImplementedError:
        raise
    except Exception as error:
        return [(failure, flow_file.failed(f"{type(error).__name__}: {error}"))]
    if found is None and missing:
        return [(missing, flow_file)]
    found = found or {}
    out = flow_file.without_attributes([k for k, v in found.items() if v is None])
    return [(success, out.with_attributes({k: v for k, v in found.items() if v is not None}))]


def routes(flow_file, by, failure="failure", original="original", attribute="", **options):
    """`by(content, attributes, **options)` gives the relationships that the flow file goes to, `original` it always does."""
    try:
        names = list(by.function(flow_file.content, dict(flow_file.attributes), **options))
    except NotImplementedError:
        raise
    except Exception as error:
        return [(failure, flow_file.failed(f"{type(error).__name__}: {error}"))]
    return [(name, flow_file.with_attributes({attribute: name}) if attribute else flow_file) for name in names] + [(original, flow_file)]


def verify_mac(flow_file, key, code, algorithm="HmacSHA256", key_encoding="HEXADECIMAL", code_encoding="HEXADECIMAL"):
    """VerifyContentMAC: `success` where the content's HMAC is the given one; the computed one is an attribute."""
    secret = key.encode("utf-8") if key_encoding == "UTF8" else _decoded(key, key_encoding)
    made = hmac.new(secret, flow_file.content, {"HmacSHA256": "sha256", "HmacSHA512": "sha512"}[algorithm]).digest()
    noted = flow_file.with_attributes({"mac.algorithm": algorithm, "mac.calculated": made.hex(), "mac.encoding": "HEXADECIMAL"})
    try:
        wanted = _decoded(code, code_encoding)
    except ValueError as error:
        return [("failure", noted.failed(error))]
    if hmac.compare_digest(made, wanted):
        return [("success", noted)]
    return [("failure", noted.failed("the content has another authentication code"))]


def _decoded(text, encoding):
    return from_base64(text.encode("ascii")) if encoding == "BASE64" else from_hex(text.encode("ascii"))
