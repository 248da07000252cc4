"""The pod's raw serial port: where it is, and the proof that it is the same pod's as the HTTP port."""
import socket
import sys
import time

from client import OPTIONS, call, pod_address

CONNECT_TIMEOUT = 5
# seconds within which a pod counts a connection that its network has accepted already
COUNTED = 5


class OtherPod(Exception):
	"""Its text is a sentence for people."""


def uart():
	"""What the pod says of its serial line; {} where it has no such resource."""
	answer = call("GET", "/uart")
	try:
		state = answer.json() if answer.status == 200 else {}
	except ValueError:
		state = {}
	return state if isinstance(state, dict) else {}


def connections():
	"""How many connections the port has had; None where the pod doesn't count."""
	bridge = uart().get("bridge")
	count = bridge.get("connections") if isinstance(bridge, dict) else None
	return count if type(count) is int else None


def find():
	"""(host, port): what --bridge says, else what the pod does; None where neither does."""
	if OPTIONS.bridge:
		host, _, port = OPTIONS.bridge.rpartition(":")
		if not host or not port.isdigit():
			raise OtherPod("--bridge is HOST:PORT, not %r" % OPTIONS.bridge)
		return (host.strip("[]"), int(port))
	port = uart().get("raw_port")
	return (pod_address()[0], port) if type(port) is int else None


def prove(address):
	"""Connects once and raises OtherPod unless this pod has counted that. Says so on stderr where the pod doesn't count."""
	before = connections()
	name = "%s:%d" % address
	try:
		client = socket.create_connection(address, CONNECT_TIMEOUT)
	except OSError as error:
		raise OtherPod("%s, the raw serial port, does not answer: %s" % (name, error))
	with client:
		if before is None:
			sys.stderr.write("whether %s is the serial port of %s can't be checked: this pod counts no connections\n" % (name, OPTIONS.base))
			return
		end = time.monotonic() + COUNTED
		while connections() == before:
			if time.monotonic() > end:
				raise OtherPod("%s is not the serial port of %s: that pod has not seen the connection; check --bridge, nothing was tried" % (name, OPTIONS.base))
			time.sleep(0.1)
