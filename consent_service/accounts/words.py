"""The words of the mail that invites somebody, and the names of roles as people read them."""

from collections.abc import Mapping

from consent_service.operators.access import Role

INVITATION = "staff_invitation"
Words = Mapping[str, str]
SUBJECT: Words = {
    "kk": "{operator} – Kelisim жүйесіне шақыру",
    "ru": "{operator} – приглашение в Kelisim",
    "en": "{operator} – an invitation to Kelisim",
}
BODY: Words = {
    "kk": (
        "{operator} Сізді дербес деректермен жұмыс істеуге шақырады. Рөлі: {role}.\n\n"
        "Шақыруды осы сілтеме арқылы қабылдаңыз, ол бір рет және {until} дейін жарамды:\n{link}\n\n"
        "Бұл хатты күтпесеңіз, ештеңе істемеңіз: сілтемесіз ешкім кіре алмайды.\n"
    ),
    "ru": (
        "{operator} приглашает Вас работать с персональными данными. Роль: {role}.\n\n"
        "Примите приглашение по ссылке, она действует один раз и до {until}:\n{link}\n\n"
        "Если Вы не ждали этого письма, ничего не делайте: без ссылки никто не войдёт.\n"
    ),
    "en": (
        "{operator} invites you to work with personal data. Role: {role}.\n\n"
        "Accept by this link; it is good once, and until {until}:\n{link}\n\n"
        "If you did not expect this message, do nothing: without the link nobody comes in.\n"
    ),
}
ROLES: Mapping[Role, Words] = {
    Role.OWNER: {"kk": "иесі", "ru": "владелец", "en": "owner"},
    Role.DPO: {
        "kk": "дербес деректерге жауапты адам",
        "ru": "ответственный за персональные данные",
        "en": "in charge of personal data",
    },
    Role.ASSIGNEE: {"kk": "іс орындаушы", "ru": "исполнитель дел", "en": "assignee of cases"},
    Role.EDITOR: {"kk": "құжат редакторы", "ru": "редактор документов", "en": "editor of documents"},
    Role.INTEGRATOR: {"kk": "интегратор", "ru": "интегратор", "en": "integrator"},
    Role.AUDITOR: {
        "kk": "тек оқитын тексеруші",
        "ru": "проверяющий, только чтение",
        "en": "auditor, reads only",
    },
}


def names_of_roles(lang: str) -> dict[Role, str]:
    """Return how each role is called."""
    return {role: words[lang] for role, words in ROLES.items()}
