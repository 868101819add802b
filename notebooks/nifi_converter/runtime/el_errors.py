"""The error that an expression raises where NiFi's own evaluation throws."""

from __future__ import annotations


class ELError(ValueError):
    """An expression that NiFi cannot evaluate with these attributes: a null where none may be, text that is no date…

    In NiFi the processor's session is rolled back or the flow file is routed to `failure`; a caller decides which.
    """


class NotTranslated(ELError):
    """NiFi would go on here; this is a form that the converter's runtime does not know."""
