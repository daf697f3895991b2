"""The record of processing in words, English or Welsh: what its export and the answers of article 15 are made of."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from app.models.members import Language
from app.models.processing import TransferSafeguard
from app.models.processing_shapes import (
    ActivityRead,
    ControllerRead,
    InBothLanguages,
    ProcessorNamed,
    ProcessorRead,
    RegisterRead,
)
from app.models.reference_data import words_of
from app.models.retention import RetentionRule

EN, CY = Language.english, Language.welsh
#: For how long something is kept under each rule of retention today: months, or days.
Periods = Mapping[RetentionRule, tuple[int | None, int | None]]
#: What each part is called, in the order of the export.
HEADINGS: Mapping[str, Mapping[Language, str]] = {
    "name": {EN: "Activity", CY: "Gweithgaredd"},
    "purposes": {EN: "Purposes", CY: "Dibenion"},
    "lawful_bases": {EN: "Lawful bases", CY: "Seiliau cyfreithlon"},
    "special_conditions": {EN: "Conditions for special categories", CY: "Amodau ar gyfer categorïau arbennig"},
    "policy_document": {EN: "Appropriate policy document", CY: "Dogfen bolisi briodol"},
    "people": {EN: "Categories of people", CY: "Categorïau o bobl"},
    "categories": {EN: "Categories of data", CY: "Categorïau o ddata"},
    "sources": {EN: "Sources", CY: "Ffynonellau"},
    "recipients": {EN: "Recipients", CY: "Derbynwyr"},
    "processors": {EN: "Processors", CY: "Proseswyr"},
    "joint_controllers": {EN: "Joint controllers", CY: "Cyd-reolwyr"},
    "transfers": {EN: "Transfers to other countries", CY: "Trosglwyddiadau i wledydd eraill"},
    "retention": {EN: "How long it is kept", CY: "Am ba hyd y'i cedwir"},
    "automated_decisions": {EN: "Automated decisions", CY: "Penderfyniadau awtomataidd"},
    "security": {EN: "Security measures", CY: "Mesurau diogelwch"},
    "fields": {EN: "Fields", CY: "Meysydd"},
    "starts_on": {EN: "Since", CY: "Ers"},
}
_PROCESSOR: Mapping[str, Mapping[Language, str]] = {
    "service": {EN: "Service", CY: "Gwasanaeth"},
    "country": {EN: "Country", CY: "Gwlad"},
    "contract_on": {EN: "Contract of", CY: "Contract dyddiedig"},
    "review_on": {EN: "To be reviewed on", CY: "I'w adolygu ar"},
    "terms": {EN: "The contract says", CY: "Mae'r contract yn dweud"},
    "missing_terms": {EN: "The contract lacks", CY: "Mae'r contract heb"},
    "sub_processors": {EN: "Sub-processors", CY: "Is-broseswyr"},
}
_CONTROLLER: Mapping[str, Mapping[Language, str]] = {
    "address": {EN: "Address", CY: "Cyfeiriad"},
    "email": {EN: "E-mail", CY: "E-bost"},
    "data_protection_contact": {EN: "Data-protection contact", CY: "Cyswllt diogelu data"},
    "data_protection_email": {EN: "Data-protection e-mail", CY: "E-bost diogelu data"},
    "registration_number": {EN: "Registration with the Commissioner", CY: "Cofrestriad gyda'r Comisiynydd"},
}
TITLES: Mapping[str, Mapping[Language, str]] = {
    "title": {EN: "Record of processing activities", CY: "Cofnod o weithgareddau prosesu"},
    "activities_title": {EN: "Activities", CY: "Gweithgareddau"},
    "processors_title": {EN: "Processors", CY: "Proseswyr"},
    "none": {EN: "None.", CY: "Dim."},
}


def said(text: InBothLanguages, language: Language) -> str:
    """A text in a language: in English where it has not been translated."""
    return text.cy if language is CY and text.cy else text.en


def name_in(language: Language, name: str, name_cy: str | None) -> str:
    return name_cy if language is CY and name_cy else name


def activity_name(activity: ActivityRead, language: Language) -> str:
    return name_in(language, activity.name, activity.name_cy)


def listed(values: Iterable[StrEnum], language: Language, between: str = "; ") -> str:
    return between.join(words_of(value, language) for value in values)


def in_country(country: str, safeguard: TransferSafeguard | None, language: Language) -> str:
    return f"{country}, {words_of(safeguard, language)}" if safeguard else country


def named(processor: ProcessorNamed, language: Language) -> str:
    place = in_country(processor.country, processor.safeguard, language)
    return f"{processor.name}: {processor.service} ({place})"


def transfers(activity: ActivityRead, language: Language) -> list[str]:
    """Where data of an activity goes beyond the United Kingdom, and what lets it."""
    lines = [
        f"{t.recipient} ({in_country(t.country, t.safeguard, language)}){f': {t.text}' if t.text else ''}"
        for t in activity.transfers
    ]
    return lines + [named(p, language) for p in activity.processors if p.safeguard is not None]


def kept(activity: ActivityRead, periods: Periods, language: Language) -> str:
    """How long the data of an activity is kept: what is said of it, and the periods of its rules as they are today."""
    lines = [said(activity.retention, language)]
    lines += [
        f"{words_of(rule, language)}: {_long(*periods[rule], language)}"
        for rule in activity.retention_rules
        if periods[rule] != (None, None)
    ]
    return "\n".join(lines)


def _long(months: int | None, days: int | None, language: Language) -> str:
    if months is None:
        return f"{days} diwrnod" if language is CY else f"{days} days"
    return f"{months} mis" if language is CY else f"{months} months"


def activity_cells(activity: ActivityRead, periods: Periods, language: Language) -> dict[str, str]:
    """An activity in words, by the parts of `HEADINGS`; an empty text where there is nothing to say."""
    automated = activity.automated_decisions
    return {
        "name": activity_name(activity, language),
        "purposes": said(activity.purposes, language),
        "lawful_bases": listed(activity.lawful_bases, language),
        "special_conditions": listed(activity.special_conditions, language),
        "policy_document": activity.policy_document or "",
        "people": listed(activity.people, language),
        "categories": listed(activity.categories, language),
        "sources": listed(activity.sources, language),
        "recipients": listed(activity.recipients, language),
        "processors": "\n".join(named(p, language) for p in activity.processors),
        "joint_controllers": activity.joint_controllers or "",
        "transfers": "\n".join(transfers(activity, language)),
        "retention": kept(activity, periods, language),
        "automated_decisions": said(automated, language) if automated else "",
        "security": listed(activity.security, language),
        "fields": ", ".join(activity.fields),
        "starts_on": activity.starts_on.isoformat(),
    }


def processor_cells(processor: ProcessorRead, language: Language) -> dict[str, str]:
    return {
        "service": processor.service,
        "country": in_country(processor.country, processor.safeguard, language),
        "contract_on": _day(processor.contract_on),
        "review_on": _day(processor.review_on),
        "terms": listed(processor.terms, language),
        "missing_terms": listed(processor.missing_terms, language),
        "sub_processors": "\n".join(
            f"{s.name}: {s.service} ({in_country(s.country, s.safeguard, language)})" for s in processor.sub_processors
        ),
    }


def controller_cells(controller: ControllerRead) -> dict[str, str]:
    return {name: getattr(controller, name) or "" for name in _CONTROLLER}


def page_values(register: RegisterRead, periods: Periods, language: Language) -> dict[str, object]:
    """What the template of the readable record is given: parts with nothing to say are left out."""
    controller = register.controller
    return {
        **{name: words[language] for name, words in TITLES.items()},
        "lang": language.value,
        "controller": name_in(language, controller.name, controller.name_cy),
        "date": register.as_of.isoformat(),
        "head": _rows(_CONTROLLER, controller_cells(controller), language),
        "activities": [
            {
                "title": activity_name(activity, language),
                "rows": _rows(HEADINGS, {**activity_cells(activity, periods, language), "name": ""}, language),
            }
            for activity in register.activities
        ],
        "processors": [
            {"title": processor.name, "rows": _rows(_PROCESSOR, processor_cells(processor, language), language)}
            for processor in register.processors
        ],
    }


def _rows(
    headings: Mapping[str, Mapping[Language, str]], cells: Mapping[str, str], language: Language
) -> list[dict[str, str]]:
    return [{"label": headings[name][language], "value": cells[name]} for name in headings if cells[name]]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
