"""Invented names, e-mails, phones and addresses: the same seed and the same Faker give the same ones.

Nobody so made exists. E-mails are @example.org; landlines lie in the ranges Ofcom keeps for drama; mobiles in
07400 123xxx, for libphonenumber refuses Ofcom's drama mobiles; a postcode is a unit's real district with an
invented inward code. What is drawn from is `data/invention.json`: Faker has no Welsh, and writes Bengali and
Yoruba in another script or without their marks.
"""

import json
import random
import unicodedata
from itertools import count
from pathlib import Path

from faker import Faker

DATA = Path(__file__).parent / "data"
MOBILE = "07400 123"
UNFOLDED = str.maketrans("łŁıøß", "lLios")


class Invention:
    """A stream of invented particulars; each number and e-mail is given out once."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  (a seeded stream is the point)
        self.store = json.loads((DATA / "invention.json").read_text(encoding="utf-8"))
        abroad = {locale for locale, _ in self.store["abroad"].values()}
        locales = {key for key in self.store["origins"] if "_" in key} | abroad
        self.fakers = {locale: Faker(locale) for locale in sorted(locales)}
        for faker in self.fakers.values():
            faker.seed_instance(seed)
        prefixes = [*dict.fromkeys(self.store["landlines"].values()), MOBILE]
        self.ends = {prefix: self.random.sample(range(1000), 1000) for prefix in prefixes}
        self.emails: set[str] = set()

    def origin(self, lineage: list[str]) -> str:
        welsh = not {"wales", "cardiff-and-newport"}.isdisjoint(lineage)
        origins: dict[str, int] = self.store["origins_in_wales" if welsh else "origins"]
        return self.random.choices(list(origins), list(origins.values()))[0]

    def name(self, origin: str, sex: str) -> tuple[str, str]:
        """First and last name; `sex` is `female` or `male`, and decides no more than that."""
        if own := self.store["own_names"].get(origin):
            return self.random.choice(own[sex]), self.random.choice(own["last"])
        faker = self.fakers[origin]
        return getattr(faker, f"first_name_{sex}")(), getattr(faker, f"last_name_{sex}")()

    def preferred(self, origin: str, sex: str, first: str) -> str:
        """A short form where there is one, now and then another name altogether, mostly nothing."""
        short = self.store["short_forms"].get(first) if self.random.random() < 0.7 else None
        other = short or (self.name(origin, sex)[0] if self.random.random() < 0.05 else "")
        return other if other != first else ""

    def email(self, first: str, last: str) -> str:
        folded = unicodedata.normalize("NFKD", f"{first}.{last}".translate(UNFOLDED)).lower()
        local = "".join(char for char in folded if char.isascii() and (char.isalnum() or char in ".-"))
        spellings = (f"{local}{n if n > 1 else ''}@example.org" for n in count(1))
        free = next(email for email in spellings if email not in self.emails)
        self.emails.add(free)
        return free

    def phone(self, prefix: str) -> str:
        """A number in one of the ways people write it; nothing once the range is used up."""
        if not prefix or not self.ends[prefix]:
            return ""
        number = f"{prefix}{self.ends[prefix].pop():03}"
        return self.random.choice([number, number, f"+44 {number[1:]}", number.replace(" ", "")])

    def landline(self, lineage: list[str]) -> str:
        prefixes = self.store["landlines"]
        return self.phone(next((prefixes[key] for key in lineage if key in prefixes), ""))

    def address(self, districts: str, town: str, lineage: list[str]) -> dict[str, str]:
        """A home in one of a unit's districts (`;` between them); the lineage may name the post town."""
        first, _, second = self.fakers["en_GB"].street_address().partition("\n")
        town = next((self.store["towns"][key] for key in lineage if key in self.store["towns"]), town)
        inward = f"{self.random.randrange(10)}{''.join(self.random.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"
        postcode = f"{self.random.choice(districts.split(';'))} {inward}"
        spelt = self.random.choices([postcode, postcode.replace(" ", ""), postcode.lower()], [94, 4, 2])[0]
        country = self.random.choices(["United Kingdom", "", "UK"], [80, 15, 5])[0]
        phone = self.landline(lineage) if self.random.random() < 0.4 else ""
        return _home(first, second, town, spelt, country, phone)

    def address_abroad(self) -> dict[str, str]:
        country = self.random.choice(list(self.store["abroad"]))
        locale, dial = self.store["abroad"][country]
        faker, phone = self.fakers[locale], f"{dial}{self.random.randrange(10_000):04}" if dial else ""
        street = faker.street_address().replace("\n", ", ")
        return _home(street, "", faker.city(), faker.postcode(), country, phone)


def _home(first: str, second: str, town: str, postcode: str, country: str, phone: str) -> dict[str, str]:
    return {
        "Address 1": first,
        "Address 2": second,
        "Town": town,
        "Postcode": postcode,
        "Country": country,
        "Phone": phone,
    }
