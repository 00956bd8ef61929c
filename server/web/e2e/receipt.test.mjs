// The page's checks, run by Node, whose cryptography has the browser's interface: on the sample that the phone's core
// writes and reads too, and on everything that can be done to it. `node --test server/web/e2e`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NotCbor, byteString, concat, decode, head, split } from "../assets/cbor.js";
import { Refused, readKeys, statements, verify } from "../assets/receipt.js";

const samples = new URL("../../../mobile-core/dossier/tests/samples/receipt_1/", import.meta.url);
const sample = (name) => new Uint8Array(readFileSync(new URL(name, samples)));
const utf8 = (text) => new TextEncoder().encode(text);

const FILE = sample("kept.hoso");
const TEXT = sample("receipt.txt");
const KEYS = new TextDecoder().decode(sample("keys.txt"));
const keys = await readKeys(KEYS);
const { subtle } = globalThis.crypto;

const refusal = async (presented, believed = keys, crypto = subtle) => {
  try {
    await verify(presented, believed, crypto);
  } catch (why) {
    assert.ok(why instanceof Refused, why.stack);
    return why.code;
  }
  return "shown";
};

/** The sample's receipt and where it stands in the kept file. */
const RECEIPT = decode(FILE)[2];
const START = RECEIPT.byteOffset - FILE.byteOffset;

test("a kept receipt shows signature, papers, event and log", async () => {
  const said = statements(await verify(FILE, keys));
  assert.deepEqual(said, [
    { id: "receipt-submission", args: { at: "08:30 23/11/2026", code: "" } },
    { id: "receipt-dossier", args: { dossier: "01935a00-0000-7000-8000-000000000002" } },
    { id: "receipt-writer-device", args: {} },
    { id: "receipt-signed", args: { key: "8168edee7981d6e7" } },
    { id: "receipt-papers-listed", args: { count: "3" } },
    { id: "receipt-log-shown", args: { place: "218", size: "300", key: "1cfc8334" } },
  ]);
});

test("an acceptance is told as an officer's work, not as done on the web pages", () => {
  const receipt = (kind, writer) => ({ subject: { kind, code: "" }, dossier: new Uint8Array(16), key: new Uint8Array(8), at: 0n, writer });
  const writer = (kind, by) => statements({ receipt: receipt(kind, by), papers: { state: "none", count: 0 }, log: { state: "not-given" } })[2].id;
  assert.equal(writer("acceptance", "session"), "receipt-writer-officer");
  assert.equal(writer("submission", "session"), "receipt-writer-session");
  assert.equal(writer("delivery", "device"), "receipt-writer-device");
});

test("a receipt's text and its bytes show its signature, and what they do not show", async () => {
  const inLines = utf8(new TextDecoder().decode(TEXT).trim().replace(/^(.{50})/, "$1\r\n"));
  for (const presented of [TEXT, inLines, RECEIPT]) {
    const said = statements(await verify(presented, keys)).map(({ id }) => id);
    assert.deepEqual(said.slice(3), ["receipt-signed", "receipt-papers-not-given", "receipt-log-not-given"]);
  }
});

test("every single changed bit of a receipt is refused", async () => {
  for (let bit = 0; bit < RECEIPT.length * 8; bit += 1) {
    const changed = RECEIPT.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    assert.notEqual(await refusal(changed), "shown", `bit ${bit}`);
  }
});

test("every single changed bit of a kept file is refused", async () => {
  for (let bit = 0; bit < FILE.length * 8; bit += 1) {
    const changed = FILE.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    assert.notEqual(await refusal(changed), "shown", `bit ${bit}`);
  }
});

test("a receipt that is cut short or goes on is refused", async () => {
  for (let length = 0; length < FILE.length; length += 1) {
    assert.notEqual(await refusal(FILE.subarray(0, length)), "shown", `${length} bytes`);
  }
  assert.equal(await refusal(concat(FILE, Uint8Array.of(0))), "not_a_receipt");
  assert.equal(await refusal(concat(RECEIPT, Uint8Array.of(0))), "not_a_receipt");
  assert.equal(await refusal(new Uint8Array(300 * 1024).fill(0x85)), "not_a_receipt");
  assert.equal(await refusal(new Uint8Array(200 * 1024).fill(0x81)), "not_a_receipt");
});

test("a signature with a high S is refused", async () => {
  const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const low = BigInt(`0x${Buffer.from(RECEIPT.slice(-32)).toString("hex")}`);
  const high = Buffer.from((order - low).toString(16).padStart(64, "0"), "hex");
  assert.equal(await refusal(concat(RECEIPT.slice(0, -32), high)), "not_a_receipt");
});

test("a receipt by a key that is not believed is refused, whatever it is called", async () => {
  const pair = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const other = await subtle.exportKey("jwk", pair.publicKey);
  assert.equal(await refusal(RECEIPT, { receipts: [other], logs: [] }), "unknown_key");
  assert.equal(await refusal(RECEIPT, { receipts: [], logs: [] }), "unknown_key");
  assert.equal(await refusal(RECEIPT, { receipts: [other, ...keys.receipts], logs: [] }), "shown");
  // The key id is part of what is signed, and only a name: who writes the known one has not its signature.
  const { y } = keys.receipts[0];
  const twisted = { ...keys.receipts[0], y: `${y.startsWith("A") ? "B" : "A"}${y.slice(1)}` };
  assert.equal(await refusal(RECEIPT, { receipts: [twisted], logs: [] }), "unknown_key");
});

test("a proof of another place, size, entry or event is refused", async () => {
  const [, , , papers, proof] = decode(FILE);
  const [event, items, entry, salt, index, path, checkpoint] = proof;
  const file = (changed, list = papers) => {
    const now = { event, items, entry, salt, index, path, checkpoint, ...changed };
    const many = (parts) => concat(head(4, BigInt(parts.length)), ...parts);
    const text = (words) => concat(head(3, BigInt(utf8(words).length)), utf8(words));
    const whole = many([
      ...[now.event, now.items, now.entry, now.salt].map(byteString),
      head(0, now.index),
      many(now.path.map(byteString)),
      text(now.checkpoint),
    ]);
    return many([text("hoso receipt"), head(0, 1n), byteString(RECEIPT), many(list.map(byteString)), whole]);
  };
  assert.equal(await refusal(file({})), "shown");
  for (const other of [0n, 216n, 218n, 299n, 300n, 5_000n]) assert.equal(await refusal(file({ index: other })), "not_in_log");
  assert.equal(await refusal(file({ path: path.slice(1) })), "not_in_log");
  assert.equal(await refusal(file({ path: [...path, path[0]] })), "not_in_log");
  assert.equal(await refusal(file({ checkpoint: checkpoint.replace("\n300\n", "\n301\n") })), "bad_checkpoint");
  assert.equal(await refusal(file({ checkpoint: checkpoint.replace("\n300\n", "\n600\n") })), "not_in_log");
  assert.equal(await refusal(file({ checkpoint: checkpoint.replace("\n300\n", "\n0300\n") })), "bad_checkpoint");
  assert.equal(await refusal(file({ checkpoint: checkpoint.replaceAll("000001", "000003") })), "bad_checkpoint");
  assert.equal(await refusal(file({ checkpoint: `${checkpoint}x` })), "bad_checkpoint");
  assert.equal(await refusal(file({ salt: new Uint8Array(16) })), "other_entry");
  assert.equal(await refusal(file({ entry: concat(entry.slice(0, -1), Uint8Array.of(0)) })), "other_entry");
  assert.equal(await refusal(file({ items: concat(items.slice(0, -1), Uint8Array.of(0)) })), "other_event");
  assert.equal(await refusal(file({ event: concat(event.slice(0, -1), Uint8Array.of(1)) })), "other_event");
  assert.equal(await refusal(file({}, [...papers].reverse())), "other_papers");
  assert.equal(await refusal(file({}, papers.slice(1))), "other_papers");
});

/** A server of this test: it signs a receipt and the log, of one entry, that proves it; `other` says what it says else. */
async function office(other = {}) {
  const pair = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const logPair = await subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await subtle.exportKey("jwk", pair.publicKey);
  const sha256 = async (...parts) => new Uint8Array(await subtle.digest("SHA-256", concat(...parts)));
  const many = (...parts) => concat(head(4, BigInt(parts.length)), ...parts);
  const text = (words) => concat(head(3, BigInt(utf8(words).length)), utf8(words));
  const number = (value) => head(0, BigInt(value));
  const [server, dossier, content] = [new Uint8Array(16), new Uint8Array(16).fill(1), new Uint8Array(32).fill(6)];

  const said = { seq: 1, at: 1000, kind: 0, content, book: dossier, index: 0, ...other.proof };
  const what = many(number(said.kind), many(byteString(dossier), byteString(said.content)));
  const event = many(number(said.seq), number(said.at), many(number(3), many()), what);
  const items = many(many(number(4), many(number(said.seq), byteString(await sha256(event)))));
  const digest = await sha256(utf8("hoso items 1"), items);
  const book = many(number(0), many(byteString(said.book)));
  const entry = many(number(1), book, number(1), byteString(new Uint8Array(32)), byteString(digest));
  const salt = new Uint8Array(16).fill(5);
  const commitment = await sha256(utf8("hoso log 1"), salt, entry);

  const told = { seq: 1, at: 1000, kind: 0, content, ...other.receipt };
  const subject = many(number(told.kind), many(byteString(told.content)));
  const ids = [byteString(server), byteString(dossier)];
  const end = [Uint8Array.of(0xf6), byteString(commitment), number(0), number(told.at)];
  const payload = many(number(1), ...ids, number(told.seq), subject, ...end);
  const id = (await sha256(utf8(JSON.stringify({ crv, kty, x, y })))).slice(0, 8);
  const header = concat(Uint8Array.of(0xa2, 1, 0x26, 4), byteString(id));
  const signed = many(text("Signature1"), byteString(header), byteString(new Uint8Array()), byteString(payload));
  const ecdsa = { name: "ECDSA", hash: "SHA-256" };
  let signature;
  // Every second signature has a low S.
  do signature = new Uint8Array(await subtle.sign(ecdsa, pair.privateKey, signed));
  while (signature[32] >= 0x7f);
  const cose = many(byteString(header), Uint8Array.of(0xa0), byteString(payload), byteString(signature));

  const name = "hoso/00000000-0000-0000-0000-000000000000";
  const root = await sha256(Uint8Array.of(0), commitment);
  const note = `${other.origin ?? name}\n1\n${Buffer.from(root).toString("base64")}\n`;
  const key = new Uint8Array(await subtle.exportKey("raw", logPair.publicKey));
  const keyId = (await sha256(utf8(name), Uint8Array.of(10, 1), key)).slice(0, 4);
  const line = concat(keyId, new Uint8Array(await subtle.sign({ name: "Ed25519" }, logPair.privateKey, utf8(note))));
  const checkpoint = `${note}\n— ${name} ${Buffer.from(line).toString("base64")}\n`;
  const parts = [event, items, entry, salt].map(byteString);
  const proof = many(...parts, number(said.index), many(), text(checkpoint));
  const file = many(text("hoso receipt"), number(1), byteString(concat(Uint8Array.of(0xd2), cose)), many(), proof);
  return [file, { receipts: [{ kty, crv, x, y }], logs: [{ name, id: keyId, key }] }];
}

test("what a server signs is shown only where receipt, event, entry and log say the same", async () => {
  assert.equal(await refusal(...(await office())), "shown");
  const supplement = { kind: 1 };
  assert.equal(await refusal(...(await office({ receipt: supplement, proof: supplement }))), "shown");
  const zeros = new Uint8Array(16);
  assert.equal(await refusal(...(await office({ proof: { book: zeros } }))), "other_entry");
  for (const receipt of [{ seq: 2 }, { at: 1001 }, { kind: 1 }, { kind: 3 }, { content: new Uint8Array(32) }]) {
    assert.equal(await refusal(...(await office({ receipt }))), "other_event", JSON.stringify(receipt));
  }
  // A log of one entry has no second one, though nothing leads from it to the root either.
  assert.equal(await refusal(...(await office({ proof: { index: 1 } }))), "not_in_log");
  assert.equal(await refusal(...(await office({ origin: "hoso/another" }))), "bad_checkpoint");
});

test("a checkpoint by another key, or without one, is not said to be checked", async () => {
  const pair = await subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const [ours] = keys.logs;
  const key = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  const id = new Uint8Array(await subtle.digest("SHA-256", concat(utf8(ours.name), Uint8Array.of(10, 1), key))).slice(0, 4);
  const other = { name: ours.name, id, key };
  assert.equal(await refusal(FILE, { ...keys, logs: [other] }), "bad_checkpoint");
  assert.equal(await refusal(FILE, { ...keys, logs: [{ ...other, id: ours.id }] }), "bad_checkpoint");
  assert.equal(await refusal(FILE, { ...keys, logs: [{ ...ours, name: "hoso/other" }] }), "bad_checkpoint");
  assert.equal(await refusal(FILE, { ...keys, logs: [other, ours] }), "shown");
  const without = statements(await verify(FILE, { ...keys, logs: [] }));
  assert.equal(without.at(-1).id, "receipt-log-not-checked");
});

test("a browser without Ed25519 says so and shows the rest", async () => {
  const old = {
    digest: subtle.digest.bind(subtle),
    verify: subtle.verify.bind(subtle),
    importKey: async (format, key, algorithm, ...rest) => {
      if (algorithm.name === "Ed25519") throw new DOMException("no such algorithm", "NotSupportedError");
      return subtle.importKey(format, key, algorithm, ...rest);
    },
  };
  const said = statements(await verify(FILE, keys, old));
  assert.equal(said.at(-1).id, "receipt-log-no-ed25519");
  assert.equal(said.length, 6);
});

test("what are no keys is not believed", async () => {
  const line = KEYS.trim().split("\n").at(-1);
  const set = '{"keys": []}';
  for (const text of ["", "null", "{}", '{"keys": 1}', `${set}\nx`, `${set}\n${line.replace("1cfc8334", "1cfc8335")}`]) {
    await assert.rejects(readKeys(text), text);
  }
  assert.deepEqual(await readKeys('{"keys": [{"kty": "RSA"}]}\n'), { receipts: [], logs: [] });
  assert.equal((await readKeys(`${set}\r\n${line}\r\n`)).logs.length, 1);
});

test("CBOR has one spelling", () => {
  const wrong = ["", "18", "1817", "190017", "1a00000017", "1b0000000000000017", "9f00ff", "5f4100ff", "f6f6", "f7", "f90000"];
  for (const text of wrong) assert.throws(() => decode(Buffer.from(text, "hex")), text);
  const nested = (depth) => Uint8Array.from([...new Array(depth).fill(0x81), 0]);
  assert.doesNotThrow(() => decode(nested(16)));
  assert.throws(() => decode(nested(17)), NotCbor);
  const right = { "1818": 24n, 20: -1n, f4: false, f6: null, 80: [], a10102: new Map([[1n, 2n]]), "1bffffffffffffffff": (1n << 64n) - 1n };
  for (const [text, value] of Object.entries(right)) assert.deepEqual(decode(Buffer.from(text, "hex")), value);
  assert.deepEqual(split(Buffer.from("820181f6", "hex")).map((part) => part.length), [1, 2]);
});
