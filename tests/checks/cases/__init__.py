"""Examples of every rule, as data. A module here offers `CASES`; `test_cases` runs them all."""
