"""Staging: /tftp and /tftp/NAME."""
import socket
import sys
import time
import unittest

from client import LIST_TIMEOUT, STAGING_TIMEOUT, Conformance, call, pattern, pod_address, token_headers

# what a dump of a camera and a firmware tarball are called
NAMES = ["u-boot.bin", "uImage.hi3516ev300", "rootfs.squashfs.hi3516ev300", "rootfs.ubi.hi3516av300", "flash",
	"mtd0", "mtd1", "mtd2", "mtd3", "mtd4", "mtd0.boot.bin"]


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
		self.assertLessEqual(result["psram_largest_free_block"], result["psram_free_bytes"])

	def test_when_every_name_in_use_is_staged_then_all_are_listed_unread(self):
		slots = self.listing()["max_slots"]
		for first in range(0, len(NAMES), slots):
			names = NAMES[first:first + slots]
			for index, name in enumerate(names):
				result = self.ok(self.stage(name, pattern(1000 + index, index)))
				self.assertEqual((result["name"], result["size"]), (name, 1000 + index))
			files = {file["name"]: file for file in self.listing()["files"]}
			self.assertEqual(sorted(files), sorted(names))
			for index, name in enumerate(names):
				self.assertEqual((files[name]["size"], files[name]["reads"]), (1000 + index, 0))
			self.clear()

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
		self.deleted(call("DELETE", "/tftp/mtd0", b""))
		self.assertEqual([file["name"] for file in self.listing()["files"]], ["mtd1"])

	def test_when_deleted_with_no_length_at_all_then_it_is_the_same(self):
		self.ok(self.stage("mtd0", b"a"))
		self.deleted(call("DELETE", "/tftp"))
		self.assertEqual(self.listing()["files"], [])

	def test_when_staged_and_cleared_then_the_memory_is_free_again(self):
		before = self.listing()["psram_largest_free_block"]
		for index in range(4):
			self.ok(self.stage("mtd%d" % index, pattern(200001, index)))
		self.assertLess(self.listing()["psram_largest_free_block"], before)
		self.clear()
		self.assertEqual(self.listing()["psram_largest_free_block"], before)

	def test_when_an_upload_is_cut_off_then_nothing_is_listed_and_no_memory_lost(self):
		before = self.listing()["psram_largest_free_block"]
		token = "".join("%s: %s\r\n" % header for header in token_headers().items()).encode()
		with socket.create_connection(pod_address(), LIST_TIMEOUT) as client:
			client.sendall(b"POST /tftp/mtd2 HTTP/1.1\r\nHost: pod\r\nContent-Length: 500000\r\n" + token + b"Connection: close\r\n\r\n" + pattern(100000, 4))
		deadline = time.monotonic() + LIST_TIMEOUT
		while True:
			result = self.listing()
			if result["psram_largest_free_block"] == before or time.monotonic() > deadline:
				break
			time.sleep(0.1)
		self.assertEqual((result["files"], result["psram_largest_free_block"]), ([], before))

	def test_when_a_name_is_bad_then_it_is_refused_and_nothing_staged(self):
		for name in ("", "%2e%2e", "a%2f%2fb", "x" * 128):
			self.refused(self.stage(name, b"data"), *range(400, 500))
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
		size = before // 5
		for index in range(4):
			self.ok(self.stage("mtd%d" % index, pattern(size, index)))
		for index in (0, 2):
			self.deleted(call("DELETE", "/tftp/mtd%d" % index, b""))
		self.ok(self.stage("flash", pattern(self.listing()["psram_largest_free_block"], 9)))
