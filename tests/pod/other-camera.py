#!/usr/bin/env python3
"""A camera written from the README's section on the board alone, in another language, with nothing of the project's.

    other-camera.py DIR

Speaks through DIR/uart (a serial line) and DIR/power (lines "on" and "off"): a boot ROM that takes one upload after another and
says "hello from the other camera" when it got four. Prints each upload as "ADDRESS SIZE".
"""
import os
import select
import socket
import struct
import sys
import termios
import time

folder = sys.argv[1]
power = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
power.connect(os.path.join(folder, "power"))
uart = os.open(os.path.join(folder, "uart"), os.O_RDWR | os.O_NOCTTY)
settings = termios.tcgetattr(uart)
assert not settings[3] & (termios.ECHO | termios.ICANON), "the line is raw"
print("attached", flush=True)


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def supplied():
    """Whether the camera is supplied now; waits for nothing."""
    global state
    while select.select([power], [], [], 0)[0]:
        data = power.recv(64)
        if not data:
            sys.exit(0)
        state = data.decode().split()[-1] == "on"
    return state


def read(count, seconds):
    data = b""
    end = time.monotonic() + seconds
    while len(data) < count and supplied() and time.monotonic() < end:
        if select.select([uart], [], [], 0.01)[0]:
            data += os.read(uart, count - len(data))
    return data


def boot():
    """One life of the camera, from power on to power off."""
    termios.tcflush(uart, termios.TCIOFLUSH)
    while supplied():
        os.write(uart, b" " * 5)
        if b"\xaa" in read(1, 0.05):
            break
    uploads, address, size, got, sequence, last = 0, 0, 0, 0, 0, 0
    while supplied():
        kind = read(1, 1)
        if kind == b"\xfe":
            frame = kind + read(13, 1)
            good = len(frame) == 14 and crc16(frame[:-2]) == struct.unpack(">H", frame[-2:])[0]
            if good:
                size, address = struct.unpack(">II", frame[4:12])
                got, sequence = 0, 0
        elif kind == b"\xda":
            number = read(1, 1)
            again = number == bytes([sequence & 255])
            length = last if again else min(1024, size - got)
            frame = kind + number + read(length + 3, 2)
            good = len(frame) == length + 5 and crc16(frame[:-2]) == struct.unpack(">H", frame[-2:])[0]
            if good and not again:
                got, sequence, last = got + length, sequence + 1, length
        elif kind == b"\xed":
            frame = kind + read(4, 1)
            good = len(frame) == 5 and got == size
            if good and size:
                print("%08x %d" % (address, size), flush=True)
                uploads, size = uploads + 1, 0
        else:
            continue
        os.write(uart, b"\xaa" if good else b"\x55")
        if good and kind == b"\xed" and uploads == 4:
            os.write(uart, b"\r\nhello from the other camera\r\n")


state = False
while True:
    while not supplied():
        select.select([power], [], [])
    boot()
