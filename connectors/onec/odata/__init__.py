"""The OData interface of 1C:Enterprise 8.3: a thin client that turns readings into frames and writes documents."""

from connectors.onec.odata.address import OneCAddress, Retry
from connectors.onec.odata.client import OneC
from connectors.onec.odata.metadata import EntityType, Function, Metadata, metadata_of

__all__ = ["EntityType", "Function", "Metadata", "OneC", "OneCAddress", "Retry", "metadata_of"]
