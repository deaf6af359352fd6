"""The page on sample files says what the readers do today."""

from __future__ import annotations

from pathlib import Path

from tests.readers.sample_table import PAGE, page


def test_the_page_on_sample_files_agrees_with_the_readers(samples: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(samples), (
        "run `python -m tests.readers.sample_table` and read the difference"
    )


def test_with_a_zone_every_logger_file_is_read(samples: Path) -> None:
    rows = page(samples).split("## loggers")[1].split("## invoices")[0].splitlines()
    unread = []
    for row in rows:
        cells = [cell.strip() for cell in row.split(" | ")]
        zoned = cells[1] if cells[-1] == "– |" else cells[-1]
        if zoned.startswith("refused"):
            unread.append(cells[0].rpartition("/")[2])
    assert unread == ["issuer-public-key.hex", "LICENSE", "LICENSE"]
