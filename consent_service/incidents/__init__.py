"""The register of incidents: breaches of the security of personal data."""
