// The network of a page, a worker or Node, as the core asks for it.

/** Sends with `fetch`; redirects are not followed. */
export class FetchTransport {
    async request({ method, url, headers, body }) {
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
        } catch {
            // A browser does not tell why there was no answer.
            throw { kind: "offline" };
        }
        if (answer.type === "opaqueredirect") {
            return { status: 302, headers: [], body: new Uint8Array() };
        }
        try {
            const bytes = new Uint8Array(await answer.arrayBuffer());
            return { status: answer.status, headers: [...answer.headers].map(([name, value]) => ({ name, value })), body: bytes };
        } catch {
            throw { kind: "timedOut" };
        }
    }
}
