"""The requests of the pod's Python clients, and what every test asks of an answer."""
import argparse
import json
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


class Answer:
	def __init__(self, status, headers, body):
		self.status = status
		self.headers = headers
		self.body = body

	def json(self):
		return json.loads(self.body)


def pod_address():
	"""For connections that urllib would not make."""
	url = urllib.parse.urlsplit(OPTIONS.base)
	return (url.hostname, url.port or 80)


def token_headers():
	"""What a request needs at a pod with a token."""
	return {"Authorization": "Bearer " + OPTIONS.token} if OPTIONS.token else {}


def call(method, path, body=None, headers=None, timeout=LIST_TIMEOUT):
	"""One request as the clients make it: urllib, Connection: close, an empty body as Content-Length: 0. Errors are answers too."""
	request = urllib.request.Request(OPTIONS.base + path, data=body, headers={**token_headers(), **(headers or {})}, method=method)
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

	def refused(self, answer, *statuses, limit=300):
		"""A refusal is JSON that fits into what the clients show of it: `limit` characters, 200 for power and baud."""
		self.assertIn(answer.status, statuses, answer.body[:300])
		result = answer.json()
		self.assertIsInstance(result.get("error"), str)
		self.assertLessEqual(len(answer.body), limit, answer.body)
		return result

	def stage(self, name, body, timeout=STAGING_TIMEOUT):
		return call("POST", "/tftp/" + name, body, OCTETS, timeout)

	def listing(self):
		return self.ok(call("GET", "/tftp"))

	def clear(self):
		self.deleted(call("DELETE", "/tftp", b""))

	def deleted(self, answer):
		self.assertIs(self.ok(answer).get("ok"), True, answer.body)
