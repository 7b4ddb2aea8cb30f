"""The servers that some demos stand on: each of its own, on a free port of this machine, in a folder, gone when the test ends.

    with redis(folder) as store:
        store.port
        store.freeze(), store.thaw()
        store.kill(), store.start()
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from browser import free_port

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


class Daemon:
    """Runs `command(port)` in the folder. It is ready once it answers `question` in the way that `answer` begins."""

    def __init__(self, folder, command, question, answer):
        self.folder = folder
        self.command = command
        self.question = question
        self.answer = answer
        self.port = None
        self.process = None

    def __enter__(self):
        for _ in range(10):  # somebody else may be faster to take the port
            self.port = free_port()
            if self.start():
                return self
        raise RuntimeError(f"{self.words()[0]} does not start:\n{(self.folder / 'log').read_text()}")

    def __exit__(self, *_):
        self.kill()

    def words(self):
        return [str(word) for word in self.command(self.port)]

    def start(self, seconds=60):
        """Whether it does."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.words(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            if self._answers():
                return True
            time.sleep(0.02)
        self.kill()
        return False

    def kill(self):
        """As if its machine had gone."""
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """Alive, but doing nothing: connections are made by the system, and no request is answered."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
                connection.sendall(self.question)
                return connection.recv(100).startswith(self.answer)
        except OSError:
            return False


def redis(folder):
    """It keeps what it has answered for, through a kill: it leaves it to the system when to bring it to the disk."""
    options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "no")
    return Daemon(folder, lambda port: ("redis-server", "--port", port, *options), b"PING\r\n", b"+PONG")


def memcached(folder):
    options = ("-l", "127.0.0.1", "-U", "0", *(("-u", "root") if os.geteuid() == 0 else ()))
    return Daemon(folder, lambda port: ("memcached", "-p", port, *options), b"version\r\n", b"VERSION")


def nginx(folder, instances):
    """With the examples' configuration, in front of these two instances, which it tries from the start."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"  # there on Debian

    def command(port):
        text = (EXAMPLES / "nginx" / "shop.conf").read_text()
        for example, real in zip((8080, 8081, 8082), (port, *(instance.port for instance in instances)), strict=True):
            text = text.replace(f"127.0.0.1:{example}", f"127.0.0.1:{real}")
        (folder / "shop.conf").write_text(text)
        shutil.copy(EXAMPLES / "nginx" / "nginx.conf", folder)
        return program, "-p", f"{folder}/", "-c", "nginx.conf"

    return Daemon(folder, command, b"GET /icon.svg HTTP/1.0\r\n\r\n", b"HTTP/1.1 200")


STORES = {"redis": redis, "memcached": memcached}
