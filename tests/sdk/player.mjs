// Plays sessions of the core as an app in JavaScript would: reads a call a line, writes what came of it.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const of = (name) => pathToFileURL(join(process.env.HOSO_PACKAGE, name)).href;
const { Core, initSync } = await import(of("mobile_core.js"));
const { FetchTransport } = await import(of("fetch.js"));
const { FileKeys, FolderFiles } = await import(of("node.js"));
/** Aborted when the app is left, which this one never is. */
const leaving = new AbortController();
initSync({ module: readFileSync(join(process.env.HOSO_PACKAGE, "mobile_core_bg.wasm")) });

/** fetch; and what it can do wrong. */
class Host {
    fault = "fine";
    #fetch = new FetchTransport();

    request(request) {
        // No promise, but the thing itself; all else is promised.
        return this.fault === "nothing" ? undefined : this.#answer(request);
    }

    async #answer(request) {
        const fault = this.fault;
        switch (fault) {
            case "offline":
                throw { kind: "offline" };
            case "timed_out":
                throw { kind: "timedOut" };
            case "failed":
                throw new Error("a certificate that nobody knows");
            case "throws":
                throw new TypeError("a bug of the app");
            case "blocked":
                return new Promise(() => {});
            case "late":
                await pause(500);
                return { status: 200, headers: [], body: new Uint8Array() };
            case "redirected":
                return { status: 302, headers: [{ name: "Location", value: "https://elsewhere.example/" }], body: new Uint8Array() };
            case "empty":
                return { status: 200, headers: [], body: new Uint8Array() };
        }
        const answer = await this.#fetch.request(request);
        switch (fault) {
            case "lies":
                return { ...answer, status: 500, body: new Uint8Array() };
            case "garbage":
                return { ...answer, body: new TextEncoder().encode("\u00ff\u0000<html>") };
            case "truncated":
                return { ...answer, body: answer.body.slice(0, answer.body.length / 2) };
        }
        return answer;
    }
}

class Keys {
    fault = "fine";
    #keys;

    constructor(path) {
        this.#keys = new FileKeys(path);
    }

    #or(answer) {
        switch (this.fault) {
            case "locked":
            case "gone":
                throw { kind: this.fault };
            case "throws":
                throw new TypeError("a bug of the app");
            case "nothing":
                return undefined;
            case "short":
                return new TextEncoder().encode("short");
        }
        return answer();
    }

    publicKey() {
        return this.#or(() => this.#keys.publicKey());
    }

    sign(message) {
        return this.#or(() => this.#keys.sign(message));
    }

    storageKey() {
        return this.fault === "other" ? new Uint8Array(32).fill(1) : this.#or(() => this.#keys.storageKey());
    }

    forget() {
        this.#keys.forget();
    }
}

/** One device: a folder with its accounts. */
class Phone {
    constructor(folder) {
        this.folder = folder;
        this.host = new Host();
        this.core = new Core(new FolderFiles(folder), "en", this.host);
    }
}

class Session {
    told = 0;

    constructor(phone, kind, account) {
        this.phone = phone;
        this.keys = new Keys(join(phone.folder, `${account}.pem`));
        const changed = () => this.told++;
        const { core } = phone;
        this.it = kind === "courier" ? core.courier(account, this.keys, changed) : core.citizen(account, this.keys, changed);
    }
}

const sessions = new Map();
const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...new Array(3000).fill(0)]);

const all = (list, of) => list.map(of).join(" ");

async function play(who, what, ...rest) {
    if (what === "open") {
        sessions.set(who, new Session(new Phone(join(process.env.HOSO_HOMES, who)), ...rest));
        return "";
    }
    if (what === "open_beside") {
        sessions.set(who, new Session(sessions.get(rest[0]).phone, ...rest.slice(1)));
        return "";
    }
    const held = sessions.get(who);
    const { it, phone } = held;
    const [a, b, c, d, e] = rest;
    switch (what) {
        case "close":
            sessions.delete(who);
            it.free();
            // A handle that was closed is refused, and nothing else happens.
            assert.throws(() => it.list());
            assert.throws(() => it.sync());
            return "";
        case "fault":
            (a === "transport" ? phone.host : held.keys).fault = b;
            return "";
        case "versions": {
            const { store, wire } = phone.core.versions();
            return `store ${store}, wire ${wire}`;
        }
        case "accounts":
            return phone.core.accounts().join(" ");
        case "remove_account":
            phone.core.removeAccount(a, held.keys);
            return "";
        case "account":
            return it.account()?.person ?? "";
        case "observed":
            for (let i = 0; i < 500 && held.told === 0; i++) {
                await pause(10);
            }
            return held.told > 0 ? "yes" : "no";
        case "events": {
            const kinds = it.nextEvents(0, 500).events.map((event) => event.kind.toLowerCase());
            return [...new Set(kinds)].sort().join(" ");
        }
        case "pause":
            phone.core.pause();
            return "";
        case "resume":
            phone.core.resume();
            return "";
        case "begin_sign_in":
            return (await it.beginSignIn(a)).url;
        case "finish_sign_in":
            return (await it.finishSignIn(a)).person;
        case "enrol":
            return (await it.enrol(a, b)).person;
        case "enrol_given_up":
            await it.enrol(a, b, AbortSignal.timeout(200));
            return "";
        case "sign_out":
            await it.signOut();
            return "";
        case "sync": {
            // One signal for many calls: none of them stays with it.
            const done = await it.sync(leaving.signal).finally(() => assert.deepEqual(getEventListeners(leaving.signal, "abort"), []));
            return `sent ${done.sent} set aside ${done.setAside} ${JSON.stringify(done.problems)}`;
        }
        case "sync_given_up":
            await it.sync(AbortSignal.timeout(200));
            return "";
        case "device":
            return it.device();
        case "report_lost":
            await it.reportLost(a);
            return "";
        case "devices":
            return all(await it.devices(), (device) => device.state);
        case "crowd": {
            // One thread: as many as a page has.
            const drafts = async (n) => {
                for (let i = 0; i < 5; i++) {
                    const dossier = it.newDraft(a);
                    await pause(0);
                    it.setFields(dossier, [{ key: "applicant_name", value: `Nguyễn Văn ${n}` }]);
                }
            };
            await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(drafts));
            return String(it.list().cards.length);
        }
        case "new_draft":
            return it.newDraft(a);
        case "fill":
            it.setFields(a, it.examples("2.000635"));
            return "";
        case "set":
            it.setFields(a, [{ key: b, value: c }]);
            return "";
        case "photo":
            return it.addPaper(a, b, "can-cuoc.jpg", JPEG).sha256;
        case "paper":
            return it.addPaper(a, b, "a.txt", new TextEncoder().encode("plain text")).sha256;
        case "submit":
            it.submit(a, b);
            return "";
        case "supplement":
            it.supplement(a);
            return "";
        case "withdraw":
            it.withdraw(a, b);
            return "";
        case "choose_post":
            it.choosePost(a, { recipient: b, phone: c, area: d, line: e });
            return "";
        case "status":
            return it.detail(a).card.statusKey;
        case "value":
            return it.detail(a).fields.find((field) => field.key === b)?.values.join(" / ") ?? "";
        case "asides":
            return all(it.detail(a).setAside, (aside) => aside.code);
        case "dismiss":
            it.dismiss(a, Number(b));
            return "";
        case "recipient_code":
            return it.detail(a).recipientCode ?? "";
        case "parcels":
            return all(it.manifest(), (parcel) => parcel.parcel);
        case "failed":
            it.failedAttempt(a, b);
            return "";
        case "delivered":
            it.confirmDelivery(a, { kind: "code", code: b }, { kind: "owner", identity: "citizen_card" });
            return "";
        case "receipts":
            return all(it.receipts(a), (kept) => it.verifyReceipt(it.exportReceipt(a, kept.seq)).subject);
        case "verify":
            return it.verifyReceipt(it.exportReceipt(a, it.receipts(a)[0].seq)).log;
        case "verify_text":
            return it.verifyReceipt(new TextEncoder().encode(a)).subject;
        case "readings":
            return all(await it.readings(a), (one) => one.purpose);
        default:
            throw new Error(`nobody plays ${what}`);
    }
}

const spelled = (kind) => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

for await (const line of createInterface({ input: process.stdin })) {
    try {
        console.log(`ok\t${(await play(...line.split("\t"))).replaceAll("\n", " ")}`);
    } catch (error) {
        if (error?.name !== "CoreError") {
            throw error;
        }
        console.log(`error\t${error.code}\t${spelled(error.kind)}`);
    }
}
