import { strict as assert } from "node:assert";
import { checkAccess, checkConsoleReader } from "access";
import type { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";

/** The code of the refusal, "" when there is none. */
function refusal(token: string, headers: Record<string, string>, method = "POST"): string {
	try {
		checkAccess({ method, header: (name: string) => headers[name] } as Exchange, token);
	}
	catch (error) {
		return (error as Refusal).code;
	}
	return "";
}

describe("who may change something", () => {
	it("when a token is sent then scheme and spaces may be as RFC 9110 has them", () => {
		for (const authorization of ["Bearer open sesame", "bearer open sesame", "BEARER open sesame", "bEaReR   open sesame"])
			assert.equal(refusal("open sesame", { authorization }), "", authorization);
	});

	it("when a token is missing, wrong, or in another scheme then each is told apart", () => {
		for (const authorization of ["Bearer", "Bearer ", "Basic b3Blbg==", "open sesame", "Beareropen sesame", ""])
			assert.equal(refusal("open sesame", { authorization }), "unauthorized", authorization);
		assert.equal(refusal("open sesame", {}), "unauthorized");
		for (const authorization of ["Bearer open", "Bearer open sesame!", "Bearer open  sesame", "Bearer OPEN SESAME", "Bearer open sesamf", "Bearer xpen sesame", "Bearer open sesameopen sesame"])
			assert.equal(refusal("open sesame", { authorization }), "wrong_token", authorization);
	});

	it("when nothing is to change then no token is needed", () => {
		for (const method of ["GET", "HEAD", "OPTIONS"])
			assert.equal(refusal("open sesame", { origin: "http://evil" }, method), "");
	});

	it("when the page is the pod's own then its scheme doesn't matter: a proxy may speak TLS", () => {
		for (const [origin, host] of [
			["http://pod", "pod"], ["http://pod:8080", "pod:8080"], ["https://pod", "pod"], ["https://pod:8443", "pod:8443"], ["https://pod", "pod:443"], ["http://pod", "pod:80"], ["http://POD", "pod"],
			["http://[fe80::1]", "[fe80::1]"], ["https://[fe80::1]:8443", "[fe80::1]:8443"], ["http://10.0.0.7:8080", "10.0.0.7:8080"]
		] as const)
			assert.equal(refusal("", { origin, host }), "", `${origin} at ${host}`);
	});

	it("when the browser says that the page is of the same place then it doesn't matter what Host a proxy sends", () => {
		const behind = (site: string): string => refusal("", { "origin": "https://rack", "host": "127.0.0.1:8080", "sec-fetch-site": site });
		assert.equal(behind("same-origin"), "");
		for (const site of ["same-site", "cross-site", "none", ""])
			assert.equal(behind(site), "foreign_origin", site);
	});

	it("when the page is from elsewhere then it may change nothing", () => {
		for (const [origin, host] of [
			["http://evil", "pod"], ["https://evil", "pod"], ["http://pod:81", "pod"], ["http://pod", "pod:8080"], ["http://pod:8080", "pod"], ["https://pod", "pod:80"], ["http://pod", "pod:443"], ["https://pod:80", "pod"],
			["null", "pod"], ["ftp://pod", "pod"], ["http://pod.evil", "pod"], ["http://evil/pod", "pod"], ["null", "undefined"], ["http://", ""], ["file://", "pod"], ["http://pod", ""]
		] as const)
			assert.equal(refusal("", { origin, host }), "foreign_origin", `${origin} at ${host}`);
	});

	it("when a page's request has no Host, as HTTP/1.0 allows, then it is from elsewhere", () => {
		assert.equal(refusal("", { origin: "http://pod" }), "foreign_origin");
	});

	it("when the console is for whoever sends the token, but there is none, then everybody may read it", () => {
		const read = (who: "open" | "token", token: string, headers: Record<string, string> = {}): void => checkConsoleReader({ method: "GET", header: (name: string) => headers[name] } as Exchange, who, token);
		read("token", "");
		read("open", "open sesame");
		read("token", "open sesame", { authorization: "Bearer open sesame" });
		assert.throws(() => read("token", "open sesame"), { code: "unauthorized" });
		assert.throws(() => read("token", "open sesame", { authorization: "Bearer open wheat" }), { code: "wrong_token" });
	});

	it("when no browser asks then everybody may", () => {
		assert.equal(refusal("", { host: "pod" }), "");
	});
});
