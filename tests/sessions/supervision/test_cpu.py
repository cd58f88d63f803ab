from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from skill_arcade.sessions.supervision.cpu import parse_stat, read_cpu_uses, read_process_uses, read_quotas
from skill_arcade.sessions.supervision.headroom import CpuUse

STAT = """\
cpu  2838073 365067 496550 3462971 27690 0 11959 9635 0 0
cpu0 1282458 167635 235334 1904045 6981 0 3019 4783 0 0
cpu1 1555614 197432 261216 1558926 20709 0 8939 4852 0 0
intr 1 2 3
ctxt 4
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what its processors do")


def test_time_of_niced_processes_and_idle_time_are_left_out_and_stolen_time_is_not() -> None:
    user, system, softirq, steal = 1282458, 235334, 3019, 4783
    assert parse_stat(STAT, {0}, 100) == CpuUse((user + system + softirq + steal) / 100, 1)


def test_only_the_cores_of_this_process_are_counted() -> None:
    one, other, both = (parse_stat(STAT, cores, 100) for cores in ({0}, {1}, {0, 1}))
    assert both.used_s == pytest.approx(one.used_s + other.used_s)
    assert both.n_cores == 2


def test_every_cgroup_with_a_limit_is_read_from_ones_own_to_the_topmost(tmp_path: Path) -> None:
    membership = tmp_path / "cgroup"
    membership.write_text("1:cpu:/elsewhere\n0::/pod/arcade\n")
    for folder, limit, used_us in (("pod/arcade", "max 100000", 7), ("pod", "150000 100000", 2_500_000)):
        (tmp_path / "fs" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / folder / "cpu.max").write_text(f"{limit}\n")
        (tmp_path / "fs" / folder / "cpu.stat").write_text(f"usage_usec {used_us}\nuser_usec 1\nsystem_usec 1\n")
    quotas = dict(read_quotas(membership, tmp_path / "fs"))
    assert quotas == {str(tmp_path / "fs" / "pod"): CpuUse(2.5, 1.5)}


def test_a_container_is_its_own_root(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/\n")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 1000000\n")
    assert list(read_quotas(tmp_path / "cgroup", tmp_path)) == [(str(tmp_path), CpuUse(1.0, 0.5))]


@pytest.mark.parametrize("membership", ["", "4:cpu:/a\n", "0::/../../outside\n", "0::/gone\n"])
def test_without_cgroups_of_version_2_there_is_no_quota(tmp_path: Path, membership: str) -> None:
    (tmp_path / "cgroup").write_text(membership)
    assert list(read_quotas(tmp_path / "cgroup", tmp_path / "fs")) == []
    assert list(read_quotas(tmp_path / "missing", tmp_path / "fs")) == []


@linux_only
def test_this_machine_can_be_read() -> None:
    before = read_cpu_uses()["processors"]
    began_s = read_process_uses([os.getpid()])[os.getpid()].cpu_s
    while read_process_uses([os.getpid()])[os.getpid()].cpu_s < began_s + 0.1:
        pass
    after = read_cpu_uses()["processors"]
    assert after.n_cores == len(os.sched_getaffinity(0))
    assert after.used_s > before.used_s


@linux_only
def test_a_process_that_is_gone_is_left_out() -> None:
    assert read_process_uses([2**22 + 1]) == {}
