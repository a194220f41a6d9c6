from __future__ import annotations

import os
from pathlib import Path

import pytest

from topograph.arrays import choose_device, free_memory, memory


def test_free_memory_is_a_part_of_all_memory():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < free_memory(choose_device("cpu")) <= total


def test_the_listing_of_the_system_is_read(tmp_path, monkeypatch):
    listing = tmp_path / "meminfo"
    listing.write_text("MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:   5 kB\n")
    monkeypatch.setattr(memory, "_LISTING", listing)
    assert free_memory(choose_device("cpu")) == 5 * 1024


def test_without_a_listing_all_memory_counts(monkeypatch):
    monkeypatch.setattr(memory, "_LISTING", Path("no such file"))
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert free_memory(choose_device("cpu")) == total


@pytest.mark.gpu
def test_free_memory_of_a_gpu_is_positive():
    assert free_memory(choose_device("cuda")) > 0
