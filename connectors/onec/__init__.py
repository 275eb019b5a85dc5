"""Ways into a distributor's 1C: over HTTP (``odata``), through a folder of files (``files``)."""
