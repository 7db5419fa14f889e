"""A file system of a few megabytes, to be filled."""

import os
import subprocess
from pathlib import Path

from tests.reliability.servers import missing

_PAGE = bytes(4096)


class SmallDisk:
    """One in memory; mounting it needs root."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        words = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "housestaff-test", str(folder))
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            folder.rmdir()
            missing(f"no small disk can be mounted: {done.stderr.strip()}")

    def fill(self, spare_bytes: int = 0) -> None:
        """Leave so much room and no more."""
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(file, _PAGE)
        except OSError:
            os.truncate(file, max(0, os.fstat(file).st_size - spare_bytes))
        finally:
            os.close(file)

    def free(self) -> None:
        self._ballast.unlink()

    def unmount(self) -> None:
        subprocess.run(("umount", str(self.folder)), check=True)  # noqa: S607 - the system's
