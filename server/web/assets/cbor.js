// Reads the CBOR that Hồ Sơ writes (RFC 8949 §4.2.1): definite lengths and the shortest spelling of each number, so that
// a value has one spelling. Whole numbers are BigInt, byte strings Uint8Array, maps Map, null is null.

export class NotCbor extends Error {}

/** @param {Uint8Array} bytes */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new NotCbor("more than one value");
  return value;
}

/** The bytes of each element of an array, whatever they are. @param {Uint8Array} bytes */
export function split(bytes) {
  const reader = new Reader(bytes);
  const [major, count] = reader.head();
  if (major !== 4) throw new NotCbor("no array");
  const parts = [];
  for (let n = 0n; n < count; n += 1n) {
    const start = reader.at;
    reader.value(0);
    parts.push(bytes.subarray(start, reader.at));
  }
  if (reader.at !== bytes.length) throw new NotCbor("more than one value");
  return parts;
}

/** A number or length with its major type, as short as it goes. @param {number} major @param {bigint} value */
export function head(major, value) {
  const size = value < 24n ? 0 : value < 0x100n ? 1 : value < 0x10000n ? 2 : value < 0x100000000n ? 4 : 8;
  const out = new Uint8Array(1 + size);
  out[0] = (major << 5) | (size === 0 ? Number(value) : { 1: 24, 2: 25, 4: 26, 8: 27 }[size]);
  for (let n = size, rest = value; n > 0; n -= 1, rest >>= 8n) out[n] = Number(rest & 0xffn);
  return out;
}

/** @param {Uint8Array} bytes */
export const byteString = (bytes) => concat(head(2, BigInt(bytes.length)), bytes);

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A tagged value (RFC 8949 §3.4). */
export class Tagged {
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

// Nothing that we write is nested deeper; what comes from outside may be.
const DEPTH_MAX = 16;

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(length) {
    if (length > this.bytes.length - this.at) throw new NotCbor("the bytes end too early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  head() {
    const [first] = this.take(1);
    const major = first >> 5;
    const info = first & 31;
    if (info < 24) return [major, BigInt(info), info];
    if (info > 27) throw new NotCbor("an indefinite length");
    const size = 1 << (info - 24);
    let value = 0n;
    for (const byte of this.take(size)) value = (value << 8n) | BigInt(byte);
    const least = size === 1 ? 24n : 1n << BigInt(size * 4);
    if (major !== 7 && value < least) throw new NotCbor("a number that is longer than it needs");
    return [major, value, info];
  }

  value(depth) {
    if (depth > DEPTH_MAX) throw new NotCbor("nested too deep");
    const [major, value, info] = this.head();
    switch (major) {
      case 0:
        return value;
      case 1:
        return -1n - value;
      case 2:
        return this.take(Number(value));
      case 3:
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(Number(value)));
      case 4:
        return this.many(value, depth);
      case 5:
        return this.map(value, depth);
      case 6:
        return new Tagged(value, this.value(depth + 1));
      default:
        if (info === 20 || info === 21) return info === 21;
        if (info === 22) return null;
        throw new NotCbor("a value of a kind that we do not write");
    }
  }

  many(count, depth) {
    const items = [];
    // Each item takes a byte at least: what claims more is cut short by the end of the bytes.
    for (let n = 0n; n < count; n += 1n) items.push(this.value(depth + 1));
    return items;
  }

  map(count, depth) {
    const map = new Map();
    for (let n = 0n; n < count; n += 1n) map.set(this.value(depth + 1), this.value(depth + 1));
    return map;
  }
}
