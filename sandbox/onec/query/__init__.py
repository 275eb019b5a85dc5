"""What stands behind the question mark: the options, and `$filter` with a real parser."""
