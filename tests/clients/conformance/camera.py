"""What touches the camera: its power, its serial line's rate and its console."""
import json
import socket
import time

from client import BAUD_TIMEOUT, JSON, OPTIONS, POWER_TIMEOUT, Conformance, call, pattern


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
			self.refused(answer, 400, 422, limit=200)


class Bridge(Conformance):
	def setUp(self):
		if not OPTIONS.serial:
			self.skipTest("the pod names no raw serial port, and there is no --bridge HOST:PORT")
		self.address = OPTIONS.serial

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
