"""Processors whose work needs a package, a key or a database that the flow does not hold: encryption, images, documents,
address databases. Each is one function in gaps.py with the processor's whole configuration in its docstring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Tuple

from . import ASSISTED, NOT_NEEDED, Cell, Refused, handles
from .code import Code
from .step import Step


@dataclass(frozen=True)
class Contract:
    """What a person's function does. `gives`: content, attributes or routes; `secrets`: sensitive properties -> arguments."""

    does: str
    gives: str = "content"
    secrets: Tuple[Tuple[str, str], ...] = ()
    options: Dict[str, str] = field(default_factory=dict)  # of the runtime's function


_PASSWORDS = (("Password", "password"), ("raw-key-hex", "key_hex"), ("private-keyring-passphrase", "passphrase"))
_NIFI_CIPHER = ("Encrypts or decrypts. NiFi's own layout of encrypted content is: with a derived key the salt (OpenSSL: `Salted__` and 8 bytes; "
                "others: the salt and `NiFiSALT`), then for AES_* the 16 bytes of the vector and `NiFiIV`, then the cipher text.")

CONTRACTS = {
    "EncryptContent": Contract(_NIFI_CIPHER, secrets=_PASSWORDS),
    "DecryptContent": Contract(_NIFI_CIPHER, secrets=(("password", "password"),)),
    "DecryptContentCompatibility": Contract(_NIFI_CIPHER, secrets=(("password", "password"),)),
    "EncryptContentPGP": Contract("Encrypts with OpenPGP.", secrets=(("passphrase", "passphrase"),)),
    "DecryptContentPGP": Contract("Decrypts OpenPGP.", secrets=(("passphrase", "passphrase"),)),
    "SignContentPGP": Contract("Signs with OpenPGP."),
    "VerifyContentPGP": Contract("Verifies an OpenPGP signature and gives the content without it; raises where it is wrong."),
    "EncryptContentAge": Contract("Encrypts with age.", secrets=(("Public Key Recipients", "recipients"),)),
    "DecryptContentAge": Contract("Decrypts age.", secrets=(("Private Key Identities", "identities"),)),
    "ResizeImage": Contract("Gives the image in another size, for instance with Pillow."),
    "ExtractDocumentText": Contract("Gives the text of a document (PDF, Office) as UTF-8 bytes.", options={"success": "extracted", "original": "original"}),
    "ExtractTextProcessor": Contract("Gives the text of a document (PDF, Office) as UTF-8 bytes."),
    "JSLTTransformJSON": Contract("Gives the JSON that the JSLT program makes of the content."),
    "FuzzyHashContent": Contract("Gives the fuzzy hash (ssdeep or TLSH) as an attribute.", "attributes"),
    "ExtractImageMetadata": Contract("Gives the image's metadata as attributes.", "attributes"),
    "ExtractMediaMetadata": Contract("Gives the file's metadata as attributes.", "attributes"),
    "ExtractCCDAAttributes": Contract("Gives fields of the C-CDA document as attributes.", "attributes"),
    "AttributeCleanerProcessor": Contract("Gives attributes to set; None takes one away. The processor made attribute names safe for Avro: letters, digits "
                                          "and underscores.", "attributes"),
    "CompareFuzzyHash": Contract("Gives attributes about the hashes that are close enough, None where none is.", "attributes",
                                 options={"success": "found", "missing": "not found"}),
    "GeoEnrichIP": Contract("Looks the address up in the GeoIP database (a file on the Volume, package geoip2) and gives attributes "
                            "`<IP attribute>.geo.city`, `.geo.latitude`, `.geo.longitude`, `.geo.country`, `.geo.country.isocode`, None where it is not found.",
                            "attributes", options={"success": "found", "failure": "not found", "missing": "not found"}),
    "ISPEnrichIP": Contract("Looks the address up in the ISP database (a file on the Volume, package geoip2) and gives attributes "
                            "`<IP attribute>.isp.name`, `.isp.organization`, `.isp.asn`, `.isp.asn.organization`, None where it is not found.",
                            "attributes", options={"success": "found", "failure": "not found", "missing": "not found"}),
    "QueryDNS": Contract("Asks a name server and gives the attributes `enrich.dns.record…`, None where there is no answer.", "attributes",
                         options={"success": "found", "failure": "not found", "missing": "not found"}),
    "QueryWhois": Contract("Asks a whois server and gives the attributes `enrich.whois.record…`, None where there is no answer.", "attributes",
                           options={"success": "found", "failure": "not found", "missing": "not found"}),
    "RouteHL7": Contract("Parses the HL7 message and gives the names of the queries that match it.", "routes", options={"attribute": "RouteHL7.Route"}),
}


@handles(*CONTRACTS, level=ASSISTED)
def outside_code(step: Step) -> Cell:
    """One gap: its docstring holds the contract and the configuration as written, without secrets."""
    contract = CONTRACTS[step.type]
    options, arguments = dict(contract.options), ["content", "attributes"]
    sensitive = {name for name, _ in contract.secrets}
    for name, argument in contract.secrets:
        secret = step.secret(name)
        if secret is not None:
            options[argument] = secret
            arguments.append(argument)
    returns = {"content": "bytes: the new content", "attributes": "dict of text: attributes to add, None where nothing is found",
               "routes": "list of text: relationships"}[contract.gives]
    configured = {**{n: step.get(n) for n in step.processor.properties if n not in sensitive}, **dict(step.dynamic)}
    lines = [f"{n} = {v}" for n, v in configured.items() if v]
    doc = (f"{contract.does}\n\ncontent     bytes\nattributes  dict of text\nreturns     {returns}\n"
           + (f"secrets     {', '.join(arguments[2:])}: from the secret scope\n" if arguments[2:] else "")
           + ("\nConfiguration in NiFi:\n" + "\n".join(lines) if lines else ""))
    gap = step.gap("", tuple(arguments), doc)
    cell = step.transform(f"outside_code.{contract.gives}", by=Code(f"rt.Late(gaps.{gap.function})"), **options)
    does = contract.does.split(". ")[0].rstrip(".")
    cell.level, cell.gaps, cell.how = ASSISTED, [gap], f"a function in gaps.py {does[0].lower()}{does[1:]}"
    cell.notes.append(f"**Gap:** write `{gap.function}` in `gaps.py`: {does}.")
    return cell


@handles("VerifyContentMAC")
def verify_content_mac(step: Step) -> Cell:
    key = step.secret("Secret Key")
    if key is None or not step.get("Message Authentication Code"):
        raise Refused("it lacks a key or a code to compare; NiFi calls it invalid")
    options = {"key": key, "code": step.option("Message Authentication Code")}
    for name, option, default in (("Message Authentication Code Algorithm", "algorithm", "HmacSHA256"), ("Secret Key Encoding", "key_encoding", "HEXADECIMAL"),
                                  ("Message Authentication Code Encoding", "code_encoding", "HEXADECIMAL")):
        if step.get(name, default) != default:
            options[option] = step.get(name)
    return step.transform("outside_code.verify_mac", how="HMAC compared", **options)


@handles("UpdateGauge", level=NOT_NEEDED)
def update_gauge(step: Step) -> Cell:
    return Cell(level=NOT_NEEDED, how="a gauge shown in NiFi: counts are in the report line", passes=("success",))
