"""What the OData interface refuses: HTTP status, 1C's code (a string, "-1" for handlers and internals), a text."""

from __future__ import annotations


class Refusal(Exception):
    """One refusal; ``code`` is 1C's own, "" where the web server answers instead of 1C (then the body is HTML)."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def unparsed(value: object, edm: str) -> Refusal:
    """Refuse a value that is not of its type."""
    return Refusal(400, "1", f"Не удалось разобрать строку '{value}' как значение типа {edm}!")


def bad_value(name: str) -> Refusal:
    """Refuse a value that its property cannot take."""
    return Refusal(400, "4", f"Недопустимое значение свойства '{name}'")


def no_segment(name: str) -> Refusal:
    """Refuse a name that is no property, navigation or function here."""
    return Refusal(400, "6", f"Сегмент пути {name} не найден!")


def no_method(name: str) -> Refusal:
    """Refuse a function that this set does not have."""
    return Refusal(400, "6", f"Метод не найден: {name}")


def no_set(name: str) -> Refusal:
    """Refuse a set that does not exist or is not published: 1C says the same of both."""
    return Refusal(404, "8", f"Сущность '{name}' не найдена")


def no_instance() -> Refusal:
    """Refuse a key that nothing has."""
    return Refusal(404, "9", "Экземпляр сущности не найден")


def bad_option(name: str) -> Refusal:
    """Refuse a query option that cannot be parsed."""
    return Refusal(400, "14", f"Ошибка при разборе опции запроса {name}")


def not_allowed_here() -> Refusal:
    """Refuse an operation that the query language does not know: a literal plus, a compound key in a filter."""
    return Refusal(500, "-1", 'Операция не разрешена в предложении "ГДЕ"')


def unsupported(what: str) -> Refusal:
    """Refuse what the interface does not implement."""
    return Refusal(501, "0", what)


def internal(detail: str = "") -> Refusal:
    """Fail inside, as 1C does on bodies that it did not expect."""
    return Refusal(500, "-1", f"Произошла внутренняя ошибка OData сервиса. {detail}".strip())


def handler_failed(handler: str, text: str) -> Refusal:
    """Fail in an event handler of the configuration."""
    return Refusal(500, "-1", f"Ошибка при выполнении обработчика - '{handler}'\nпо причине:\n{text}")
