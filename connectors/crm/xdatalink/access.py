"""How a request signs in over HTTP: Basic or NTLM; the attribute of ``extdata`` is service.py's affair."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import httpx

from connectors.crm.xdatalink.faults import denied

if TYPE_CHECKING:
    from collections.abc import Generator

    from connectors.crm.xdatalink.address import ServiceAddress


def sign_in(address: ServiceAddress) -> httpx.Auth | None:
    """Return what signs a request in over HTTP, or None."""
    match address.auth:
        case "basic":
            return httpx.BasicAuth(address.account, address.password)
        case "ntlm":
            return Ntlm(address)
    return None


class Ntlm(httpx.Auth):
    """NTLM by httpx-ntlm; what that library or pyspnego raise in a failed handshake becomes AccessDenied."""

    def __init__(self, address: ServiceAddress) -> None:
        from httpx_ntlm import HttpNtlmAuth  # only this style loads spnego

        self._endpoint = address.endpoint
        self._inner: httpx.Auth = HttpNtlmAuth(address.account, address.password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Carry out the handshake."""
        from spnego.exceptions import SpnegoError  # see above

        try:
            yield from self._inner.auth_flow(request)
        except (LookupError, RuntimeError, SpnegoError, ValueError, struct.error) as error:
            raise denied(f"NTLM, {type(error).__name__}", address=self._endpoint) from None
