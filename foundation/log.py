"""The structured log, and the filter that no secret passes.

Secrets are registered once, where they are first read (:func:`hide`); from then on every log record of the process
is cleaned at its birth, so that no handler, ours or Prefect's, ever sees one.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import threading
from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST: Final = 3
"""Secrets shorter than this are not searched for: they would blank out ordinary words."""

CHATTY: Final = ("alembic", "httpx")
"""Libraries that tell of every step at INFO."""

_hidden: set[str] = set()
_lock = threading.Lock()
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def hide(secret: str, *, user: str = "") -> None:
    """Keep a secret out of every log from now on: as it is, percent-encoded, and in Basic's Base64 with its user."""
    if len(secret) < SHORTEST:
        return
    with _lock:
        _hidden.update({secret, quote(secret, safe=""), b64encode(secret.encode()).decode()})
        if user:
            _hidden.add(b64encode(f"{user}:{secret}".encode()).decode())
    _install()


def scrub(text: str) -> str:
    """Return the text with every registered secret replaced by ``***``."""
    for secret in _hidden:
        if secret in text:
            text = text.replace(secret, "***")
    return text


def _install() -> None:
    factory = logging.getLogRecordFactory()
    if getattr(factory, "scrubs", False):
        return

    def clean(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        message = record.getMessage()
        cleaned = scrub(message)
        if cleaned != message:
            record.msg, record.args = cleaned, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
        return record

    clean.scrubs = True  # type: ignore[attr-defined]  # a mark on our own function: installing twice must not stack
    logging.setLogRecordFactory(clean)


class JsonLines(logging.Formatter):
    """One record a line as JSON: ``at``, ``level``, ``logger``, ``message`` and the record's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **facts,
        }
        if record.exc_text or record.exc_info:
            line["trace"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]  # checked above
        return scrub(json.dumps(line, ensure_ascii=False, default=str))


def log_to(folder: Path, *, name: str = "mi1c", level: int = logging.INFO) -> Path:
    """Write this process's log to ``folder/name.log`` as JSON lines, rotated at 10 MB, ten files kept.

    Asked for twice, the same file gets every record once. What libraries say of their own doings (:data:`CHATTY`) is no
    one's concern unless it is a warning: it goes neither to the file nor to an operator's terminal.
    """
    _install()
    for each in CHATTY:
        logging.getLogger(each).setLevel(logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    root = logging.getLogger()
    known = [each for each in root.handlers if isinstance(each, logging.handlers.RotatingFileHandler)]
    if any(each.baseFilename == str(path.resolve()) for each in known):
        return path
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=10_000_000, backupCount=10, encoding="utf-8")
    handler.setFormatter(JsonLines())
    handler.setLevel(level)
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))
    return path
