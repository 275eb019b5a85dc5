"""The sentences that an operator reads when 1C fails: what happened and what to do, Russian first."""

from __future__ import annotations

from typing import Final, TypedDict


class Told(TypedDict):
    """The texts of an error of our tree."""

    said: str
    todo: str
    en: str
    todo_en: str


_OBJECTS: Final = {
    "Catalog": "Справочник",
    "Document": "Документ",
    "DocumentJournal": "Журнал документов",
    "Constant": "Константа",
    "ExchangePlan": "План обмена",
    "ChartOfAccounts": "План счетов",
    "ChartOfCalculationTypes": "План видов расчета",
    "ChartOfCharacteristicTypes": "План видов характеристик",
    "InformationRegister": "Регистр сведений",
    "AccumulationRegister": "Регистр накопления",
    "CalculationRegister": "Регистр расчета",
    "AccountingRegister": "Регистр бухгалтерии",
    "BusinessProcess": "Бизнес-процесс",
    "Task": "Задача",
}


def object_name(entity: str) -> str:
    """Return an entity set's name as 1C's own lists show it: ``Справочник «Склады»``."""
    prefix, _, name = entity.removesuffix("_RecordType").partition("_")
    return f"{_OBJECTS[prefix]} «{name}»" if name and prefix in _OBJECTS else f"«{entity}»"


def not_published(entity: str) -> Told:
    """Return the text for an entity set that is unknown or not in the interface's composition."""
    name = object_name(entity)
    return {
        "said": f"База 1С не отдаёт через OData объект {entity}: {name}.",
        "todo": "В 1С под полными правами: Администрирование → Синхронизация данных → Настройка стандартного "
        f"интерфейса OData (Автоматический REST-сервис) → вкладка «Состав»: отметьте {name}, нажмите «Сохранить» и "
        "повторите обмен. Если такого объекта в базе нет, выберите другой профиль.",
        "en": f"The 1C base does not publish {entity} over OData.",
        "todo_en": "In 1C with full rights: Administration → Data synchronization → Standard OData interface → "
        f"Composition: tick {name}, save, and run the exchange again. If the base has no such object, choose "
        "another profile.",
    }


def part_missing(entity: str, function: str, answer: str) -> Told:
    """Return the text for a field or a virtual table that the entity lacks."""
    what = f"виртуальной таблицы {function} или поля из запроса" if function else "поля из запроса"
    what_en = f"the virtual table {function} or a field asked for" if function else "a field asked for"
    return {
        "said": f"В базе 1С у объекта {entity} нет {what}. Ответ 1С: «{answer}».",
        "todo": "Сверьте профиль с базой: mi1c check --profile … --link …",
        "en": f'{entity} of the 1C base lacks {what_en}. 1C says: "{answer}".',
        "todo_en": "Compare the profile with the base: mi1c check --profile … --link …",
    }


def no_interface(root: str) -> Told:
    """Return the text for an address at which no OData answers."""
    return {
        "said": f"По адресу {root} нет интерфейса OData.",
        "todo": "Проверьте адрес базы. Если он верен, опубликуйте интерфейс: Конфигуратор → Администрирование → "
        "Публикация на веб-сервере → «Публиковать стандартный интерфейс OData», и задайте его состав.",
        "en": f"There is no OData interface at {root}.",
        "todo_en": "Check the base's address. If it is right, publish the interface: Designer → Administration → "
        'Publishing on a web server → "Publish standard OData interface", and set its composition.',
    }


def no_object(entity: str) -> Told:
    """Return the text for an object that is not there."""
    return {
        "said": f"В базе 1С нет такого объекта: {object_name(entity)}.",
        "todo": "Проверьте, не удалён ли он, и обновите справочники (обмен catalogs).",
        "en": f"The 1C base has no such object of {entity}.",
        "todo_en": "Check whether it was deleted, and read the catalogs again (exchange catalogs).",
    }


def wrong_password(root: str) -> Told:
    """Return the text for HTTP 401."""
    return {
        "said": f"1С не приняла имя пользователя или пароль (адрес {root}).",
        "todo": "Проверьте пользователя 1С и пароль в настройках связи; в 1С у него должна быть включена "
        "«Аутентификация 1С:Предприятия».",
        "en": f"1C did not accept the user or the password (address {root}).",
        "todo_en": "Check the 1C user and password in the link's settings; in 1C the user needs "
        '"1C:Enterprise authentication".',
    }


def no_rights(entity: str) -> Told:
    """Return the text for rights that are missing, whole or for some rows."""
    name = object_name(entity)
    return {
        "said": f"У пользователя 1С нет прав на {name} или на часть его записей.",
        "todo": "Дайте пользователю 1С роль с чтением этого объекта без ограничений на уровне записей (RLS).",
        "en": f"The 1C user has no rights to {entity}, or to some of its rows.",
        "todo_en": "Give the 1C user a role that reads this object without row-level restrictions (RLS).",
    }


def forbidden(root: str) -> Told:
    """Return the text for HTTP 403."""
    return {
        "said": f"Веб-сервер перед 1С запретил доступ (адрес {root}).",
        "todo": "Попросите администратора веб-сервера разрешить доступ с этого компьютера.",
        "en": f"The web server before 1C forbids access (address {root}).",
        "todo_en": "Ask the web server's administrator to allow access from this machine.",
    }


def login_page(root: str) -> Told:
    """Return the text for a login page in place of data."""
    return {
        "said": f"Вместо данных 1С пришла страница входа (адрес {root}).",
        "todo": "Проверьте адрес публикации и то, что она принимает вход по имени и паролю (Basic), а не через форму "
        "или OpenID.",
        "en": f"A login page came in place of 1C's data (address {root}).",
        "todo_en": "Check the publication's address, and that it takes user and password (Basic), no form or OpenID.",
    }


def page(root: str, title: str) -> Told:
    """Return the text for a web page in place of data."""
    named = f" «{title}»" if title else ""
    return {
        "said": f"Вместо данных 1С пришла веб-страница{named} (адрес {root}).",
        "todo": "Откройте адрес в браузере: там должен быть ответ OData. Проверьте адрес и прокси.",
        "en": f"A web page{named} came in place of 1C's data (address {root}).",
        "todo_en": "Open the address in a browser: OData should answer there. Check the address and proxies.",
    }


def empty(root: str) -> Told:
    """Return the text for an empty answer where data were due."""
    return {
        "said": f"1С ответила пустотой вместо данных (адрес {root}).",
        "todo": "Повторите обмен; если повторится, посмотрите журнал веб-сервера и журнал регистрации 1С.",
        "en": f"1C answered nothing where data were due (address {root}).",
        "todo_en": "Run the exchange again; if it repeats, look into the web server's log and 1C's event log.",
    }


def half(root: str, where: str) -> Told:
    """Return the text for data that cannot be read to the end."""
    place = f" ({where})" if where else ""
    return {
        "said": f"Ответ 1С не читается: он оборван или устроен иначе, чем обещает OData{place} (адрес {root}).",
        "todo": "Повторите обмен; если повторится, сверьте профиль с базой (mi1c check) и проверьте прокси между ними.",
        "en": f"1C's answer cannot be read: it is cut off or not what OData promises{place} (address {root}).",
        "todo_en": "Run the exchange again; if it repeats, compare the profile with the base (mi1c check) and look at "
        "proxies between.",
    }


def strange(root: str, answer: str) -> Told:
    """Return the text for an error that does not come from 1C's OData service."""
    return {
        "said": f"Веб-сервер 1С ответил ошибкой «{answer}» (адрес {root}).",
        "todo": "Проверьте, открывается ли база, и посмотрите журнал веб-сервера.",
        "en": f'The web server of 1C answered with the error "{answer}" (address {root}).',
        "todo_en": "Check whether the base opens, and look into the web server's log.",
    }


def refused(entity: str, answer: str) -> Told:
    """Return the text for a refusal in 1C's own words."""
    name = object_name(entity) if entity else "запрос"
    return {
        "said": f"1С отказала ({name}): «{answer}».",
        "todo": "Исправьте причину в 1С или в профиле и повторите.",
        "en": f'1C refused ({entity or "the request"}): "{answer}".',
        "todo_en": "Correct the cause in 1C or in the profile, and repeat.",
    }


def changed_meanwhile(entity: str) -> Told:
    """Return the text for an object that somebody else has changed since it was read."""
    return {
        "said": f"{object_name(entity)}: объект изменили в 1С после того, как он был прочитан.",
        "todo": "Ничего не записано. Повторите обмен: он прочитает объект заново.",
        "en": f"An object of {entity} was changed in 1C after it was read.",
        "todo_en": "Nothing was written. Run the exchange again: it reads the object anew.",
    }


def no_session(root: str) -> Told:
    """Return the text for 1C having no free session or licence."""
    return {
        "said": f"1С занята: нет свободного сеанса или лицензии, или вход в базу закрыт (адрес {root}).",
        "todo": "Повторите позже. Если повторяется: уменьшите «connections» в настройках связи, увеличьте poolSize "
        "публикации или освободите лицензию.",
        "en": f"1C is busy: no free session or licence, or the base is closed for logins (address {root}).",
        "todo_en": "Try later. If it repeats: lower \"connections\" in the link's settings, raise the publication's "
        "poolSize, or free a licence.",
    }


def too_large() -> Told:
    """Return the text for a request over the web server's limit."""
    return {
        "said": "Запрос к 1С длиннее, чем разрешает её веб-сервер.",
        "todo": "Увеличьте на веб-сервере предел длины адреса и тела запроса или сократите список (например, складов).",
        "en": "The request to 1C is longer than its web server allows.",
        "todo_en": "Raise the web server's limits for URL and body, or shorten the list (of warehouses, say).",
    }


def no_connection(root: str, why: str) -> Told:
    """Return the text for a connection that was not made: ``why`` is name, refused or timeout."""
    said, en = {
        "name": ("имя сервера не найдено", "the server's name is unknown"),
        "refused": ("сервер не принимает соединения", "the server takes no connection"),
        "timeout": ("сервер не ответил на соединение", "the server did not answer the connection"),
    }[why]
    return {
        "said": f"Нет соединения с 1С: {said} (адрес {root}).",
        "todo": "Проверьте адрес и порт, сеть и работу веб-сервера, затем повторите: обмен ничего не отправил.",
        "en": f"No connection to 1C: {en} (address {root}).",
        "todo_en": "Check address and port, the network and the web server, then repeat: nothing was sent.",
    }


def certificate(root: str) -> Told:
    """Return the text for a TLS certificate that is not trusted."""
    return {
        "said": f"Сертификату сервера 1С нет доверия, или сервер не говорит по HTTPS (адрес {root}).",
        "todo": "Установите корневой сертификат на этот компьютер или отключите проверку (verify) в настройках связи.",
        "en": f"The certificate of the 1C server is not trusted, or it speaks no HTTPS (address {root}).",
        "todo_en": "Install the root certificate on this machine, or switch verify off in the link's settings.",
    }


def late(root: str, seconds: str, *, writes: bool) -> Told:
    """Return the text for an answer that did not come in time."""
    after = _after_a_write() if writes else ("Проверьте, открыта ли база, и повторите.", "Check the base and repeat.")
    return {
        "said": f"1С не ответила за {seconds} с (адрес {root}).",
        "todo": after[0],
        "en": f"1C did not answer within {seconds} s (address {root}).",
        "todo_en": after[1],
    }


def no_answer(root: str, *, writes: bool, why: str = "") -> Told:
    """Return the text for a connection that broke after the request had left."""
    cause, cause_en = (f"ответ {why}", f"answer {why}") if why else ("соединение оборвалось", "the connection broke")
    after = _after_a_write() if writes else ("Повторите: обмен ничего не изменил.", "Repeat: nothing was changed.")
    return {
        "said": f"1С не дала ответа на запрос: {cause} (адрес {root}).",
        "todo": after[0],
        "en": f"1C gave no answer to the request: {cause_en} (address {root}).",
        "todo_en": after[1],
    }


def _after_a_write() -> tuple[str, str]:
    return (
        "Запись могла состояться: перед повтором объект надо найти в 1С.",
        "The write may have been carried out: look the object up in 1C before repeating.",
    )


def moving(entity: str) -> Told:
    """Return the text for a base that changes between the pages of one reading."""
    return {
        "said": f"{object_name(entity)}: данные в 1С менялись во время чтения, страницы не сходятся.",
        "todo": "Обмен ничего не отправил. Повторите его, лучше когда в базе меньше работают, или включите чтение по "
        "ключу (paging: keyset).",
        "en": f"{entity}: the data of 1C changed while they were read, the pages do not meet.",
        "todo_en": "Nothing was sent. Run the exchange again, at a quieter time, or switch keyset paging on.",
    }


def not_exact(entity: str, source: str, key: str, value: str) -> Told:
    """Return the text for a number that cannot be carried exactly."""
    return {
        "said": f"{object_name(entity)}, запись {key}: число {value} в поле {source} больше 8,5 млрд или имеет больше "
        "6 знаков после запятой.",
        "todo": "Исправьте число в 1С и повторите обмен.",
        "en": f"{entity}, row {key}: the number {value} in {source} is over 8.5 milliards or has more than 6 decimals.",
        "todo_en": "Correct the number in 1C and run the exchange again.",
    }


def moved(root: str, location: str) -> Told:
    """Return the text for a redirect; ``location`` comes without credentials and query."""
    return {
        "said": f"Адрес 1С переехал: вместо ответа пришло перенаправление на «{location}» (адрес {root}).",
        "todo": "Укажите в настройках связи конечный адрес (например, https:// вместо http://).",
        "en": f'1C\'s address has moved: a redirect to "{location}" came in place of an answer (address {root}).',
        "todo_en": "Enter the final address in the link's settings (https:// in place of http://, say).",
    }


def unfit(entity: str, source: str, key: str) -> Told:
    """Return the text for a value that is not of the kind that the profile says."""
    return {
        "said": f"{object_name(entity)}, запись {key}: значение поля {source} не того вида, который указан в профиле.",
        "todo": "Сверьте профиль с базой: mi1c check --profile … --link …",
        "en": f"{entity}, row {key}: the value of {source} is not of the kind that the profile says.",
        "todo_en": "Compare the profile with the base: mi1c check --profile … --link …",
    }


def no_paging(entity: str) -> Told:
    """Return the text for a server that does not keep to the page that was asked for."""
    return {
        "said": f"{object_name(entity)}: ответ 1С не соблюдает границы страницы ($top, $filter).",
        "todo": "Проверьте, что между MI1C и 1С нет прокси, который меняет запросы.",
        "en": f"{entity}: 1C's answer does not keep to the page that was asked for ($top, $filter).",
        "todo_en": "Check that no proxy between MI1C and 1C changes the requests.",
    }


def no_file(path: str) -> Told:
    """Return the text for a file that is not there."""
    return {
        "said": f"Файла {path} нет.",
        "todo": "Проверьте путь.",
        "en": f"There is no file {path}.",
        "todo_en": "Check the path.",
    }


def no_metadata(shown: str) -> Told:
    """Return the text for something else than a whole ``$metadata``."""
    return {
        "said": f"Описание базы ($metadata) не читается: это не EDMX, или оно оборвано ({shown}).",
        "todo": "Получите его заново: адрес OData базы и /$metadata на конце, сохраните ответ целиком.",
        "en": f"The description of the base ($metadata) cannot be read: no EDMX, or cut off ({shown}).",
        "todo_en": "Get it again: the base's OData address with /$metadata at its end, saved whole.",
    }
