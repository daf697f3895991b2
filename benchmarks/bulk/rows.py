"""A membership system's export of invented people: what the import is measured with."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from faker.providers.person.en_GB import Provider

HEADINGS = (
    "Contact ID", "First name", "Last name", "Email", "Mobile", "Home phone", "Address", "Town", "Postcode",
    "Date of birth", "Branch", "Membership type", "Join date", "Paid until",
)  # fmt: skip

_AREAS = ("LS", "M", "B", "BS", "CF", "EH", "NE", "NR", "OX", "CB", "SA", "SY", "TR", "WN", "HU", "DE", "DN", "DY")
_TOWNS = ("Leeds", "Hull", "Swansea", "Truro", "Derby", "Oxford", "Norwich", "Wigan", "Dudley", "Halifax", "Cardiff")
_ROADS = ("High Street", "Station Road", "Mill Lane", "Church Road", "Park Avenue", "Green Lane", "Heol y Bont")
_UNIT = "ABDEFGHJLNPQRSTUWXYZ"
_TYPES = ("Full", "Concession", "Youth")


def write_rows(path: Path, count: int, branches: Sequence[str], on_record: Sequence[tuple[str, str, date]]) -> None:
    """Write a CSV of `count` people; one in a hundred is somebody `on_record`: e-mail, given name, date of birth."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_rows(count, branches, on_record))


def _rows(
    count: int, branches: Sequence[str], on_record: Sequence[tuple[str, str, date]]
) -> Iterator[tuple[object, ...]]:
    dice = random.Random(7)
    given, family = (list(names) for names in (Provider.first_names, Provider.last_names))
    for number in range(1, count + 1):
        first, last = dice.choice(given), dice.choice(family)
        born = date(1935, 1, 1) + timedelta(dice.randrange(26_000))
        email = f"{first}.{last}{number}@example.org".lower().replace("'", "") if dice.random() < 0.93 else ""
        if number % 100 == 0 and on_record:
            email, first, born = on_record[number // 100 % len(on_record)]
        joined = date(2008, 1, 1) + timedelta(dice.randrange(6_000))
        yield (
            f"C{number}",
            first,
            last,
            email,
            f"074{dice.randrange(10, 100)} {dice.randrange(10**6):06}" if dice.random() < 0.8 else "",
            f"020 7946 0{dice.randrange(1000):03}" if dice.random() < 0.2 else "",
            f"{dice.randrange(1, 250)} {dice.choice(_ROADS)}",
            dice.choice(_TOWNS),
            f"{dice.choice(_AREAS)}{dice.randrange(1, 30)} {dice.randrange(1, 10)}{dice.choice(_UNIT)}{dice.choice(_UNIT)}",
            f"{born:%d/%m/%Y}" if dice.random() < 0.85 else "",
            dice.choice(branches),
            dice.choice(_TYPES),
            f"{joined:%d/%m/%Y}",
            "30/06/2027" if dice.random() < 0.7 else "31/12/2026",
        )
