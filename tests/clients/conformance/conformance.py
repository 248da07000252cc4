#!/usr/bin/env python3
"""The pod's HTTP contract, called as its Python clients call it: urllib with a connection per request, and requests' keep-alive style.

    python3 tests/clients/conformance/conformance.py http://pod:8080 [--bridge HOST:9000] [--fastboot FILE] [--quick] [-k PATTERN]

Needs Python 3.8 or newer and nothing else. Works on any pod, a simulated or a real one, and uses it in earnest: it switches the camera's
power, takes away every staged file and fills the memory to the last byte (--quick leaves that out). With --fastboot, FILE is a whole
/fastboot body that is expected to start the camera.

Headers, bodies and timeouts are those of the clients in the field; a timeout here is a failure there.
"""
import argparse
import http.client
import json
import os
import socket
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

OPTIONS = argparse.Namespace()

POWER_TIMEOUT = 10
BAUD_TIMEOUT = 5
STAGING_TIMEOUT = 180
LIST_TIMEOUT = 10
FASTBOOT_TIMEOUT = 180

OCTETS = {"Content-Type": "application/octet-stream"}
JSON = {"Content-Type": "application/json"}

# what a dump of a camera and a firmware tarball are called
NAMES = ["u-boot.bin", "uImage.hi3516ev300", "rootfs.squashfs.hi3516ev300", "rootfs.ubi.hi3516av300", "flash",
	"mtd0", "mtd1", "mtd2", "mtd3", "mtd4", "mtd0.boot.bin"]


class Answer:
	def __init__(self, status, headers, body):
		self.status = status
		self.headers = headers
		self.body = body

	def json(self):
		return json.loads(self.body)


def call(method, path, body=None, headers=None, timeout=LIST_TIMEOUT):
	"""One request as the clients make it: urllib, Connection: close, an empty body as Content-Length: 0. Errors are answers too."""
	request = urllib.request.Request(OPTIONS.base + path, data=body, headers=headers or {}, method=method)
	try:
		with urllib.request.urlopen(request, timeout=timeout) as response:
			return Answer(response.status, response.headers, response.read())
	except urllib.error.HTTPError as error:
		return Answer(error.code, error.headers, error.read())


def pattern(size, seed):
	"""Bytes in which every position counts, quickly made."""
	block = bytes((i * 167 + seed * 31 + (i >> 8)) & 255 for i in range(65536))
	return (block * (size // len(block) + 1))[:size]


class Conformance(unittest.TestCase):
	def ok(self, answer):
		self.assertEqual(answer.status, 200, answer.body[:300])
		result = answer.json()
		self.assertIsInstance(result, dict)
		return result

	def refused(self, answer, *statuses):
		"""A refusal is JSON that fits into what the clients show of it: 200 characters for power and baud, 300 elsewhere."""
		self.assertIn(answer.status, statuses, answer.body[:300])
		result = answer.json()
		self.assertIsInstance(result.get("error"), str)
		self.assertLessEqual(len(answer.body), 300, answer.body)
		return result

	def stage(self, name, body, timeout=STAGING_TIMEOUT):
		return call("POST", "/tftp/" + name, body, OCTETS, timeout)

	def listing(self):
		return self.ok(call("GET", "/tftp"))

	def clear(self):
		return self.ok(call("DELETE", "/tftp", b""))


class Power(Conformance):
	def test_when_on_off_on_then_each_answer_says_so(self):
		for path, expected in (("/power/on", True), ("/power/off", False), ("/power/on", True)):
			result = self.ok(call("POST", path, b"", timeout=POWER_TIMEOUT))
			self.assertIs(result["camera_on"], expected, path)

	def test_when_cycled_then_it_is_off_for_two_seconds_and_answers_in_time(self):
		self.ok(call("POST", "/power/on", b"", timeout=POWER_TIMEOUT))
		start = time.monotonic()
		result = self.ok(call("POST", "/power/cycle", b"", timeout=POWER_TIMEOUT))
		self.assertIs(result["camera_on"], True)
		if OPTIONS.time_scale == 1:
			self.assertGreaterEqual(time.monotonic() - start, 1.95)

	def test_when_the_request_has_a_json_body_then_it_does_not_matter(self):
		self.ok(call("POST", "/power/on", b"{}", JSON, POWER_TIMEOUT))

	def test_when_put_as_labgrid_does_then_get_answers_exactly_1_or_0(self):
		for state in (b"0", b"1"):
			self.assertLess(call("PUT", "/power/state", state, timeout=POWER_TIMEOUT).status, 300)
			answer = call("GET", "/power/state", timeout=POWER_TIMEOUT)
			self.assertEqual((answer.status, answer.body), (200, state))


class Staging(Conformance):
	def setUp(self):
		self.clear()

	tearDown = setUp

	def test_when_nothing_is_staged_then_clearing_is_fine(self):
		self.clear()
		self.assertEqual(self.listing()["files"], [])

	def test_when_listed_then_the_numbers_are_whole_and_the_names_as_known(self):
		result = self.listing()
		for key in ("max_size_bytes", "max_slots", "psram_free_bytes", "psram_largest_free_block"):
			self.assertIs(type(result[key]), int, key)
		self.assertGreaterEqual(result["max_slots"], 16)
		self.assertLessEqual(result["psram_largest_free_block"], result["psram_free_bytes"])

	def test_when_every_name_in_use_is_staged_then_all_are_listed_unread(self):
		for index, name in enumerate(NAMES):
			result = self.ok(self.stage(name, pattern(1000 + index, index)))
			self.assertEqual((result["name"], result["size"]), (name, 1000 + index))
		files = {file["name"]: file for file in self.listing()["files"]}
		self.assertEqual(sorted(files), sorted(NAMES))
		for index, name in enumerate(NAMES):
			self.assertEqual((files[name]["size"], files[name]["reads"]), (1000 + index, 0))

	def test_when_a_file_is_staged_again_then_it_is_replaced(self):
		self.ok(self.stage("rootfs.ubi.hi3516av300", pattern(300000, 1)))
		self.ok(self.stage("rootfs.ubi.hi3516av300", pattern(200000, 2)))
		self.assertEqual([(file["name"], file["size"]) for file in self.listing()["files"]], [("rootfs.ubi.hi3516av300", 200000)])

	def test_when_a_file_is_fetched_then_it_is_what_was_staged(self):
		body = pattern(123457, 3)
		self.ok(self.stage("mtd3", body))
		answer = call("GET", "/tftp/mtd3", timeout=STAGING_TIMEOUT)
		self.assertEqual(answer.status, 200)
		self.assertEqual(answer.body, body)

	def test_when_a_file_is_deleted_then_only_it_is_gone(self):
		self.ok(self.stage("mtd0", b"a"))
		self.ok(self.stage("mtd1", b"b"))
		self.ok(call("DELETE", "/tftp/mtd0", b""))
		self.assertEqual([file["name"] for file in self.listing()["files"]], ["mtd1"])

	def test_when_deleted_with_no_length_at_all_then_it_is_the_same(self):
		self.ok(self.stage("mtd0", b"a"))
		self.ok(call("DELETE", "/tftp"))
		self.assertEqual(self.listing()["files"], [])

	def test_when_staged_and_cleared_then_the_memory_is_free_again(self):
		before = self.listing()["psram_largest_free_block"]
		for index in range(5):
			self.ok(self.stage("mtd%d" % index, pattern(200001, index)))
		self.assertLess(self.listing()["psram_largest_free_block"], before)
		self.clear()
		self.assertEqual(self.listing()["psram_largest_free_block"], before)

	def test_when_an_upload_is_cut_off_then_nothing_is_listed_and_no_memory_lost(self):
		before = self.listing()["psram_largest_free_block"]
		url = urllib.parse.urlsplit(OPTIONS.base)
		with socket.create_connection((url.hostname, url.port or 80), LIST_TIMEOUT) as client:
			client.sendall(b"POST /tftp/mtd2 HTTP/1.1\r\nHost: pod\r\nContent-Length: 500000\r\nConnection: close\r\n\r\n" + pattern(100000, 4))
		deadline = time.monotonic() + LIST_TIMEOUT
		while True:
			result = self.listing()
			if result["psram_largest_free_block"] == before or time.monotonic() > deadline:
				break
			time.sleep(0.1)
		self.assertEqual((result["files"], result["psram_largest_free_block"]), ([], before))

	def test_when_a_name_is_bad_then_it_is_refused_and_nothing_staged(self):
		for name in ("", "%2e%2e", "a%2fb", "x" * 64):
			answer = self.stage(name, b"data")
			self.assertIn(answer.status // 100, (4,), name)
			self.assertIsInstance(answer.json().get("error"), str)
		self.assertEqual(self.listing()["files"], [])


@unittest.skipIf("--quick" in sys.argv, "--quick")
class Capacity(Conformance):
	def setUp(self):
		self.clear()

	tearDown = setUp

	def test_when_a_file_has_the_size_of_the_largest_free_block_then_it_fits(self):
		size = self.listing()["psram_largest_free_block"]
		self.ok(self.stage("flash", pattern(size, 5)))

	def test_when_a_file_is_one_byte_too_big_then_503_oom_with_both_numbers(self):
		size = self.listing()["psram_largest_free_block"]
		result = self.refused(self.stage("flash", pattern(size + 1, 6)), 503)
		self.assertEqual((result["error"], result["requested"], result["psram_largest_free"]), ("oom", size + 1, size))
		self.assertEqual(self.listing()["files"], [])

	def test_when_a_file_of_more_than_half_is_staged_again_then_it_fits(self):
		size = self.listing()["psram_largest_free_block"] * 5 // 8
		self.ok(self.stage("rootfs.squashfs.hi3516ev300", pattern(size, 7)))
		self.ok(self.stage("rootfs.squashfs.hi3516ev300", pattern(size, 8)))

	def test_when_files_are_staged_one_after_another_then_what_is_left_stays_in_one_piece(self):
		before = self.listing()["psram_largest_free_block"]
		size = before // 8
		for index in range(6):
			self.ok(self.stage("mtd%d" % index, pattern(size, index)))
		for index in (0, 2, 4):
			self.ok(call("DELETE", "/tftp/mtd%d" % index, b""))
		self.ok(self.stage("flash", pattern(self.listing()["psram_largest_free_block"], 9)))


class Baud(Conformance):
	def tearDown(self):
		call("POST", "/uart/baud", b'{"rate": 115200}', JSON, BAUD_TIMEOUT)

	def test_when_the_rates_in_use_are_set_then_each_is_accepted_in_time(self):
		for rate in (921600, 115200):
			answer = call("POST", "/uart/baud", json.dumps({"rate": rate}).encode(), JSON, BAUD_TIMEOUT)
			self.assertEqual(answer.status // 100, 2, answer.body)

	def test_when_the_body_is_nonsense_then_400_names_an_error(self):
		for body in (b"", b"fast", b"{}", b'{"rate": "fast"}', b'{"rate": -1}', b'{"rate": 0}'):
			answer = call("POST", "/uart/baud", body, JSON, BAUD_TIMEOUT)
			self.assertIn(answer.status, (400, 422), (body, answer.body))
			self.assertLessEqual(len(answer.body), 200)
			self.assertIsInstance(answer.json().get("error"), str)


class Fastboot(Conformance):
	def test_when_the_body_is_cut_off_anywhere_then_400_in_the_form_of_a_result(self):
		blob = b"".join(n.to_bytes(4, "big") for n in (0x04010500, 0x04013000, 0x41000000)) \
			+ 2 * (b"\0\x40" + bytes(64)) + b"\0\0" + (1024).to_bytes(4, "big") + bytes(1024) + (2048).to_bytes(4, "big") + bytes(2048)
		for size in (0, 3, 12, 13, 50, 150, 200, 1300, len(blob) - 1):
			self.malformed(blob[:size])
		self.malformed(blob + b"\0")

	def malformed(self, body):
		answer = call("POST", "/fastboot", body, OCTETS, FASTBOOT_TIMEOUT)
		self.assertEqual(answer.status, 400, answer.body)
		result = answer.json()
		self.assertIs(result["success"], False)
		for key in ("last_phase", "failed_phase", "error"):
			self.assertIsInstance(result[key], str, key)

	def test_when_the_camera_is_started_then_the_result_says_so_and_the_bridge_accepts_at_once(self):
		if not OPTIONS.fastboot:
			self.skipTest("no --fastboot FILE")
		with open(OPTIONS.fastboot, "rb") as file:
			body = file.read()
		answer = call("POST", "/fastboot", body, OCTETS, FASTBOOT_TIMEOUT)
		if OPTIONS.bridge:
			host, port = OPTIONS.bridge.rsplit(":", 1)
			socket.create_connection((host, int(port)), 5).close()
		result = self.ok(answer)
		self.assertIs(result["success"], True)
		self.assertEqual(result["last_phase"], "done")
		for key in ("elapsed_ms", "handshake_markers"):
			self.assertIs(type(result[key]), int, key)


class Manners(Conformance):
	def test_when_the_path_is_unknown_then_404_in_json(self):
		self.refused(call("GET", "/no/such/thing"), 404)

	def test_when_the_method_is_wrong_then_405_in_json(self):
		self.refused(call("GET", "/power/on"), 404, 405)

	def test_when_asked_to_close_then_the_connection_is_closed_behind_the_answer(self):
		url = urllib.parse.urlsplit(OPTIONS.base)
		with socket.create_connection((url.hostname, url.port or 80), LIST_TIMEOUT) as client:
			client.sendall(b"GET /tftp HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: pod\r\nUser-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n")
			received = b""
			while True:
				data = client.recv(4096)
				if not data:
					break
				received += data
		self.assertTrue(received.startswith(b"HTTP/1.1 200 "), received[:100])

	def test_when_one_connection_is_kept_as_requests_keeps_it_then_everything_works_over_it(self):
		url = urllib.parse.urlsplit(OPTIONS.base)
		headers = {"User-Agent": "python-requests/2.28.1", "Accept-Encoding": "gzip, deflate", "Accept": "*/*", "Connection": "keep-alive"}
		connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=LIST_TIMEOUT)
		connection.connect()
		peer = connection.sock
		for method, path, body in (
			("DELETE", "/tftp", None), ("POST", "/tftp/mtd0", pattern(70000, 1)), ("GET", "/tftp/mtd0", None), ("GET", "/tftp", None),
			("GET", "/no/such/thing", None), ("POST", "/power/on", b""), ("DELETE", "/tftp", None)
		):
			connection.request(method, path, body, {**headers, **({"Content-Length": "0"} if method == "DELETE" else {})})
			response = connection.getresponse()
			data = response.read()
			self.assertEqual(response.status, 404 if "such" in path else 200, (method, path, data[:100]))
			self.assertIs(connection.sock, peer, "%s %s: the connection was closed" % (method, path))
			if (method, path) == ("GET", "/tftp/mtd0"):
				self.assertEqual(data, pattern(70000, 1))
		connection.close()


class Bridge(Conformance):
	def setUp(self):
		if not OPTIONS.bridge:
			self.skipTest("no --bridge HOST:PORT")
		host, port = OPTIONS.bridge.rsplit(":", 1)
		self.address = (host, int(port))

	def test_when_clients_come_one_after_another_then_each_is_accepted(self):
		for _ in range(5):
			with socket.create_connection(self.address, 5) as client:
				client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
				client.sendall(b"\x03")

	def test_when_files_are_staged_then_an_open_bridge_stays_open(self):
		with socket.create_connection(self.address, 5) as client:
			for index in range(3):
				self.ok(self.stage("mtd%d" % index, pattern(100000, index)))
			self.clear()
			client.settimeout(0.2)
			try:
				while client.recv(4096):
					pass
				self.fail("the pod closed the bridge")
			except socket.timeout:
				pass


def main():
	parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
	parser.add_argument("base", metavar="http://HOST:PORT")
	parser.add_argument("--bridge", metavar="HOST:PORT", help="the raw serial port")
	parser.add_argument("--fastboot", metavar="FILE", help="a /fastboot body that starts the camera")
	parser.add_argument("--quick", action="store_true", help="without filling the memory")
	parser.add_argument("--time-scale", type=float, default=1, help="of a simulated pod: times are only checked at 1")
	parser.add_argument("-k", metavar="PATTERN", action="append", help="only tests whose name contains it")
	parser.parse_args(namespace=OPTIONS)
	OPTIONS.base = OPTIONS.base.rstrip("/")
	# an environment's proxy is not for a pod
	urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
	try:
		call("GET", "/tftp")
	except OSError as error:
		parser.exit(2, "%s does not answer: %s\n" % (OPTIONS.base, error))
	arguments = [os.path.basename(__file__), "-v"] + [argument for name in OPTIONS.k or [] for argument in ("-k", name)]
	unittest.main(module=sys.modules[__name__], argv=arguments)


if __name__ == "__main__":
	main()
