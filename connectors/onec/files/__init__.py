"""The exchange folder of a 1C 8.x base without a web server: CommerceML 2 in, orders out."""

from connectors.onec.files.address import FolderAddress, Limits
from connectors.onec.files.client import OneCFiles, OrderStatus
from connectors.onec.files.folder import Delivery
from connectors.onec.files.orders import Order, OrderLine, OrderParty, order_xml
from connectors.onec.files.outgoing import OrderOut
from connectors.onec.files.state import FolderState

__all__ = [
    "Delivery",
    "FolderAddress",
    "FolderState",
    "Limits",
    "OneCFiles",
    "Order",
    "OrderLine",
    "OrderOut",
    "OrderParty",
    "OrderStatus",
    "order_xml",
]
