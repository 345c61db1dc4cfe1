"""The words of the mail that asks somebody to erase by hand."""

from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed

CONNECTOR_TASK = "connector_task"  # the template of the mail
_SUBJECT = {
    "kk": "Дербес деректерді жою керек: {operator}",
    "ru": "Нужно уничтожить персональные данные: {operator}",
    "en": "Personal data must be destroyed: {operator}",
}
_BODY = {
    "kk": "Сізге жүктелген жерде бір адамның дербес деректерін жою қажет (94-V Заңының 18-бабы).\n\n"
    "Сілтемені ашыңыз: онда кім туралы екені айтылады, сол жерде санаттар бойынша санын жазып растайсыз немесе не "
    "жетіспейтінін айтасыз:\n{address}\n\n"
    "Сілтеме екі апта жарамды, оны ешкімге бермеңіз. Расталғанға дейін әр жұмыс күні еске салынады.\n",
    "ru": "В системе, за которую Вы отвечаете, нужно уничтожить персональные данные одного человека (статья 18 Закона "
    "94-V).\n\n"
    "Откройте ссылку: там сказано, о ком речь, и там Вы подтвердите уничтожение с количеством по категориям или "
    "сообщите, чего не хватает:\n{address}\n\n"
    "Ссылка действует две недели, никому её не передавайте. Напоминание приходит каждый рабочий день до "
    "подтверждения.\n",
    "en": "In the place that you answer for, the personal data of one person must be destroyed (Law 94-V art. 18).\n\n"
    "Open the link: it says whom this is about, and there you confirm with counts by category, or say what is "
    "lacking:\n{address}\n\n"
    "The link is good for two weeks; give it to nobody. You are reminded on every working day until it is confirmed.\n",
}


def task_mail(uow: UnitOfWork, owed: Owed, base_url: str) -> Mail:
    """Write the mail; whom it is about is told on the page alone."""
    name = operator_view(uow).name[owed.language]
    address = f"{base_url}/task/{owed.secret}"
    return Mail(_SUBJECT[owed.language].format(operator=name), _BODY[owed.language].format(address=address))
