// Files of a page that are cut off: whatever is left opens, or says that it is damaged and stays as it is.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const of = (name) => pathToFileURL(join(process.env.HOSO_PACKAGE, name)).href;
const { Core, initSync } = await import(of("mobile_core.js"));
const { FileKeys, FolderFiles } = await import(of("node.js"));
const { memory } = initSync({ module: readFileSync(join(process.env.HOSO_PACKAGE, "mobile_core_bg.wasm")) });

const homes = mkdtempSync(join(tmpdir(), "hoso-files-"));
process.on("exit", () => rmSync(homes, { recursive: true, force: true }));
let made = 0;
const nobody = { request: () => Promise.reject({ kind: "offline" }) };

/** A folder whose files take so many changes, and then nothing more: the page was closed. */
class Cut {
    constructor(folder, changes) {
        this.files = new FolderFiles(folder);
        this.left = changes;
    }

    names() {
        return this.files.names();
    }

    open(name) {
        const file = this.files.open(name);
        const changes = (change) => (...with_) => {
            if (this.left === 0) {
                throw new Error("the page was closed");
            }
            this.left -= 1;
            return change(...with_);
        };
        return {
            read: (...with_) => file.read(...with_),
            getSize: () => file.getSize(),
            close: () => file.close(),
            flush: changes(() => file.flush()),
            write: changes((from, at) => file.write(from, at)),
            truncate: changes((size) => file.truncate(size)),
        };
    }
}

class Home {
    constructor(folder = join(homes, String(made++))) {
        this.folder = folder;
    }

    core(files = new FolderFiles(this.folder)) {
        return new Core(files, "en", nobody);
    }

    keys() {
        return new FileKeys(join(this.folder, "me.pem"));
    }

    /** Its file, as it lies there. */
    get bytes() {
        return readFileSync(join(this.folder, "me.hoso"));
    }

    set bytes(bytes) {
        writeFileSync(join(this.folder, "me.hoso"), bytes);
    }
}

function code(call) {
    try {
        call();
    } catch (error) {
        assert.equal(error.name, "CoreError", error.stack);
        return error.code;
    }
    return "";
}

/** Does something with ever more changes until it goes through; how many it takes. */
function cutAtEvery(doing, after) {
    for (let changes = 0; ; changes++) {
        const home = new Home();
        const done = code(() => doing(home, changes)) === "";
        after(home, changes, done);
        if (done) {
            return changes;
        }
    }
}

/** An account with a draft in it, closed. */
function written(home) {
    const core = home.core();
    const me = core.citizen("me", home.keys());
    const dossier = me.newDraft("2.000635");
    core.pause();
    return dossier;
}

const making = cutAtEvery(
    (home, changes) => home.core(new Cut(home.folder, changes)).citizen("me", home.keys()),
    (home) => {
        const me = home.core().citizen("me", home.keys());
        me.newDraft("2.000635");
        assert.equal(me.list().cards.length, 1);
    },
);
assert.ok(making > 10, `${making} changes`);
console.log("an account whose making was cut off is made");

const removing = cutAtEvery(
    (home, changes) => {
        written(home);
        home.core(new Cut(home.folder, changes)).removeAccount("me", home.keys());
    },
    (home, changes, done) => {
        const core = home.core();
        // It is listed for as long as anything is left.
        assert.deepEqual(core.accounts(), home.bytes.length > 0 ? ["me"] : []);
        assert.ok(home.bytes.length > 0 || done || changes > 1);
        // Cut off before its first change it has not begun; after that it goes on when the account is opened.
        const opened = code(() => core.citizen("me", home.keys()));
        assert.ok(["", "account_removed"].includes(opened), opened);
        const me = core.citizen("me", home.keys());
        assert.equal(me.list().cards.length, changes === 0 ? 1 : 0);
    },
);
assert.ok(removing > 3, `${removing} changes`);
console.log("an account whose removal was cut off is removed");

for (const [what, damage] of [
    ["its first bytes", (bytes) => bytes.fill(0, 0, 4)],
    ["the database's own mark", (bytes) => bytes.fill(0, 4096, 4105)],
    ["all of it but its first bytes", (bytes) => bytes.fill(0, 4)],
    ["its end", (bytes) => bytes.subarray(0, 4)],
]) {
    const home = new Home();
    written(home);
    const bytes = damage(home.bytes);
    home.bytes = bytes;
    const core = home.core();
    assert.equal(code(() => core.citizen("me", home.keys())), "storage_damaged", what);
    assert.equal(code(() => core.citizen("me", home.keys())), "storage_damaged", `${what}: nobody holds it`);
    assert.ok(home.bytes.equals(bytes), `${what}: nothing is written over it`);
    assert.deepEqual(core.accounts(), ["me"]);
    core.removeAccount("me", home.keys());
    assert.deepEqual(core.accounts(), []);
}
console.log("a damaged file is left as it is, until the app removes it");

// What a page answers is looked at before it is used.
const home = new Home();
written(home);
const folder = new FolderFiles(home.folder);
const withFile = (changed, of = folder) => ({
    names: () => of.names(),
    open: (name) => {
        const file = of.open(name);
        const whole = ["read", "write", "getSize", "truncate", "flush", "close"];
        return { ...Object.fromEntries(whole.map((call) => [call, (...with_) => file[call](...with_)])), ...changed(file) };
    },
});
const before = home.bytes;
for (const [what, files] of [
    ["no names", { names: () => undefined, open: (name) => folder.open(name) }],
    ["no file", { names: () => folder.names(), open: () => undefined }],
    ["no size", withFile(() => ({ getSize: () => undefined }))],
    ["a size in a number of another kind", withFile(() => ({ getSize: () => 123n }))],
    ["a size that throws when it is made a number", withFile(() => ({ getSize: () => ({ valueOf() { throw 1; } }) }))],
    ["a size below nothing", withFile(() => ({ getSize: () => -1 }))],
    ["nothing read", withFile(() => ({ read: () => undefined }))],
    ["a buffer that is gone", withFile(() => ({ read: (into) => structuredClone(into, { transfer: [into.buffer] }).length }))],
]) {
    const core = home.core(files);
    const done = what === "no names" ? code(() => core.accounts()) : code(() => core.citizen("me", home.keys()));
    assert.ok(done.startsWith("storage"), `${what}: ${done}`);
    assert.ok(home.bytes.equals(before), `${what}: nothing is written`);
}
// So are its arguments, and what only begins to be done is not done.
{
    const core = home.core();
    const me = core.citizen("me", home.keys());
    const [draft] = me.list().cards;
    for (const call of [
        () => core.citizen(5, home.keys()),
        () => me.detail({ length: 2 ** 31 }),
        () => me.addPaper(draft.dossier, "identity", "id.jpg", [0xff, 0xd8]),
        () => me.addPaper(draft.dossier, "identity", "id.jpg", 7),
    ]) {
        assert.throws(call, TypeError, `${call}`);
    }
    const asks = { forget: async () => {}, publicKey: () => home.keys().publicKey(), storageKey: () => home.keys().storageKey() };
    const other = new Home();
    const begins = withFile((file) => ({ flush: async () => file.flush() }), new FolderFiles(other.folder));
    assert.equal(code(() => other.core(begins).citizen("me", asks)), "storage");
    other.core().citizen("me", asks);
    assert.equal(code(() => other.core().removeAccount("me", asks)), "key_failed");
    core.pause();
}
assert.equal(home.core().citizen("me", home.keys()).list().cards.length, 1);
console.log("a page that answers nonsense is told so, and the module goes on");

// Who is told that an account goes may open it anew at once.
{
    const home = new Home();
    const core = home.core();
    let anew;
    const told = () => {
        anew ??= core.citizen("me", home.keys());
    };
    const me = core.citizen("me", home.keys(), told);
    core.removeAccount("me", home.keys());
    assert.equal(code(() => me.list()), "account_removed");
    assert.equal(anew.list().cards.length, 0);
}
// A key store that calls back while it is asked is told so, and the module goes on.
{
    const home = new Home();
    const core = home.core();
    let back;
    class Calls extends FileKeys {
        storageKey() {
            back?.();
            return super.storageKey();
        }
    }
    const me = core.citizen("me", new Calls(join(home.folder, "me.pem")));
    const codes = [];
    core.pause();
    back = () => codes.push(code(() => me.list()));
    core.resume();
    assert.equal(me.list().cards.length, 0);
    back = () => codes.push(code(() => core.citizen("you", home.keys())));
    core.citizen("you", new Calls(join(home.folder, "you.pem")));
    assert.deepEqual(codes, ["storage_busy", "storage_busy"]);
}
// So is a file.
{
    const home = new Home();
    const codes = new Set();
    let back = () => codes.add(code(() => core.citizen("other", home.keys())));
    const calls = (file) => ({ read: (...with_) => (back(), file.read(...with_)), getSize: () => (back(), file.getSize()) });
    const core = home.core(withFile(calls, new FolderFiles(home.folder)));
    const me = core.citizen("me", home.keys());
    core.pause();
    core.resume();
    back = () => codes.add(code(() => me.list()));
    me.newDraft("2.000635");
    back = () => {};
    assert.ok(codes.has("storage_busy") && [...codes].every((code) => ["", "storage_busy"].includes(code)), [...codes].join());
    assert.equal(me.list().cards.length, 1);
}
// A signal that cannot be asked gives nothing up.
const signal = { get aborted() { throw new TypeError("Illegal invocation"); } };
const asked = home.core(new FolderFiles(join(homes, "signal"))).citizen("me", new FileKeys(join(homes, "signal.pem")));
await assert.rejects(asked.sync(signal), { code: "sign_in_again" });
// One that never fires keeps nothing of the calls that have ended.
{
    const { signal } = new AbortController();
    const calls = async (many) => {
        for (let n = 0; n < many; n++) {
            await asked.sync(signal).catch(() => {});
        }
        return memory.buffer.byteLength;
    };
    const before = await calls(2_000);
    assert.equal(await calls(20_000), before);
}
console.log("what is called back may call again");
