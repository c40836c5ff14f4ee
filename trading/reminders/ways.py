"""How a reminder leaves the house: e-mail by SMTP, a text message by a gateway or into a folder.

A message carries its stable key, by which a receiver knows it again when it comes twice.
"""

import http.client
import json
import smtplib
import ssl
import urllib.parse
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from kernel.settings import Settings
from trading.reminders.models import Way
from trading.reminders.rules import Outcome

TIMEOUT_SECONDS = 10.0
PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Message:
    """What leaves; the address never stands in a log or a repr."""

    key: str
    to: str = field(repr=False)
    subject: str
    text: str
    at: datetime


class Carrier(Protocol):
    """One way out. It answers for every fault: nothing is raised."""

    def send(self, message: Message) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Mail:
    """An SMTP server: smtp:// (STARTTLS where offered, required with a password) or smtps://."""

    url: str = field(repr=False)
    sender: str

    def send(self, message: Message) -> Outcome:
        """One attempt; lost after the text had begun to leave, nobody knows whether it arrived."""
        told = _written(message, self.sender)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException):
            return Outcome.LATER
        try:
            return _handed_over(server, self.sender, message.to, told)
        finally:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        told = urllib.parse.urlsplit(self.url)
        host, port = told.hostname or "localhost", told.port
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if told.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            # A password never leaves in the clear.
            if server.has_extn("starttls") or told.password:
                server.starttls(context=context)
        if told.username and told.password:
            user, password = map(urllib.parse.unquote, (told.username, told.password))
            server.login(user, password)
        return server


def _handed_over(server: smtplib.SMTP, sender: str, to: str, told: EmailMessage) -> Outcome:
    try:
        server.ehlo_or_helo_if_needed()
        for code, _ in (server.mail(sender), server.rcpt(to)):
            if code >= PERMANENT:
                return Outcome.REFUSED
            if code not in (250, 251):
                return Outcome.LATER
    except (OSError, smtplib.SMTPException):
        return Outcome.LATER
    try:
        code, _ = server.data(told.as_bytes())
    except smtplib.SMTPDataError as refused:
        return Outcome.REFUSED if refused.smtp_code >= PERMANENT else Outcome.LATER
    except (OSError, smtplib.SMTPException):
        return Outcome.UNCERTAIN
    if code >= PERMANENT:
        return Outcome.REFUSED
    return Outcome.SENT if code == 250 else Outcome.LATER


def _written(message: Message, sender: str) -> EmailMessage:
    told = EmailMessage()
    domain = sender.rpartition("@")[2] or "localhost"
    told["Message-ID"] = f"<{message.key}@{domain}>"
    told["Date"] = format_datetime(message.at)
    told["From"], told["To"], told["Subject"] = sender, message.to, message.subject
    told["Auto-Submitted"] = "auto-generated"
    told.set_content(message.text)
    return told


@dataclass(frozen=True, slots=True)
class Gateway:
    """A provider's HTTP door: POST of key, number and text as JSON, the key also as header."""

    url: str = field(repr=False)

    def send(self, message: Message) -> Outcome:
        """One attempt; 2xx and 409 (known already) are sent, other 4xx refused."""
        told = urllib.parse.urlsplit(self.url)
        secure = told.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        line = kind(told.hostname or "", told.port, timeout=TIMEOUT_SECONDS)
        body = json.dumps({"key": message.key, "to": message.to, "text": message.text})
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        if told.password:
            headers["Authorization"] = f"Bearer {urllib.parse.unquote(told.password)}"
        try:
            line.connect()
        except OSError:
            return Outcome.LATER
        try:
            line.request("POST", told.path or "/", body.encode(), headers)
            status = line.getresponse().status
        except (OSError, http.client.HTTPException):
            return Outcome.UNCERTAIN
        finally:
            line.close()
        return _meaning(status)


def _meaning(status: int) -> Outcome:
    if 200 <= status < 300 or status == 409:
        return Outcome.SENT
    if status in (408, 429) or status >= PERMANENT:
        return Outcome.LATER if status == 429 else Outcome.UNCERTAIN
    return Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder from which somebody else sends: one file a message, named by its key."""

    folder: Path

    def send(self, message: Message) -> Outcome:
        """The same message twice is one file."""
        told = json.dumps({"key": message.key, "to": message.to, "text": message.text})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            waiting = self.folder / f"{message.key}.part"
            waiting.write_text(told, "utf-8")
            waiting.replace(self.folder / f"{message.key}.json")
        except OSError:
            return Outcome.LATER
        return Outcome.SENT


def carriers(settings: Settings) -> dict[Way, Carrier]:
    """The ways this installation has been told of; none is no fault, the inbox remains."""
    found: dict[Way, Carrier] = {}
    if settings.smtp_url:
        found[Way.MAIL] = Mail(settings.smtp_url, settings.mail_from)
    if settings.sms_url == "spool":
        found[Way.SMS] = Spool(settings.state_dir / "sms")
    elif settings.sms_url:
        found[Way.SMS] = Gateway(settings.sms_url)
    return found
