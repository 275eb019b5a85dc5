"""What things are called on the pages, in Russian; the English ones are in the dictionary."""

from __future__ import annotations

from typing import Final

from ledger.states import RUSSIAN as PARCEL_STATES
from mappings.worklist import Queue

EXCHANGES: Final = {
    "goods": "Классификатор товаров",
    "catalogs": "Справочники 1С",
    "stock": "Остатки",
    "outlets": "Торговые точки",
    "orders": "Заказы",
    "statuses": "Статусы заказов",
    "shipments": "Отгрузки",
    "own_goods": "Наши товары",
    "prices": "Цены",
    "confirmations": "Подтверждения",
    "suggest": "Подбор соответствий",
    "trial": "Тестовый запуск",
}

ORDER_STATES: Final = {
    "received": "получен",
    "parked": "отложен",
    "conflict": "спорный",
    "creating": "создаётся",
    "written": "записан, не проведён",
    "changed": "изменён производителем",
    "created": "создан",
    "answered": "создан, производитель извещён",
    "closed": "завершён",
    "refused": "отказано",
    "deleted": "документ удалён в 1С",
}

QUEUES: Final = {
    Queue.GREEN: "Уверенные",
    Queue.CHECK: "Проверить",
    Queue.NONE: "Без пары",
    Queue.LATER: "Отложенные",
    Queue.CONFLICT: "Спорные",
    Queue.CHANGED: "Изменились",
    Queue.DONE: "Решённые",
}

QUEUE_HELP: Final = {
    Queue.GREEN: "Лучший кандидат почти наверняка верен. Их можно подтвердить пакетом.",
    Queue.CHECK: "Кандидат есть, но решить должен человек.",
    Queue.NONE: "Ни один кандидат не подходит. Если пары действительно нет, отметьте это клавишей N.",
    Queue.LATER: "Отложены клавишей S. Решите их, когда узнаете, что это.",
    Queue.CONFLICT: "На один товар производителя претендуют несколько наших или ключи противоречат друг другу.",
    Queue.CHANGED: "С подтверждения изменилось наименование или единица. Пара действует: проверьте её.",
    Queue.DONE: "Решения приняты. Любое можно отменить в истории строки.",
}

KINDS: Final = {"good": "Товары", "unit": "Единицы", "counterparty": "Контрагенты", "outlet": "Торговые точки"}
KIND_PATHS: Final = {"goods": "good", "units": "unit", "counterparties": "counterparty", "outlets": "outlet"}
PATHS: Final = {kind: path for path, kind in KIND_PATHS.items()}

DIRECTIONS: Final = {"out": "отправлено", "in": "получено"}

SOURCES: Final = {
    "barcode": "по штрихкоду",
    "code": "по коду производителя",
    "inn": "по ИНН",
    "address": "по адресу",
    "import": "из файла",
    "person": "вручную",
}

ACTIONS: Final = {"pair": "пара подтверждена", "no_pair": "пары нет", "later": "отложено"}
VERDICTS: Final = {"right": "верно", "wrong": "неверно", "unsure": "не ясно"}

COUNTS: Final = {
    "read": "прочитано строк",
    "sent": "отправлено строк",
    "lines": "строк в сообщениях",
    "left_out": "не выгружается по правилам",
    "unmatched": "ждёт соответствия",
    "refused": "отклонено",
    "added": "добавлено нулевых",
    "documents": "документов",
    "documents_added": "новых документов",
    "documents_changed": "изменено документов",
    "documents_gone": "исчезло документов",
    "late": "изменено вне окна",
}


REASONS: Final = {
    "good": "товар не сопоставлен",
    "unit": "единица не сопоставлена",
    "outlet": "точка не сопоставлена",
    "counterparty": "контрагент не сопоставлен",
    "warehouse": "склад не выбран",
    "price": "цена",
    "blocked": "точка в стоп-листе",
    "quantity": "количество",
    "vat": "ставка НДС",
    "sum": "сумма не сходится",
    "outlet_choice": "несколько точек",
    "good_choice": "несколько товаров",
    "outlet_conflict": "спор о точке",
    "required": "не хватает реквизита",
}

TOTALS: Final = {
    "read": "сумма количеств, прочитано",
    "converted": "после пересчёта единиц",
    "kept": "из прочитанного выгружается",
    "sent": "сумма количеств, выгружено",
    "rounding": "разница от округления строк",
    "amount_read": "сумма с НДС, прочитано",
    "amount_sent": "сумма с НДС, выгружается",
    "unknown batches": "партий, которых нет в справочнике",
    "prices": "цен",
    "sum": "сумма цен",
    "goods": "товаров",
    "value": "стоимость остатков по последним ценам",
    "matched_value": "из неё сопоставлено",
}


def state_word(name: str) -> str:
    """Return how a state of a parcel or a message is called."""
    return PARCEL_STATES.get(name, name)


def order_word(name: str) -> str:
    """Return how a state of an order is called."""
    return ORDER_STATES.get(name, name)
