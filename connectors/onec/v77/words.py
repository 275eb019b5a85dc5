"""The sentences that an operator reads when a 7.7 base cannot be read: what happened and what to do, Russian first."""

from __future__ import annotations

from typing import TypedDict


class Told(TypedDict):
    """The texts of an error of our tree."""

    said: str
    todo: str
    en: str
    todo_en: str


def no_file(path: str) -> Told:
    """Return the text for a file that is not there."""
    return {
        "said": f"Файла {path} нет.",
        "todo": "Проверьте путь к каталогу базы 1С 7.7 и доступ к нему.",
        "en": f"There is no file {path}.",
        "todo_en": "Check the path of the 7.7 base's folder and the access to it.",
    }


def held(path: str) -> Told:
    """Return the text for a file that 1C holds in exclusive mode."""
    return {
        "said": f"Файл {path} занят или закрыт для чтения: база открыта в монопольном режиме, или нет прав.",
        "todo": "Дождитесь выхода из монопольного режима и повторите; если повторится, проверьте права на каталог.",
        "en": f"The file {path} is held or closed for reading: exclusive mode, or no rights.",
        "todo_en": "Wait until the exclusive mode ends and repeat; if it fails again, check the rights to the folder.",
    }


def unreadable(path: str, why: str) -> Told:
    """Return the text for a file that the system did not read."""
    return {
        "said": f"Файл {path} не прочитан: {why}.",
        "todo": "Проверьте диск и сеть и повторите.",
        "en": f"The file {path} was not read: {why}.",
        "todo_en": "Check the disk and the network, and repeat.",
    }


def no_dbf(name: str) -> Told:
    """Return the text for a file that is no DBF."""
    return {
        "said": f"Файл {name} не читается как DBF: его заголовок повреждён.",
        "todo": "В 1С 7.7: Конфигуратор → Администрирование → Тестирование и исправление ИБ. Затем повторите.",
        "en": f"The file {name} is no DBF: its head is damaged.",
        "todo_en": "In 1C 7.7 run the Designer's test and repair of the base, then repeat.",
    }


def cut_off(name: str) -> Told:
    """Return the text for a DBF with fewer bytes than its head promises."""
    return {
        "said": f"Файл {name} оборван: в нём меньше записей, чем обещает заголовок.",
        "todo": "Повторите чтение; если повторится, проверьте базу в Конфигураторе (Тестирование и исправление ИБ).",
        "en": f"The file {name} is cut off: it has fewer records than its head promises.",
        "todo_en": "Read again; if it repeats, test and repair the base in the Designer.",
    }


def damaged_record(name: str, number: int) -> Told:
    """Return the text for a record that does not begin with a deletion mark."""
    return {
        "said": f"Файл {name}, запись {number}: запись повреждена.",
        "todo": "Проверьте базу в Конфигураторе (Тестирование и исправление ИБ) и повторите.",
        "en": f"The file {name}, record {number}: the record is damaged.",
        "todo_en": "Test and repair the base in the Designer, then repeat.",
    }


def other_structure(name: str) -> Told:
    """Return the text for a file that lacks fields of the dictionary."""
    return {
        "said": f"Структура файла {name} не совпадает со словарём базы (1Cv7.DD).",
        "todo": "Обновите структуру: откройте базу монопольно в 1С 7.7 после изменения конфигурации, затем повторите.",
        "en": f"The structure of {name} differs from the base's dictionary (1Cv7.DD).",
        "todo_en": "Open the base in exclusive mode after the change of its configuration, then repeat.",
    }


def no_dictionary(name: str) -> Told:
    """Return the text for a dictionary that cannot be read."""
    return {
        "said": f"Словарь базы {name} не читается.",
        "todo": "Возьмите 1Cv7.DD из каталога этой базы; если он повреждён, сохраните конфигурацию заново.",
        "en": f"The base's dictionary {name} cannot be read.",
        "todo_en": "Take 1Cv7.DD from the folder of this base; saving the configuration makes it anew.",
    }


def names_missing(what: str) -> Told:
    """Return the text for names that the base does not have."""
    return {
        "said": f"В базе 1С 7.7 нет того, что нужно профилю ({what}).",
        "todo": "Исправьте имена в профиле связи или выберите профиль другой конфигурации.",
        "en": f"The 7.7 base lacks what the profile needs ({what}).",
        "todo_en": "Mend the names in the link's profile, or choose another configuration's profile.",
    }


def moving(folder: str, attempts: int) -> Told:
    """Return the text for a base that changes while it is copied."""
    return {
        "said": f"База 1С 7.7 ({folder}) менялась при каждой из {attempts} попыток скопировать таблицы.",
        "todo": "Ничего не отправлено. Повторите обмен, когда в базе меньше работают.",
        "en": f"The 7.7 base ({folder}) changed during each of {attempts} attempts to copy its tables.",
        "todo_en": "Nothing was sent. Run the exchange again at a quieter time.",
    }


def two_files(name: str) -> Told:
    """Return the text for two files whose names differ only in case."""
    return {
        "said": f"В каталоге базы два файла {name}: имена отличаются только регистром букв.",
        "todo": "Уберите лишний файл из каталога базы.",
        "en": f"The base's folder has two files {name}, different only in case.",
        "todo_en": "Remove the one that is not of the base.",
    }


def unfit(entity: str, source: str, key: str, text: str) -> Told:
    """Return the text for a value that is not of the kind that the profile says."""
    return {
        "said": f"{entity}, запись {key}: значение «{text}» поля {source} не того вида, который указан в профиле.",
        "todo": "Сверьте профиль с базой или исправьте запись в 1С.",
        "en": f"{entity}, row {key}: the value of {source} is not of the kind that the profile says.",
        "todo_en": "Compare the profile with the base, or correct the record in 1C.",
    }


def unfit_cell(text: str) -> Told:
    """Return the text for a value of a system table that is not of its column's type."""
    return {
        "said": f"В файле базы 1С 7.7 значение «{text}» не того типа, который обещает поле.",
        "todo": "Проверьте базу в Конфигураторе (Тестирование и исправление ИБ) и повторите.",
        "en": f"A file of the 7.7 base has the value {text!r}, which is not of its field's type.",
        "todo_en": "Test and repair the base in the Designer, then repeat.",
    }


def not_exact(entity: str, source: str, key: str, text: str) -> Told:
    """Return the text for a number that millionths do not hold."""
    return {
        "said": f"{entity}, запись {key}: число {text} в поле {source} не помещается в миллионные доли.",
        "todo": "Исправьте число в 1С и повторите обмен.",
        "en": f"{entity}, row {key}: the number {text} in {source} does not fit into millionths.",
        "todo_en": "Correct the number in 1C and run the exchange again.",
    }


def totals_differ(register: str, period: str, rows: int) -> Told:
    """Return the text for totals that are not the sum of their movements."""
    return {
        "said": f"{register}: итоги на конец {period} не сходятся с движениями (строк с разницей: {rows}).",
        "todo": "Возможно, документы перепроводятся задним числом: повторите позже. Если повторится, в 1С 7.7 "
        "пересчитайте итоги (Управление оперативными итогами → Полный пересчёт).",
        "en": f"{register}: the totals at the end of {period} are not the sum of the movements ({rows} rows differ).",
        "todo_en": "Documents may be being posted anew: try later. If it repeats, recalculate the totals in 1C.",
    }


def no_periods(register: str) -> Told:
    """Return the text for a moment before the first totals."""
    return {
        "said": f"{register}: на заданный момент в базе нет итогов.",
        "todo": "Задайте момент позже первого месяца, за который в базе есть итоги.",
        "en": f"{register}: the base has no totals for that moment.",
        "todo_en": "Give a moment after the first month that the base has totals for.",
    }


def half_a_text(field: str, key: str) -> Told:
    """Return the text for a long string with missing blocks."""
    return {
        "said": f"Длинная строка поля {field} у записи {key} повреждена: не хватает блоков.",
        "todo": "Проверьте базу в Конфигураторе (Тестирование и исправление ИБ) или уберите поле из профиля.",
        "en": f"The long string {field} of {key} is damaged: blocks are missing.",
        "todo_en": "Test and repair the base in the Designer, or take the field out of the profile.",
    }


def bad_condition(text: str) -> Told:
    """Return the text for a condition of a reading that cannot be understood."""
    return {
        "said": f"Условие отбора «{text}» не понято.",
        "todo": "Пишите: Поле = значение и Поле >= 2026-11-01; значения: 'текст', число, дата, да, нет.",
        "en": f"The condition {text!r} is not understood.",
        "todo_en": "Write: Field = value and Field >= 2026-11-01; values: 'text', number, date, да, нет.",
    }
