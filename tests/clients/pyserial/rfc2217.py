"""pyserial's rfc2217:// through a pod's port: python3 rfc2217.py PORT URL TEST, URL being the pod's HTTP interface.

What the camera does meanwhile is rfc2217.test.ts's: it says what it hears.
"""
import sys
import time
import urllib.request

import serial
import serial.rfc2217

PORT = sys.argv[1]
URL = sys.argv[2]
ALL = bytes(range(256))


def connect(options="", **settings):
	return serial.serial_for_url("rfc2217://127.0.0.1:%s%s" % (PORT, options), **{"baudrate": 115200, "timeout": 20, **settings})


def refused(change):
	try:
		change()
	except ValueError:
		return True
	return False


def test_open():
	"""Opening with every option pyserial has, many times, one after the other."""
	for options in ("", "?ign_set_control&timeout=3.0", "?poll_modem", "?timeout=1"):
		port = connect(options)
		assert (port.cts, port.dsr, port.cd, port.ri) == (True, True, True, False)
		port.close()
	port = connect("?poll_modem")
	time.sleep(.4)
	assert port.cts is True
	port.dtr = False
	port.rts = False
	port.dtr = True
	port.rts = True
	port.close()


def test_settings():
	"""Rates that can be had are set, everything that can't is an error at once."""
	port = connect()
	for rate in (1200, 9600, 57600, 65535, 921600, 1500000, 3000000):
		port.baudrate = rate
	for rate in (50, 1199, 3000001, 2 ** 32 - 1):
		assert refused(lambda: setattr(port, "baudrate", rate)), rate
	port.baudrate = 115200
	for name, value, good in (("bytesize", 7, 8), ("parity", "E", "N"), ("parity", "O", "N"), ("stopbits", 2, 1), ("xonxoff", True, False), ("rtscts", True, False)):
		assert refused(lambda: setattr(port, name, value)), name
		setattr(port, name, good)
	assert refused(lambda: connect(parity="E"))
	port = connect(baudrate=9600)
	assert port.baudrate == 9600
	port.close()


def test_echo():
	"""Whatever is written comes back unchanged."""
	port = connect()
	for data in (b"version\r", ALL, b"\xff", b"\xff" * 1000, b"\r\0\r\n\xff\xfa\x2c\xff\xf0", ALL * 16):
		port.write(data)
		assert port.read(len(data)) == data
	port.baudrate = 921600
	for _ in range(20):
		port.write(ALL)
		assert port.read(256) == ALL
	port.close()


def test_break():
	port = connect()
	port.write(b"before")
	port.send_break(.25)
	port.break_condition = True
	time.sleep(.1)
	port.break_condition = False
	port.write(b"after")
	assert port.read(11) == b"beforeafter"
	port.close()


def test_purge_input():
	"""What the pod holds back is purged there: pyserial's own queue is empty meanwhile."""
	port = connect()
	port.rfc2217_send_subnegotiation(serial.rfc2217.FLOWCONTROL_SUSPEND)
	port.write(b"old")
	deadline = time.monotonic() + 20
	while urllib.request.urlopen(URL + "/uart/log").read() != b"old":
		assert time.monotonic() < deadline
		time.sleep(.01)
	assert port.in_waiting == 0
	port.reset_input_buffer()
	port.rfc2217_send_subnegotiation(serial.rfc2217.FLOWCONTROL_RESUME)
	port.write(b"new")
	assert port.read(3) == b"new"
	port.close()


def test_purge_output():
	"""At this rate the line has 8 s of work with what is written."""
	port = connect(baudrate=1200)
	port.write(bytes(1000))
	port.reset_output_buffer()
	port.write(b"end")
	heard = port.read_until(b"end")
	assert heard.endswith(b"end") and len(heard) < 1003, len(heard)
	port.close()


def test_takeover():
	"""The newest client has the console; the one before is hung up on."""
	first = connect(timeout=1)
	second = connect()
	deadline = time.monotonic() + 15
	try:
		while time.monotonic() < deadline:
			assert first.read(1) == b""
		assert False, "the first is still connected"
	except serial.SerialException:
		pass
	second.write(b"second")
	assert second.read(6) == b"second"
	second.close()


globals()["test_" + sys.argv[3]]()
