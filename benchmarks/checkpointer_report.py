from pathlib import Path


def write_report(found, over, folder: Path) -> None: ...
