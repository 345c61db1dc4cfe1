"""What others said of a head."""

from enum import StrEnum


class AnchorKind(StrEnum):
    """How another party holds a head to what it was, or that it refused to."""

    TIMESTAMP = "timestamp"  # an RFC 3161 server stamped it
    COSIGNATURE = "cosignature"  # a witness cosigned it
    WEBHOOK = "webhook"  # another host took it
    REFUSAL = "refusal"  # a witness has seen another log under this name, or a larger one
