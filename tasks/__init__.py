"""What a flow is made of: thin Prefect tasks over the rooms below."""
