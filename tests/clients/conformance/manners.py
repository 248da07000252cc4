"""HTTP itself: connections closed and kept, paths and methods that do not exist."""
import http.client
import socket

from client import LIST_TIMEOUT, Conformance, call, pattern, pod_address, token_headers


class Manners(Conformance):
	def test_when_the_path_is_unknown_then_404_in_json(self):
		self.refused(call("GET", "/no/such/thing"), 404)

	def test_when_the_method_is_wrong_then_405_in_json(self):
		self.refused(call("GET", "/power/on"), 404, 405)

	def test_when_asked_to_close_then_the_connection_is_closed_behind_the_answer(self):
		with socket.create_connection(pod_address(), LIST_TIMEOUT) as client:
			client.sendall(b"GET /tftp HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: pod\r\nUser-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n")
			received = b""
			while True:
				data = client.recv(4096)
				if not data:
					break
				received += data
		self.assertTrue(received.startswith(b"HTTP/1.1 200 "), received[:100])

	def test_when_one_connection_is_kept_as_requests_keeps_it_then_everything_works_over_it(self):
		headers = {**token_headers(), "User-Agent": "python-requests/2.28.1", "Accept-Encoding": "gzip, deflate", "Accept": "*/*", "Connection": "keep-alive"}
		connection = http.client.HTTPConnection(*pod_address(), timeout=LIST_TIMEOUT)
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
