"""Prints a port and reserves it until the output is closed.

The socket is bound and never listens. The system assigns its port to no other socket, but a server can listen on this port with
SO_REUSEADDR (socket(7)).
"""

import socket
import time

held = socket.socket()
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
held.bind(("127.0.0.1", 0))
print(held.getsockname()[1], flush=True)
try:
    while True:
        time.sleep(1)
        print(flush=True)
except BrokenPipeError:
    pass
