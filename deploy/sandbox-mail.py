#!/usr/bin/python3
"""usage: deploy/sandbox-mail.py FOLDER CERTIFICATES

A mail server for tests and the demo: SMTP with STARTTLS and a password, on any free port of the loopback, which keeps
every mail in FOLDER/maildir. Writes FOLDER/port when it is ready; whoever may send is in FOLDER/password (made when it
is missing; the user is "candour"). FOLDER/mood says how it behaves, read anew at each step:

  (empty)      takes everything, but for nobody*@..., whom it refuses for good, and full*@...,
               whose mailbox is full
  closed       hangs up on whoever connects
  busy         says 451 to every sender
  slow-rcpt    waits before it says yes to a recipient, for as long as the mood is this one
  slow-reply   keeps the mail and waits before it says so
"""
import asyncio
import mailbox
import os
import secrets
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder, certificates = sys.argv[1:3]
os.makedirs(folder, mode=0o700, exist_ok=True)
box = mailbox.Maildir(os.path.join(folder, "maildir"))


def path(name):
    return os.path.join(folder, name)


def mood():
    try:
        with open(path("mood"), encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


async def wait_while(word):
    while mood() == word:
        await asyncio.sleep(0.02)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if mood() == "busy":
            return "451 4.3.2 try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        with open(path("recipients"), "a", encoding="utf-8") as file:
            file.write(address + "\n")
        await wait_while("slow-rcpt")
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox here"
        if address.startswith("full"):
            return "452 4.2.2 this mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        message = mailbox.MaildirMessage(envelope.content)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        box.add(message)
        await wait_while("slow-reply")
        return "250 2.0.0 kept"


class Server(SMTP):
    def connection_made(self, transport):
        super().connection_made(transport)
        if mood() == "closed":
            transport.close()


async def main():
    if not os.path.exists(path("password")):
        with open(os.open(path("password"), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(18) + "\n")
    with open(path("password"), encoding="utf-8") as file:
        password = file.readline().strip().encode()

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(handled=False, success=data.login == b"candour" and secrets.compare_digest(data.password, password))

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(os.path.join(certificates, "server.pem"), os.path.join(certificates, "server.key"))
    implicit = os.environ.get("CANDOUR_MAIL_TLS") == "implicit"

    def connect():
        return Server(Handler(), hostname="localhost", authenticator=authenticate, auth_required=True,
                      tls_context=None if implicit else tls, require_starttls=not implicit,
                      auth_require_tls=not implicit)

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", int(os.environ.get("CANDOUR_MAIL_PORT", 0)),
                                                            ssl=tls if implicit else None)
    with open(path("port.new"), "w", encoding="utf-8") as file:
        file.write(f"{server.sockets[0].getsockname()[1]}\n")
    os.rename(path("port.new"), path("port"))
    await server.serve_forever()


asyncio.run(main())
