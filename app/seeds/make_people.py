"""Make the people files of the demo organisations, laid out as an old membership system would export them.

`python -m app.seeds.make_people` rewrites `data/*_people.csv`; the same code and Faker give the same bytes.
"""

import csv
import io
from datetime import date, timedelta
from itertools import count

from app.seeds.invention import DATA, MOBILE, Invention

EXPORTED_ON = date(2026, 11, 1)
COLUMNS = ["Membership No", "Title", "First", "Last", "Preferred", "DoB", "Email", "Phone"]
COLUMNS += ["Address 1", "Address 2", "Town", "Postcode", "Country"]
COLUMNS += ["Branch", "Type", "Joined", "Paid until", "Household"]
TITLES = {
    "female": {"Ms": 8, "Mrs": 8, "Miss": 3, "": 6, "Dr": 1, "Mx": 1, "Cllr": 1},
    "male": {"Mr": 18, "": 6, "Dr": 1, "Mx": 1, "Cllr": 1, "Rev": 1},
}


class Export:
    """One old system's members: `csv(total)`. Everything is drawn from one seed, in one order."""

    def __init__(self, units_file: str, seed: int, first_number: int) -> None:
        self.invent = Invention(seed)
        self.random = self.invent.random
        with (DATA / units_file).open(encoding="utf-8", newline="") as file:
            self.units = {row["key"]: row for row in csv.DictReader(file)}
        self.homes = [u for u in self.units.values() if u["kind"] in ("local_party", "branch", "institution")]
        self.weights = [self.weight(unit) for unit in self.homes]
        self.dues_are_personal = self.homes[0]["kind"] != "institution"
        self.numbers, self.households = count(first_number), count(1)

    def weight(self, unit: dict[str, str]) -> float:
        """Hackney and Islington, where officers sign in, are large; a unit with branches keeps few itself."""
        if any(other["parent"] == unit["key"] for other in self.units.values()):
            return 0.5
        return 5 if unit["parent"] in ("hackney", "islington") else 2.5

    def lineage(self, unit: dict[str, str]) -> list[str]:
        return [unit["key"], *(self.lineage(self.units[unit["parent"]]) if unit["parent"] else [])]

    def dates(self, place: int) -> tuple[date, date, date]:
        """Born, joined (never before 14), paid until; from the third of a household on they are young."""
        age = self.random.randint(14, 26) if place > 1 else int(self.random.triangular(15, 94, 47))
        born = EXPORTED_ON - timedelta(days=int(age * 365.25) + self.random.randrange(15, 365))
        longest = min((EXPORTED_ON - born).days - 14 * 366, 12_000)
        joined = EXPORTED_ON - timedelta(min(int(self.random.expovariate(1 / 1800)) + 1, max(longest, 1)))
        span = self.random.choices([(1, 365), (-90, 0), (-1500, -91)], [73, 12, 15])[0]
        paid_until = EXPORTED_ON + timedelta(days=self.random.randint(*span))
        return born, joined, paid_until if paid_until > joined else joined + timedelta(days=365)

    def kind(self, age: int) -> str:
        if not self.dues_are_personal:
            return self.random.choices(["leader", "participant", "supporter"], [25, 55, 20])[0]
        usual = "youth" if age < 27 else "full"
        return self.random.choices([usual, "concession", "supporter"], [68, 15, 17])[0]

    def household(self, size: int) -> list[dict[str, str]]:
        """People at one address and in one unit; most share a surname, and most couples one e-mail."""
        unit = self.random.choices(self.homes, self.weights)[0]
        lineage = self.lineage(unit)
        town = (unit if unit["kind"] == "local_party" else self.units[unit["parent"]])["name"]
        abroad, districts = self.random.random() < 0.015, unit["postcode_districts"]
        home = self.invent.address_abroad() if abroad else self.invent.address(districts, town, lineage)
        home |= {"Branch": unit["name"], "Household": f"H{next(self.households):05}"}
        origin = self.invent.origin(lineage)
        one_name, one_email = self.random.random() < 0.7, self.random.random() < 0.6
        people: list[dict[str, str]] = []
        for place in range(size):
            one = self.person(origin, place, people[0]["Last"] if people and one_name else "")
            if place == 1 and one_email:
                one["Email"] = people[0]["Email"]
            people.append(home | one | {"Phone": one["Phone"] or home["Phone"]})
        return people

    def person(self, origin: str, place: int, last: str) -> dict[str, str]:
        sex = self.random.choice(list(TITLES))
        first, own_last = self.invent.name(origin, sex)
        born, joined, paid_until = self.dates(place)
        kind = self.kind((EXPORTED_ON - born).days // 365)
        pays = self.dues_are_personal and kind != "supporter"
        return {
            "Membership No": f"{'S' if kind == 'supporter' else 'M'}{next(self.numbers)}",
            "Title": self.random.choices(list(TITLES[sex]), list(TITLES[sex].values()))[0],
            "First": first,
            "Last": last or own_last,
            "Preferred": self.invent.preferred(origin, sex, first),
            "DoB": f"{born:%d/%m/%Y}" if self.random.random() < 0.96 else "",
            "Email": self.invent.email(first, last or own_last) if self.random.random() < 0.94 else "",
            "Phone": self.invent.phone(MOBILE) if self.random.random() < 0.45 else "",
            "Type": kind,
            "Joined": f"{joined:%d/%m/%Y}",
            "Paid until": f"{paid_until:%d/%m/%Y}" if pays else "",
        }

    def csv(self, total: int) -> bytes:
        """The file with `total` people."""
        rows: list[dict[str, str]] = []
        while len(rows) < total:
            rows += self.household(self.random.choices([1, 2, 3, 4], [74, 20, 4, 2])[0])
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[:total])
        return text.getvalue().encode()


def files() -> dict[str, bytes]:
    return {
        "party_people.csv": Export("party_units.csv", seed=1917, first_number=104_217).csv(2_000),
        "alliance_people.csv": Export("alliance_units.csv", seed=1989, first_number=2_001).csv(300),
    }


if __name__ == "__main__":
    for name, content in files().items():
        (DATA / name).write_bytes(content)
