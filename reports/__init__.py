"""What leaves the house: inspection packages, PDF reports, registers, the verifier.

Reads entries and tables at one ledger size; never writes evidence, save the entries that say a
package was cut and exported. Knows nothing of how evidence came in (`ingest`).
"""
