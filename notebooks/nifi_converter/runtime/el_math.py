"""math('name', …): the functions of java.lang.Math, chosen by the Java types of subject and argument."""

from __future__ import annotations

import math
import random
import struct
from fractions import Fraction
from typing import Callable, Dict, Optional, Tuple, Union

from .el_errors import ELError
from .java_numbers import LONG_MAX, LONG_MIN, double_to_long, wrap_int, wrap_long

Number = Union[int, float]


def _sqrt(x: float) -> float:
    return math.nan if x < 0 else math.sqrt(x)


def _cbrt(x: float) -> float:
    """The cube root by fdlibm's method, as Java 17: a rough root of the exponent, one rational step to 23 bits, cut to
    20 bits so that its square is exact, one step of Newton's."""
    if x == 0 or x != x or math.isinf(x):
        return x
    magnitude = abs(x)
    scale = 1.0
    if magnitude < 2.2250738585072014e-308:
        magnitude *= 2.0**54
        scale = 2.0**-18
    high = struct.unpack(">q", struct.pack(">d", magnitude))[0] >> 32
    t = struct.unpack(">d", struct.pack(">q", (high // 3 + 715_094_163) << 32))[0]
    r = t * t / magnitude
    s = 19.0 / 35.0 + r * t
    t *= 5.0 / 14.0 + (45.0 / 28.0) / (s + 99.0 / 70.0 + (-864.0 / 1225.0) / s)
    high = (struct.unpack(">q", struct.pack(">d", t))[0] >> 32) + 1
    t = struct.unpack(">d", struct.pack(">q", high << 32))[0]
    r = magnitude / (t * t)
    t += t * ((r - t) / (t + t + r))
    return math.copysign(t * scale, x)


def _cbrt_nearest(x: float) -> float:
    """The double nearest to the cube root, as the newer Javas of NiFi 2.x compute it (by a table of roots with their
    low-order bits): a neighbour of fdlibm's value is taken where the exact middle between them lies on its side."""
    if x == 0 or x != x or math.isinf(x):
        return x
    magnitude = Fraction(abs(x))
    root = _cbrt(abs(x))
    while magnitude > ((Fraction(root) + Fraction(math.nextafter(root, math.inf))) / 2) ** 3:
        root = math.nextafter(root, math.inf)
    while magnitude < ((Fraction(root) + Fraction(math.nextafter(root, 0.0))) / 2) ** 3:
        root = math.nextafter(root, 0.0)
    return math.copysign(root, x)


def _log(function: Callable[[float], float]) -> Callable[[float], float]:
    def log(x: float) -> float:
        if x == 0:
            return -math.inf
        return math.nan if x < 0 or x != x else function(x)

    return log


def _log1p(x: float) -> float:
    return -math.inf if x == -1 else math.nan if x < -1 else math.log1p(x)


def _guarded(function: Callable[[float], float], overflow: float = math.inf) -> Callable[[float], float]:
    """NaN where Python refuses the argument, infinity where it overflows."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow if x > 0 else (-overflow if function is math.sinh else overflow)

    return guarded


def _rounded(function: Callable[[float], int]) -> Callable[[float], float]:
    def rounded(x: float) -> float:
        if x != x or math.isinf(x) or abs(x) >= 2**52:
            return x
        return math.copysign(float(function(x)), x)

    return rounded


def _round(x: float) -> int:
    """Half up, to a long."""
    return double_to_long(math.floor(x + 0.5) if not math.isinf(x) and x == x and abs(x) < 2**52 else x)


def _signum(x: float) -> float:
    return x if x == 0 or x != x else math.copysign(1.0, x)


def _ulp(x: float) -> float:
    x = abs(x)
    if x != x or math.isinf(x):
        return x
    _, exponent = math.frexp(x)
    return math.ldexp(1.0, max(exponent - 53, -1074))


_DOUBLE: Dict[str, Callable[[float], Number]] = {
    "abs": abs,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "ceil": _rounded(math.ceil),
    "floor": _rounded(math.floor),
    "rint": _rounded(round),
    "round": _round,
    "log": _log(math.log),
    "log10": _log(math.log10),
    "log1p": _log1p,
    "exp": _guarded(math.exp),
    "expm1": _guarded(math.expm1),
    "sin": _guarded(math.sin),
    "cos": _guarded(math.cos),
    "tan": _guarded(math.tan),
    "asin": _guarded(math.asin),
    "acos": _guarded(math.acos),
    "atan": math.atan,
    "sinh": _guarded(math.sinh),
    "cosh": _guarded(math.cosh),
    "tanh": math.tanh,
    "signum": _signum,
    "toRadians": lambda x: x * 0.017453292519943295,
    "toDegrees": lambda x: x * 57.29577951308232,
    "ulp": _ulp,
}


def _exact(value: int) -> int:
    if not LONG_MIN <= value <= LONG_MAX:
        raise ELError("long overflow")
    return value


def _to_int_exact(value: int) -> int:
    if wrap_int(value) != value:
        raise ELError("integer overflow")
    return value


_LONG: Dict[str, Callable[[int], Number]] = {
    "abs": lambda x: wrap_long(abs(x)),
    "negateExact": lambda x: _exact(-x),
    "incrementExact": lambda x: _exact(x + 1),
    "decrementExact": lambda x: _exact(x - 1),
    "toIntExact": _to_int_exact,
    "absExact": lambda x: _exact(abs(x)),
}


def _pow(a: float, b: float) -> float:
    if abs(a) == 1 and math.isinf(b):
        return math.nan
    if b != b:
        return math.nan
    try:
        return math.pow(a, b)
    except ValueError:
        if a == 0:
            return math.copysign(math.inf, a) if b % 2 == 1 else math.inf
        return math.nan
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf


def _max(a: float, b: float) -> float:
    if a != a or b != b:
        return math.nan
    return (b if math.copysign(1, a) < 0 else a) if a == b else max(a, b)


def _min(a: float, b: float) -> float:
    if a != a or b != b:
        return math.nan
    return (a if math.copysign(1, a) < 0 else b) if a == b else min(a, b)


def _ieee_remainder(a: float, b: float) -> float:
    try:
        return math.remainder(a, b)
    except ValueError:
        return math.nan


def _by_zero(function: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def checked(a: int, b: int) -> int:
        if b == 0:
            raise ELError("/ by zero")
        return wrap_long(function(a, b))

    return checked


_TWO: Dict[Tuple[str, type, type], Callable] = {
    ("max", float, float): _max,
    ("min", float, float): _min,
    ("pow", float, float): _pow,
    ("atan2", float, float): math.atan2,
    ("hypot", float, float): math.hypot,
    ("copySign", float, float): math.copysign,
    ("IEEEremainder", float, float): _ieee_remainder,
    ("max", int, int): max,
    ("min", int, int): min,
    ("addExact", int, int): lambda a, b: _exact(a + b),
    ("subtractExact", int, int): lambda a, b: _exact(a - b),
    ("multiplyExact", int, int): lambda a, b: _exact(a * b),
    ("floorDiv", int, int): _by_zero(lambda a, b: a // b),
    ("floorMod", int, int): _by_zero(lambda a, b: a % b),
    ("multiplyHigh", int, int): lambda a, b: (a * b) >> 64,
    ("scalb", float, int): lambda a, b: math.ldexp(a, max(-4000, min(4000, wrap_int(b)))),
}


def math_function(subject: Optional[Number], name: Optional[str], other: Optional[Number] = None, *, two: bool = False):
    """`two`: an argument was written. No method for these types is an error, as it is in NiFi."""
    if name is None or subject is None or (two and other is None):
        return None
    if not two:
        table: Dict[str, Callable] = _DOUBLE if isinstance(subject, float) else _LONG
        if name not in table:
            raise ELError(f"math: no method {name}({'double' if isinstance(subject, float) else 'long'})")
        return table[name](subject)
    function = _TWO.get((name, type(subject), type(other)))
    if function is None:
        raise ELError(f"math: no method {name} for {type(subject).__name__} and {type(other).__name__}")
    try:
        return function(subject, other)
    except OverflowError:
        return math.inf


def math_function_2(subject: Optional[Number], name: Optional[str], other: Optional[Number] = None, *, two: bool = False):
    """`math_function` as of NiFi 2.x, on newer Javas."""
    if name == "cbrt" and isinstance(subject, float) and not two:
        return _cbrt_nearest(subject)
    return math_function(subject, name, other, two=two)


def math_without_subject(name: Optional[str]) -> Optional[float]:
    """math('random'): the only method without arguments that gives a number."""
    if name is None:
        return None
    if name != "random":
        raise ELError(f"math: no method {name}()")
    return random.random()
