"""Content as bytes: compression, encodings, hashes, archives, character sets, types."""

from __future__ import annotations

from ..runtime import compression, encoding
from . import DRIVER, Cell, Refused, handles
from .code import Code, assign, call, lit
from .step import Step
from .text import charset, known_regex


@handles("CompressContent")
def compress_content(step: Step) -> Cell:
    """gzip and the others by Python's library; lz4, zstd, brotli and snappy by pyarrow. Compressed bytes may differ
    from Java's at the same level, what they hold does not (the lz4 frame has other flags than NiFi's)."""
    form = step.get("Compression Format", "use mime.type attribute")
    if form != "use mime.type attribute" and form not in compression.FORMATS:
        raise Refused(f"the compression format {form} has no equal in Python")
    options = {} if form == "use mime.type attribute" else {"form": form}
    if step.flag("Update Filename"):
        options["rename"] = True
    if step.get("Mode", "compress") == "decompress":
        return step.transform("compression.decompress", how=f"decompressed ({form})", **options)
    if step.number("Compression Level", 1) != 1:
        options["level"] = step.number("Compression Level", 1)
    return step.transform("compression.compress", how=f"compressed ({form})", **options)


@handles("EncodeContent", "Base64EncodeContent")
def encode_content(step: Step) -> Cell:
    """Hexadecimal text is one Spark expression, and base64 in one line (NiFi 2); NiFi 1 writes lines of 76 characters."""
    form = "base64" if step.type == "Base64EncodeContent" else step.get("Encoding", "base64")
    decode = step.get("Mode", "Encode") == "Decode"
    single = step.get("Line Output Mode") == "SINGLE_LINE"
    if step.get("Line Output Mode") == "MULTIPLE_LINES" and not decode:
        raise Refused("encoded lines of NiFi 2 have the line end of NiFi's host, which is not in the flow")
    if form == "hex" and not decode and step.carrier != DRIVER:
        made = Code(f'{step.input}.withColumn("content", F.lower(F.hex("content")).cast("binary"))')
        return Cell(code=assign(step.frame, call("rt.send", made, "success")), how="hex as a Spark expression")
    if form == "base64" and single and not decode and step.carrier != DRIVER:
        made = Code(f'{step.input}.withColumn("content", F.regexp_replace(F.base64("content"), "\\\\s", "").cast("binary"))')
        return Cell(code=assign(step.frame, call("rt.send", made, "success")), how="base64 as a Spark expression")
    options = {} if form == "base64" else {"encoding": form}
    if single and form == "base64" and not decode:
        options["one_line"] = True
    return step.transform(f"encoding.{'decode' if decode else 'encode'}_content", how=f"{form} {'decoded' if decode else 'encoded'}", **options)


def _hash_cell(step: Step, algorithm: str, attribute: Code, literal: bool, fail_when_empty: bool) -> Cell:
    if not encoding.knows_hash(algorithm):
        raise Refused(f"Python has no hash algorithm {algorithm}")
    spark = {"MD5": 'F.md5("content")', "SHA-1": 'F.sha1("content")', "SHA-256": 'F.sha2("content", 256)', "SHA-512": 'F.sha2("content", 512)',
             "SHA-224": 'F.sha2("content", 224)', "SHA-384": 'F.sha2("content", 384)'}.get(algorithm)
    if spark and literal and not fail_when_empty and step.carrier != DRIVER:
        made = call("rt.set_attributes", step.input, Code("{" + f"{attribute}: {spark}" + "}"))
        return Cell(code=assign(step.frame, call("rt.send", made, "success")), how=f"{algorithm} as a Spark expression")
    options = {"algorithm": algorithm, "attribute": attribute}
    if fail_when_empty:
        options["fail_when_empty"] = True
    return step.transform("encoding.hash_content", how=f"{algorithm} of the content as attribute", **options)


@handles("CryptographicHashContent")
def cryptographic_hash_content(step: Step) -> Cell:
    algorithm = step.get("hash_algorithm", "SHA-256")
    return _hash_cell(step, algorithm, lit(f"content_{algorithm}"), True, step.flag("fail_when_empty"))


@handles("HashContent")
def hash_content(step: Step) -> Cell:
    """The algorithms of Java's own providers; Bouncy Castle's others (Skein, Whirlpool…) are not in Python."""
    name = step.get("Hash Attribute Name", "hash.value")
    return _hash_cell(step, step.get("Hash Algorithm", "MD5"), lit(name), True, False)


@handles("CryptographicHashAttribute")
def cryptographic_hash_attribute(step: Step) -> Cell:
    algorithm = step.get("hash_algorithm", "SHA-256")
    if not encoding.knows_hash(algorithm):
        raise Refused(f"Python has no hash algorithm {algorithm}")
    options = {"names": dict(step.dynamic), **charset(step, "character_set")}
    if algorithm != "SHA-256":
        options["algorithm"] = algorithm
    if not step.flag("fail_when_empty", True):
        options["fail_when_empty"] = False
    if step.get("missing_attr_policy", "ALLOW") == "PROHIBIT":
        options["fail_when_missing"] = True
    return step.transform("encoding.hash_attributes", how=f"{algorithm} of attributes", **options)


@handles("ConvertCharacterSet")
def convert_character_set(step: Step) -> Cell:
    sets = {key: step.get(name) for name, key in (("Input Character Set", "source"), ("Output Character Set", "target"))}
    for text in sets.values():
        if not text:
            raise Refused("it lacks a character set; NiFi calls it invalid")
        if step.is_literal(text):
            try:
                encoding.python_name(text)
            except LookupError:
                raise Refused(f"Python does not know the character set {text}")
    return step.transform("encoding.convert_charset", how="decoded and encoded", source=step.option("Input Character Set"), target=step.option("Output Character Set"))


@handles("UnpackContent", fan_out=True, deterministic=False)
def unpack_content(step: Step) -> Cell:
    """`absolute.path` is relative to NiFi's working directory, which is `/` here."""
    form = step.get("Packaging Format", "use mime.type attribute")
    options = {} if form == "use mime.type attribute" else {"form": form}
    if step.get("File Filter", ".*") != ".*":
        options["file_filter"] = known_regex(step.get("File Filter"))
    password = step.secret("Password")
    if password:
        options["password"] = password
    return step.transform("packages.unpack", how="one flow file for each entry", **options)


@handles("PackageFlowFile", deterministic=False)
def package_flow_file(step: Step) -> Cell:
    options = {} if step.number("max-batch-size", 1) == 1 else {"batch": step.number("max-batch-size", 1)}
    return step.transform_all("packages.package", how="NiFi's flow file format 3", **options)


@handles("IdentifyMimeType")
def identify_mime_type(step: Step) -> Cell:
    """The commoner part of Tika's table; formats inside other formats are told by their name."""
    if step.get("config-body") or step.get("config-file") or step.get("Config Strategy", "Preset") != "Preset":
        raise Refused("it has a MIME configuration of its own for Tika")
    options = {} if step.flag("use-filename-in-detection", True) else {"by_name": False}
    return step.transform("mime_types.identify", how="type by first bytes and name", **options)


@handles("ModifyCompression")
def modify_compression(step: Step) -> Cell:
    source, target = step.get("Input Compression Strategy", "no compression"), step.get("Output Compression Strategy", "no compression")
    for form in (source, target):
        if form not in ("no compression", "use mime.type attribute") and form not in compression.FORMATS:
            raise Refused(f"the compression format {form} has no equal in Python")
    options = {"source": source, "target": target}
    if source == "use mime.type attribute" and step.get("Unknown MIME Type Routing") == "failure":
        options["unknown"] = "failure"
    if step.number("Output Compression Level", 1) != 1:
        options["level"] = step.number("Output Compression Level", 1)
    if step.get("Output Filename Strategy", "UPDATED") == "ORIGINAL":
        options["rename"] = False
    return step.transform("compression.recompress", how=f"from {source} to {target}", **options)


@handles("HashAttribute")
def hash_attribute(step: Step) -> Cell:
    """An MD5 over names and values, as NiFi makes it; there are no vectors of it to compare with."""
    name = step.get("Hash Value Attribute Key")
    if not name or not step.dynamic:
        raise Refused("it names no attributes; NiFi calls it invalid")
    return step.transform("encoding.hash_group", how="MD5 over attributes", patterns={n: known_regex(p) for n, p in step.dynamic}, attribute=name)
