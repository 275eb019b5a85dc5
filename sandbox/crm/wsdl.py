"""The service's description of itself, in the manner of ASMX: document/literal wrapped, SOAP 1.1 and 1.2."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

from sandbox.crm.soap import ACTION, NAMESPACE

_HEAD: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://www.w3.org/2001/XMLSchema"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}">
  <wsdl:types>
    <s:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">
      <s:element name="Request">
        <s:complexType><s:sequence>
          <s:element minOccurs="0" maxOccurs="1" name="XMLData" type="s:string" />
        </s:sequence></s:complexType>
      </s:element>
      <s:element name="RequestResponse">
        <s:complexType><s:sequence>
          <s:element minOccurs="0" maxOccurs="1" name="RequestResult" type="s:string" />
        </s:sequence></s:complexType>
      </s:element>
    </s:schema>
  </wsdl:types>
  <wsdl:message name="RequestSoapIn"><wsdl:part name="parameters" element="tns:Request" /></wsdl:message>
  <wsdl:message name="RequestSoapOut"><wsdl:part name="parameters" element="tns:RequestResponse" /></wsdl:message>
  <wsdl:portType name="xDataLinkSoap">
    <wsdl:operation name="Request">
      <wsdl:input message="tns:RequestSoapIn" />
      <wsdl:output message="tns:RequestSoapOut" />
    </wsdl:operation>
  </wsdl:portType>
"""


def _binding(name: str, prefix: str) -> str:
    body = f'<{prefix}:body use="literal" />'
    return f"""  <wsdl:binding name="{name}" type="tns:xDataLinkSoap">
    <{prefix}:binding transport="http://schemas.xmlsoap.org/soap/http" />
    <wsdl:operation name="Request">
      <{prefix}:operation soapAction="{ACTION}" style="document" />
      <wsdl:input>{body}</wsdl:input>
      <wsdl:output>{body}</wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
"""


def describe(address: str) -> bytes:
    """Return the WSDL of a service that is called at ``address``."""
    place = quoteattr(address)
    ports = (
        f'    <wsdl:port name="xDataLinkSoap" binding="tns:xDataLinkSoap"><soap:address location={place} />'
        "</wsdl:port>\n"
        f'    <wsdl:port name="xDataLinkSoap12" binding="tns:xDataLinkSoap12"><soap12:address location={place} />'
        "</wsdl:port>\n"
    )
    bindings = _binding("xDataLinkSoap", "soap") + _binding("xDataLinkSoap12", "soap12")
    service = f'  <wsdl:service name="xDataLink">\n{ports}  </wsdl:service>\n</wsdl:definitions>\n'
    return (_HEAD + bindings + service).encode()
