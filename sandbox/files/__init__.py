"""1C's side of an exchange by files: a base without a web server, which writes and reads CommerceML in a folder."""

from sandbox.files.books import Books, books_of
from sandbox.files.dialects import DIALECTS, Dialect
from sandbox.files.side import FileSide

__all__ = ["DIALECTS", "Books", "Dialect", "FileSide", "books_of"]
