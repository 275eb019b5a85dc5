"""The outside world: the distributor's 1C base and the manufacturer's service. No Prefect and no database here."""
