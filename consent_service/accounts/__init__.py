"""How members of staff show who they are: passwords and their pauses, codes of an app, passkeys, invitations."""
