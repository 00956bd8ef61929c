// The network of a page, a worker or Node, as the core asks for it.

/** How Node says that there was no connection: no byte of the request has left. */
const NEVER_LEFT = new Set([
    "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT",
]);

/** Sends with `fetch`; redirects are not followed. */
export class FetchTransport {
    async request({ method, url, headers, body }) {
        // A browser does not tell why there was no answer; but where it knows of no network, nothing is asked at all.
        if (globalThis.navigator?.onLine === false) {
            throw { kind: "offline" };
        }
        let answer;
        try {
            answer = await fetch(url, {
                method,
                headers: headers.map(({ name, value }) => [name, value]),
                body: body.length > 0 ? body : undefined,
                redirect: "manual",
                credentials: "omit",
                cache: "no-store",
                referrerPolicy: "no-referrer",
            });
        } catch (error) {
            throw NEVER_LEFT.has(error?.cause?.code) ? { kind: "offline" } : error;
        }
        if (answer.type === "opaqueredirect") {
            return { status: 302, headers: [], body: new Uint8Array() };
        }
        const bytes = new Uint8Array(await answer.arrayBuffer());
        return { status: answer.status, headers: [...answer.headers].map(([name, value]) => ({ name, value })), body: bytes };
    }
}
