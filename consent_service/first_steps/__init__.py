"""The way from an empty operator to the first field on a page, step by step."""
