from pathlib import Path

import pytest

from app.files.duty_policy import load_policy
from app.files.faults import InvalidFile
from app.scheduling.acgme.policy import Confirmation, Policy


def test_a_policy_is_read_from_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        "packs: [acgme-em]\naveraging: fixed28\nconfirmed:\n  - {rule: IM-Q3, source: the PDF}\n"
    )

    assert load_policy(path) == Policy(
        packs=("acgme-em",),
        averaging="fixed28",
        confirmed=(Confirmation(rule="IM-Q3", source="the PDF"),),
    )


def test_every_fault_of_a_policy_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("packs: acgme-em\naverage: fixed28\nrounding: *up\nmerge_gap_minutes: 1.5\n")

    with pytest.raises(InvalidFile) as caught:
        load_policy(path)

    faults = [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults]
    assert [fault.split(": ")[0] for fault in faults] == [f"policy.yaml:{n}" for n in range(1, 5)]
    assert "did you mean 'averaging'?" in faults[1]


def test_what_a_policy_may_not_say(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("exceptions: [{hours: 90, approval: RC 1}]\n")

    with pytest.raises(InvalidFile, match="an exception of 90 hours: expected 81 to 88"):
        load_policy(path)

    path.write_text("rounding: ceil\nrounding: floor\n")
    with pytest.raises(InvalidFile, match="the key 'rounding' is here twice"):
        load_policy(path)

    path.write_text("- packs\n")
    with pytest.raises(InvalidFile, match=r"policy\.yaml"):
        load_policy(path)
