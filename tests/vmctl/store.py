#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""store - a xenstored for tests of vmctl, and VMs that answer.

Usage: store SOCKET DOMAINS

DOMAINS is a JSON array of objects with the members domid, name, uuid, how and
perhaps more: how is what the VM does with a command:
  obeys      answers "done"
  refuses    answers "refused"
  is-silent  takes it, and answers nothing
  is-paused  does not take it
  ends       is gone
  reboots    is gone, and has another number
  empty      is no xen-test-vm
It speaks as much of xen/io/xs_wire.h as libxenstore needs for vmctl. It prints
"ready" when clients can connect.
"""
import json
import os
import re
import selectors
import socket
import struct
import sys

DIRECTORY, READ, GET_PERMS, WATCH, UNWATCH = 1, 2, 3, 4, 5
WRITE, SET_PERMS, WATCH_EVENT, ERROR, DIRECTORY_PART = 11, 14, 15, 16, 22
PAYLOAD_MAX = 4096
HEADER = struct.Struct("<IIII")
OWN = "data/xen-test-vm"


class Store:
    """The tree, and the clients' watches."""

    def __init__(self):
        self.nodes = {"/": b"", "/local/domain": b""}
        self.owners = {"/": 0}  # of some nodes, and of what is below them
        self.watches = []  # (client, path, token)
        self.generation = 1

    def write(self, path, value):
        """Write a node, and tell who watches."""
        parent = path
        while parent not in self.nodes and parent != "/":
            self.nodes[parent] = b""
            parent = os.path.dirname(parent)
        self.nodes[path] = value.encode() if isinstance(value, str) else value
        self.tell(path)

    def remove(self, path):
        """Remove a node, and all below it."""
        self.nodes = {node: value for node, value in self.nodes.items()
                      if node != path and not node.startswith(path + "/")}
        self.tell(path)

    def owner(self, path):
        """The number of the domain to which a node belongs."""
        while path not in self.owners:
            path = os.path.dirname(path)
        return self.owners[path]

    def list(self, path):
        """The names in a folder, as a reply has them."""
        return b"".join(name.encode() + b"\0" for name in self.names(path))

    def names(self, path):
        """The names in a folder."""
        start = path.rstrip("/") + "/"
        return sorted({node[len(start):].split("/")[0] for node in self.nodes
                       if node.startswith(start) and node != start})

    def tell(self, path):
        """Send an event for each watch that this path concerns."""
        for client, watched, token in list(self.watches):
            if (path == watched or path.startswith(watched + "/")
                    or watched.startswith(path + "/")):
                seen = watched if watched.startswith(path + "/") else path
                send(client, WATCH_EVENT, f"{seen}\0{token}\0".encode())


def send(client, kind, payload, request=0):
    """Send a message; a client that has gone is not told."""
    try:
        client.sendall(HEADER.pack(kind, request, 0, len(payload)) + payload)
    except OSError:
        pass


class Machine:
    """The domains of a host."""

    def __init__(self, store, domains):
        self.store = store
        self.domains = {}
        for domain in domains:
            self.begin(domain)

    def begin(self, domain):
        """Make a domain as a toolstack does; the VM publishes at once."""
        domid = domain["domid"]
        self.domains[domid] = domain
        home = f"/local/domain/{domid}"
        self.store.write(f"{home}/vm", f"/vm/{domain['uuid']}")
        self.store.write(f"{home}/name", domain["name"])
        self.store.write(f"{home}/data", "")
        self.store.owners[f"{home}/data"] = domid
        if domain["how"] != "empty":
            for name, value in [("version", "1.2.3"), ("guest", "pvh"),
                                ("state", "ready"), ("commands", "0")]:
                self.store.write(f"{home}/{OWN}/{name}", value)
            for vif in range(3):
                self.store.write(f"{home}/device/vif/{domid % 7 + vif}/mac",
                                 f"00:16:3e:00:{vif:02x}:{domid:02x}")
        self.store.tell("@introduceDomain")

    def end(self, domid):
        """Remove a domain."""
        self.store.remove(f"/local/domain/{domid}")
        self.store.tell("@releaseDomain")
        return self.domains.pop(domid)

    def written(self, path, value):
        """A client has written this node."""
        found = re.fullmatch(r"/local/domain/(\d+)/(data|control)/testing",
                             path)
        if not found or not value or int(found[1]) not in self.domains:
            return
        domid = int(found[1])
        how = self.domains[domid]["how"]
        if how == "is-paused":
            return
        if how in ("ends", "reboots"):
            domain = self.end(domid)
            if how == "reboots":
                self.begin({**domain, "domid": domid + 100, "how": "obeys"})
            return
        self.store.write(path, "")
        if how == "is-silent":
            return
        command = json.loads(value)
        if isinstance(command, list):
            command = command[0]
        answer = {"seq": 1, "id": command.get("id", ""), "result": "done"}
        if "device" in command:
            answer["device"] = command["device"]
        if how == "refuses":
            answer.update(result="refused", error="no")
        self.store.write(f"/local/domain/{domid}/{OWN}/reply",
                         json.dumps(answer))


class Server:
    """Serves clients on a socket, for ever."""

    def __init__(self, path, store, machine):
        self.store, self.machine = store, machine
        self.parts = 0  # how many were asked for
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.selector.register(self.listener, selectors.EVENT_READ)

    def run(self):
        """Serve."""
        buffers = {}
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    client, _ = self.listener.accept()
                    buffers[client] = b""
                    self.selector.register(client, selectors.EVENT_READ)
                    continue
                client = key.fileobj
                try:
                    data = client.recv(65536)
                except ConnectionResetError:
                    data = b""
                if not data:
                    self.selector.unregister(client)
                    self.store.watches = [watch for watch in self.store.watches
                                          if watch[0] is not client]
                    client.close()
                    continue
                buffers[client] = self.take(client, buffers[client] + data)

    def take(self, client, data):
        """Handle all whole messages; return what is left."""
        while len(data) >= HEADER.size:
            kind, request, _, size = HEADER.unpack_from(data)
            if len(data) < HEADER.size + size:
                break
            payload = data[HEADER.size:HEADER.size + size]
            data = data[HEADER.size + size:]
            self.handle(client, kind, request, payload)
        return data

    def handle(self, client, kind, request, payload):
        """Answer one request."""
        path, _, rest = payload.partition(b"\0")
        path = path.decode()
        nodes = self.store.nodes
        if kind == WATCH:
            token = rest.rstrip(b"\0").decode()
            send(client, kind, b"OK\0", request)
            self.store.watches.append((client, path, token))
            send(client, WATCH_EVENT, f"{path}\0{token}\0".encode())
        elif kind == UNWATCH:
            token = rest.rstrip(b"\0").decode()
            self.store.watches.remove((client, path, token))
            send(client, kind, b"OK\0", request)
        elif kind == WRITE:
            send(client, kind, b"OK\0", request)
            print("write", path, flush=True)
            self.store.write(path, rest)
            self.machine.written(path, rest)
        elif path not in nodes:
            send(client, ERROR, b"ENOENT\0", request)
        elif kind == READ:
            send(client, kind, nodes[path], request)
        elif kind == DIRECTORY:
            names = self.store.list(path)
            if len(names) > PAYLOAD_MAX:
                send(client, ERROR, b"E2BIG\0", request)
            else:
                send(client, kind, names, request)
        elif kind == DIRECTORY_PART:
            self.parts += 1
            if self.parts == 2:  # in the middle of the list it changes
                self.store.generation += 1
            names = self.store.list(path) + b"\0"
            head = b"%d\0" % self.store.generation
            start = int(rest.rstrip(b"\0"))
            send(client, kind, head + names[start:start + PAYLOAD_MAX
                                            - len(head)], request)
        elif kind == GET_PERMS:
            send(client, kind, b"n%d\0" % self.store.owner(path), request)
        elif kind == SET_PERMS:
            print("give", path, flush=True)
            self.store.owners[path] = int(rest[1:].rstrip(b"\0"))
            send(client, kind, b"OK\0", request)
        else:
            send(client, ERROR, b"ENOSYS\0", request)


def main():
    """Serve the domains of the command line."""
    store = Store()
    machine = Machine(store, json.loads(sys.argv[2]))
    server = Server(sys.argv[1], store, machine)
    print("ready", flush=True)
    server.run()


main()
