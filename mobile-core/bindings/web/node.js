// Files and keys for Node: command lines and tests. A page has its origin private file system and its own keys.

import { createECDH, createPrivateKey, randomBytes, sign } from "node:crypto";
import {
    closeSync, constants, existsSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync,
    readFileSync, readSync, readdirSync, renameSync, rmSync, writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A folder with an account's file for each person. One process at a time may use it: Node has no locks. */
export class FolderFiles {
    #folder;
    #open = new Set();

    constructor(folder) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        this.#folder = folder;
    }

    names() {
        return readdirSync(this.#folder);
    }

    open(name) {
        if (this.#open.has(name)) {
            throw new DOMException("the file is open", "NoModificationAllowedError");
        }
        const file = new SyncFile(join(this.#folder, name), () => this.#open.delete(name));
        this.#open.add(name);
        return file;
    }
}

/** A file in the manner of `FileSystemSyncAccessHandle`. */
class SyncFile {
    #file;
    #closed;

    constructor(path, closed) {
        const isNew = !existsSync(path);
        this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
        this.#closed = closed;
        if (isNew) {
            flushFolderOf(path);
        }
    }

    read(into, { at }) {
        let done = 0;
        while (done < into.length) {
            const read = readSync(this.#file, into, done, into.length - done, at + done);
            if (read === 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    write(from, { at }) {
        let done = 0;
        while (done < from.length) {
            done += writeSync(this.#file, from, done, from.length - done, at + done);
        }
        return done;
    }

    getSize() {
        return fstatSync(this.#file).size;
    }

    truncate(size) {
        ftruncateSync(this.#file, size);
    }

    flush() {
        fdatasyncSync(this.#file);
    }

    close() {
        closeSync(this.#file);
        this.#closed();
    }
}

/** The keys of an account in a file, readable by its owner alone. */
export class FileKeys {
    #path;
    #kept;

    constructor(path) {
        this.#path = path;
        this.#kept = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : this.#make();
    }

    publicKey() {
        const { x, y } = this.#held().key;
        return Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
    }

    sign(message) {
        const key = createPrivateKey({ key: this.#held().key, format: "jwk" });
        return sign("sha256", message, { key, dsaEncoding: "ieee-p1363" });
    }

    storageKey() {
        return Buffer.from(this.#held().storage, "base64url");
    }

    forget() {
        rmSync(this.#path, { force: true });
        flushFolderOf(this.#path);
        this.#kept = undefined;
    }

    #held() {
        if (this.#kept === undefined) {
            throw { kind: "gone" };
        }
        return this.#kept;
    }

    #make() {
        // Not by `generateKeyPairSync`: exporting what it made locks it, and where the job that made it is collected meanwhile,
        // Node 20 waits for itself.
        const pair = createECDH("prime256v1");
        const point = pair.generateKeys();
        const secret = pair.getPrivateKey();
        const number = (bytes) => Buffer.concat([Buffer.alloc(32 - bytes.length), bytes]).toString("base64url");
        const [x, y, d] = [point.subarray(1, 33), point.subarray(33), secret].map(number);
        const kept = { key: { kty: "EC", crv: "P-256", x, y, d }, storage: randomBytes(32).toString("base64url") };
        const beside = `${this.#path}.new`;
        const file = openSync(beside, "w", 0o600);
        writeSync(file, JSON.stringify(kept));
        fsyncSync(file);
        closeSync(file);
        renameSync(beside, this.#path);
        flushFolderOf(this.#path);
        return kept;
    }
}

/** A name that is new, or gone, is so on the disk once its folder is there. */
function flushFolderOf(path) {
    const folder = openSync(dirname(path), "r");
    fsyncSync(folder);
    closeSync(folder);
}
