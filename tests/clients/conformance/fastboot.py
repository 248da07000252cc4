"""Bringing the camera up: /fastboot."""
import http.client
import socket

from client import FASTBOOT_TIMEOUT, OCTETS, OPTIONS, Conformance, Answer, call, pod_address, token_headers


def spoilt(body):
	"""`body` with steps that never return (each word is ARM's branch to itself) and an SPL that is larger than a camera's SRAM."""
	parts = []
	at = 12
	for width in (2, 2, 2, 4, 4):
		size = int.from_bytes(body[at:at + width], "big")
		parts.append(body[at + width:at + width + size])
		at += width + size
	steps = [(b"\xfe\xff\xff\xea" * len(step))[:len(step)] for step in parts[:3]]
	spl, agent = bytes(65536), parts[4]
	return body[:12] + b"".join(len(step).to_bytes(2, "big") + step for step in steps) \
		+ b"".join(len(part).to_bytes(4, "big") + part for part in (spl, agent))


class Fastboot(Conformance):
	def test_when_the_body_is_cut_off_anywhere_then_400_in_the_form_of_a_result(self):
		blob = b"".join(n.to_bytes(4, "big") for n in (0x04010500, 0x04013000, 0x41000000)) \
			+ 2 * (b"\0\x40" + bytes(64)) + b"\0\0" + (1024).to_bytes(4, "big") + bytes(1024) + (2048).to_bytes(4, "big") + bytes(2048)
		for size in (0, 3, 12, 13, 50, 150, 200, 1300, len(blob) - 1):
			self.malformed(blob[:size])
		self.malformed(blob + b"\0")

	def malformed(self, body):
		self.failed(call("POST", "/fastboot", body, OCTETS, FASTBOOT_TIMEOUT), 400)

	def failed(self, answer, status):
		"""Refusals, too, have the form of a result: the clients print nothing else."""
		self.assertEqual(answer.status, status, answer.body)
		result = answer.json()
		self.assertIs(result["success"], False)
		for key in ("last_phase", "failed_phase", "error"):
			self.assertIsInstance(result[key], str, key)
			self.assertTrue(result[key], key)
		return result

	def body(self):
		if not OPTIONS.fastboot:
			self.skipTest("no --fastboot FILE")
		with open(OPTIONS.fastboot, "rb") as file:
			return file.read()

	def test_when_the_upload_gets_stuck_then_500_says_where(self):
		result = self.failed(call("POST", "/fastboot", spoilt(self.body()), OCTETS, FASTBOOT_TIMEOUT), 500)
		self.assertNotEqual(result["last_phase"], "done")

	def test_when_one_is_running_then_another_is_told_that_it_is_busy(self):
		body = self.body()
		connections = [http.client.HTTPConnection(*pod_address(), timeout=FASTBOOT_TIMEOUT) for _ in range(2)]
		for connection in connections:
			connection.connect()
		# the second is sent as soon as the first is: whichever is there first, it runs for longer than the other needs to come
		for connection in connections:
			connection.request("POST", "/fastboot", body, {**token_headers(), **OCTETS, "Connection": "close"})
		answers = []
		for connection in connections:
			response = connection.getresponse()
			answers.append(Answer(response.status, response.headers, response.read()))
			connection.close()
		started, busy = sorted(answers, key=lambda answer: answer.status)
		self.assertIs(self.ok(started)["success"], True)
		self.assertEqual(self.failed(busy, 409)["error"], "busy")
		self.refused(busy, 409)

	def test_when_the_camera_is_started_then_the_result_says_so_and_the_bridge_accepts_at_once(self):
		answer = call("POST", "/fastboot", self.body(), OCTETS, FASTBOOT_TIMEOUT)
		if OPTIONS.serial:
			socket.create_connection(OPTIONS.serial, 5).close()
		result = self.ok(answer)
		self.assertIs(result["success"], True)
		self.assertEqual(result["last_phase"], "done")
		for key in ("elapsed_ms", "handshake_markers"):
			self.assertIs(type(result[key]), int, key)
