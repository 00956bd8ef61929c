// The page that verifies a receipt: reads what is pasted or chosen, and shows each statement. Nothing is sent anywhere;
// the server is only asked for its public keys, and not even that when keys are given.

import { Refused, readKeys, statements, verify } from "./receipt.js";

const form = document.querySelector("#verify");
const shown = document.querySelector("#shown");
const words = document.querySelector("#words").content;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  shown.replaceChildren(say("receipt-page-working", {}));
  shown.replaceChildren(...(await answer()));
  shown.focus();
});
form.hidden = false;

/** What is said of what was presented, a paragraph each. */
async function answer() {
  if (!globalThis.crypto?.subtle) return [bad("receipt-page-insecure")];
  const presented = await read();
  if (presented === null) return [bad("receipt-page-empty")];
  let keys;
  try {
    keys = await keysToBelieve();
  } catch {
    return [bad("receipt-page-no-keys")];
  }
  try {
    const said = statements(await verify(presented, keys));
    const believed = say(keys.given ? "receipt-page-keys-given" : "receipt-page-keys-here", {});
    return [say("receipt-page-good", {}, "status"), ...said.map(({ id, args }) => say(id, args)), believed];
  } catch (why) {
    const code = why instanceof Refused ? why.code : "not_a_receipt";
    return [bad(`receipt-refused-${REFUSALS[code]}`)];
  }
}

/** The sentence of each code. */
const REFUSALS = {
  not_a_receipt: "not-a-receipt",
  unknown_key: "unknown-key",
  bad_signature: "bad-signature",
  other_papers: "other-papers",
  other_entry: "other-entry",
  other_event: "other-event",
  bad_checkpoint: "checkpoint",
  not_in_log: "not-in-log",
};

/** The chosen file, else the pasted text; `null` when there is neither. */
async function read() {
  const file = form.elements.file.files[0];
  if (file) return new Uint8Array(await file.arrayBuffer());
  const text = form.elements.text.value;
  return text.trim() === "" ? null : new TextEncoder().encode(text);
}

/** The keys that were pasted, else those of the server that this page came from. */
async function keysToBelieve() {
  const pasted = form.elements.keys.value.trim();
  if (pasted !== "") return { given: true, ...(await readKeys(pasted)) };
  const [receipts, log] = await Promise.all([published("/.well-known/jwks.json"), published("/v1/log/key")]);
  if (receipts === null) throw new Error("no keys");
  // A server without a log has no key of it: then the log is said to be not checked.
  return { given: false, ...(await readKeys(`${receipts}\n${log ?? ""}`)) };
}

async function published(path) {
  const answer = await fetch(path, { credentials: "omit" });
  return answer.ok ? answer.text() : null;
}

/** A sentence of the page's own list with its arguments in place, in both languages. */
function say(id, args, style) {
  const sentence = words.querySelector(`[data-id="${id}"]`).cloneNode(true);
  const texts = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    node.data = node.data.replace(/\{([a-z]+)\}/g, (whole, name) => args[name] ?? whole);
  }
  if (style) sentence.classList.add(style);
  return sentence;
}

function bad(id) {
  return say(id, {}, "bad");
}
