"""Settings of the manufacturer's service are checked when they are made, all at once, and keep their secret."""

from __future__ import annotations

import subprocess
import sys

import pytest

from connectors.crm.xdatalink.address import Retry, ServiceAddress
from foundation.errors import Faults

URL = "https://crm.example/xDataLink/xDataLink.asmx"


def test_the_defaults_are_the_platforms() -> None:
    address = ServiceAddress(URL, "DS108")
    assert (address.cap_bytes, address.soap, address.auth) == (4 * 1024 * 1024, "1.1", "none")
    assert address.timeout > 110  # ASP.NET ends a call itself, and its answer is worth having
    assert address.account == "DS108"


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(ServiceAddress(URL, "DS108", "secret", auth="basic"))


@pytest.mark.parametrize("query", ["", "?WSDL", "?wsdl"])
def test_an_address_may_be_pasted_with_its_wsdl(query: str) -> None:
    assert ServiceAddress(f" {URL}{query} ", "DS108").endpoint == URL


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Faults) as caught:
        ServiceAddress(
            "ftp://user:secret@crm.example/?x=1",
            " ",
            auth="basic",
            attribute="два слова",
            login="a:b",
            soap="2.0",  # type: ignore[arg-type]  # what a person may write
            timeout=0,
            cap_bytes=10,
        )
    told = [fault.path for fault in caught.value.faults]
    assert sorted(told) == sorted(
        ["url", "url", "url", "user", "soap", "password", "login", "attribute", "timeout", "cap_bytes"]
    )
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "crm.example", "http://", "http://crm.example:99999/", "http://[bad/"])
def test_an_address_that_leads_nowhere_is_a_fault(url: str) -> None:
    with pytest.raises(Faults) as caught:
        ServiceAddress(url, "DS108")
    assert [fault.path for fault in caught.value.faults] == ["url"]


@pytest.mark.parametrize("name", ["user", "1st", "a b", ""])
def test_the_attribute_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(Faults):
        ServiceAddress(URL, "DS108", "secret", auth="attribute", attribute=name)


def test_a_password_that_cannot_travel_is_a_fault() -> None:
    with pytest.raises(Faults) as caught:
        ServiceAddress(URL, "DS108", "sec\x00ret", auth="attribute")
    assert [fault.path for fault in caught.value.faults] == ["password"]


def test_a_policy_of_retries_is_checked() -> None:
    with pytest.raises(Faults) as caught:
        Retry(attempts=0, wait=-1)
    assert [fault.path for fault in caught.value.faults] == ["retry.attempts", "retry.wait"]


def test_settings_load_nothing_heavy() -> None:
    """The command line and the form of a link check an address without pandas, httpx or zeep."""
    code = (
        "import sys, connectors.crm.xdatalink, connectors.crm.xdatalink.address;"
        "print([name for name in ('pandas', 'numpy', 'httpx', 'zeep', 'lxml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
