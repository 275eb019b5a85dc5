"""The manufacturer's double: ERP Monolit CRM's web service xDataLink, as its clients' public code shows it."""
