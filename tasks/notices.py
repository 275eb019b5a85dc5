"""Telling people: mail, a webhook, and the notification blocks of Prefect that the settings name; one message a link.

A channel tells everything new of a link in one message. What a channel could not tell it is asked to tell next time;
the others are not asked again. Addresses and passwords stay out of every log and error.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx

from foundation.log import hide
from tasks.watching import TITLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foundation.settings import ProcessSettings
    from ledger.alerts import Alert

log = logging.getLogger(__name__)

PATIENCE: Final = 20.0
"""Seconds that one channel may take."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a channel tells of one link: alerts that were raised, and alerts that are over."""

    link: str
    raised: Sequence[Alert]
    cleared: Sequence[Alert]

    @property
    def subject(self) -> str:
        """One line: «МИ1С, baltika-msk: предупреждений 2, отбой 1»."""
        parts = [f"предупреждений {len(self.raised)}"] if self.raised else []
        parts += [f"отбой {len(self.cleared)}"] if self.cleared else []
        return f"МИ1С, {self.link}: {', '.join(parts)}"

    @property
    def text(self) -> str:
        """The whole message: what happened and what to do, then what is over."""
        lines = [
            f"⚠ {TITLES.get(each.kind, each.kind)}. {each.said}\n  Что делать. {each.todo}" for each in self.raised
        ]
        lines += [f"✓ отбой: {TITLES.get(each.kind, each.kind)}. {each.said}" for each in self.cleared]
        return "\n\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return the message for programs."""
        return {
            "link": self.link,
            "subject": self.subject,
            "text": self.text,
            "raised": [_plain(each) for each in self.raised],
            "cleared": [_plain(each) for each in self.cleared],
        }


def _plain(alert: Alert) -> dict[str, Any]:
    own = {name: value for name, value in alert.facts.items() if name not in {"told", "cleared_told"}}
    return {
        "id": alert.id,
        "kind": alert.kind,
        "key": alert.key,
        "said": alert.said,
        "todo": alert.todo,
        "facts": own,
        "raised_at": alert.raised_at.isoformat(),
        "cleared_at": alert.cleared_at.isoformat() if alert.cleared_at else None,
    }


class Channel(Protocol):
    """A way to tell: ``tell`` returns when the message was taken, and raises what its library raises when not."""

    @property
    def name(self) -> str:
        """What the ledger calls it; no address, no secret."""
        ...

    def tell(self, notice: Notice) -> None:
        """Tell it."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """A message by SMTP; the password is used where a user is named."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    sender: str
    to: tuple[str, ...]
    name: str = "mail"

    def tell(self, notice: Notice) -> None:
        """Send one mail to all."""
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = notice.subject, self.sender, ", ".join(self.to)
        message.set_content(notice.text)
        with self._connected() as server:
            if self.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, self.port, timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST of JSON; anything but 2xx is a failure."""

    url: str
    name: str = "webhook"

    def tell(self, notice: Notice) -> None:
        """Post it once."""
        httpx.post(self.url, json=notice.as_json(), timeout=PATIENCE, follow_redirects=False).raise_for_status()


@dataclass(frozen=True, slots=True)
class PrefectBlock:
    """A notification block of Prefect: ``slug/name`` as the Prefect UI shows it."""

    block: str

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return f"block {self.block}"

    def tell(self, notice: Notice) -> None:
        """Let the block tell it."""
        from prefect.blocks.core import Block

        loaded: Any = Block.load(self.block, _sync=True)  # type: ignore[call-arg]  # prefect's sync_compatible adds it
        loaded.notify(body=notice.text, subject=notice.subject, _sync=True)


def channels(settings: ProcessSettings) -> list[Channel]:
    """Return the channels that the settings describe; their secrets are kept out of every log from here on."""
    found: list[Channel] = [PrefectBlock(each) for each in settings.notify_blocks]
    password, url = settings.mail_password.get_secret_value(), settings.webhook_url.get_secret_value()
    hide(password, user=settings.mail_user)
    hide(url)
    if settings.mail_host and settings.mail_to:
        described = (settings.mail_host, settings.mail_port, settings.mail_tls, settings.mail_user)
        found.append(Mail(*described, password, settings.mail_from, settings.mail_to))
    if url:
        found.append(Webhook(url))
    return found


def told(channel: Channel, notice: Notice) -> bool:
    """Tell it once; False, with a warning in the log, where the channel failed: it is asked again next time."""
    try:
        channel.tell(notice)
    except Exception as error:  # noqa: BLE001 - blocks raise whatever their services raise; the watch must go on
        # The class alone: texts of these libraries hold addresses, and an address may be a secret.
        log.warning(
            "Канал %s не принял сообщение: %s. Повтор при следующем наблюдении", channel.name, type(error).__name__
        )
        return False
    return True
