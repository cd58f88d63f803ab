"""The process of a forgetful disk: shows `forgetful_files` to programs, by FUSE, and takes orders on standard input.

    python -m tests.faults.forgetful_mount FOLDER

It says `mounted` when programs can use the disk, and answers one line to each order:

    cut          the power goes now: from now on every system call fails, and nothing changes any more
    cut N        the power goes at the Nth change from now
    is_cut       `yes` or `no`
    count        how many changes there have been
    restore SEED what was not synced is forgotten, as the seed has it; the disk is mounted anew, empty caches and all

When standard input ends the disk is unmounted and everything is gone.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from typing import Any

import mfusepy
from tests.faults.forgetful_files import File, Folder, ForgetfulFiles, Node, Resize, Write

_BLOCK_BYTES = 4096
_BLOCKS = 1 << 20
_UNMOUNT_PATIENCE_S = 20.0
_HIDDEN = "/.fuse_hidden"


class _Power:
    """Whether there is any, and how many changes are left until it goes."""

    def __init__(self) -> None:
        self.is_cut = False
        self.n_changes = 0
        self.cut_at: int | None = None

    def require(self) -> None:
        """Raise OSError where there is none."""
        if self.is_cut:
            raise OSError(errno.EIO, "no power")

    def require_for_change(self) -> None:
        """The same; and count one change."""
        if self.n_changes == self.cut_at:
            self.is_cut = True
        self.require()
        self.n_changes += 1


class Mount:
    """What FUSE calls; the names are its own. Paths begin with a slash."""

    use_ns = True

    def __init__(self, files: ForgetfulFiles, power: _Power, lock: Lock, is_mounted: Event) -> None:
        self._files = files
        self._power = power
        self._lock = lock
        self._is_mounted = is_mounted
        self._open: dict[int, Node] = {}
        self._handles = count(1)
        self._nameless: dict[str, Node] = {}

    def init(self, _path: str) -> None:
        """Programs can use it."""
        self._is_mounted.set()

    # --- what is read ---

    def getattr(self, path: str | None, handle: int | None = None) -> dict[str, int]:
        """`stat`."""
        with self._lock:
            self._power.require()
            node = self._node(path, handle)
            n_bytes = len(node.content) if isinstance(node, File) else 0
            return {
                "st_mode": node.mode,
                "st_nlink": 1,
                "st_size": n_bytes,
                "st_blocks": -(-n_bytes // 512),
                "st_blksize": _BLOCK_BYTES,
                "st_ino": node.number,
                "st_uid": os.getuid(),
                "st_gid": os.getgid(),
                **dict.fromkeys(("st_mtime", "st_atime", "st_ctime"), node.mtime_ns),
            }

    def readdir(self, path: str, _handle: int) -> list[tuple[str, dict[str, int], int]]:
        """The names of a folder."""
        with self._lock:
            self._power.require()
            node = self._files.find(path)
            entries = {".": node, "..": node, **(node.entries if isinstance(node, Folder) else {})}
            return [(name, {"st_mode": each.mode, "st_ino": each.number}, 0) for name, each in entries.items()]

    def read(self, path: str | None, n_bytes: int, offset: int, handle: int) -> bytes:
        """Bytes of a file."""
        with self._lock:
            self._power.require()
            return bytes(self._file(path, handle).content[offset : offset + n_bytes])

    def statfs(self, _path: str) -> dict[str, int]:
        """There is room enough."""
        sizes = dict.fromkeys(("f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail"), _BLOCKS)
        return {"f_bsize": _BLOCK_BYTES, "f_frsize": _BLOCK_BYTES, "f_namemax": 255, **sizes}

    # --- what is opened ---

    def opendir(self, path: str) -> int:
        """Open a folder."""
        with self._lock:
            self._power.require()
            return self._hold(self._files.find(path))

    def open(self, path: str, flags: int) -> int:
        """Open a file."""
        with self._lock:
            self._power.require()
            file = self._files.find_file(path)
            if flags & os.O_TRUNC and file.content:
                self._power.require_for_change()
                file.change(Resize(0))
            return self._hold(file)

    def create(self, path: str, mode: int) -> int:
        """Make a file and open it."""
        with self._lock:
            self._power.require_for_change()
            file = File(stat.S_IFREG | stat.S_IMODE(mode))
            self._files.add(path, file)
            return self._hold(file)

    def release(self, _path: str | None, handle: int) -> None:
        """Let go of a file."""
        self._open.pop(handle, None)

    def releasedir(self, _path: str | None, handle: int) -> None:
        """Let go of a folder."""
        self._open.pop(handle, None)

    # --- what is changed ---

    def write(self, path: str | None, data: bytes, offset: int, handle: int) -> int:
        """Write to a file."""
        with self._lock:
            self._power.require_for_change()
            self._file(path, handle).change(Write(offset, data))
            return len(data)

    def truncate(self, path: str, n_bytes: int) -> None:
        """Give a file another length."""
        with self._lock:
            self._power.require_for_change()
            self._file(path, None).change(Resize(n_bytes))

    def mkdir(self, path: str, mode: int) -> None:
        """Make a folder."""
        with self._lock:
            self._power.require_for_change()
            self._files.add(path, Folder(stat.S_IFDIR | stat.S_IMODE(mode)))

    def link(self, path: str, old: str) -> None:
        """Give a file one more name."""
        with self._lock:
            self._power.require_for_change()
            self._files.add(path, self._files.find_file(old))

    def unlink(self, path: str) -> None:
        """Take a file's name away."""
        with self._lock:
            if self._nameless.pop(path, None) is None:
                self._power.require_for_change()
                self._files.remove(path)

    rmdir = unlink

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder."""
        with self._lock:
            self._power.require_for_change()
            if _HIDDEN in new:
                # A file that is open is being removed: FUSE gives it a name of its own, by which only FUSE knows it.
                self._nameless[new] = self._files.find(old)
                self._files.remove(old)
            else:
                self._files.move(old, new)

    def chmod(self, path: str, mode: int) -> None:
        """Change permissions, for good: nobody asks here when."""
        with self._lock:
            self._power.require()
            node = self._files.find(path)
            node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)

    def chown(self, _path: str, _uid: int, _gid: int) -> None:
        """Everything belongs to who mounted it."""

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        """Set the time of the last change."""
        with self._lock:
            self._power.require()
            if times is not None:
                self._files.find(path).mtime_ns = times[1]

    # --- what is kept ---

    def fsync(self, path: str | None, _datasync: int, handle: int) -> None:
        """Sync a file."""
        with self._lock:
            self._power.require_for_change()
            self._file(path, handle).sync()

    def fsyncdir(self, path: str | None, _datasync: int, handle: int) -> None:
        """Sync a folder's names."""
        with self._lock:
            self._power.require_for_change()
            node = self._node(path, handle)
            if isinstance(node, Folder):
                self._files.sync_names(node)

    def _hold(self, node: Node) -> int:
        handle = next(self._handles)
        self._open[handle] = node
        return handle

    def _node(self, path: str | None, handle: int | None) -> Node:
        # What is open is known by its handle, whatever has become of its name.
        if handle is not None and handle in self._open:
            return self._open[handle]
        if path is None:
            raise OSError(errno.ESTALE, "neither its name nor its folder is there any more")
        return self._nameless.get(path) or self._files.find(path)

    def _file(self, path: str | None, handle: int | None) -> File:
        node = self._node(path, handle)
        if not isinstance(node, File):
            raise IsADirectoryError(errno.EISDIR, "a folder")
        return node


class _Disk:
    """Takes orders, in a thread of its own, while the main thread serves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = ForgetfulFiles()
        self._power = _Power()
        self._lock = Lock()
        self._is_mounted = Event()
        self._goes_on = True

    def serve(self) -> None:
        """Until standard input ends; the disk is mounted again after each loss of power."""
        Thread(target=self._take_orders, daemon=True).start()
        while self._goes_on:
            mount = Mount(self._files, self._power, self._lock, self._is_mounted)
            options: dict[str, Any] = {"foreground": True, "nothreads": True, "fsname": "forgetful"}
            # Nobody changes files behind the kernel's back, so what it has read stays valid: memory that programs share
            # (SQLite's, that of `safe`) would be torn apart else.
            options |= {"use_ino": True, "kernel_cache": True}
            mfusepy.FUSE(mount, str(self._folder), **options)

    def _take_orders(self) -> None:
        self._say_when_mounted()
        for line in sys.stdin:
            order, *arguments = line.split()
            self._take_order(order, arguments)
        self._goes_on = False
        _unmount(self._folder, lazily=True)
        os._exit(0)  # whoever still uses it is not waited for

    def _take_order(self, order: str, arguments: list[str]) -> None:
        power = self._power
        match order:
            case "cut":
                with self._lock:
                    if arguments:
                        power.cut_at = power.n_changes + int(arguments[0]) - 1
                    else:
                        power.is_cut = True
                _say("yes")
            case "is_cut":
                _say("yes" if power.is_cut else "no")
            case "count":
                _say(str(power.n_changes))
            case "restore":
                self._restore(int(arguments[0]))

    def _restore(self, seed: int) -> None:
        self._is_mounted.clear()
        self._power.is_cut = True
        _unmount(self._folder)
        with self._lock:
            self._files.forget(Random(seed))
            self._power.is_cut, self._power.cut_at = False, None
        self._say_when_mounted()

    def _say_when_mounted(self) -> None:
        self._is_mounted.wait()
        _say("mounted")


def _unmount(folder: Path, *, lazily: bool = False) -> None:
    """Unmount; who was killed while it used the disk may need a moment to let go of it."""
    program = ["umount"] if os.geteuid() == 0 else ["fusermount3", "-u"]
    how = ["-l" if os.geteuid() == 0 else "-z"] if lazily else []
    deadline_s = time.monotonic() + _UNMOUNT_PATIENCE_S
    while (done := subprocess.run([*program, *how, folder], capture_output=True, check=False)).returncode != 0:
        if time.monotonic() > deadline_s:
            sys.stderr.write(done.stderr.decode())
            os._exit(1)  # somebody who should be dead holds a file open
        time.sleep(0.01)


def _say(word: str) -> None:
    print(word, flush=True)


if __name__ == "__main__":
    _Disk(Path(sys.argv[1])).serve()
