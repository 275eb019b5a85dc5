"""A 1C base with its standard OData interface, as the platform really behaves: driven by metadata, no 1C needed."""
