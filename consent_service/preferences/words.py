"""The mail that brings a link to a person's own page, or says that there is none to bring."""

from collections.abc import Mapping

Words = Mapping[str, str]
PREFERENCE_LINK = "preference_link"
SUBJECT: Words = {
    "kk": "Келісімдеріңіз: {operator}",
    "ru": "Ваши согласия: {operator}",
    "en": "Your consents: {operator}",
}
BODY: Words = {
    "kk": (
        "Сәлеметсіз бе!\n\n"
        "Келісімдеріңіз беті сұралды. Осы сілтеме бойынша сіз келісімдеріңізді көріп, өзгерте аласыз:\n\n"
        "{link}\n\n"
        "Сілтеме бір сағат жарамды. Оны ешкімге бермеңіз. Сұраған сіз болмасаңыз, бұл хатты елемеңіз: ештеңе "
        "өзгерген жоқ.\n"
    ),
    "ru": (
        "Здравствуйте!\n\n"
        "Запрошена страница Ваших согласий. По этой ссылке их можно посмотреть и изменить:\n\n"
        "{link}\n\n"
        "Ссылка действует один час. Никому её не передавайте. Если запрос был не от Вас, ничего делать не нужно: "
        "ничего не изменилось.\n"
    ),
    "en": (
        "Hello,\n\n"
        "the page of your consents was asked for. Under this address you can see and change them:\n\n"
        "{link}\n\n"
        "It is good for one hour. Give it to nobody. If it was not you who asked, do nothing: nothing has changed.\n"
    ),
}
NOBODY: Words = {
    "kk": (
        "Сәлеметсіз бе!\n\n"
        "Осы пошта мекенжайы үшін келісімдер беті сұралды. {operator} бұл мекенжай бойынша ешкімді анықтай алмады: ол "
        "мұнда көрсетілмеген немесе оны бірнеше адам пайдаланады.\n\n"
        "Өтінішті немесе келісімді кері қайтарып алуды осы жерден жібере аласыз:\n\n{form}\n\n"
        "Сұраған сіз болмасаңыз, бұл хатты елемеңіз.\n"
    ),
    "ru": (
        "Здравствуйте!\n\n"
        "Для этого адреса запрошена страница согласий. {operator} никого не может определить по этому адресу: он здесь "
        "не указан, или им пользуются несколько человек.\n\n"
        "Отправить обращение или отзыв согласия можно здесь:\n\n{form}\n\n"
        "Если запрос был не от Вас, ничего делать не нужно.\n"
    ),
    "en": (
        "Hello,\n\n"
        "the page of consents was asked for with this address. {operator} can tell nobody by it: it is not on file, or "
        "several people share it.\n\n"
        "You can send a request or a withdrawal here:\n\n{form}\n\n"
        "If it was not you who asked, do nothing.\n"
    ),
}
