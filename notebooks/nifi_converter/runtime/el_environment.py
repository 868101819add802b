"""What an expression sees of the world: the clock, the host, counters, state.

How NiFi's environment is taken here, in one place:

- `now()` is the time of the call. A notebook that wants one instant for a whole run (as a Spark query has) calls
  `set_now(milliseconds)` first; tests freeze it in the same way.
- Dates without a zone are in the zone of NiFi's JVM: `set_zone("Europe/Berlin")`, UTC unless set.
- `hostname()` and `ip()` are those of the machine that evaluates: on Spark a worker, as in NiFi a node. `thread()` is
  the Python thread's name. `set_host(name, address)` makes both constant where a flow compares them.
- `nextInt()` counts up from 0 in each Python process; NiFi's counter is one per JVM and starts at 0 again with it. It
  is unique within a process only, so it must not be used as a key on Spark (use `UUID()`).
- `random()` is a whole number from 0 to 2^63 - 1, `UUID()` a version 4 UUID.
- `getStateValue(key)` reads the `state` given to the evaluation: what the processor stored after its last run.
"""

from __future__ import annotations

import random
import socket
import threading
import time
import uuid
from typing import Dict, Mapping, Optional

_SETTINGS: Dict[str, object] = {"now": None, "zone": "UTC", "hostname": None, "ip": None, "next": 0}


class Date:
    """java.util.Date: milliseconds since 1970 in UTC."""

    __slots__ = ("milliseconds",)

    def __init__(self, milliseconds: int):
        self.milliseconds = milliseconds

    def __eq__(self, other):
        return isinstance(other, Date) and other.milliseconds == self.milliseconds

    def __hash__(self):
        return hash(self.milliseconds)


class Instant:
    """java.time.Instant: nanoseconds since 1970 in UTC."""

    __slots__ = ("nanoseconds",)

    def __init__(self, nanoseconds: int):
        self.nanoseconds = nanoseconds

    def __eq__(self, other):
        return isinstance(other, Instant) and other.nanoseconds == self.nanoseconds

    def __hash__(self):
        return hash(self.nanoseconds)


def set_now(milliseconds: Optional[int]) -> None:
    """Freeze the clock at so many milliseconds since 1970, None: let it run."""
    _SETTINGS["now"] = milliseconds


def set_zone(zone: str) -> None:
    """The zone of NiFi's JVM."""
    _SETTINGS["zone"] = zone


def set_host(hostname: Optional[str] = None, ip: Optional[str] = None) -> None:
    """Constant answers for hostname() and ip(), None: ask the machine."""
    _SETTINGS["hostname"], _SETTINGS["ip"] = hostname, ip


def settings() -> Dict[str, object]:
    """The settings as they are, to be put back with `restore`."""
    return dict(_SETTINGS)


def restore(saved: Mapping[str, object]) -> None:
    """Put back what `settings` gave, but for the counter."""
    _SETTINGS.update({key: value for key, value in saved.items() if key != "next"})


def zone_name() -> str:
    return str(_SETTINGS["zone"])


def now() -> Date:
    frozen = _SETTINGS["now"]
    return Date(int(frozen) if isinstance(frozen, int) else time.time_ns() // 1_000_000)


def uuid4() -> str:
    return str(uuid.uuid4())


def hostname(full: bool = False) -> str:
    """The machine's name, `full` with its domain."""
    fixed = _SETTINGS["hostname"]
    return str(fixed) if fixed else (socket.getfqdn() if full else socket.gethostname())


def ip() -> str:
    """The machine's address; the loopback one where its name cannot be resolved."""
    fixed = _SETTINGS["ip"]
    if fixed:
        return str(fixed)
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return "127.0.0.1"


def thread() -> str:
    return threading.current_thread().name


def next_int() -> int:
    value = int(str(_SETTINGS["next"]))
    _SETTINGS["next"] = value + 1
    return value


def random_long() -> int:
    return random.getrandbits(63)


def get_state_value(state: Optional[Mapping[str, str]], key: Optional[str]) -> Optional[str]:
    """NiFi's stored state; None where it holds no such key."""
    return None if state is None or key is None else state.get(key)
