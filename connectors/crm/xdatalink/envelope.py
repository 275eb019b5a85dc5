"""The codec of xDataLink: frames into messages, answers into frames, both driven by a scheme of the layout."""

from __future__ import annotations

from connectors.crm.xdatalink.decoding import Answer, decode
from connectors.crm.xdatalink.encoding import Encoded, encode
from connectors.crm.xdatalink.frames import HEAD
from connectors.crm.xdatalink.verdict import confirm

__all__ = ["HEAD", "Answer", "Encoded", "confirm", "decode", "encode"]
