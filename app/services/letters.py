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


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    text: str


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
}  # fmt: skip


def write_letter(letter: Letter, language: str | None, *, to: str, **values: str | int) -> Message:
    """A letter in the language of its reader; English where none is known."""
    words = _WORDS[letter, Language(language or Language.english)]
    return Message(to, words.subject, words.text.format_map(values))
