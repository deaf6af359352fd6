"""What the evidence must show: rules, the engine that runs them, findings, what is due.

A rule is metadata and a pure function `(subject, evidence, policy, valid_at) -> Answer`. It sees a
small bundle that the engine gathered, and nothing else: no clock, no file, no database. The same
function serves the schedule, the arrival of a paper, the gate and an old finding judged again.

To land a rule in half an hour:

1. Find its family in `checks/rules/` (one file each; a new file is found by itself).
2. Write its sentences: `NAME = message("family.what", zh="…", en="…")`, own words, both languages.
3. Declare it with `@rule("family.name", …)`: what it is and why in both languages; `bases` only for
   articles whose text states this duty for this actor, with the day that selects them (`Selector`);
   `severity`; the type of `subject` (the prefix of its identifier: `lot`, `order`, `licence`, …);
   `reads`: hops from the subject to the records it needs; `population`: the independent list that
   says a record was due; the rows of the catalogues it serves.
4. Return `passed`, `failed` (expected and found), `unknown` (with the cure that would settle it) or
   `not_applicable` (with the reason). Evidence that is not there is unknown, never pass, and never
   fail unless its absence itself is the breach.
5. Set `review_at` to the first day on which time alone may change the answer. Facts name dates,
   never "days left": they must not move between reviews.
6. Numbers that differ between companies are a `parameter` with default, legal floor and origin.
7. Write its examples in `tests/checks/cases/<family>.py`: pass, fail, unknown, and of each boundary
   the day before, the day and the day after. A rule without them fails the build; the same examples
   are sampled around every date in them to prove `review_at`.

Pending master data needs no thought here: the engine judges without and with it.

Where things are: `types` (all an author imports), `verdicts`, `evidence`, `law`, `policy`,
`registry`; `validity/` (time lines of permits, the day of production, scopes, addresses),
`retention/`, `stock`, `cold_chain/` (kernels the families compute with); `source` (gathering),
`examine` (judging), `run` (findings and the run's entry), `findings`, `steps` (what people do with
them), `replay`, `schedule`, `disposal`, `revision`; `cases` (examples as data).
"""
