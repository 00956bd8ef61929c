// What FetchTransport says when no answer comes: the core takes back that it has sent what surely never left, and nothing else.

import { createServer } from "node:net";
import { FetchTransport } from "../../mobile-core/bindings/web/fetch.js";

const listen = (met) => new Promise((ready) => {
    const server = createServer(met).listen(0, "127.0.0.1", () => ready(server));
});
const ask = async (port) => {
    const request = { method: "POST", url: `http://127.0.0.1:${port}/`, headers: [], body: new Uint8Array([1, 2, 3]) };
    try {
        const { status } = await new FetchTransport().request(request);
        return `status ${status}`;
    } catch (error) {
        return error.kind ?? "failed";
    }
};
const with_server = async (met) => {
    const server = await listen(met);
    const said = await ask(server.address().port);
    server.close();
    return said;
};

const closed = await listen(() => {});
const { port } = closed.address();
await new Promise((done) => closed.close(done));
console.log("nobody listens:", await ask(port));
console.log("broken off after the request:", await with_server((line) => line.once("data", () => line.destroy())));
const half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal";
console.log("broken off in the answer:", await with_server((line) => line.once("data", () => line.end(half))));
const moved = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n";
console.log("sent elsewhere:", await with_server((line) => line.once("data", () => line.end(moved))));
