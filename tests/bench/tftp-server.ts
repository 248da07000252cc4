/** The TFTP server on XS with one staged file of SIZE bytes, for tests/bench/tftp.ts: prints its port, serves until stdin ends. */
import UDP from "embedded:io/socket/udp";
import Process, { print } from "host/process";
import { Clock } from "clock";
import { Staging } from "staging";
import { FileStore } from "store/files";
import { PagePool } from "store/pages";
import { TFTPServer } from "tftp/server";

const size = Number(Process.args[0]);
const time = new Clock();
const store = new FileStore({ pool: new PagePool({ bytes: size + 262_144 }), time });
const upload = store.create("f", size);
// The same bytes as tests/bench/tftp.ts writes to the file it compares with.
for (let at = 0; at < size;) {
	const space = upload.space().subarray(0, Math.min(16_384 - at % 16_384, size - at));
	space.fill(at / 16_384 + 1);
	upload.advance(space.length);
	at += space.length;
}
upload.commit();
const server = new TFTPServer({
	io: UDP, port: 0, address: "127.0.0.1", time, files: new Staging(store, { check() {} }), onDefect: (where, error) => trace(where, " ", String(error), "\n")
});
print(String(server.port));
