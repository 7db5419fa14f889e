"""A programme's choices about duty hours, in a file of their own for logs of other systems."""

from pathlib import Path

from app.files.faults import FileFault, InvalidFile
from app.files.programme_file import parse
from app.files.reading import read_bytes
from app.files.yaml_source import read_yaml
from app.scheduling.acgme.policy import Policy


def load_policy(path: Path) -> Policy:
    """Read a policy from YAML; its keys are those of `Policy`.

    Raises
    ------
    InvalidFile
        With every fault found, by file and line.
    """
    source = read_yaml(read_bytes(path, str(path)), str(path))
    policy = parse(Policy, source.data)
    if isinstance(policy, list):
        faults = [
            FileFault(source.place(fault.path), "", fault.message, fault.mend)
            for fault in policy
            if not source.refused(fault.path)
        ]
        raise InvalidFile([*source.faults, *faults])
    if source.faults:
        raise InvalidFile(source.faults)
    return policy
