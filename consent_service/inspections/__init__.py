"""The inspection pack: what an inspector asks for, over a period, as one signed ZIP that is made by the worker."""
