"""Files and folders in memory that forget what was not synced when the power goes: what POSIX promises, and no more.

Bytes of a file are kept by a sync of the file; a name in a folder by a sync of the folder. Of what was not synced any
part may have come to the disk, in any order. There is no I/O here; `forgetful_mount` shows these files to programs.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TypeAlias

PAGE_BYTES = 4096

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that were written at an offset."""

    offset: int
    data: bytes

    def apply(self, content: bytearray) -> None:
        """Do it; a hole before the offset is filled with zeros."""
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data


@dataclass(frozen=True, slots=True)
class Resize:
    """Another length, longer by zeros or shorter."""

    n_bytes: int

    def apply(self, content: bytearray) -> None:
        """Do it."""
        del content[self.n_bytes :]
        content.extend(bytes(self.n_bytes - len(content)))


Change: TypeAlias = Write | Resize


@dataclass(slots=True, eq=False)
class Node:
    """What a name leads to.

    Attributes:
        mode: kind and permissions, as in `stat`.
        number: of the inode.
        mtime_ns: when it was changed last, UTC.
    """

    mode: int
    number: int = field(default_factory=lambda: next(_numbers), init=False)
    mtime_ns: int = field(default_factory=time.time_ns, init=False)


@dataclass(slots=True, eq=False)
class File(Node):
    """A file.

    Attributes:
        content: as programs see it.
        durable: what a loss of power leaves in any case.
        pending: what has come since.
    """

    content: bytearray = field(default_factory=bytearray, init=False)
    durable: bytearray = field(default_factory=bytearray, init=False)
    pending: list[Change] = field(default_factory=list, init=False)

    def change(self, change: Change) -> None:
        """Write or resize."""
        change.apply(self.content)
        self.pending.append(change)
        self.mtime_ns = time.time_ns()

    def sync(self) -> None:
        """Keep what was written so far."""
        for change in self.pending:
            change.apply(self.durable)
        self.pending.clear()

    def forget(self, dice: Random) -> None:
        """The power goes: keep what was synced, and of the rest what the dice say."""
        if self.pending:
            ways: list[Callable[[Random], None]] = [self._keep_nothing, self._keep_beginning, self._keep_pages]
            dice.choice(ways)(dice)
            self.pending.clear()
        self.content = bytearray(self.durable)

    def _keep_nothing(self, dice: Random) -> None:
        pass

    def _keep_beginning(self, dice: Random) -> None:
        """Some of the changes, in order, or all; the next one in part."""
        n_whole = dice.randrange(len(self.pending) + 1)
        for change in self.pending[:n_whole]:
            change.apply(self.durable)
        for torn in self.pending[n_whole : n_whole + 1]:
            if isinstance(torn, Write):
                Write(torn.offset, torn.data[: dice.randrange(len(torn.data) + 1)]).apply(self.durable)

    def _keep_pages(self, dice: Random) -> None:
        """Of each page of the file the old or the new content; the length may be ahead of them."""
        n_bytes = dice.choice([len(self.durable), len(self.content), dice.randint(0, len(self.content))])
        n_bytes = max(n_bytes, min(len(self.durable), len(self.content)))
        old, new = bytes(self.durable), bytes(self.content)
        Resize(n_bytes).apply(self.durable)
        for begin in range(0, n_bytes, PAGE_BYTES):
            end = min(begin + PAGE_BYTES, n_bytes)
            page = dice.choice((old, new))[begin:end]
            self.durable[begin:end] = page + bytes(end - begin - len(page))


@dataclass(slots=True, eq=False)
class Folder(Node):
    """A folder.

    Attributes:
        entries: the names as programs see them.
        durable: what a loss of power leaves in any case: (number of the naming that made it so, what is there) by name.
    """

    entries: dict[str, Node] = field(default_factory=dict, init=False)
    durable: dict[str, tuple[int, Node | None]] = field(default_factory=dict, init=False)


@dataclass(frozen=True, slots=True)
class _Naming:
    """A change of names that a disk makes as a whole: one that is made or removed, two where one is moved.

    Attributes:
        number: which of all namings it is.
        names: (folder, name, what is there now); a sync of any of the folders keeps all of them.
    """

    number: int
    names: tuple[tuple[Folder, str, Node | None], ...]

    def is_in(self, folder: Folder) -> bool:
        """Whether it changed a name in this folder."""
        return any(each is folder for each, _, _ in self.names)

    def keep(self) -> None:
        """From now on no loss of power undoes it."""
        for folder, name, node in self.names:
            known, _ = folder.durable.get(name, (0, None))
            if known < self.number:
                folder.durable[name] = self.number, node


class ForgetfulFiles:
    """A disk's files. Errors are those of the system calls (OSError)."""

    def __init__(self) -> None:
        self.root = Folder(stat.S_IFDIR | 0o755)
        self._pending: list[_Naming] = []
        self._n_namings = count(1)

    def find(self, path: str) -> Node:
        """What is there. Raises FileNotFoundError, NotADirectoryError."""
        node: Node = self.root
        for name in filter(None, path.split("/")):
            if not isinstance(node, Folder):
                raise NotADirectoryError(20, "not a folder")
            if name not in node.entries:
                raise FileNotFoundError(2, "no such name")
            node = node.entries[name]
        return node

    def find_file(self, path: str) -> File:
        """The file there. Raises IsADirectoryError, and what `find` raises."""
        node = self.find(path)
        if not isinstance(node, File):
            raise IsADirectoryError(21, "a folder")
        return node

    def add(self, path: str, node: Node) -> None:
        """Give a node a name, one more if it has one. Raises FileExistsError."""
        folder, name = self._split(path)
        if name in folder.entries:
            raise FileExistsError(17, "the name is taken")
        self._name((folder, name, node))

    def remove(self, path: str) -> None:
        """Take a name away. Raises OSError for a folder that is not empty."""
        folder, name = self._split(path)
        node = self.find(path)
        if isinstance(node, Folder) and node.entries:
            raise OSError(39, "not empty")
        self._name((folder, name, None))

    def move(self, old: str, new: str) -> None:
        """Give a node another name; what had it has it no more. Raises OSError for a folder that is not empty."""
        old_folder, old_name = self._split(old)
        new_folder, new_name = self._split(new)
        node = self.find(old)
        replaced = new_folder.entries.get(new_name)
        if isinstance(replaced, Folder) and replaced.entries:
            raise OSError(39, "not empty")
        self._name((old_folder, old_name, None), (new_folder, new_name, node))

    def sync_names(self, folder: Folder) -> None:
        """Keep the names of a folder."""
        for naming in self._pending:
            if naming.is_in(folder):
                naming.keep()
        self._pending = [each for each in self._pending if not each.is_in(folder)]

    def forget(self, dice: Random) -> None:
        """The power goes: keep what was synced, and of the rest what the dice say."""
        kept_share = dice.choice([0.0, 0.5, 1.0])
        for naming in self._pending:
            if dice.random() < kept_share:
                naming.keep()
        self._pending.clear()
        files = dict.fromkeys(self._walk(self.root))  # one with two names is there once
        for each in files:
            each.forget(dice)

    def _walk(self, folder: Folder) -> Iterator[File]:
        """Make the names those that were kept; the files that still have one."""
        folder.entries = {name: node for name, (_, node) in folder.durable.items() if node is not None}
        for _, node in sorted(folder.entries.items()):
            if isinstance(node, Folder):
                yield from self._walk(node)
            elif isinstance(node, File):
                yield node

    def _split(self, path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        folder = self.find(above)
        if not isinstance(folder, Folder):
            raise NotADirectoryError(20, "not a folder")
        return folder, name

    def _name(self, *names: tuple[Folder, str, Node | None]) -> None:
        for each, name, node in names:
            if node is None:
                each.entries.pop(name, None)
            else:
                each.entries[name] = node
            each.mtime_ns = time.time_ns()
        self._pending.append(_Naming(next(self._n_namings), names))
