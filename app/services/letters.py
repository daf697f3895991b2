"""What letters say, in English and in Welsh."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.mail import Message
from app.models.members import Language


class Letter(StrEnum):
    invitation = "invitation"
    password_reset = "password_reset"  # noqa: S105  (the name of a letter)
    password_changed = "password_changed"  # noqa: S105
    dispute_waiting = "dispute_waiting"
    disputes_late = "disputes_late"
    review_missed = "review_missed"
    request_logged = "request_logged"
    request_received = "request_received"
    request_question = "request_question"
    request_extended = "request_extended"
    request_refused = "request_refused"
    request_answered = "request_answered"
    restriction_lifted = "restriction_lifted"
    matters_due = "matters_due"
    search_asked = "search_asked"
    search_due = "search_due"
    search_overdue = "search_overdue"
    package_ready = "package_ready"
    breach_reported = "breach_reported"
    deputy_needed = "deputy_needed"
    data_complaint_received = "data_complaint_received"
    data_complaint_acknowledged = "data_complaint_acknowledged"
    data_complaint_progress = "data_complaint_progress"
    data_complaint_answered = "data_complaint_answered"


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    text: str


#: What everybody is told to whom something is refused, or who is to wait (UK GDPR art. 12(4); DPA 2018 s. 164A).
REMEDIES = {
    "en": "If you disagree you may complain to us, which we answer; you may complain to the Information Commissioner "
    "(ico.org.uk); and you may go to court.\n",
    "cy": "Os anghytunwch cewch gwyno wrthym ni, a byddwn yn ateb; cewch gwyno wrth y Comisiynydd Gwybodaeth "
    "(ico.org.uk); a chewch fynd i'r llys.\n",
}

_WORDS: dict[tuple[Letter, Language], _Words] = {
    (Letter.invitation, Language.english): _Words(
        "Your Rollbook account",
        "Hello {name},\n\nAn account has been made for you. Choose a password within {hours} hours:\n\n"
        "{link}\n\n"
        "If you did not expect this, do nothing: without a password nobody can sign in.\n",
    ),
    (Letter.invitation, Language.welsh): _Words(
        "Eich cyfrif Rollbook",
        "Helo {name},\n\nMae cyfrif wedi'i greu i chi. Dewiswch gyfrinair o fewn {hours} awr:\n\n{link}\n\n"
        "Os nad oeddech yn disgwyl hyn, peidiwch â gwneud dim: heb gyfrinair ni all neb fewngofnodi.\n",
    ),
    (Letter.password_reset, Language.english): _Words(
        "Set a new password",
        "Hello {name},\n\nSomebody, we hope you, asked for a new password for your account. "
        "This link works once, for one hour:\n\n{link}\n\n"
        "It signs you out everywhere. If it was not you, do nothing: your password stays as it is.\n",
    ),
    (Letter.password_reset, Language.welsh): _Words(
        "Gosod cyfrinair newydd",
        "Helo {name},\n\nGofynnodd rhywun, chi gobeithio, am gyfrinair newydd i'ch cyfrif. "
        "Mae'r ddolen hon yn gweithio unwaith, am awr:\n\n{link}\n\n"
        "Bydd yn eich allgofnodi ym mhobman. Os nad chi ofynnodd, peidiwch â gwneud dim: "
        "bydd eich cyfrinair yn aros fel y mae.\n",
    ),
    (Letter.password_changed, Language.english): _Words(
        "Your password was changed",
        "Hello {name},\n\nThe password of your account was changed just now. If it was not you, ask for a "
        "new one at once: that signs everybody out.\n",
    ),
    (Letter.password_changed, Language.welsh): _Words(
        "Newidiwyd eich cyfrinair",
        "Helo {name},\n\nNewidiwyd cyfrinair eich cyfrif yn awr. Os nad chi wnaeth hyn, gofynnwch am un "
        "newydd ar unwaith: bydd hynny'n allgofnodi pawb.\n",
    ),
    # Nothing of a case leaves the house by mail: neither its reference nor whom it concerns.
    (Letter.dispute_waiting, Language.english): _Words(
        "A complaint is waiting for you",
        "Hello {name},\n\nA complaint has come in and is yours to receive. Sign in to read it.\n",
    ),
    (Letter.dispute_waiting, Language.welsh): _Words(
        "Mae cwyn yn aros amdanoch",
        "Helo {name},\n\nMae cwyn wedi cyrraedd, a chi sydd i'w derbyn. Mewngofnodwch i'w darllen.\n",
    ),
    (Letter.disputes_late, Language.english): _Words(
        "Cases that are late",
        "Hello {name},\n\nCases of yours in which something is past its last day: {number}. Sign in to see which.\n",
    ),
    (Letter.disputes_late, Language.welsh): _Words(
        "Achosion sy'n hwyr",
        "Helo {name},\n\nNifer eich achosion lle mae rhywbeth wedi mynd heibio ei ddiwrnod olaf: {number}. "
        "Mewngofnodwch i weld pa rai.\n",
    ),
    (Letter.review_missed, Language.english): _Words(
        "A review has been missed",
        "Hello {name},\n\nIn a case of yours a review was not made by its last day. The next receiver has been "
        "called in, where there is one. Sign in and make it now.\n",
    ),
    (Letter.review_missed, Language.welsh): _Words(
        "Methwyd adolygiad",
        "Helo {name},\n\nMewn achos sydd gennych ni wnaed adolygiad erbyn ei ddiwrnod olaf. Galwyd ar y derbynnydd "
        "nesaf, lle mae un. Mewngofnodwch i'w wneud nawr.\n",
    ),
    # Whose data to look for is told to whoever has signed in, and to nobody by mail.
    (Letter.search_asked, Language.english): _Words(
        "Please search what you hold: {reference}",
        "Hello {name},\n\nSomebody has asked what we hold of them, and you may hold a part of it. Where to look: "
        "{place}. Please sign in, see what to look for, and answer by {due_on}, also if you find nothing:\n\n{link}\n",
    ),
    (Letter.search_asked, Language.welsh): _Words(
        "Chwiliwch yr hyn sydd gennych: {reference}",
        "Helo {name},\n\nMae rhywun wedi gofyn beth sydd gennym amdanynt, ac efallai fod rhan ohono gennych chi. Ble i "
        "chwilio: {place}. Mewngofnodwch i weld beth i chwilio amdano, ac atebwch erbyn {due_on}, hyd yn oed os na "
        "chewch ddim:\n\n{link}\n",
    ),
    (Letter.search_due, Language.english): _Words(
        "Your answer is due on {due_on}: {reference}",
        "Hello {name},\n\nYou were asked to search what you hold (where: {place}). Please answer by {due_on}, also if "
        "you find nothing:\n\n{link}\n",
    ),
    (Letter.search_due, Language.welsh): _Words(
        "Disgwylir eich ateb erbyn {due_on}: {reference}",
        "Helo {name},\n\nGofynnwyd i chi chwilio'r hyn sydd gennych (ble: {place}). Atebwch erbyn {due_on}, hyd yn oed "
        "os na chewch ddim:\n\n{link}\n",
    ),
    (Letter.search_overdue, Language.english): _Words(
        "Your answer is late: {reference}",
        "Hello {name},\n\nYou were asked to search what you hold (where: {place}) and to answer by {due_on}. The law "
        "does not wait: please answer now, also if you find nothing:\n\n{link}\n",
    ),
    (Letter.search_overdue, Language.welsh): _Words(
        "Mae eich ateb yn hwyr: {reference}",
        "Helo {name},\n\nGofynnwyd i chi chwilio'r hyn sydd gennych (ble: {place}) ac ateb erbyn {due_on}. Nid yw'r "
        "gyfraith yn aros: atebwch nawr, hyd yn oed os na chewch ddim:\n\n{link}\n",
    ),
    (Letter.package_ready, Language.english): _Words(
        "The answer to your request {reference}",
        "Hello,\n\nWhat you asked us for is ready. Open this link by {expires_on} and enter the code that you get "
        "from us another way. It can be collected once:\n\n{link}\n\n"
        "If you have no code, or the link does not work any more, tell us and we send it again.\n",
    ),
    (Letter.package_ready, Language.welsh): _Words(
        "Yr ateb i'ch cais {reference}",
        "Helo,\n\nMae'r hyn y gofynnoch amdano yn barod. Agorwch y ddolen hon erbyn {expires_on} a rhowch y cod "
        "a gewch gennym mewn ffordd arall. Gellir ei gasglu unwaith:\n\n{link}\n\n"
        "Os nad oes gennych god, neu os nad yw'r ddolen yn gweithio mwyach, dywedwch wrthym ac fe'i hanfonwn eto.\n",
    ),
    # What a letter about a request says of it is its reference: it may come to be read by others.
    (Letter.request_received, Language.english): _Words(
        "We have your request",
        "Your request about personal data has come in. Its reference is {reference}. We answer within a month, and "
        "tell you if we need anything from you or need longer.\n",
    ),
    (Letter.request_received, Language.welsh): _Words(
        "Mae eich cais gennym",
        "Mae eich cais am ddata personol wedi cyrraedd. Ei gyfeirnod yw {reference}. Byddwn yn ateb o fewn mis, ac yn "
        "dweud wrthych os bydd arnom angen rhywbeth gennych neu fwy o amser.\n",
    ),
    (Letter.request_question, Language.english): _Words(
        "We need something from you",
        "To go on with your request {reference} we need something from you.\n\n{said}\n\n"
        "The time for our answer stands still until we have it.\n",
    ),
    (Letter.request_question, Language.welsh): _Words(
        "Mae arnom angen rhywbeth gennych",
        "I fwrw ymlaen â'ch cais {reference} mae arnom angen rhywbeth gennych.\n\n{said}\n\n"
        "Mae'r amser ar gyfer ein hateb yn sefyll nes y daw.\n",
    ),
    (Letter.request_extended, Language.english): _Words(
        "We need longer for your request",
        "For your request {reference} we need up to two further months. Reason: {why}.\n\n{said}\n\n" + REMEDIES["en"],
    ),
    (Letter.request_extended, Language.welsh): _Words(
        "Mae arnom angen mwy o amser ar gyfer eich cais",
        "Ar gyfer eich cais {reference} mae arnom angen hyd at ddau fis arall. Rheswm: {why}.\n\n{said}\n\n"
        + REMEDIES["cy"],
    ),
    (Letter.request_refused, Language.english): _Words(
        "Your request",
        "We do not follow your request {reference}. Reason: {why}.\n\n{said}\n\n" + REMEDIES["en"],
    ),
    (Letter.request_refused, Language.welsh): _Words(
        "Eich cais",
        "Nid ydym yn dilyn eich cais {reference}. Rheswm: {why}.\n\n{said}\n\n" + REMEDIES["cy"],
    ),
    (Letter.request_answered, Language.english): _Words(
        "Your request is answered",
        "Your request {reference} is answered.\n\n{said}\n\n" + REMEDIES["en"],
    ),
    (Letter.request_answered, Language.welsh): _Words(
        "Mae eich cais wedi'i ateb",
        "Mae eich cais {reference} wedi'i ateb.\n\n{said}\n\n" + REMEDIES["cy"],
    ),
    (Letter.restriction_lifted, Language.english): _Words(
        "A restriction ends",
        "The restriction on the use of your data that you asked for ({reference}) ends today.\n\n{said}\n\n"
        + REMEDIES["en"],
    ),
    (Letter.restriction_lifted, Language.welsh): _Words(
        "Mae cyfyngiad yn dod i ben",
        "Mae'r cyfyngiad ar ddefnyddio eich data y gofynasoch amdano ({reference}) yn dod i ben heddiw.\n\n{said}\n\n"
        + REMEDIES["cy"],
    ),
    (Letter.request_logged, Language.english): _Words(
        "A request about somebody's data has come in",
        "Hello {name},\n\nA request has come in and its clock runs: {reference}. Sign in to read it.\n",
    ),
    (Letter.request_logged, Language.welsh): _Words(
        "Daeth cais am ddata rhywun i law",
        "Helo {name},\n\nDaeth cais i law ac mae ei gloc yn rhedeg: {reference}. Mewngofnodwch i'w ddarllen.\n",
    ),
    (Letter.matters_due, Language.english): _Words(
        "Data protection: what is due",
        "Hello {name},\n\nMatters of data protection past their last day: {overdue}. Due within seven days: {near}. "
        "Sign in to see which.\n",
    ),
    (Letter.matters_due, Language.welsh): _Words(
        "Diogelu data: yr hyn sy'n ddyledus",
        "Helo {name},\n\nMaterion diogelu data sydd wedi mynd heibio eu diwrnod olaf: {overdue}. I'w gwneud o fewn "
        "saith diwrnod: {near}. Mewngofnodwch i weld pa rai.\n",
    ),
    (Letter.deputy_needed, Language.english): _Words(
        "Data protection needs a deputy",
        "Hello {name},\n\nA matter of data protection has come in that nobody of the team may conduct, since it "
        "concerns them. Have a deputy appointed: the law's clock runs.\n",
    ),
    (Letter.deputy_needed, Language.welsh): _Words(
        "Mae angen dirprwy ar gyfer diogelu data",
        "Helo {name},\n\nMae mater diogelu data wedi cyrraedd na chaiff neb o'r tîm ei gynnal, gan ei fod yn ymwneud â "
        "nhw. Trefnwch benodi dirprwy: mae cloc y gyfraith yn rhedeg.\n",
    ),
    (Letter.breach_reported, Language.english): _Words(
        "A breach of personal data was reported",
        "Hello {name},\n\nA breach of personal data was reported. Unless a risk to people is unlikely, the "
        "Commissioner must have been told by {until}. Sign in to read it.\n",
    ),
    (Letter.breach_reported, Language.welsh): _Words(
        "Rhoddwyd gwybod am doriad data personol",
        "Helo {name},\n\nRhoddwyd gwybod am doriad data personol. Oni bai bod risg i bobl yn annhebygol, rhaid bod y "
        "Comisiynydd wedi cael gwybod erbyn {until}. Mewngofnodwch i'w ddarllen.\n",
    ),
    (Letter.data_complaint_received, Language.english): _Words(
        "A complaint about data is waiting for you",
        "Hello {name},\n\nA complaint about how data is handled has come in. Sign in to read it.\n",
    ),
    (Letter.data_complaint_received, Language.welsh): _Words(
        "Mae cwyn am ddata yn aros amdanoch",
        "Helo {name},\n\nMae cwyn am sut y caiff data ei drin wedi cyrraedd. Mewngofnodwch i'w darllen.\n",
    ),
    (Letter.data_complaint_acknowledged, Language.english): _Words(
        "We have your complaint ({reference})",
        "Hello {name},\n\nWe have your complaint about how your data is handled ({reference}). We look into it, and "
        "tell you how it stands and what we find.\n\n{text}\n",
    ),
    (Letter.data_complaint_acknowledged, Language.welsh): _Words(
        "Mae eich cwyn gennym ({reference})",
        "Helo {name},\n\nMae eich cwyn am sut y caiff eich data ei drin gennym ({reference}). Byddwn yn ymchwilio "
        "iddi, ac yn dweud wrthych sut mae pethau a beth a ganfyddwn.\n\n{text}\n",
    ),
    (Letter.data_complaint_progress, Language.english): _Words(
        "How your complaint stands ({reference})", "Hello {name},\n\nAbout your complaint ({reference}):\n\n{text}\n"
    ),
    (Letter.data_complaint_progress, Language.welsh): _Words(
        "Sut mae eich cwyn yn mynd rhagddi ({reference})",
        "Helo {name},\n\nYnghylch eich cwyn ({reference}):\n\n{text}\n",
    ),
    (Letter.data_complaint_answered, Language.english): _Words(
        "The outcome of your complaint ({reference})",
        "Hello {name},\n\nThe outcome of your complaint ({reference}): {outcome}.\n\n{text}\n\n" + REMEDIES["en"],
    ),
    (Letter.data_complaint_answered, Language.welsh): _Words(
        "Canlyniad eich cwyn ({reference})",
        "Helo {name},\n\nCanlyniad eich cwyn ({reference}): {outcome}.\n\n{text}\n\n" + REMEDIES["cy"],
    ),
}  # fmt: skip


def write_letter(letter: Letter, language: str | None, *, to: str, **values: str | int) -> Message:
    """A letter in the language of its reader; English where none is known."""
    words = _WORDS[letter, Language(language or Language.english)]
    return Message(to, words.subject.format_map(values), words.text.format_map(values))
