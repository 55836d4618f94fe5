"""opensession, fast-resume and agentsview, each asked the same things: build an index, search it, list.

Every program has a folder of its own for what it writes, and reads the same logs. What is measured is a process from its
start to its end; agentsview answers from a server, so its requests are measured instead.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path


def ran(command, env):
    """Seconds and output of a command; it must succeed or find nothing."""
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], env=env, capture_output=True)
    took = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit {done.returncode}: {done.stderr.decode()[-500:]}")
    return took, done.stdout


def weighed(command, env):
    """Seconds, and the largest resident size of the command in bytes."""
    with tempfile.NamedTemporaryFile("r") as said:
        took, _ = ran(["/usr/bin/time", "-f", "%M", "-o", said.name, *command], env)
        return took, int(said.read().split()[-1]) * 1024


def size(path):
    path = Path(path)
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


class Program:
    """What all have in common: commands in a home with the logs, and a folder of their own."""

    def __init__(self, binary, home, own):
        self.binary, self.own = binary, own
        own.mkdir(parents=True, exist_ok=True)
        self.env = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_SYSTEM": "/dev/null",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "XDG_DATA_HOME": str(own / "data"),
            "XDG_CACHE_HOME": str(own / "cache"),
            "AGENTSVIEW_DATA_DIR": str(own / "agentsview"),
            "AGENTSVIEW_NO_DAEMON": "1",
            "AGENTSVIEW_TELEMETRY_ENABLED": "0",
            "DO_NOT_TRACK": "1",
        }

    def run(self, *arguments):
        return ran([self.binary, *arguments], self.env)

    def weighed(self, *arguments):
        return weighed([self.binary, *arguments], self.env)

    def built(self):
        """Seconds from logs to a full index, and bytes of memory: measured once, and kept beside the index."""
        note = self.own / "built.json"
        if not note.exists():
            note.write_text(json.dumps(self.build()))
        return json.loads(note.read_text())

    def processor(self):
        """Seconds of processor time that its processes have taken until now, or all that ended."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def stop(self):
        pass


class Ours(Program):
    name = "opensession"
    covers = "messages, thinking, commands, paths, edits, the ends of output"

    def build(self):
        """Capture into the store, then metadata and texts into the index."""
        steps = [self.weighed("capture", "--all"), self.weighed("index", "rebuild")]
        return {"seconds": sum(took for took, _ in steps), "memory": max(memory for _, memory in steps), "steps": steps}

    def again(self):
        """A start that finds nothing new: what `opensession` alone does without a terminal."""
        return self.run()[0]

    def search(self, words):
        took, out = self.run("search", words, "--limit", 20, "--json")
        return took, len(json.loads(out)["sessions"])

    def search_memory(self, words):
        return self.weighed("search", words, "--limit", 20, "--json")[1]

    def newest(self):
        return self.run("list", "--limit", 50, "--json")[0]

    def filtered(self, repository):
        return self.run("list", "--limit", 50, "--json", f"repo:{repository}")[0]

    def size(self):
        return sum(size(file) for file in (self.own / "data" / "opensession").glob("local.db*"))

    def hail(self):
        """Bytes of HAIL that are stored, by what the manifests say."""
        store = self.own / "data" / "opensession" / "sessions.git"
        git = ["git", "-C", store]
        _, listing = ran([*git, "ls-tree", "-r", "opensession/sessions"], self.env)
        manifests = [line.split()[2] for line in listing.splitlines() if line.endswith(b"/session.json")]
        objects = subprocess.run(
            [*git, "cat-file", "--batch"], input=b"\n".join(manifests), env=self.env, capture_output=True, check=True
        ).stdout
        total, at = 0, 0
        while at < len(objects):
            end = objects.index(b"\n", at)
            length = int(objects[at:end].split()[2])
            manifest = json.loads(objects[end + 1 : end + 1 + length])
            total += sum(segment["bytes"] for segment in manifest["segments"])
            at = end + length + 2
        return total


class FastResume(Program):
    name = "fast-resume"
    covers = "prompts and answers"

    def build(self):
        took, memory = self.weighed("--rebuild", "--json", "--limit", 1)
        return {"seconds": took, "memory": memory}

    def again(self):
        return self.run("--json", "--limit", 50)[0]

    def search(self, words):
        took, out = self.run("--json", "--no-refresh", "--limit", 20, words)
        return took, len(json.loads(out)["sessions"])

    def search_memory(self, words):
        return self.weighed("--json", "--no-refresh", "--limit", 20, words)[1]

    def newest(self):
        return self.run("--json", "--no-refresh", "--limit", 50)[0]

    def filtered(self, repository):
        return self.run("--json", "--no-refresh", "--limit", 50, f"dir:{repository}")[0]

    def size(self):
        return size(self.own / "cache" / "fast-resume" / "tantivy_index")


class Agentsview(Program):
    name = "agentsview"
    covers = "messages"
    PORT = 18_431
    EVERY = "include_one_shot=true&include_automated=true"

    server = None

    def build(self):
        took, memory = self.weighed("sync")
        return {"seconds": took, "memory": memory}

    def again(self):
        """Until the server answers its first list."""
        self.stop()
        start = time.perf_counter()
        command = [self.binary, "serve", "--no-browser", "--no-update-check", "--port", str(self.PORT)]
        self.server = subprocess.Popen(
            [str(part) for part in command], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while True:
            try:
                self.ask(f"sessions?limit=50&{self.EVERY}")
                return time.perf_counter() - start
            except OSError:
                time.sleep(0.005)

    def ask(self, path):
        start = time.perf_counter()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.PORT}/api/v1/{path}", timeout=60) as answer:
            body = answer.read()
        return time.perf_counter() - start, body

    def search(self, words):
        took, body = self.ask("search?limit=20&q=" + urllib.parse.quote(words))
        return took, len(json.loads(body)["results"])

    def search_memory(self, words):
        self.search(words)
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def processor(self):
        ticks = Path(f"/proc/{self.server.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def newest(self):
        return self.ask(f"sessions?limit=50&{self.EVERY}")[0]

    def filtered(self, repository):
        return self.ask(f"sessions?limit=50&{self.EVERY}&project=" + repository.replace("-", "_"))[0]

    def size(self):
        return sum(size(file) for file in (self.own / "agentsview").glob("sessions.db*"))

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
            self.server = None

