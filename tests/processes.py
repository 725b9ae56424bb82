"""Processes of this machine."""

from __future__ import annotations

from pathlib import Path


def is_alive(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/status").read_text("utf-8")
    except FileNotFoundError:
        return False
    return "State:\tZ" not in status
