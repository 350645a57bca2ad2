"""Serves moto on a free port of loopback until standard input ends. Argument: the folder of its packages."""
import os
import sys

sys.path.insert(0, sys.argv[1])

from moto.server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("listening %d" % server.get_host_and_port()[1], flush=True)
# A server must not outlive the test that started it, however that ended: the pipe closes with it.
while sys.stdin.buffer.read(65536):
    continue
os._exit(0)
