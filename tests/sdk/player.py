"""Plays sessions of the core as an app in Python would: reads a call a line, writes what came of it."""

import asyncio
import os
import socket
import sys
import urllib.error
import urllib.request

from hoso_core import mobile_core as core


class Host(core.HttpTransport):
    """urllib in a thread; and what it can do wrong."""

    def __init__(self):
        self.fault = "fine"

    async def request(self, request):
        fault = self.fault
        if fault == "offline":
            raise core.TransportError.Offline()
        if fault == "timed_out":
            raise core.TransportError.TimedOut()
        if fault == "failed":
            raise core.TransportError.Failed("a certificate that nobody knows")
        if fault == "throws":
            raise ValueError("a bug of the app")
        if fault == "nothing":
            return None
        if fault == "blocked":
            await asyncio.sleep(3600)
        if fault == "late":
            await asyncio.sleep(0.5)
            return core.HttpResponse(status=200, headers=[], body=b"")
        if fault == "redirected":
            return core.HttpResponse(status=302, headers=[core.Header(name="Location", value="https://elsewhere.example/")], body=b"")
        if fault == "empty":
            return core.HttpResponse(status=200, headers=[], body=b"")
        answer = await asyncio.get_running_loop().run_in_executor(None, self.send, request)
        if fault == "lies":
            answer = core.HttpResponse(status=500, headers=answer.headers, body=b"")
        if fault == "garbage":
            answer = core.HttpResponse(status=answer.status, headers=answer.headers, body=b"\xff\x00<html>")
        if fault == "truncated":
            answer = core.HttpResponse(status=answer.status, headers=answer.headers, body=answer.body[: len(answer.body) // 2])
        return answer

    @staticmethod
    def send(request):
        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        asked = urllib.request.Request(request.url, data=request.body or None, method=request.method)
        for header in request.headers:
            asked.add_header(header.name, header.value)
        try:
            answer = urllib.request.build_opener(NoRedirect).open(asked, timeout=60)
        except urllib.error.HTTPError as status:
            answer = status
        except urllib.error.URLError as failed:
            # Only without a connection has surely nothing left.
            if isinstance(failed.reason, (ConnectionRefusedError, socket.gaierror)):
                raise core.TransportError.Offline() from None
            raise core.TransportError.Failed("urllib") from None
        except OSError:
            raise core.TransportError.Failed("urllib") from None
        headers = [core.Header(name=name, value=value) for name, value in answer.headers.items()]
        return core.HttpResponse(status=answer.status, headers=headers, body=answer.read())


class Keys(core.KeyStore):
    def __init__(self, path):
        self.keys = core.file_keys(path)
        self.fault = "fine"

    def answer(self, right):
        if self.fault == "locked":
            raise core.KeyError.Locked()
        if self.fault == "gone":
            raise core.KeyError.Gone()
        if self.fault == "throws":
            raise ValueError("a bug of the app")
        if self.fault == "nothing":
            return None
        return b"short" if self.fault == "short" else right()

    def public_key(self):
        return self.answer(self.keys.public_key)

    def sign(self, message):
        return self.answer(lambda: self.keys.sign(message))

    def storage_key(self):
        if self.fault == "other":
            return bytes([1] * 32)
        return self.answer(self.keys.storage_key)

    def forget(self):
        self.keys.forget()


class Watches(core.Observer):
    def __init__(self):
        self.told = 0

    def changed(self):
        self.told += 1


class Phone:
    """One device: a folder with its accounts."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.host = Host()
        self.core = core.Core(folder, core.Language.ENGLISH, self.host, None)


class Session:
    def __init__(self, phone, kind, account):
        self.phone = phone
        self.keys = Keys(os.path.join(phone.folder, account + ".pem"))
        self.watches = Watches()
        make = phone.core.courier if kind == "courier" else phone.core.citizen
        self.it = make(account, self.keys, self.watches)


JPEG = b"\xff\xd8\xff\xe0" + bytes(3000)
sessions = {}


async def given_up(call):
    cancel = core.Cancel()
    asyncio.get_running_loop().call_later(0.2, cancel.cancel)
    return await call(cancel)


async def play(who, what, *rest):
    if what == "open":
        sessions[who] = Session(Phone(os.path.join(os.environ["HOSO_HOMES"], who)), *rest)
        return ""
    if what == "open_beside":
        sessions[who] = Session(sessions[rest[0]].phone, *rest[1:])
        return ""
    held = sessions[who]
    it, phone = held.it, held.phone
    match what, *rest:
        case "close", :
            sessions.pop(who)
            del held, it, phone
            import gc

            gc.collect()
        case "fault", "transport", fault:
            phone.host.fault = fault
        case "fault", "keys", fault:
            held.keys.fault = fault
        case "versions", :
            versions = phone.core.versions()
            return f"store {versions.store}, wire {versions.wire}"
        case "accounts", :
            return " ".join(phone.core.accounts())
        case "remove_account", account:
            phone.core.remove_account(account, held.keys)
        case "account", :
            account = it.account()
            return account.person if account else ""
        case "observed", :
            for _ in range(500):
                if held.watches.told:
                    return "yes"
                await asyncio.sleep(0.01)
            return "no"
        case "events", :
            return " ".join(sorted({event.kind.name.lower().replace("_", "") for event in it.next_events(0, 500).events}))
        case "pause", :
            phone.core.pause()
        case "resume", :
            phone.core.resume()
        case "begin_sign_in", server:
            return (await it.begin_sign_in(server)).url
        case "finish_sign_in", callback:
            return (await it.finish_sign_in(callback)).person
        case "enrol", server, code:
            return (await it.enrol(server, code)).person
        case "enrol_given_up", server, code:
            await given_up(lambda cancel: it.enrol(server, code, cancel))
        case "sign_out", :
            await it.sign_out()
        case "sync", :
            done = await it.sync()
            return f"sent {done.sent} set aside {done.set_aside} {done.problems}"
        case "sync_given_up", :
            await given_up(lambda cancel: it.sync(cancel))
        case "device", :
            return it.device()
        case "report_lost", device:
            await it.report_lost(device)
        case "devices", :
            return " ".join(device.state for device in await it.devices())
        case "crowd", procedure:

            def drafts(n):
                for _ in range(5):
                    dossier = it.new_draft(procedure)
                    it.set_fields(dossier, [core.FieldInput(key="applicant_name", value=f"Nguyễn Văn {n}")])
                    assert any(field.values == [f"Nguyễn Văn {n}"] for field in it.detail(dossier).fields)

            await asyncio.gather(*(asyncio.to_thread(drafts, n) for n in range(8)))
            return str(len(it.list().cards))
        case "new_draft", procedure:
            return it.new_draft(procedure)
        case "fill", dossier:
            it.set_fields(dossier, it.examples("2.000635"))
        case "set", dossier, key, value:
            it.set_fields(dossier, [core.FieldInput(key=key, value=value)])
        case "photo", dossier, component:
            return it.add_paper(dossier, component, "can-cuoc.jpg", JPEG).sha256
        case "paper", dossier, component:
            return it.add_paper(dossier, component, "a.txt", b"plain text").sha256
        case "submit", dossier, unit:
            it.submit(dossier, unit)
        case "supplement", dossier:
            it.supplement(dossier)
        case "withdraw", dossier, reason:
            it.withdraw(dossier, reason)
        case "choose_post", dossier, recipient, telephone, area, line:
            to = core.PostalInput(recipient=recipient, phone=telephone, area=area, line=line)
            it.choose_post(dossier, to)
        case "status", dossier:
            return it.detail(dossier).card.status_key
        case "value", dossier, key:
            field = next((field for field in it.detail(dossier).fields if field.key == key), None)
            return " / ".join(field.values) if field else ""
        case "printed", dossier:
            detail = it.detail(dossier)
            proof, recipient = core.DoorProof.CODE(code="00000"), core.DoorRecipient.OWNER(identity="passport")
            return f"{detail} {detail.fields[0]} {detail.papers[0]} {proof} {recipient}"
        case "asides", dossier:
            return " ".join(aside.code for aside in it.detail(dossier).set_aside)
        case "dismiss", dossier, number:
            it.dismiss(dossier, int(number))
        case "recipient_code", dossier:
            return it.detail(dossier).recipient_code or ""
        case "parcels", :
            return " ".join(parcel.parcel for parcel in it.manifest())
        case "failed", parcel, reason:
            it.failed_attempt(parcel, reason)
        case "delivered", parcel, code:
            recipient = core.DoorRecipient.OWNER(identity="citizen_card")
            it.confirm_delivery(parcel, core.DoorProof.CODE(code=code), recipient)
        case "receipts", dossier:
            subjects = []
            for kept in it.receipts(dossier):
                subjects.append(it.verify_receipt(it.export_receipt(dossier, kept.seq)).subject)
            return " ".join(subjects)
        case "verify", dossier:
            kept = it.receipts(dossier)[0]
            return it.verify_receipt(it.export_receipt(dossier, kept.seq)).log
        case "verify_text", text:
            return it.verify_receipt(text.encode()).subject
        case "readings", dossier:
            return " ".join(reading.purpose for reading in await it.readings(dossier))
        case _:
            raise NotImplementedError(what)
    return ""


async def main():
    core.uniffi_set_event_loop(asyncio.get_running_loop())
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            said = "ok\t" + (await play(*line.rstrip("\n").split("\t"))).replace("\n", " ")
        except core.CoreError as error:
            about = error.about
            said = f"error\t{about.code}\t{about.kind.name.lower()}\t{type(error).__name__}"
        print(said, flush=True)


asyncio.run(main())
