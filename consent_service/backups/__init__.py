"""Backups: database and folder of the ledger, sealed, checked before anything of them is put back."""
