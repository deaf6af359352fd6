"""Everything a rule's author needs, in one import.

Values live in `verdicts`, `evidence`, `law` and `policy`; the decorator in `registry`.
"""

from checks.evidence import Disposal, Evidence, Exhibit, Fixity, Hold, Hop, Paper
from checks.law import LAWS, Basis, Law, Selector, law
from checks.policy import PARAMETERS, Parameter, Policy, PolicyVersion, parameter, policy_from
from checks.registry import RULES, Effect, Gate, Judge, Rule, rule
from checks.verdicts import (
    Answer,
    Authority,
    Cure,
    Fact,
    Result,
    Sentence,
    Severity,
    Verdict,
    earliest,
    failed,
    fingerprint,
    not_applicable,
    passed,
    say,
    unknown,
)

__all__ = [
    "LAWS",
    "PARAMETERS",
    "RULES",
    "Answer",
    "Authority",
    "Basis",
    "Cure",
    "Disposal",
    "Effect",
    "Evidence",
    "Exhibit",
    "Fact",
    "Fixity",
    "Gate",
    "Hold",
    "Hop",
    "Judge",
    "Law",
    "Paper",
    "Parameter",
    "Policy",
    "PolicyVersion",
    "Result",
    "Rule",
    "Selector",
    "Sentence",
    "Severity",
    "Verdict",
    "earliest",
    "failed",
    "fingerprint",
    "law",
    "not_applicable",
    "parameter",
    "passed",
    "policy_from",
    "rule",
    "say",
    "unknown",
]
