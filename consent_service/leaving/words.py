"""The words of the index of an export, in Kazakh and Russian."""

from collections.abc import Mapping, Sequence

from consent_service.exports.states import ExportReason

LANGUAGES = ("kk", "ru")
WORDS: Mapping[str, Mapping[str, str]] = {
    "kk": {
        "title": "Оператор деректерінің толық көшірмесі: тізімдеме",
        "operator": "Оператор",
        "identifier": "БСН",
        "because": "Себебі",
        "made": "Жасалған уақыты",
        "almaty": "Алматы уақыты",
        "what": (
            "Сервисте осы оператор туралы сақталған деректердің бәрі бір сәттегі күйінде берілген. "
            "Әр кесте жеке файлда: UTF-8, әр жол бір JSON объектісі (NDJSON), уақыт UTC бойынша. "
            "Дербес деректер ашық түрде жазылған: көшірмені құпия құжат ретінде сақтаңыз."
        ),
        "texts": "Құжаттардың мәтіндері, барлық редакциялары",
        "texts_place": "texts/",
        "files": "Субъектілер жіберген файлдар",
        "files_place": "files/",
        "events": "Журнал оқиғалары",
        "events_place": "ledger/events.jsonl",
        "unopened": "{lines} жолда деректер ашылмайды: олардың кілті жойылған.",
        "left_out": (
            "Көшірмеге кілттер, құпиясөздер мен хеш мәндері, бірнеше минут қана сақталатын жазбалар және бүкіл "
            "орнатуға ортақ кестелер кірмейді; толық тізімі tables.json файлында."
        ),
        "check": (
            "Әр файлдың SHA-256 бақылау қосындысы manifest.json тізімінде. Тізімге сервис қол қойған: manifest.jwt, "
            "ашық кілті jwks.json. Бір файл өзгерсе, қосындысы сәйкес келмейді."
        ),
        "ledger": (
            "ledger бумасын kelisim_verifier.py бағдарламасы сервиссіз тексереді; журналдардың ашық кілттері "
            "ledger/export.json файлында."
        ),
    },
    "ru": {
        "title": "Полная выгрузка данных оператора: опись",
        "operator": "Оператор",
        "identifier": "БИН",
        "because": "Причина",
        "made": "Составлена",
        "almaty": "время Алматы",
        "what": (
            "Здесь всё, что сервис хранит об этом операторе, на один момент времени. "
            "Каждая таблица лежит в своём файле: UTF-8, в строке один объект JSON (NDJSON), время в UTC. "
            "Персональные данные записаны открыто: храните выгрузку как конфиденциальный документ."
        ),
        "texts": "Тексты документов, все редакции",
        "texts_place": "texts/",
        "files": "Файлы, присланные субъектами",
        "files_place": "files/",
        "events": "События журнала",
        "events_place": "ledger/events.jsonl",
        "unopened": "В строках, числом {lines}, данные не открываются: их ключ уничтожен.",
        "left_out": (
            "В выгрузку не входят ключи, пароли и хеши, записи, которые хранятся минуты, и таблицы, общие для всей "
            "установки; полный перечень в файле tables.json."
        ),
        "check": (
            "Контрольная сумма SHA-256 каждого файла стоит в manifest.json. Список подписан сервисом: manifest.jwt, "
            "открытый ключ в jwks.json. Если файл изменён, его сумма не сойдётся."
        ),
        "ledger": (
            "Папку ledger проверяет программа kelisim_verifier.py без сервиса; открытые ключи журналов стоят в файле "
            "ledger/export.json."
        ),
    },
}
HEADS: Mapping[str, Sequence[str]] = {
    "kk": ("Не туралы", "Файл", "Жолдар"),
    "ru": ("О чём", "Файл", "Строк"),
}
REASONS: Mapping[str, Mapping[ExportReason, str]] = {
    "kk": {
        ExportReason.CONTRACT_END: "шарттың аяқталуы",
        ExportReason.OTHER_SERVICE: "басқа сервиске көшу",
        ExportReason.OWN_ARCHIVE: "өз мұрағаты үшін",
        ExportReason.AUTHORITY: "уәкілетті органның немесе соттың талабы",
    },
    "ru": {
        ExportReason.CONTRACT_END: "окончание договора",
        ExportReason.OTHER_SERVICE: "переход в другой сервис",
        ExportReason.OWN_ARCHIVE: "для собственного архива",
        ExportReason.AUTHORITY: "требование уполномоченного органа или суда",
    },
}
GROUP_NAMES: Mapping[str, Mapping[str, str]] = {
    "kk": {
        "operator": "Оператор, баптаулары",
        "staff": "Қызметкерлер",
        "documents": "Құжаттар мен редакциялар",
        "forms": "Сайттардың нысандары",
        "people": "Субъектілер және олардың дербес деректері",
        "consents": "Келісімдер",
        "withdrawals": "Келісімді кері қайтарып алу",
        "requests": "Өтініштер",
        "duties": "Міндеттер мен мерзімдер",
        "letters": "Хаттар мен хабарлар",
        "recipients": "Үшінші тұлғаларға беру",
        "erasures": "Жою тапсырмалары мен актілері",
        "storage": "Сақтау мерзімдері",
        "incidents": "Инциденттер",
        "registers": "Тізілімдер",
        "imports": "Бұрынғы келісімдерді енгізу",
        "webhooks": "Вебхук хабарлары",
        "figures": "Күндік сандар",
    },
    "ru": {
        "operator": "Оператор, настройки",
        "staff": "Сотрудники",
        "documents": "Документы и редакции",
        "forms": "Формы сайтов",
        "people": "Субъекты и их персональные данные",
        "consents": "Согласия",
        "withdrawals": "Отзывы согласия",
        "requests": "Обращения",
        "duties": "Обязанности и сроки",
        "letters": "Письма и сообщения",
        "recipients": "Передача третьим лицам",
        "erasures": "Поручения и акты об уничтожении",
        "storage": "Сроки хранения",
        "incidents": "Инциденты",
        "registers": "Реестры",
        "imports": "Внесение прежних согласий",
        "webhooks": "Сообщения вебхуков",
        "figures": "Показатели по дням",
    },
}
