"""Countries by name: what people write in an address, as ISO 3166-1 alpha-2.

The English names are those of the time zone database (public domain), which `tzdata` brings; below stand the
others that come up in British address books.
"""

from functools import cache, lru_cache
from importlib.resources import files

from pydantic_core import PydanticCustomError

from app.core.text import fold

_OTHERS = {
    "GB": "UK|U.K.|United Kingdom|Great Britain|GBR|England|Scotland|Wales|Cymru|Alba|Northern Ireland|"
    "United Kingdom of Great Britain and Northern Ireland|Y Deyrnas Unedig",
    "US": "USA|U.S.A.|U.S.|United States of America|America",
    "IE": "Eire|Éire|Republic of Ireland|Irish Republic|ROI",
    "NL": "Holland|The Netherlands",
    "CZ": "Czechia|Czech Republic",
    "CI": "Ivory Coast|Côte d’Ivoire",
    "DE": "Deutschland|Federal Republic of Germany",
    "ES": "España",
    "IT": "Italia",
    "PL": "Polska",
    "CH": "Schweiz|Suisse",
    "AE": "UAE",
    "KR": "South Korea|Republic of Korea",
    "KP": "North Korea",
    "RU": "Russian Federation",
    "TR": "Türkiye|Turkiye",
    "MM": "Burma|Myanmar",
    "CD": "Democratic Republic of the Congo|DR Congo",
    "CG": "Republic of the Congo",
    "SZ": "Swaziland|Eswatini",
    "VA": "Holy See",
    "VN": "Viet Nam",
    "IR": "Islamic Republic of Iran",
    "SY": "Syrian Arab Republic",
    "PS": "Occupied Palestinian Territories|State of Palestine",
    "MK": "Macedonia",
    "CV": "Cabo Verde",
    "TL": "Timor-Leste",
    "HK": "Hong Kong SAR",
    "IM": "Isle of Man",
}


@cache
def _codes() -> dict[str, str]:
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    official = [line.split("\t") for line in lines if line and not line.startswith("#")]
    codes = {_key(name.partition("(")[0] if code == "GB" else name): code for code, name in official}
    codes |= {_key(code): code for code, _ in official}
    return codes | {_key(name): code for code, names in _OTHERS.items() for name in names.split("|")}


@lru_cache(maxsize=1_024)
def country_code(text: str) -> str:
    """The code of a country written by name or by code, in any case. Raises ValueError (`country_not_known`)."""
    code = _codes().get(_key(text))
    if code is None:
        raise PydanticCustomError("country_not_known", "This is not a country's name or its code of two letters.")
    return code


def _key(name: str) -> str:
    words = fold(name).split()
    return "".join(words[1:] if words[:1] == ["the"] else words)
