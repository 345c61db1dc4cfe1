"""The register of outgoing letters: numbered, dated, sealed, with the proof that each was sent."""
