"""Prints a port and keeps others from getting it, until nobody reads the output any more.

The socket is bound and never listens. The system gives its port to no other socket that asks for any port, while a server that asks
for this very port with SO_REUSEADDR can listen on it (socket(7)).
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
