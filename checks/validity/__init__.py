"""When a permit was in force and when a lot was made: dates only, no records, no rules.

`periods` holds timelines and what a span of days meets on them; `renewal` says what follows an
expiry (deemed, undecided, lapsed); `production` finds the day or days on which a lot was made;
`reclassification` holds the notices that end sale on a day. Nothing here knows where a date came
from; entries are carried along as numbers.
"""
