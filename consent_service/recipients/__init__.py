"""The register of third parties and transfers; recipients are told of withdrawals and erasures that concern them."""
