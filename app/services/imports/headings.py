"""What headings mean: the words that membership systems and spreadsheets put above their columns."""

import re
from collections.abc import Mapping

from app.core.text import fold

#: Headings, without case, spaces and signs, by the field that they mean; `middle`, `state` … are parts of one.
HEADINGS: Mapping[str, str] = {
    "given_name": "first firstname firstnames given givenname givennames forename forenames christianname",
    "middle": "middle middlename middlenames middleinitial middleinitials",
    "family_name": "last lastname surname familyname family secondname",
    "full_name": "name fullname displayname membername contactname",
    "preferred_name": "preferred preferredname knownas nickname",
    "date_of_birth": "dob dateofbirth birthdate birthday birthdate born",
    "birth_year": "yob yearofbirth birthyear",
    "birth_month": "mob monthofbirth birthmonth",
    "birth_day": "dayofbirth birthday",
    "email": "email emailaddress mail primaryemail emailprimary emailhome homeemail",
    "phone": "phone phonenumber telephone tel telephonenumber primaryphone phoneprimary homephonephone",
    "mobile_phone": "mobile mobilephone mobilenumber mobileno cell cellphone phonemobile homephonemobile",
    "home_phone": "homephone landline hometelephone homephonenumber phonehome",
    "address_lines": "address address1 address2 address3 addressline1 addressline2 addressline3 addresslines "
    "streetaddress street supplementaladdress1 supplementaladdress2 supplementaladdress3 housenameornumber "
    "postaladdress",
    "state": "state stateprovince county province region",
    "town": "town city posttown towncity",
    "postcode": "postcode postalcode zip zipcode zippostalcode postcodezip",
    "foreign_postal_code": "foreignpostalcode foreignpostcode",
    "country": "country countryname nationofresidence",
    "preferred_language": "language preferredlanguage",
    "electoral_area": "wardcode electoralarea wardgsscode",
    "branch": "branch localparty localbranch branchname group chapter unit institution",
    "type": "type membershiptype membertype category membershipcategory",
    "relationship": "relationship",
    "number": "membershipno membershipnumber memberno membernumber membershipid memberid",
    "joined_on": "joined joinedon joindate datejoined membersince joineddate",
    "started_on": "startdate membershipstartdate",
    "paid_until": "paiduntil paidto paidupto expirydate expires expiry enddate membershipenddate "
    "membershipexpirationdate renewaldue",
    "standing": "standing status membershipstatus memberstatus",
    "standing_from": "standingfrom",
    "standing_until": "standinguntil",
    "deceased": "deceased isdeceased",
    "deceased_on": "deceaseddate deceasedon dateofdeath deathdate datedeceased",
    "objections": "objections",
    "contact_key": "contactid constituentid personid uniqueid recordid civicrmid",
    "external_key": "externalidentifier externalid",
    "household_key": "householdid household familyid hhid",
}  # fmt: skip
MEANINGS = {word: meaning for meaning, words in HEADINGS.items() for word in words.split()}

#: The channel in a wish not to be contacted, by the first of its words that is among these.
_CHANNELS = {
    word: meaning
    for meaning, words in {
        "no_sms": "sms text texts texting",
        "no_email": "email emails newsletter newsletters bulk",
        "no_phone": "phone phoned phones telephone telephoned call calls calling called ring",
        "no_post": "post posted mail letter letters leaflet leaflets",
        "no_contact": "contact contacted marketing mailing mailings communication communications communicate anything",
    }.items()
    for word in words.split()
}
_OUT = re.compile(r"(do not|dont|opt(ed)? ?out|unsubscribed?|objects? to|suppress(ed)?)\b")
_IN = re.compile(r"(opt(ed)? ?in|subscribed|consents? to|consented to)\b")
#: What may stand beside the channel in a heading such as "No bulk e-mails (user opt out)"; "No. of calls" may not.
_BESIDE = {"no", "bulk", "more", "any", "user", "opt", "out", "by", "please", "via", "to", "mass", "further", "e"}


def word(heading: str) -> str:
    """A heading without case, spaces and signs."""
    return fold(heading.replace("_", " ")).replace(" ", "")


def words(heading: str) -> list[str]:
    return fold(heading.replace("_", " ")).replace("e mail", "email").split()


def meaning_of(heading: str) -> str | None:
    """What a heading means, where that is plain from its words alone."""
    return MEANINGS.get(word(heading)) or objection_of(heading)


def objection_of(heading: str) -> str | None:
    """The wish not to be contacted that a heading names: "Do Not Email", "No post", "is_opt_out"."""
    told = words(heading)
    channel = next((_CHANNELS[part] for part in told if part in _CHANNELS), None)
    refusal = _OUT.search(" ".join(told))
    if refusal is None:
        bare = told[:1] == ["no"] and all(part in _BESIDE or part in _CHANNELS for part in told)
        return channel if bare else None
    # Opting out of everything sent in bulk, which such systems send by e-mail.
    return channel or ("no_email" if refusal[0].startswith(("opt", "unsub")) else None)


def consent_of(heading: str) -> str | None:
    """The wish that an answer of no would be, where a heading asks for consent: "Email opt in"."""
    told = words(heading)
    channel = next((_CHANNELS[part] for part in told if part in _CHANNELS), None)
    return channel if _IN.search(" ".join(told)) and objection_of(heading) is None else None
