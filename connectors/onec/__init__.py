"""Ways into a distributor's 1C: over HTTP (``odata``), and later from files of older versions."""
