// Verifies a receipt of Hồ Sơ with nothing but the browser's own cryptography: the same steps, and the same words, as
// `dossier::receipt`. Whatever is presented, the answer is what was shown, or the one reason why nothing was.

import { NotCbor, Tagged, byteString, concat, decode, head, split } from "./cbor.js";

const KEPT_MAX = 256 * 1024;
const NOTE_MAX = 128 * 1024;
const SIGNATURES_MAX = 16;
const EXTENSIONS_MAX = 16;

/** Why a receipt shows nothing; `code` is stable, and the same as elsewhere. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * The server's public keys, as it publishes them: its JSON Web Key Set, whose P-256 keys sign receipts, and after it, a
 * line each, the verifier keys of its log (C2SP signed-note).
 * @param {string} text
 */
export async function readKeys(text, subtle = globalThis.crypto.subtle) {
  const end = text.lastIndexOf("}") + 1;
  const { keys } = JSON.parse(text.slice(0, end));
  if (!Array.isArray(keys)) throw new Error("no key set");
  const receipts = keys.filter((key) => key.kty === "EC" && key.crv === "P-256");
  const lines = text.slice(end).split("\n").map((line) => line.trim());
  const logs = lines.filter((line) => line !== "").map((line) => readVerifierKey(line, subtle));
  return { receipts, logs: await Promise.all(logs) };
}

/** `name+id+key`, where the id must be that of the name and the key. */
async function readVerifierKey(line, subtle) {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  const bytes = encoded ? fromBase64(encoded) : null;
  if (bytes?.length !== 33 || bytes[0] !== 1) throw new Error("no verifier key");
  const hash = await sha256(subtle, concat(utf8(name), Uint8Array.of(10), bytes));
  if (hex(hash.subarray(0, 4)) !== id) throw new Error("no verifier key");
  return { name, id: hash.subarray(0, 4), key: bytes.subarray(1) };
}

/**
 * What was shown. `log.state` is `not-given`, `no-key` (no key of the log is known here), `no-ed25519` (this browser
 * cannot check the log's signature) or `shown`.
 * @param {Uint8Array} presented a kept file, a receipt's bytes, or its text
 * @param {{receipts: JsonWebKey[], logs: {name: string, id: Uint8Array, key: Uint8Array}[]}} keys
 */
export async function verify(presented, keys, subtle = globalThis.crypto.subtle) {
  const kept = readKept(presented);
  const receipt = kept.receipt;
  await checkSignature(receipt, keys.receipts, subtle);
  const papers = await checkPapers(receipt, kept.papers, subtle);
  const log = kept.proof ? await checkProof(kept.proof, receipt, keys.logs, subtle) : { state: "not-given" };
  return { receipt, papers, log };
}

/** What was shown as ids of sentences with their arguments, in the order in which people read them. */
export function statements({ receipt, papers, log }) {
  const about = { at: moment(receipt.at), code: receipt.subject.code ?? "" };
  const ofLog = {
    "not-given": { id: "receipt-log-not-given", args: {} },
    "no-key": { id: "receipt-log-not-checked", args: {} },
    "no-ed25519": { id: "receipt-log-no-ed25519", args: {} },
    shown: {
      id: "receipt-log-shown",
      args: { place: String((log.index ?? 0n) + 1n), size: String(log.size), key: log.key },
    },
  };
  // Nobody but an officer accepts: whether at the pages or through another program of the desk, nothing tells.
  const byOfficer = receipt.subject.kind === "acceptance" && receipt.writer === "session";
  return [
    { id: `receipt-${receipt.subject.kind}`, args: about },
    { id: "receipt-dossier", args: { dossier: uuid(receipt.dossier) } },
    { id: `receipt-writer-${byOfficer ? "officer" : receipt.writer}`, args: {} },
    { id: "receipt-signed", args: { key: hex(receipt.key) } },
    { id: `receipt-papers-${papers.state}`, args: { count: String(papers.count) } },
    ofLog[log.state],
  ];
}

// What was presented.

function readKept(bytes) {
  if (bytes.length > KEPT_MAX) throw new Refused("not_a_receipt");
  return known(() => {
    if (bytes[0] === 0xd2) return { receipt: readReceipt(bytes), papers: [], proof: null };
    if (bytes[0] !== 0x85) return { receipt: readReceipt(fromText(bytes)), papers: [], proof: null };
    const [magic, format, receipt, papers, proof] = array(decode(bytes), 5);
    expect(magic === "hoso receipt" && format === 1n && Array.isArray(papers));
    papers.forEach((paper) => bytesOf(paper, 32));
    return { receipt: readReceipt(bytesOf(receipt)), papers, proof: readProof(proof) };
  });
}

/** COSE_Sign1 (RFC 9052 §4.2) with ES256; a high S is another spelling of a signature, so it is none. */
function readReceipt(bytes) {
  const tagged = decode(bytes);
  expect(tagged instanceof Tagged && tagged.tag === 18n);
  const [header, unprotected, payload, signature] = array(tagged.value, 4);
  expect(unprotected instanceof Map && unprotected.size === 0);
  bytesOf(signature, 64);
  expect(compare(signature.subarray(32), HALF_ORDER) <= 0);
  const key = keyOf(bytesOf(header));
  const [format, server, dossier, seq, subject, papers, entry, writer, at] = array(decode(bytesOf(payload)), 9);
  expect(format === 1n && typeof seq === "bigint" && seq >= 0n && seq < 1n << 32n);
  expect(typeof at === "bigint" && at >= -(1n << 63n) && at < 1n << 63n && [0n, 1n, 2n].includes(writer));
  [server, dossier].forEach((id) => bytesOf(id, 16));
  [entry, ...(papers === null ? [] : [papers])].forEach((hash) => bytesOf(hash, 32));
  const message = concat(
    Uint8Array.of(0x84, 0x6a),
    utf8("Signature1"),
    byteString(header),
    byteString(new Uint8Array()),
    byteString(payload),
  );
  const written = ["device", "session", "counter"][Number(writer)];
  return { server, dossier, seq, subject: readSubject(subject), papers, entry, writer: written, at, key, message, signature };
}

/** Algorithm ES256 and a key id of 8 bytes, and nothing else. */
function keyOf(header) {
  const start = Uint8Array.of(0xa2, 0x01, 0x26, 0x04, 0x48);
  expect(header.length === 13 && equal(header.subarray(0, 5), start));
  return header.subarray(5);
}

function readSubject(value) {
  const [kind, fields] = array(value, 2);
  const [said] = array(fields, 1);
  if (kind === 2n) {
    expect(typeof said === "string" && /^[A-Z0-9.]{3,35}-[0-9]{6}-[0-9]{4,5}$/.test(said));
    return { kind: "acceptance", code: said };
  }
  const name = { 0: "submission", 1: "supplement", 3: "delivery" }[Number(kind)];
  expect(name !== undefined);
  return { kind: name, hash: bytesOf(said, 32) };
}

function readProof(value) {
  if (value === null) return null;
  const [event, items, entry, salt, index, path, checkpoint] = array(value, 7);
  [event, items, entry].forEach((part) => bytesOf(part));
  bytesOf(salt, 16);
  expect(typeof index === "bigint" && index >= 0n && Array.isArray(path) && typeof checkpoint === "string");
  path.forEach((hash) => bytesOf(hash, 32));
  return { event, items, entry, salt, index, path, checkpoint };
}

// The receipt itself.

async function checkSignature(receipt, keys, subtle) {
  let tried = false;
  for (const key of keys) {
    const { kty, crv, x, y } = key;
    const id = await sha256(subtle, utf8(JSON.stringify({ crv, kty, x, y })));
    if (!equal(id.subarray(0, 8), receipt.key)) continue;
    tried = true;
    const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const imported = await subtle.importKey("jwk", { kty, crv, x, y }, ecdsa, false, ["verify"]);
    if (await subtle.verify(ecdsa, imported, receipt.signature, receipt.message)) return;
  }
  throw new Refused(tried ? "bad_signature" : "unknown_key");
}

async function checkPapers(receipt, papers, subtle) {
  if (papers.length === 0) return { state: receipt.papers === null ? "none" : "not-given", count: 0 };
  const digest = await sha256(subtle, concat(utf8("hoso papers 1"), ...papers));
  if (receipt.papers === null || !equal(digest, receipt.papers)) throw new Refused("other_papers");
  return { state: "listed", count: papers.length };
}

// From the receipt to the log.

async function checkProof(proof, receipt, keys, subtle) {
  const entry = readEntry(proof.entry);
  const commitment = await sha256(subtle, concat(utf8("hoso log 1"), proof.salt, proof.entry));
  if (!equal(commitment, receipt.entry) || !entry || !equal(entry.dossier, receipt.dossier)) {
    throw new Refused("other_entry");
  }
  if (!(await isInEntry(proof, entry, receipt, subtle))) throw new Refused("other_event");
  const note = readNote(proof.checkpoint);
  await checkInclusion(commitment, proof, note, subtle);
  if (keys.length === 0) return { state: "no-key" };
  const key = await checkNote(note, `hoso/${uuid(receipt.server)}`, keys, subtle);
  if (key === null) return { state: "no-ed25519" };
  return { state: "shown", index: proof.index, size: note.size, key };
}

/** `null` when it is no entry, or one of another book than a dossier's. */
function readEntry(bytes) {
  return otherwise(null, () => {
    const [format, book, n, previous, digest] = array(decode(bytes), 5);
    const [kind, fields] = array(book, 2);
    expect(format === 1n && kind === 0n && typeof n === "bigint" && n >= 0n);
    bytesOf(previous, 32);
    return { dossier: bytesOf(array(fields, 1)[0], 16), digest: bytesOf(digest, 32) };
  });
}

async function isInEntry(proof, entry, receipt, subtle) {
  if (!equal(await sha256(subtle, concat(utf8("hoso items 1"), proof.items)), entry.digest)) return false;
  const hash = await sha256(subtle, proof.event);
  const item = concat(Uint8Array.of(0x82, 4, 0x82), head(0, receipt.seq), byteString(hash));
  const items = otherwise([], () => split(proof.items));
  return items.some((written) => equal(written, item)) && otherwise(false, () => speaksOf(receipt, proof.event));
}

/** Whether the event is the one that the receipt speaks of, and says the same (see `dossier::event`). */
function speaksOf(receipt, bytes) {
  const [seq, at, , what] = decode(bytes);
  const [kind, fields] = array(what, 2);
  const subject = receipt.subject;
  const said = {
    submission: () => kind === 0n && equal(fields[1], subject.hash),
    supplement: () => kind === 1n && equal(fields[1], subject.hash),
    acceptance: () => kind === 5n && fields[0][0] === subject.code,
    delivery: () => kind === 18n && equal(fields[2][0], subject.hash),
  };
  return seq === receipt.seq && at === receipt.at && said[subject.kind]();
}

/** RFC 9162 §2.1.3.2. */
async function checkInclusion(commitment, proof, note, subtle) {
  if (proof.index >= note.size) throw new Refused("not_in_log");
  let hash = await sha256(subtle, concat(Uint8Array.of(0), commitment));
  let at = proof.index;
  let last = note.size - 1n;
  const node = (left, right) => sha256(subtle, concat(Uint8Array.of(1), left, right));
  for (const sibling of proof.path) {
    if (last === 0n) throw new Refused("not_in_log");
    if (at % 2n === 1n || at === last) {
      hash = await node(sibling, hash);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      hash = await node(hash, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n || !equal(hash, note.root)) throw new Refused("not_in_log");
}

// The checkpoint (C2SP tlog-checkpoint in a signed-note).

function readNote(text) {
  const bad = () => new Refused("bad_checkpoint");
  const end = text.lastIndexOf("\n\n");
  if (utf8(text).length > NOTE_MAX || end < 0 || !text.endsWith("\n")) throw bad();
  const lines = text.slice(0, end).split("\n");
  const signed = text.slice(end + 2, -1).split("\n");
  const [origin, size, root, ...extensions] = lines;
  const plain = lines.every((line) => line !== "" && !/\p{Cc}/u.test(line));
  if (!plain || lines.length < 3 || extensions.length > EXTENSIONS_MAX || signed.length > SIGNATURES_MAX) throw bad();
  if (!/^(0|[1-9][0-9]{0,19})$/.test(size) || BigInt(size) >= 1n << 64n) throw bad();
  const hash = fromBase64(root);
  if (hash?.length !== 32) throw bad();
  const signatures = signed.map((line) => {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    const bytes = encoded && fromBase64(encoded);
    if (!bytes || bytes.length < 5) throw bad();
    return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
  });
  return { text: `${text.slice(0, end)}\n`, origin, size: BigInt(size), root: hash, signatures };
}

/** The id of the key whose signature is good; `null` when this browser has no Ed25519. */
async function checkNote(note, origin, keys, subtle) {
  for (const { name, id, key } of keys) {
    const ours = note.signatures.filter((line) => line.name === name && equal(line.id, id));
    if (ours.length === 0) continue;
    const imported = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]).catch(() => null);
    if (imported === null) return null;
    for (const { signature } of ours) {
      const good = await subtle.verify({ name: "Ed25519" }, imported, signature, utf8(note.text));
      if (!good) throw new Refused("bad_checkpoint");
    }
    if (note.origin === origin) return hex(id);
  }
  throw new Refused("bad_checkpoint");
}

// Bytes and texts.

/** Half of the order of P-256 (FIPS 186-5). */
const HALF_ORDER = fromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** `HS1:` and Base45 (RFC 9285); line breaks are a printer's or a mail program's. */
function fromText(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/[\r\n]/g, "");
  expect(text.startsWith("HS1:"));
  const out = [];
  for (let at = 4; at < text.length; at += 3) {
    const group = [...text.slice(at, at + 3)].map((character) => BASE45.indexOf(character));
    const value = group.reduceRight((sum, digit) => sum * 45 + digit, 0);
    expect(group.length > 1 && !group.includes(-1) && value < (group.length === 3 ? 0x10000 : 0x100));
    out.push(...(group.length === 3 ? [value >> 8, value & 255] : [value]));
  }
  return Uint8Array.from(out);
}

/** The one spelling of base64; `null` for another. */
function fromBase64(text) {
  return otherwise(null, () => {
    const binary = atob(text);
    expect(btoa(binary) === text);
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  });
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g), (byte) => Number.parseInt(byte, 16));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function uuid(bytes) {
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** `HH:mm dd/MM/yyyy` in Việt Nam, which keeps +07:00 all year. */
function moment(at) {
  const local = new Date(Number(at) + 7 * 3600 * 1000);
  if (Number.isNaN(local.getTime())) return String(at);
  const [date, time] = local.toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${time.slice(0, 5)} ${day}/${month}/${year}`;
}

function utf8(text) {
  return new TextEncoder().encode(text);
}

async function sha256(subtle, bytes) {
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

function compare(a, b) {
  const n = a.findIndex((byte, at) => byte !== b[at]);
  return n < 0 ? 0 : a[n] - b[n];
}

function equal(a, b) {
  return a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length && compare(a, b) === 0;
}

// Shapes.

function expect(right) {
  if (!right) throw new NotCbor("of another shape");
}

function array(value, length) {
  expect(Array.isArray(value) && value.length === length);
  return value;
}

function bytesOf(value, length) {
  expect(value instanceof Uint8Array && (length === undefined || value.length === length));
  return value;
}

/** What is of another shape is no receipt. */
function known(read) {
  try {
    return read();
  } catch (why) {
    throw why instanceof Refused ? why : new Refused("not_a_receipt");
  }
}

function otherwise(value, read) {
  try {
    return read();
  } catch {
    return value;
  }
}
