"""What kinds, states and classes are called on pages and on paper, in Kazakh, Russian and English."""

from collections.abc import Sequence
from enum import StrEnum

from consent_service.accounts.words import ROLES
from consent_service.consents.states import EvidenceGrade
from consent_service.governance.states import EntryKind, SizeClass
from consent_service.incidents.states import IncidentState, Outcome
from consent_service.letters.states import LetterKind, LetterState
from consent_service.subject_requests.states import RequestChannel, RequestState
from consent_service.withdrawals.states import Bar, WithdrawalChannel, WithdrawalState

_NAMES: Sequence[tuple[StrEnum, tuple[str, str, str]]] = (
    (EntryKind.DPO_ORDER, (
        "Дербес деректерге жауапты адамды тағайындау туралы бұйрық",
        "Приказ о назначении ответственного за персональные данные",
        "Order appointing the person in charge of personal data",
    )),
    (EntryKind.BRIEFING, ("Қызметкерлерге нұсқама беру", "Инструктаж работников", "Briefing of staff")),
    (EntryKind.ACCESS, ("Дербес деректерге қолжетімділік", "Доступ к персональным данным", "Access to personal data")),
    (EntryKind.START_NOTICE, (
        "Уәкілетті органға өңдеу басталғанға дейінгі хабарлама",
        "Уведомление уполномоченного органа до начала обработки",
        "Notice to the authorised body before the start",
    )),
    (EntryKind.STOP_NOTICE, (
        "Уәкілетті органға өңдеу тоқтатылғанға дейінгі хабарлама",
        "Уведомление уполномоченного органа до прекращения обработки",
        "Notice to the authorised body before the stop",
    )),
    (EntryKind.OTHER, ("Өзге жазба", "Иная запись", "Another entry")),
    (SizeClass.SMALL, ("шағын оператор", "малый оператор", "small operator")),
    (SizeClass.MEDIUM, ("орта оператор", "средний оператор", "medium operator")),
    (SizeClass.LARGE, ("ірі оператор", "крупный оператор", "large operator")),
    *((role, (words["kk"], words["ru"], words["en"])) for role, words in ROLES.items()),
    (EvidenceGrade.WIDGET_SIGNED, ("виджет қол қойған", "подписано виджетом", "signed by the widget")),
    (EvidenceGrade.SITE_ATTESTED, ("сайт растаған", "подтверждено сайтом", "attested by the site")),
    (EvidenceGrade.OPERATOR_RECORDED, ("оператор жазған", "записано оператором", "recorded by the operator")),
    (EvidenceGrade.IMPORTED, (
        "оператор файлдан енгізген", "внесено оператором из файла", "brought in by the operator from a file",
    )),
    (WithdrawalState.RECEIVED, ("алынды", "получен", "received")),
    (WithdrawalState.SCHEDULED, ("қабылданды, күшіне енеді", "принят, вступит в силу", "accepted, takes effect later")),
    (WithdrawalState.EFFECTIVE, ("күшінде, жою тапсырылды", "в силе, данные к уничтожению", "in effect, data to go")),
    (WithdrawalState.ERASING, ("деректер жойылуда", "данные уничтожаются", "data are being erased")),
    (WithdrawalState.REFUSED, ("бас тартылды", "отказано", "refused")),
    (WithdrawalState.CLOSED, ("аяқталды", "закрыт", "closed")),
    (WithdrawalState.CANCELLED, ("өтініш қайтарып алынды", "взят обратно", "taken back")),
    (WithdrawalChannel.REGISTERED_MAIL, ("тапсырыс хат", "заказное письмо", "registered mail")),
    (WithdrawalChannel.WRITTEN_APPLICATION, ("жазбаша өтініш", "письменное заявление", "written application")),
    (WithdrawalChannel.EMAIL, ("электрондық пошта", "электронная почта", "e-mail")),
    (WithdrawalChannel.PLATFORM, ("платформада", "на платформе", "on the platform")),
    (WithdrawalChannel.FORM, ("нысан", "форма", "form")),
    (WithdrawalChannel.PHONE, ("телефон", "телефон", "phone")),
    (Bar.LAW, ("заңға қайшы (8-бап 2-т.)", "противоречит закону (ст. 8 п. 2)", "contradicts a law (art. 8(2))")),
    (Bar.OBLIGATION, (
        "орындалмаған міндеттеме (8-бап 2-т.)",
        "неисполненное обязательство (ст. 8 п. 2)",
        "unfulfilled obligation (art. 8(2))",
    )),
    (Bar.STORAGE_REQUIRED, (
        "заң сақтауды талап етеді (8-бап 7-т.)",
        "закон требует хранения (ст. 8 п. 7)",
        "a law requires storage (art. 8(7))",
    )),
    (LetterKind.WITHDRAWAL_REFUSAL, (
        "кері қайтарып алудан бас тарту", "отказ в отзыве согласия", "refusal of a withdrawal",
    )),
    (LetterKind.WITHDRAWAL_ANSWER, (
        "кері қайтарып алуға жауап", "ответ на отзыв согласия", "answer to a withdrawal",
    )),
    (LetterKind.REQUEST_ANSWER, ("өтінімге жауап", "ответ на запрос", "answer to a request")),
    (LetterKind.REQUEST_REFUSAL, ("өтінімнен бас тарту", "отказ по запросу", "refusal of a request")),
    (LetterKind.CHANGE_NOTICE, ("жаңа редакция туралы", "о новой редакции", "notice of a new version")),
    (LetterKind.BREACH_NOTICE, ("инцидент туралы", "об инциденте", "notice of an incident")),
    (LetterKind.RECIPIENT_NOTICE, ("алушыға хабарлама", "уведомление получателю", "notice to a recipient")),
    (LetterKind.TRANSFER_NOTICE, ("беру туралы", "о передаче", "notice of a transfer")),
    (LetterKind.AUTHORITY_NOTICE, ("уәкілетті органға", "уполномоченному органу", "notice to the authorised body")),
    (LetterKind.OTHER, ("өзге хат", "иное письмо", "another letter")),
    (LetterState.WRITTEN, ("жіберілуге тиіс", "к отправке", "to be sent")),
    (LetterState.SENT, ("жіберілді", "отправлено", "sent")),
    (RequestState.RECEIVED, ("кім сұрағаны белгісіз", "заявитель не установлен", "not known who asks")),
    (RequestState.IDENTIFYING, ("код жіберілді", "отправлен код", "a code was sent")),
    (RequestState.IN_PROGRESS, ("қаралуда", "рассматривается", "to be answered")),
    (RequestState.ANSWERED, ("жауап берілді", "дан ответ", "answered")),
    (RequestState.REFUSED, ("бас тартылды", "отказано", "refused")),
    (RequestState.CLOSED, ("аяқталды", "закрыто", "closed")),
    (RequestChannel.REGISTERED_MAIL, ("тапсырыс хат", "заказное письмо", "registered mail")),
    (RequestChannel.WRITTEN_APPLICATION, ("жазбаша өтініш", "письменное заявление", "written application")),
    (RequestChannel.EMAIL, ("электрондық пошта", "электронная почта", "e-mail")),
    (RequestChannel.PLATFORM, ("платформада", "на платформе", "on the platform")),
    (RequestChannel.FORM, ("нысан", "форма", "form")),
    (RequestChannel.PHONE, ("телефон", "телефон", "phone")),
    (IncidentState.DETECTED, ("анықталды", "выявлен", "detected")),
    (IncidentState.NOTICE_WRITTEN, ("хабарлама жазылды", "уведомление написано", "the notice is written")),
    (IncidentState.CLOSED, ("жабылды", "закрыт", "closed")),
    (Outcome.RESOLVED, ("шешілді", "устранён", "resolved")),
    (Outcome.NO_BREACH, ("бұзушылық болмаған", "нарушения не было", "no breach")),
    (LetterState.RETURNED, ("қайтып келді", "вернулось", "came back")),
)  # fmt: skip
# Members of two enumerations may be the same word, so the type stands in the key.
_BY_TYPE = {(type(member), member): names for member, names in _NAMES}
_PLACES = {"kk": 0, "ru": 1, "en": 2}


def name_of(member: StrEnum, language: str) -> str:
    """Return what a kind, state or class is called.

    >>> name_of(SizeClass.LARGE, "kk"), name_of(LetterKind.OTHER, "en")
    ('ірі оператор', 'another letter')
    """
    names = _BY_TYPE.get((type(member), member))
    return str(member) if names is None else names[_PLACES[language]]
