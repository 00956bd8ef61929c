// A browser for tests: Chromium, spoken to over a pipe (`--remote-debugging-pipe`), so that no package is needed. It
// ends with the test that opened it.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 60_000;

export class Browser {
  static async open(program = process.env.CHROMIUM ?? "chromium") {
    const browser = new Browser(program);
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    const attached = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.session = attached.sessionId;
    for (const domain of ["Page", "Runtime", "Log", "DOM", "Network"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  constructor(program) {
    this.folder = mkdtempSync(join(tmpdir(), "hoso-browser-"));
    const flags = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--remote-debugging-pipe",
      `--user-data-dir=${this.folder}`,
    ];
    this.process = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.waiting = new Map();
    this.number = 0;
    /** What the page complained about, and every address that it asked for. */
    this.complaints = [];
    this.requests = [];
    this.loaded = () => {};
    this.listen();
  }

  listen() {
    let rest = "";
    this.process.stdio[4].setEncoding("utf8").on("data", (piece) => {
      const messages = (rest + piece).split("\0");
      rest = messages.pop();
      messages.forEach((message) => this.hear(JSON.parse(message)));
    });
    this.process.once("error", (why) => this.waiting.forEach(({ reject }) => reject(why)));
  }

  hear({ id, result, error, method, params }) {
    if (id !== undefined) {
      const { resolve, reject } = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    }
    // An address that answers with an error is the page's to handle.
    if (method === "Log.entryAdded" && params.entry.source !== "network") this.complaints.push(params.entry.text);
    if (method === "Runtime.exceptionThrown") this.complaints.push(params.exceptionDetails.text);
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    if (method === "Page.loadEventFired") this.loaded();
  }

  send(method, params = {}) {
    this.number += 1;
    const id = this.number;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
    return patiently(method, new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject })));
  }

  async go(url) {
    const loaded = new Promise((resolve) => (this.loaded = resolve));
    await this.send("Page.navigate", { url });
    await patiently(url, loaded);
  }

  /** What an expression of the page comes to, promises awaited. */
  async ask(expression) {
    const asked = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", asked);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Asks until the answer is a truthy one. */
  async wait(expression) {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const answer = await this.ask(expression);
      if (answer) return answer;
      if (Date.now() > until) throw new Error(`never true: ${expression}`);
      await this.ask("new Promise(requestAnimationFrame)");
    }
  }

  async choose(selector, file) {
    const { root } = await this.send("DOM.getDocument");
    const { nodeId } = await this.send("DOM.querySelector", { nodeId: root.nodeId, selector });
    await this.send("DOM.setFileInputFiles", { nodeId, files: [file] });
  }

  async close() {
    this.process.kill("SIGKILL");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function patiently(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer: ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
