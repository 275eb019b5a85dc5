"""xDataLink, the manufacturer's web service: the codec in ``envelope``, the calls in ``service``.

This package imports nothing by itself: ``address`` is light (settings, the command line), ``service`` loads httpx and,
at the first call, zeep; ``envelope`` loads pandas.
"""
