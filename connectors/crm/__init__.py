"""The manufacturer's side: how MI1C speaks with the web service of ERP Monolit CRM."""
