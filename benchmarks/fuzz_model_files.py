"""Does a damaged or forged model file raise anything but ModelFileError, or take memory beyond its size?

Every file starts from a good one of `tests/files/small_models.py` and is mutated: bytes; the JSON of the header and of
the description, with the sums made right so that what is wrong lies deep; long names of many levels, bins, classes or
layers; weights; the end; or the halves of two. It is loaded by `pellucid.load` itself, from a file in memory (memfd)
under its path in /proc, and must give a model or a ModelFileError. What loads must be read with the same arrays by the
safetensors library. To refuse a file takes three times its size and 6 MB at most: that is measured of every file of the
kind "many" and of one in a hundred of the others.

    python benchmarks/fuzz_model_files.py --files 2_000_000 --processes 2
    python benchmarks/fuzz_model_files.py --seed 1 --only 4711       file 4711 of that seed once more, alone

Exit code 1 if anything else was raised, a file took too much memory, that of a process grew, or the library disagrees.
Linux only.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import resource
import struct
import sys
import time
import traceback
import tracemalloc
import warnings
from collections import Counter
from itertools import pairwise
from pathlib import Path

import safetensors.numpy

import pellucid
from measuring import print_table, save
from pellucid.errors import ModelFileError

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from files.forging import file_of, put_together, signed, taken_apart  # after the path
from files.small_models import CASES, file_bytes

BATCH = 500  # files between two reports of a process
ALLOWANCE = 64 * 2**20  # by which a process may grow beyond what it has after a first batch
MEMORY = 4 * 2**30  # of address space beyond what the imports took: a larger request fails, and is seen
TO_REFUSE, TO_LOAD = 6_000_000, 20_000_000  # bytes beside three times the file; a model names its features
LEFT_BY_MEASURING = 5_000  # bytes that tracemalloc keeps of each measured load; other loads leave nothing
MEASURED = 100  # one in so many, since a load that is measured takes several times as long
KINDS = ("bytes", "header", "description", "two of the description", "weights", "end", "splice", "text", "many")
WEIGHTS = (50, 100, 300, 150, 50, 50, 100, 50, 2)  # a file of many costs as much as a hundred others

NASTY = [
    None, True, False, 0, -1, 1, 2, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**18, -(2**63), 0.0, -0.0, 0.5, -1.5,
    1e-323, 1e308, -1e308, float("nan"), float("inf"), "", "x", "0", "1", "nan", "relu", "linear", "softmax", "auto",
    "rss", "os.system", "../../etc/passwd", "\0", "\ud800", "\U0001f600", "ä", "\x1b[31m", "a\nb", "x" * 3000,
    "__class__",
    [], {}, [[]], [{}], [0], [None], [True], ["relu"], [1e308], [0] * 40, [0.5] * 40, ["x"] * 40, [[0.5, 0.5]], {"": 0},
    {"object": "Cosine"}, {"object": "Quantile", "q": []}, {"object": "Huber", "delta": 0}, {"dict": [[0, 1]]},
    {"dict": [[[], 1]]}, {"numbers": [0, 16]}, {"numbers": [0, 2**62]}, {"object": []},
    [[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]],
]  # fmt: skip


def main() -> int:
    options = parse_options()
    if options.only is not None:
        return fuzz_one(options.seed, options.only)
    for name in CASES:
        file_bytes(name)  # made once, before the processes part
    started = time.perf_counter()
    shares = [range(k, options.files, options.processes) for k in range(options.processes)]
    context = multiprocessing.get_context("fork")
    reports = context.Queue()
    workers = [context.Process(target=fuzz, args=(options.seed, share, reports)) for share in shares]
    for worker in workers:
        worker.start()
    outcomes, by_kind, faults, slowest, growth = gather(reports, len(workers), options.files)
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started

    print_table(["outcome", "files"], outcomes.most_common())
    print_table(["mutation", "files", "loaded"], [(kind, *by_kind[kind]) for kind in KINDS])
    for fault in faults[:20]:
        print(f"\n{fault}", file=sys.stderr)
    print(f"\n{options.files} files in {seconds:.0f} s, {len(faults)} faults; slowest {1e3 * slowest:.1f} ms")
    if options.save:
        save(
            "fuzz_model_files",
            {"outcomes": dict(outcomes.most_common()), "faults": len(faults), "slowest_ms": round(1e3 * slowest, 1),
             "growth_in_bytes": growth, "files": sum(outcomes.values()), "seconds": round(seconds)},
            seed=options.seed, processes=options.processes,
        )  # fmt: skip
    return 1 if faults or sum(outcomes.values()) != options.files else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz the loader of model files.")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", type=int, help="make this file only, and show what it raises")
    parser.add_argument("--save", action="store_true", help="write the counts to benchmarks/results")
    return parser.parse_args()


def gather(reports, n_workers: int, n_files: int):
    """Add up what the processes report, until the last is done."""
    outcomes, faults, slowest, growth = Counter(), [], 0.0, 0
    by_kind = {kind: [0, 0] for kind in KINDS}
    while n_workers:
        part = reports.get(timeout=600)  # a process that died reports nothing more
        if part is None:
            n_workers -= 1
            continue
        outcomes.update(part["outcomes"])
        for kind, (n, loaded) in part["kinds"].items():
            by_kind[kind] = [by_kind[kind][0] + n, by_kind[kind][1] + loaded]
        faults += part["faults"]
        slowest, growth = max(slowest, part["slowest"]), max(growth, part["growth"])
        done = sum(outcomes.values())
        print(f"\r{done} of {n_files}, {len(faults)} faults", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return outcomes, by_kind, faults, slowest, growth


def fuzz(seed: int, places: range, reports) -> None:
    """Make and load the files of these places; report batch by batch."""
    warnings.simplefilter("error")
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    file = MemoryFile()
    resident, n_measured = None, 0
    for start in range(0, len(places), BATCH):
        report = {"outcomes": Counter(), "kinds": {kind: [0, 0] for kind in KINDS}, "faults": [], "slowest": 0.0}
        for place in places[start : start + BATCH]:
            kind, data = mutated(seed, place)
            measured = kind == "many" or place % MEASURED == 0
            n_measured += measured
            outcome, fault, seconds = (try_to_load_measured if measured else try_to_load)(file, data)
            report["outcomes"][outcome] += 1
            report["kinds"][kind][0] += 1
            report["kinds"][kind][1] += outcome == "a model"
            if not measured:
                report["slowest"] = max(report["slowest"], seconds)
            if fault:
                report["faults"].append(f"--seed {seed} --only {place} ({kind}): {fault}")
        now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        resident = now if resident is None else resident
        report["growth"] = now - resident
        if now > resident + ALLOWANCE + n_measured * LEFT_BY_MEASURING:
            report["faults"].append(f"the memory of a process grew by {now - resident} bytes before file {place}")
            resident, n_measured = now, 0
        reports.put(report)
    reports.put(None)


def fuzz_one(seed: int, place: int) -> int:
    """Make one file again and let it raise what it raises."""
    kind, data = mutated(seed, place)
    print(f"{kind}, {len(data)} bytes")
    file = MemoryFile()
    file.fill(data)
    warnings.simplefilter("error")
    print(pellucid.load(file.path))
    return 0


class MemoryFile:
    """A regular file that no disk has, with a path."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("model")
        self.path = f"/proc/self/fd/{self.descriptor}"

    def fill(self, data: bytes) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, data, 0)


def try_to_load(file: MemoryFile, data: bytes) -> tuple[str, str, float]:
    """The outcome, the fault if there is one, and the seconds that it took."""
    file.fill(data)
    started, fault = time.perf_counter(), ""
    try:
        model = pellucid.load(file.path)
    except ModelFileError as error:
        outcome = reason_of(str(error))
    except BaseException as error:  # whatever it is, it is what is looked for
        outcome, fault = f"FAULT {type(error).__name__}", "".join(traceback.format_exception(error)[-3:])
    else:
        outcome, fault = "a model", disagreement(model, data)
    seconds = time.perf_counter() - started
    return outcome, fault, seconds


def try_to_load_measured(file: MemoryFile, data: bytes) -> tuple[str, str, float]:
    """The same; also a fault where a file took more memory than it may."""
    tracemalloc.start()
    try:
        outcome, fault, seconds = try_to_load(file, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if not fault and peak > 3 * len(data) + (TO_LOAD if outcome == "a model" else TO_REFUSE):
        outcome, fault = "FAULT memory", f"{peak} bytes for a file of {len(data)}: {outcome}"
    return outcome, fault, seconds


def disagreement(model, data: bytes) -> str:
    """What the safetensors library says to a file that was loaded: nothing, if it finds the same parameters."""
    try:
        theirs = safetensors.numpy.load(data)
    except BaseException as error:  # its own errors have no common class but Exception
        return f"the safetensors library refuses what was loaded: {error!r}"
    same = theirs["theta_1"].tobytes() == model.network_.theta.tobytes()
    return "" if same else "the safetensors library reads other parameters"


def reason_of(message: str) -> str:
    """The message without what is of this file alone: quotes and numbers."""
    reason = message.split("cannot be read: ", 1)[1].rsplit(";", 1)[0]
    reason = reason.removeprefix("it does not describe a model of this version: ")
    reason = re.sub(r"\[.*|, and is .*|Got .*", "...", re.sub(r"'[^']*'|\"[^\"]*\"", "'...'", reason))
    return re.sub(r"\d+", "N", reason)[:90]


def mutated(seed: int, place: int) -> tuple[str, bytes]:
    """The mutation and the file of a place; the same for the same seed."""
    rng = random.Random(f"{seed} {place}")
    names = list(CASES)
    good = file_bytes(rng.choice(names))
    kind = rng.choices(KINDS, weights=WEIGHTS)[0]
    if kind == "bytes":
        return kind, with_other_bytes(good, rng)
    if kind == "end":
        place = rng.randrange(len(good))
        return kind, good[:place] if rng.random() < 0.7 else good + rng.randbytes(rng.randrange(1, 40))
    header, description, payload = taken_apart(good)
    if kind == "header":
        return kind, with_other_header(header, description, payload, rng)
    if kind == "weights":
        return kind, put_together(header, description, with_other_bytes(payload, rng))
    if kind == "splice":
        return kind, spliced((header, description, payload), taken_apart(file_bytes(rng.choice(names))), rng)
    if kind == "text":
        text = with_other_bytes(header["__metadata__"]["pellucid"].encode(), rng)
        return kind, put_together(header, text.decode("latin-1"), payload)
    if kind == "many":
        return kind, with_many(header, description, payload, rng)
    for _ in range(1 if kind == "description" else 2):
        description = with_other_part(description, rng)
    return kind, put_together(header, description, payload)


def with_other_bytes(data: bytes, rng: random.Random) -> bytes:
    """Some bytes flipped, put in, taken out or doubled."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at, n = rng.randrange(len(changed) + 1), rng.randrange(1, 9)
        way = rng.randrange(4)
        if way == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            changed[at:at] = rng.randbytes(n)
        elif way == 2:
            del changed[at : at + n]
        else:
            changed[at : at + n] = rng.choice((b"\0", b"\xff", b'"', b"\\", b"[", b"{", b",", b"9")) * n
    return bytes(changed)


def with_other_header(header: dict, description: dict, payload: bytes, rng: random.Random) -> bytes:
    """Another part somewhere in the header; the sum of the header is made right where it can be."""
    header = with_other_part(header, rng)
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    if not isinstance(metadata, dict):
        return file_of(json.dumps(header), payload)
    if rng.random() < 0.5:
        metadata = dict(metadata, pellucid=json.dumps(description))
    metadata.pop("sha256_header", None)
    return file_of(signed({**header, "__metadata__": metadata}), payload)


def spliced(one: tuple, other: tuple, rng: random.Random) -> bytes:
    """Parts of two good files: a field or a place of the description, or the payload, of the other."""
    header, description, payload = one
    way = rng.randrange(3)
    if way == 0:
        return put_together(header, description, other[2])
    if way == 1:
        return put_together(other[0], description, other[2])
    name = rng.choice(list(description))
    part = other[1][name]
    if isinstance(part, dict) and rng.random() < 0.6:
        inner = rng.choice(list(part))
        return put_together(header, {**description, name: {**description[name], inner: part[inner]}}, payload)
    return put_together(header, {**description, name: part}, payload)


def with_many(header: dict, description: dict, payload: bytes, rng: random.Random) -> bytes:
    """A long name, and many levels, bins, classes or layers; the inputs of the network may be as many."""
    n, name = int(10 ** rng.uniform(1, 4.2)), rng.choice("nä") * int(10 ** rng.uniform(0, 4.9))
    texts = [f"{i:05}" for i in range(n)]
    with_classes = "classes" in description["targets"]
    way = rng.choice(("levels", "bins", "classes" if with_classes else "levels", "layers"))
    description = json.loads(json.dumps(description))
    columns, networks = description["encoder"]["columns"], description["networks"]
    numbers = payload[slice(*header["numbers"]["data_offsets"])]
    if way == "levels":
        columns[-1] = {"kind": "one_hot", "name": name, "of": "text", "levels": texts, "rare": [], "missing": False}
    elif way == "bins":
        description["encoder"]["number_encoding"] = "piecewise_linear"
        column = {"kind": "number", "name": name, "edges": {"numbers": [0, n + 17]}, "fill": 0.0, "missing": False}
        columns[:] = [column] * rng.choice((1, 1, 2))
        numbers = struct.pack(f"<{n + 17}d", *range(n + 17))
    elif way == "classes":
        description["targets"].update(classes=[*texts, name], class_type="str")
    else:
        networks[0].update(sizes=[1] * (n + 1), activations=["relu"] * (n - 1) + ["linear"])
    sizes = networks[0]["sizes"]
    if rng.random() < 0.5 and way in ("levels", "bins"):
        sizes[0] = n + 16 if way == "bins" else n + sizes[0]
    if rng.random() < 0.5 and way == "classes":
        sizes[-1] = n + 1
    theta = bytes(4 * sum(b * (a + 1) for a, b in pairwise(sizes)))
    at, end = len(numbers), len(numbers) + len(theta)
    header = {
        "__metadata__": header["__metadata__"],
        "numbers": {"dtype": "F64", "shape": [at // 8], "data_offsets": [0, at]},
        "theta_1": {"dtype": "F32", "shape": [len(theta) // 4], "data_offsets": [at, end]},
    }
    return put_together(header, description, numbers + theta)


def with_other_part(value, rng: random.Random):
    """A copy with another part in one place: a nasty one, a neighbour's, none, twice, or slightly changed."""
    if isinstance(value, dict) and value and rng.random() < 0.93:
        key = rng.choice(list(value))
        way = rng.random()
        if way < 0.06:
            return {k: v for k, v in value.items() if k != key}
        if way < 0.12:
            return {**value, rng.choice(("x", "", "object", "numbers", "__class__", key + " ")): rng.choice(NASTY)}
        if way < 0.2:
            return {**value, key: rng.choice(list(value.values()))}
        return {**value, key: with_other_part(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        way = rng.random()
        if way < 0.15:
            return value[:at] + value[at + 1 :]
        if way < 0.3:
            return [*value, value[at]] * rng.choice((1, 1, 30))
        return [*value[:at], with_other_part(value[at], rng), *value[at + 1 :]]
    if isinstance(value, int | float) and not isinstance(value, bool) and rng.random() < 0.4:
        return rng.choice((value + 1, -value, value * 2, float(value), value * 1e300, [value]))
    return rng.choice(NASTY)


if __name__ == "__main__":
    sys.exit(main())
