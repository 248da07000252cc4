"""pyserial at the camera's console: serial_client.py URL, where URL is socket://HOST:9000, rfc2217://HOST:9001 or a tty. The camera echoes."""
import sys
import time

import serial

with serial.serial_for_url(sys.argv[1], baudrate=115200, timeout=20) as port:
	port.write(b"version\r")
	assert port.read_until(b"\r") == b"version\r"

	every = bytes(range(256)) * 16
	port.write(every)
	assert port.read(len(every)) == every

	port.write(b"old")
	deadline = time.monotonic() + 20
	while port.in_waiting == 0 and time.monotonic() < deadline:
		time.sleep(0.01)
	assert port.in_waiting > 0

	port.timeout = 0.3
	assert port.read(10) == b"old"
	assert port.read(1) == b""
print("fine")
