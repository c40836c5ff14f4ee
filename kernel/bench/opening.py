"""Opening 200 bids of 50 MB as the server does, beside bare AES-256-GCM and SHA-256 on their bytes.

Each bid: header and signature verified, three trustees' wraps opened, both secrets rebuilt, every
part read from disk, decrypted, checked against its tree and hashed.
"""

import json
import multiprocessing
import os
import resource
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.bench import Bar, Bench, Figure, Side
from kernel.crypto import hpke, sealing
from kernel.pure import envelope
from kernel.pure.envelope import Header, PartName
from kernel.pure.header import CHUNK, TAG
from kernel.pure.messages import ReleaseStage

BIDS, MIB = 200, 50
SMALL_MIB, LARGE_MIB = 5, 200
PROCESSES = os.cpu_count() or 1
SCRIPT = Path(__file__).with_name("opening.mjs")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One envelope on disk, and who can open it."""

    folder: Path
    trustees: tuple[bytes, ...] = field(repr=False)
    holder: bytes = field(repr=False)

    def chunks(self, name: PartName) -> Iterator[bytes]:
        """The part's sealed chunks, one at a time."""
        with (self.folder / name.value).open("rb") as file:
            while chunk := file.read(CHUNK + TAG):
                yield chunk


def measure(bench: Bench) -> list[Figure]:
    """Throughput on all cores, and peak memory of one process by the bid's size."""
    bids = _sealed(bench.work / "bids", BIDS, MIB)
    total = sum(part.stat().st_size for bid in bids for part in bid.folder.iterdir()) / 2**20
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as pool:
        # Turn by turn, so that a busier minute of the machine strikes both.
        turns = [(_seconds(pool, bids, _open), _seconds(pool, bids, _bare)) for _ in range(2)]
    ours, bare = (min(times) for times in zip(*turns, strict=True))
    [small] = _sealed(bench.work / "small", 1, SMALL_MIB)
    [large] = _sealed(bench.work / "large", 1, LARGE_MIB)
    return [
        Figure(
            name=f"open {BIDS} bids of {MIB} MiB, {PROCESSES} processes",
            value=total / ours,
            unit="MiB/s",
            bar=Bar(Side.AT_LEAST, 0.8),
            peer="bare AES-256-GCM and SHA-256",
            peer_value=total / bare,
        ),
        Figure(
            name=f"peak memory, bid of {LARGE_MIB} MiB",
            value=_peak_mib(large),
            unit="MiB",
            bar=Bar(Side.AT_MOST, 1.1),
            peer=f"bid of {SMALL_MIB} MiB",
            peer_value=_peak_mib(small),
        ),
    ]


def _sealed(folder: Path, count: int, mib: int) -> list[Sealed]:
    folder.mkdir(parents=True)
    command = ["node", str(SCRIPT), str(folder), str(count), str(mib)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    trustees = tuple(map(bytes.fromhex, told["seeds"]))
    return [
        Sealed(folder / str(number), trustees, bytes.fromhex(holder))
        for number, holder in enumerate(told["holders"])
    ]


def _seconds(pool: ProcessPoolExecutor, bids: list[Sealed], act: Callable[[Sealed], None]) -> float:
    began = time.perf_counter()
    list(pool.map(act, bids))
    return time.perf_counter() - began


def _open(bid: Sealed) -> None:
    header, secrets = _unwrapped(bid)
    for part in header.parts:
        # To the end: only then is the part as a whole known to be the header's.
        deque(sealing.open_part(header, part.name, secrets, bid.chunks(part.name)), maxlen=0)


def _unwrapped(bid: Sealed) -> tuple[Header, sealing.Secrets]:
    signature = (bid.folder / "signature").read_bytes()
    header = sealing.verify_header((bid.folder / "header").read_bytes(), signature)
    shares: dict[ReleaseStage, dict[int, bytes]] = {stage: {} for stage in ReleaseStage}
    for index, seed in enumerate(bid.trustees[: header.threshold], start=1):
        wrap = header.wrap(index)
        if wrap is None:
            raise LookupError(f"no wrap for trustee {index}")
        info = envelope.hpke_info(f"trustee {index}", header.context)
        both = hpke.unseal(hpke.derive_key_pair(seed), wrap.enc, wrap.ciphertext, info=info)
        shares[ReleaseStage.LIST][index], shares[ReleaseStage.OPEN][index] = both[:32], both[32:]
    rebuilt = {
        stage: sealing.committee_secret(header, stage, shares[stage]) for stage in ReleaseStage
    }
    return header, sealing.Secrets(
        list=rebuilt[ReleaseStage.LIST], open=rebuilt[ReleaseStage.OPEN], holder=bid.holder
    )


def _bare(bid: Sealed) -> None:
    """The two passes over every byte that no reader can do without, with the right keys."""
    header, secrets = _unwrapped(bid)
    for part in header.parts:
        cek = sealing.part_cek(header, part.name, secrets)
        keys = envelope.part_keys(part, header.context, cek=cek)
        cipher = AESGCM(keys.key)
        for index, chunk in enumerate(bid.chunks(part.name)):
            last = index == part.chunk_count - 1
            sha256(chunk).digest()
            cipher.decrypt(envelope.nonce(keys.base, index, last=last), chunk, None)


def _peak_mib(bid: Sealed) -> float:
    """Of a process that opens this bid and nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(partial(_peak, bid)).result()


def _peak(bid: Sealed) -> float:
    _open(bid)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
