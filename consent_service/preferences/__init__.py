"""What a person sees and changes of their own consents: the links that open it, what stands, what was chosen."""
