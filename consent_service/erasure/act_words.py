"""What the act of destruction says, in Kazakh, Russian and English; printed in Kazakh and Russian."""

from collections.abc import Mapping

from consent_service.erasure.states import Ground

Words = Mapping[str, str]
GROUNDS: Mapping[Ground, Words] = {
    Ground.STORAGE_ENDED: {
        "kk": "сақтау мерзімі өтті",
        "ru": "истёк срок хранения",
        "en": "the storage term is over",
    },
    Ground.RELATION_ENDED: {
        "kk": "субъект, оператор және үшінші тұлға арасындағы құқықтық қатынастар тоқтады",
        "ru": "прекращены правоотношения между субъектом, оператором и третьим лицом",
        "en": "the relations between the person, the operator and a third party have ended",
    },
    Ground.COURT_DECISION: {
        "kk": "сот шешімі заңды күшіне енді",
        "ru": "вступило в законную силу решение суда",
        "en": "a decision of a court is in force",
    },
    Ground.WITHOUT_CONSENT: {
        "kk": "деректер келісімсіз жиналған немесе өңделген",
        "ru": "данные собраны или обработаны без согласия",
        "en": "the data were collected or processed without consent",
    },
    Ground.OTHER_LAW: {
        "kk": "заңда көзделген өзге жағдай, оның ішінде мақсатқа жету",
        "ru": "иной случай, предусмотренный законом, в том числе достижение цели",
        "en": "another case of the law, such as a purpose that was reached",
    },
}
ARTICLE: Words = {
    "kk": "94-V Заң 18-бап {item})",
    "ru": "Закон 94-V, ст. 18 пп. {item})",
    "en": "Law 94-V, article 18({item})",
}
METHODS: Mapping[str, Words] = {
    "rows_and_key_deleted": {
        "kk": "жазбалар өшірілді, тұлғаның шифрлау кілті жойылды, қайта оқу ештеңе таппады",
        "ru": "записи удалены, ключ шифрования субъекта уничтожен, повторное чтение ничего не нашло",
    },
    "sql": {"kk": "дерекқордағы сұраулармен", "ru": "запросами в базе данных"},
    "webhook": {"kk": "жүйеге қол қойылған сұраумен", "ru": "подписанным запросом к системе"},
    "by_hand": {"kk": "жауапты адам құжатпен растады", "ru": "подтверждено ответственным по документу"},
    "mail_task": {"kk": "жауапты қызметкердің растауымен", "ru": "с подтверждением ответственного сотрудника"},
}
ROLES: Mapping[str, Words] = {
    "dpo": {"kk": "Дербес деректерге жауапты адам", "ru": "Ответственный за персональные данные"},
    "ordered": {"kk": "Тапсырма берген", "ru": "Дано поручение"},
    "approved": {"kk": "Мақұлдаған", "ru": "Одобрено"},
}
ACTORS: Mapping[str, Words] = {
    "staff": {"kk": "қызметкер", "ru": "сотрудник"},
    "key": {"kk": "оператордың жүйесі", "ru": "система оператора"},
    "job": {"kk": "сервистің автоматты жұмысы", "ru": "автоматическая работа сервиса"},
    "command": {"kk": "әкімші командасы", "ru": "команда администратора"},
    "system": {"kk": "сервис", "ru": "сервис"},
}
CAUSES: Mapping[str, Words] = {
    "withdrawal": {"kk": "келісімді кері қайтарып алу", "ru": "отзыв согласия"},
    "request": {"kk": "субъектінің өтініші", "ru": "обращение субъекта"},
    "expiry": {"kk": "мерзімнің аяқталуы", "ru": "окончание срока"},
    "retention": {"kk": "сақтау мерзімінің аяқталуы", "ru": "окончание срока хранения"},
    "demand": {"kk": "оператордың тапсырмасы", "ru": "поручение оператора"},
}
IDENTIFIERS: Mapping[str, Words] = {
    "email": {"kk": "электрондық пошта", "ru": "адрес электронной почты"},
    "phone": {"kk": "телефон нөмірі", "ru": "номер телефона"},
    "iin": {"kk": "ЖСН", "ru": "ИИН"},
    "full_name": {"kk": "аты-жөні", "ru": "фамилия, имя, отчество"},
}
TABLES: Mapping[str, Words] = {
    "subjects": {"kk": "субъект жазбасы және кілті", "ru": "запись субъекта с ключом"},
    "subject_identifiers": {"kk": "сәйкестендіргіштер", "ru": "идентификаторы"},
    "subject_notes": {"kk": "хаттар мен мәтіндер", "ru": "письма и тексты"},
}
PAPER: Mapping[str, Words] = {
    "title": {"kk": "Дербес деректерді жою туралы акт", "ru": "Акт об уничтожении персональных данных"},
    "number": {"kk": "Нөмірі", "ru": "Номер"},
    "date": {"kk": "Күні", "ru": "Дата"},
    "operator": {"kk": "Оператор", "ru": "Оператор"},
    "person": {"kk": "Субъект (сервистегі нөмірі)", "ru": "Субъект (номер в сервисе)"},
    "ground": {"kk": "Негіз", "ru": "Основание"},
    "cause": {"kk": "Себебі", "ru": "Причина"},
    "reference": {"kk": "Құжат", "ru": "Документ"},
    "data": {"kk": "Жойылған деректер", "ru": "Уничтоженные данные"},
    "categories": {"kk": "Деректер санаттары", "ru": "Категории данных"},
    "identifiers": {"kk": "Сервистегі сәйкестендіргіштер", "ru": "Идентификаторы в сервисе"},
    "nothing_named": {"kk": "құжаттарда аталмаған", "ru": "в документах не названы"},
    "where": {"kk": "Қайда, қалай, қанша", "ru": "Где, как и сколько"},
    "place": {"kk": "Жүйе", "ru": "Система"},
    "how": {"kk": "Тәсіл", "ru": "Способ"},
    "what": {"kk": "Не және қанша жазба", "ru": "Что и сколько записей"},
    "confirmed": {"kk": "Расталған", "ru": "Подтверждено"},
    "here": {"kk": "Келісімдер сервисі", "ru": "Сервис согласий"},
    "alike": {"kk": "{table}, иесіздендіру", "ru": "{table}, обезличивание"},
    "none": {"kk": "ештеңе табылмады", "ru": "ничего не найдено"},
    "kept": {
        "kk": "Субъектінің басқа келісімі күшінде болғандықтан, осы сервистегі жазбалары сақталды.",
        "ru": "Записи в сервисе согласий сохранены: у субъекта действует другое согласие.",
    },
    "times": {"kk": "Уақыты (Алматы)", "ru": "Время (Алматы)"},
    "ordered_at": {"kk": "Тапсырма берілді", "ru": "Поручение дано"},
    "started_at": {"kk": "Жою басталды", "ru": "Уничтожение начато"},
    "issued_at": {"kk": "Жою аяқталды, акт жасалды", "ru": "Уничтожение завершено, акт составлен"},
    "due_on": {"kk": "Мерзімі", "ru": "Срок"},
    "copies": {"kk": "Көшірмелер", "ru": "Копии"},
    "copies_closed": {
        "kk": "Дерекқордың жоюға дейінгі көшірмелері {at} бастап ашылмайды: олардың кілті жойылды.",
        "ru": "Копии базы, сделанные до уничтожения, не открываются с {at}: их ключ уничтожен.",
    },
    "copies_open": {
        "kk": "Дерекқордың жоюға дейінгі көшірмелері кілт жойылған соң ашылмайтын болады (кілт кезеңі: {epoch}).",
        "ru": "Копии базы, сделанные до уничтожения, перестанут открываться с уничтожением ключа (период: {epoch}).",
    },
    "responsible": {"kk": "Жауапты адамдар", "ru": "Ответственные"},
    "proof": {"kk": "Тексеру", "ru": "Проверка"},
    "signed": {
        "kk": "Актінің қол қойылған түрі осы файлдың ішінде (act.jwt), дайджесті журналда жазылған.",
        "ru": "Подписанный вид акта вложен в этот файл (act.jwt), его дайджест записан в журнал.",
    },
    "attached": {"kk": "Қол қойылған акт (JWS, Ed25519)", "ru": "Подписанный акт (JWS, Ed25519)"},
}
MAIL_SUBJECT: Words = {
    "kk": "Дербес деректеріңіз жойылды",
    "ru": "Ваши персональные данные уничтожены",
    "en": "Your personal data have been destroyed",
}
MAIL_BODY: Words = {
    "kk": (
        "Сәлеметсіз бе!\n\n{operator}: дербес деректеріңіз {on} күні жойылды.\n"
        "Негіз: {article} – {words}.\n"
        "Акт нөмірі: {number}. Акт қазақ және орыс тілдерінде тіркелген.\n\n"
        "Сіз туралы ештеңе сақталмағандықтан, бұл хатқа жауап бере алмаймыз. "
        "Осы мекенжай да хат жіберілген соң өшіріледі.\n"
    ),
    "ru": (
        "Здравствуйте!\n\n{operator}: Ваши персональные данные уничтожены {on}.\n"
        "Основание: {article} – {words}.\n"
        "Номер акта: {number}. Акт приложен на казахском и русском языках.\n\n"
        "О Вас больше ничего не хранится, поэтому ответить на это письмо нельзя. "
        "Этот адрес удаляется сразу после отправки письма.\n"
    ),
    "en": (
        "Hello,\n\n{operator}: your personal data were destroyed on {on}.\n"
        "Ground: {article} – {words}.\n"
        "Number of the act: {number}. The act is attached in Kazakh and Russian.\n\n"
        "Nothing about you is kept any more, so this message cannot be answered. "
        "This address goes as soon as the message has been sent.\n"
    ),
}


def article(ground: str, language: str) -> str:
    """Return the article of a ground as it is cited in a language.

    >>> article("94-V 18(3-1)", "ru")
    'Закон 94-V, ст. 18 пп. 3-1)'
    """
    return ARTICLE[language].format(item=ground.partition("(")[2].rstrip(")"))


def said(words: Mapping[str, Words], code: str, language: str) -> str:
    """Return the word for a code; a code that is not known stands for itself."""
    return words[code][language] if code in words else code
