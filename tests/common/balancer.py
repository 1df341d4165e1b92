# SPDX-License-Identifier: Apache-2.0
"""What stands before servers of a test and hands connections on."""

import contextlib
import socket
import threading


class Balancer:
    """A TCP listener before several, or before those still to come: a connection goes to one that accepts it."""

    def __init__(self, targets):
        self.targets = targets  # ports; changed while it runs
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.socket.getsockname()[1]
        self.turn = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def reach(self):
        for _ in range(2 * len(self.targets)):
            self.turn += 1
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", self.targets[self.turn % len(self.targets)]))
        return None

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            server = self.reach()
            if not server:
                client.close()
                continue
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
        for one in (a, b):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.socket.close()
