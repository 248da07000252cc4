#!/usr/bin/env python3
"""The pod's HTTP contract, called as its Python clients call it: urllib with a connection per request, and requests' keep-alive style.

    python3 tests/clients/conformance/conformance.py http://pod:8080 [--token TEXT] [--bridge HOST:PORT] [--fastboot FILE] [--quick]
        [-k PATTERN]

Needs Python 3.8 or newer and nothing else. Works on any pod, a simulated or a real one, and uses it in earnest: it switches the camera's
power, takes away every staged file and fills the memory to the last byte (--quick leaves that out). With --fastboot, FILE is a whole
/fastboot body that is expected to start the camera; it is also spoilt, and sent twice at once. A pod's token is --token or $RACKPOD_TOKEN.

The raw serial port is where the pod says (GET /uart), or --bridge. Before anything is tried it is proven to be this pod's: the pod has to
count a connection to it.

Headers, bodies and timeouts are those of the clients in the field; a timeout here is a failure there.
"""
import argparse
import os
import sys
import unittest
import urllib.request

sys.dont_write_bytecode = True  # nothing is left behind in the source tree

from bridge import OtherPod, find, prove
from client import OPTIONS, call
# unittest finds the tests in this module
from camera import Baud, Bridge, Power
from fastboot import Fastboot
from manners import Manners
from staging import Capacity, Staging


def main():
	parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
	parser.add_argument("base", metavar="http://HOST:PORT")
	parser.add_argument("--token", metavar="TEXT", default=os.environ.get("RACKPOD_TOKEN"), help="the pod's token, if it has one (default: $RACKPOD_TOKEN)")
	parser.add_argument("--bridge", metavar="HOST:PORT", help="the raw serial port (default: where the pod says)")
	parser.add_argument("--fastboot", metavar="FILE", help="a /fastboot body that starts the camera")
	parser.add_argument("--quick", action="store_true", help="without filling the memory")
	parser.add_argument("--time-scale", type=float, default=1, help="of a simulated pod: times are only checked at 1")
	parser.add_argument("-k", metavar="PATTERN", action="append", help="only tests whose name contains it")
	parser.parse_args(namespace=OPTIONS)
	OPTIONS.base = OPTIONS.base.rstrip("/")
	# an environment's proxy is not for a pod
	urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
	try:
		OPTIONS.serial = find()
		if OPTIONS.serial:
			prove(OPTIONS.serial)
		refused = call("DELETE", "/tftp", b"").status == 401
	except OtherPod as error:
		parser.exit(2, "%s\n" % error)
	except OSError as error:
		parser.exit(2, "%s does not answer: %s\n" % (OPTIONS.base, error))
	if refused:
		parser.exit(2, "%s wants its token: --token TEXT, or RACKPOD_TOKEN in the environment\n" % OPTIONS.base)
	arguments = [os.path.basename(__file__), "-v"] + [argument for name in OPTIONS.k or [] for argument in ("-k", name)]
	unittest.main(module=sys.modules[__name__], argv=arguments)


if __name__ == "__main__":
	main()
