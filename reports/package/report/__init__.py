"""What the report of a package says: from its selection and records to pages and sheets.

`inspection_files` makes the derived files of a package: report (in volumes), findings volume when
released, registers. They repeat the evidence for readers; the evidence itself lies beside them.
One file for each chapter; `words` is what they share.
"""

from reports.package.report.files import inspection_files

__all__ = ["inspection_files"]
