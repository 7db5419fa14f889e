"""A certificate checked from its file alone: its hashes, its signature, and all that it claims."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import TypeVar, cast

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app import __version__
from app.files.certificate import InvalidOverridesError, judge
from app.files.certificate_document import (
    Certificate,
    CertifiedFinding,
    Duty,
    Judgement,
    WorstWindow,
)
from app.files.certificate_duty import UnusableDutyError, duty_of, timeline_of
from app.files.certificate_file import (
    Block,
    digest,
    hashes_of,
    read_certificate,
    signed_content,
    to_block,
)
from app.files.faults import InvalidFile, shown
from app.files.rule_packs import load_pack, shipped_packs
from app.files.signing import Signature, fingerprint, is_of, signer, signs
from app.scheduling.acgme.pack import InvalidPolicyError
from app.scheduling.acgme.timeline import Timeline

_Window = TypeVar("_Window", CertifiedFinding, WorstWindow)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a part of a certificate, in a sentence."""

    part: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking a certificate gave.

    Parameters
    ----------
    certificate
        None when the file could not be read as one.
    problems
        Why it is not valid; empty: it is.
    doubts
        What a reader should know of a valid one.
    signed_by
        Fingerprint of the key that it names; empty: it is not signed.
    pinned
        Whether it is signed by the key that the reader gave.
    """

    certificate: Certificate | None
    problems: tuple[Remark, ...]
    doubts: tuple[Remark, ...] = ()
    signed_by: str = ""
    pinned: bool = False

    @property
    def valid(self) -> bool:
        """Whether everything holds."""
        return not self.problems


def verify_certificate(
    content: bytes, key: Ed25519PublicKey | None = None, *, shown_as: str = "the certificate"
) -> Checked:
    """Check a certificate and derive again all that it claims.

    Parameters
    ----------
    content
        The file.
    key
        Whose signature it must have; None: any, or none.
    shown_as
        What the file is called in messages.
    """
    try:
        certificate, block = read_certificate(content, shown_as)
    except InvalidFile as error:
        remarks = tuple(
            Remark("form", ": ".join(filter(None, (fault.thing, fault.message, fault.mend))))
            for fault in error.faults
        )
        return Checked(certificate=None, problems=remarks)
    problems = [
        *_false_hashes(block),
        *_false_signature(certificate.signature, block, key),
    ]
    # What somebody changed on the way is not worth deriving.
    problems = problems or list(_not_derived(certificate))
    signature = certificate.signature
    return Checked(
        certificate=certificate,
        problems=tuple(problems),
        doubts=tuple(_doubts(certificate, key)),
        signed_by="" if signature is None else signer(signature),
        pinned=key is not None and signature is not None and is_of(signature, key),
    )


def _false_hashes(block: Block) -> Iterator[Remark]:
    claimed, real = cast("Block", block["hashes"]), hashes_of(block)
    for name, found in real.items():
        if claimed.get(name) != found:
            yield Remark(name, f"the {name} is not what its hash was made of")


def _false_signature(
    signature: Signature | None, block: Block, key: Ed25519PublicKey | None
) -> Iterator[Remark]:
    if signature is None:
        if key is not None:
            yield Remark("signature", "it is not signed, so it is not by the key that was given")
        return
    if not signs(signature, signed_content(block)):
        yield Remark("signature", "the signature is not of this document by the key that it names")
    if key is not None and not is_of(signature, key):
        other = signer(signature) or "no key at all"
        yield Remark(
            "signature", f"it is signed by {other}, not by the key given, {fingerprint(key)}"
        )


def _doubts(certificate: Certificate, key: Ed25519PublicKey | None) -> Iterator[Remark]:
    if certificate.signature is None:
        yield Remark("signature", "it is not signed: nothing says who made it")
    elif key is None:
        yield Remark(
            "signature",
            "re-derived, but not pinned to a key: anybody could have signed it anew; "
            "name the public key that you trust with --key",
        )
    for pack in certificate.law.packs:
        if pack.name not in shipped_packs():
            yield Remark("packs", f"pack {shown(pack.name)} does not come with Housestaff")
        elif digest(to_block(pack)) != digest(to_block(load_pack(pack.name))):
            ours = load_pack(pack.name)
            which = f"of version {ours.version}" if ours.version != pack.version else "different"
            yield Remark(
                "packs",
                f"pack {pack.name} {pack.version} is not the one that comes with Housestaff "
                f"{__version__}, which is {which}: compare its numbers",
            )


def _not_derived(certificate: Certificate) -> Iterator[Remark]:
    """Yield what does not follow from the certificate's duty and law."""
    duty, claimed = certificate.duty, certificate.judgement
    try:
        timeline = timeline_of(duty)
    except UnusableDutyError as error:
        yield from (Remark("duty", fault) for fault in error.faults[:20])
        return
    other_duty = _other_duty(duty, duty_of(timeline))
    if other_duty is not None:
        yield other_duty
        return
    derived = _judged(timeline, certificate)
    if isinstance(derived, Remark):
        yield derived
        return
    differences = list(_differences(claimed, derived))
    if differences and certificate.engine_version != __version__:
        message = (
            f"it was made by Housestaff {certificate.engine_version} and is checked by "
            f"{__version__}, which may judge otherwise: check it with the version that made it"
        )
        differences.append(Remark("engine", message))
    yield from differences


def _judged(timeline: Timeline, certificate: Certificate) -> Judgement | Remark:
    """Return what the certificate's law says of a timeline, or why it says nothing."""
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            return judge(timeline, certificate.law, certificate.judgement.overrides)
    except InvalidPolicyError as error:
        return Remark("policy", str(error))
    except InvalidOverridesError as error:
        return Remark("overrides", str(error))
    except (ArithmeticError, LookupError, ValueError) as error:
        # Such as one day off in every 0 days: numbers of a file are anybody's.
        return Remark("packs", f"its rules cannot be applied to its duty: {error}")


def _other_duty(claimed: Duty, rebuilt: Duty) -> Remark | None:
    """Say what of the duty is not as the timeline that it makes would write it."""
    zones = [one.zone for one in claimed.zones]
    for one in rebuilt.zones:
        if one not in claimed.zones:
            known = "begin and end otherwise" if one.zone in zones else "are not given"
            return Remark(
                "zones",
                f"the days in {one.zone} {known}: the time zone data of this machine are not those "
                "of the certificate, so that it cannot be checked here",
            )
    for field in fields(Duty):
        if getattr(claimed, field.name) != getattr(rebuilt, field.name):
            return Remark(
                field.name, f"the {field.name} are not written in the order and form of a timeline"
            )
    return None


def _differences(claimed: Judgement, derived: Judgement) -> Iterator[Remark]:
    """Yield how a claimed judgement differs from the derived one."""
    if claimed.verdict != derived.verdict:
        message = f"the verdict is {claimed.verdict!r}: derived is {derived.verdict!r}"
        yield Remark("verdict", message)
    yield from _unlike("findings", claimed.findings, derived.findings)
    yield from _unlike("margins", claimed.margins, derived.margins)
    if claimed.unconfirmed != derived.unconfirmed:
        names = ", ".join(one.rule for one in derived.unconfirmed) or "none"
        message = f"the unconfirmed numbers are not those of its packs: derived are {names}"
        yield Remark("unconfirmed", message)


def _unlike(part: str, claimed: Sequence[_Window], derived: Sequence[_Window]) -> Iterator[Remark]:
    """Yield the first window that differs, and how many windows there should be."""
    if claimed == derived:
        return
    pairs = zip_longest(claimed, derived)
    claim, truth = next((one, other) for one, other in pairs if one != other)
    window = truth or claim
    where = "" if window is None else f" {window.rule} of {window.person} from {window.first}:"
    message = f"{len(claimed)} {part} are claimed, {len(derived)} derived;{where} "
    if truth is None:
        message += "it does not follow from the duty"
    elif claim is None or (claim.rule, claim.person) != (truth.rule, truth.person):
        message += "it is not claimed"
    else:
        message += f"claimed is {shown(claim.message, 200)}, derived is {truth.message!r}"
    yield Remark(part, message)
