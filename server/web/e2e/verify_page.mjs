// The page that verifies a receipt, in a browser, as a running server at HOSO_URL sends it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const samples = new URL("../../../mobile-core/dossier/tests/samples/receipt_1/", import.meta.url);
const text = readFileSync(new URL("receipt.txt", samples), "utf8");
const keys = readFileSync(new URL("keys.txt", samples), "utf8");
const file = fileURLToPath(new URL("kept.hoso", samples));
const home = process.env.HOSO_URL;

/** What the page complained about, and every address that it asked for. */
const complaints = [];
const requests = [];
let browser;
let page;

before(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
  browser = await chromium.launch({ executablePath, chromiumSandbox: false, args: quiet });
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  // An address that answers with an error is the page's to handle.
  const answered = /^Failed to load resource/;
  page.on("console", (said) => said.type() === "error" && !answered.test(said.text()) && complaints.push(said.text()));
  page.on("pageerror", (why) => complaints.push(why.message));
  page.on("request", (request) => requests.push(request.url()));
});
after(() => browser?.close());

/** Presents something on a fresh page, and gives the paragraphs that are shown. */
async function present({ text: pasted = "", keys: believed = "", chosen }) {
  await page.goto(`${home}/verify`);
  await page.locator("#verify").waitFor();
  await page.locator('[name="text"]').fill(pasted);
  await page.locator('[name="keys"]').evaluate((field, value) => (field.value = value), believed);
  if (chosen) await page.locator("#file").setInputFiles(chosen);
  await page.locator("#verify").evaluate((form) => form.requestSubmit());
  const shown = page.locator("#shown > p");
  await page.locator('#shown > p:not([data-id="receipt-page-working"])').first().waitFor();
  const ids = await shown.evaluateAll((all) => all.map((p) => p.dataset.id));
  return { ids, said: (await shown.allTextContents()).join("\n") };
}

test("a kept file is verified down to the signed log", async () => {
  const { ids, said } = await present({ keys, chosen: file });
  assert.deepEqual(ids, [
    "receipt-page-good",
    "receipt-submission",
    "receipt-dossier",
    "receipt-writer-device",
    "receipt-signed",
    "receipt-papers-listed",
    "receipt-log-shown",
    "receipt-page-keys-given",
  ]);
  assert.match(said, /Biên nhận nộp hồ sơ, lúc 08:30 23\/11\/2026\./);
  assert.match(said, /mục 218 trong 300 mục/);
  assert.match(said, /entry 218 of 300/);
  assert.doesNotMatch(said, /[{}]/);
});

test("the text of a QR code is verified, and what it does not show is said", async () => {
  const { ids } = await present({ text, keys });
  assert.deepEqual(ids.slice(4, 7), ["receipt-signed", "receipt-papers-not-given", "receipt-log-not-given"]);
});

test("a changed text is refused", async () => {
  const { ids } = await present({ text: text.replace("HS1:RRQT", "HS1:RRQU"), keys });
  assert.deepEqual(ids, ["receipt-refused-not-a-receipt"]);
  const { ids: empty } = await present({ keys });
  assert.deepEqual(empty, ["receipt-page-empty"]);
});

test("without other keys those of this server are believed, which did not sign the sample", async () => {
  const { ids } = await present({ text });
  assert.deepEqual(ids, ["receipt-refused-unknown-key"]);
  assert.ok(requests.includes(`${home}/.well-known/jwks.json`));
});

test("the page asks for nothing but itself, and complains of nothing", () => {
  const asked = new Set(requests.filter((url) => !url.endsWith("/favicon.ico")));
  const keysOf = ["/.well-known/jwks.json", "/v1/log/key"];
  const own = ["/verify", "/assets/hoso.css", "/assets/verify.js", "/assets/receipt.js", "/assets/cbor.js"];
  assert.deepEqual([...asked].sort(), [...own, ...keysOf].map((path) => home + path).sort());
  assert.deepEqual(complaints, []);
});

test("the page's policy lets no other script run", async () => {
  await page.goto(`${home}/verify`);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    try {
      script.textContent = "window.ran = true";
      document.body.append(script);
    } catch {
      return "refused";
    }
    return window.ran === true ? "ran" : "refused";
  });
  assert.equal(ran, "refused");
});

test("the page fits a screen of 320 pixels", async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await present({ keys, chosen: file });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 320, `${width} pixels`);
});
