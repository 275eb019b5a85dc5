"""The sentences that an operator reads when files of 1C fail: what happened and what to do, Russian first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from foundation.errors import BadAnswer, NotPublished, TooLarge

if TYPE_CHECKING:
    from mappings.model import Reading

MIB = 1024 * 1024


class Told(TypedDict):
    """The texts of an error of our tree."""

    said: str
    todo: str
    en: str
    todo_en: str


_AGAIN = "Повторите выгрузку из 1С."
_AGAIN_EN = "Run the upload from 1C again."


class Unfinished(BadAnswer):
    """A file ends before its end: it may still be on its way."""


def empty() -> BadAnswer:
    """Return the error for a file with nothing in it."""
    return Unfinished("Файл пуст.", en="The file is empty.", todo=_AGAIN, todo_en=_AGAIN_EN)


def not_commerceml(root: str) -> BadAnswer:
    """Return the error for what is another XML, HTML or no XML at all; ``root`` is the first element's name."""
    found = f"первый элемент <{root}>" if root else "это не XML"
    return BadAnswer(
        f"Это не CommerceML: {found}.",
        en=f"This is not CommerceML: {f'its first element is <{root}>' if root else 'no XML'}.",
        todo="Уберите файл из папки обмена или проверьте настройку выгрузки в 1С: нужен формат CommerceML 2.",
        todo_en="Remove the file from the exchange folder, or let 1C upload in CommerceML 2.",
    )


def with_doctype() -> BadAnswer:
    """Return the error for a document type: 1C never writes one, attackers do."""
    return BadAnswer(
        "В файле есть описание типа документа (DOCTYPE): такой файл не принимается.",
        en="The file has a document type (DOCTYPE): such a file is not accepted.",
        todo="Проверьте, откуда взялся файл: 1С таких не пишет.",
        todo_en="Find out where the file came from: 1C writes none such.",
    )


def old_version(version: str) -> BadAnswer:
    """Return the error for CommerceML 1, which 1C 7.7 writes: everything in attributes."""
    what = f"CommerceML {version}" if version else "CommerceML 1 (формат 1С 7.7: всё в атрибутах)"
    return BadAnswer(
        f"Файл в формате {what}, а читается CommerceML 2.",
        en=f"The file is {what if version else 'CommerceML 1 (of 1C 7.7)'}; CommerceML 2 is read.",
        todo="Выберите в 1С выгрузку CommerceML 2.03-2.10; для базы 7.7 есть отдельный способ подключения.",
        todo_en="Choose CommerceML 2.03-2.10 in 1C; a base of 7.7 has its own connector.",
    )


def not_well_formed(line: int | None, column: int | None) -> BadAnswer:
    """Return the error for a broken XML; no word of the text is told, only the place."""
    return BadAnswer(
        f"XML испорчен: строка {line or '?'}, позиция {column or '?'}.",
        en=f"The XML is broken at line {line or '?'}, column {column or '?'}.",
        todo=_AGAIN,
        todo_en=_AGAIN_EN,
        line=line,
        column=column,
    )


def cut_short() -> BadAnswer:
    """Return the error for an XML without its end."""
    return Unfinished(
        "Файл обрывается: в нём нет конца.",
        en="The file is cut short: its end is missing.",
        todo=_AGAIN + " Если файл копируется по сети, дождитесь конца копирования.",
        todo_en=_AGAIN_EN + " If the file is being copied over a network, wait for the end.",
    )


def wrong_bytes(encoding: str, at: int) -> BadAnswer:
    """Return the error for bytes that are none of the file's own encoding."""
    return BadAnswer(
        f"В файле смешаны кодировки: начало в {encoding}, а байт {at} в ней невозможен.",
        en=f"The file mixes encodings: it begins in {encoding}, where byte {at} is impossible.",
        todo=_AGAIN,
        todo_en=_AGAIN_EN,
    )


def too_large_record(limit: int) -> TooLarge:
    """Return the error for a record, or an unknown section, beyond the limit."""
    return TooLarge(
        f"В файле есть элемент больше {limit // MIB} МиБ: такой не принимается.",
        en=f"The file has an element above {limit // MIB} MiB: it is not accepted.",
        todo="Выгружайте документы и описания частями; картинки в CommerceML кладутся отдельными файлами.",
        todo_en="Upload documents and descriptions in parts; pictures go beside a CommerceML file.",
    )


def too_large_file(limit: int) -> TooLarge:
    """Return the error for a file, or a member of an archive, beyond the limit."""
    return TooLarge(
        f"Файл больше {limit // MIB} МиБ (в распакованном виде): такой не принимается.",
        en=f"The file is above {limit // MIB} MiB unpacked: it is not accepted.",
        todo="Настройте в 1С выгрузку порциями.",
        todo_en="Let 1C upload in portions.",
    )


def too_deep(limit: int) -> BadAnswer:
    """Return the error for elements inside elements beyond any sense."""
    return BadAnswer(
        f"Вложенность элементов больше {limit}: это не выгрузка 1С.",
        en=f"Elements are nested deeper than {limit}: this is no upload of 1C.",
        todo="Проверьте, откуда взялся файл.",
        todo_en="Find out where the file came from.",
    )


def bad_archive() -> BadAnswer:
    """Return the error for a ZIP that cannot be unpacked."""
    return Unfinished(
        "Архив ZIP не распаковывается: он испорчен или записан не до конца.",
        en="The ZIP archive cannot be unpacked: it is broken or not whole.",
        todo=_AGAIN,
        todo_en=_AGAIN_EN,
    )


def locked_archive() -> BadAnswer:
    """Return the error for a ZIP with a password or an odd way of packing."""
    return BadAnswer(
        "Архив ZIP с паролем или необычным сжатием: прочитать его нельзя.",
        en="The ZIP archive has a password or an odd compression.",
        todo="Выгрузите из 1С без архива или обычным архивом ZIP без пароля.",
        todo_en="Upload without an archive, or as a usual ZIP without a password.",
    )


def no_members() -> BadAnswer:
    """Return the error for an archive without any XML."""
    return BadAnswer(
        "В архиве нет ни одного файла XML.",
        en="The archive holds no XML file.",
        todo="Положите в архив файлы CommerceML (import0_1.xml, offers0_1.xml) или уберите его.",
        todo_en="Put files of CommerceML (import0_1.xml, offers0_1.xml) into it, or remove it.",
    )


def too_many_members(limit: int) -> TooLarge:
    """Return the error for an archive with too many files."""
    return TooLarge(
        f"В архиве больше {limit} файлов XML.",
        en=f"The archive holds more than {limit} XML files.",
        todo="Разделите выгрузку на несколько архивов.",
        todo_en="Split the upload into several archives.",
    )


def bad_number(path: str) -> BadAnswer:
    """Return the error for a quantity or a price that is no number: nothing of such a file is believed."""
    return BadAnswer(
        f"Вместо числа другой текст: {path}.",
        en=f"Not a number: {path}.",
        todo="Исправьте значение в 1С и повторите выгрузку.",
        todo_en="Mend the value in 1C and upload again.",
        path=path,
    )


def unknown_entity(entity: str, known: str) -> NotPublished:
    """Return the error for an entity that CommerceML does not have."""
    return NotPublished(
        f"В обмене файлами нет таблицы «{entity}».",
        en=f"An exchange by files has no table {entity!r}.",
        todo=f"Выберите профиль files или исправьте свой профиль. Есть: {known}.",
        todo_en=f"Choose the profile files, or mend yours. There are {known}.",
        entity=entity,
    )


def nothing_yet(entity: str, sections: str) -> NotPublished:
    """Return the error for an entity of which no file has come."""
    return NotPublished(
        f"В папке обмена ещё не было файла с таблицей «{entity}».",
        en=f"No file with {entity} has come yet.",
        todo=f"Сделайте в 1С полную выгрузку (нужен раздел {sections}) в папку обмена и повторите.",
        todo_en=f"Make a full upload in 1C (the section is {sections}) into the exchange folder and try again.",
        entity=entity,
    )


def only_changes(entity: str) -> NotPublished:
    """Return the error for an entity that came only as changes to something that was never here."""
    return NotPublished(
        f"По таблице «{entity}» приходили только изменения, а полной выгрузки ещё не было.",
        en=f"Of {entity} only changes have come, never the whole.",
        todo="Сделайте в 1С полную выгрузку в папку обмена («выгрузить все данные»).",
        todo_en="Make a full upload in 1C into the exchange folder.",
        entity=entity,
    )


def no_period(entity: str) -> NotPublished:
    """Return the error for a balance at a moment."""
    return NotPublished(
        f"Остаток на заданный момент из файлов получить нельзя: «{entity}» хранит остаток на время выгрузки из 1С.",
        en="Files hold balances as of the upload; a balance at a given moment cannot be had.",
        todo="В настройках связи поставьте «Момент остатков»: current.",
        todo_en="Set the link's moment of balances to current.",
        entity=entity,
    )


def cannot(what: str, what_en: str, reading: Reading) -> NotPublished:
    """Return the error for what a reading asks of files in vain: a filter, a virtual table."""
    return NotPublished(
        f"Обмен файлами не умеет {what} (таблица «{reading.entity}»).",
        en=f"An exchange by files has no {what_en} ({reading.entity}).",
        todo="Исправьте профиль: для файлов фильтры и виртуальные таблицы, кроме Balance у остатков, не задаются.",
        todo_en="Mend the profile: files take no filters and no virtual tables but Balance of stock.",
        entity=reading.entity,
    )


def one_object(entity: str) -> NotPublished:
    """Return the error for reading or changing one object of the base."""
    return NotPublished(
        f"Прочитать или изменить один объект 1С («{entity}») через папку обмена нельзя.",
        en=f"One object ({entity}) cannot be read or changed through an exchange folder.",
        todo="Заказы передаются файлами целиком, а их состояние приходит с документами из 1С.",
        todo_en="Orders go as whole files; their states come with documents from 1C.",
        entity=entity,
    )


def no_folder(path: str) -> Told:
    """Return the text for a folder that cannot be reached: nothing was read or written."""
    return {
        "said": f"Папка обмена {path} недоступна: ничего не прочитано и не записано.",
        "todo": "Проверьте сетевой диск, его имя и права службы MI1C на чтение и запись, затем повторите.",
        "en": f"The exchange folder {path} cannot be reached; nothing was read or written.",
        "todo_en": "Check the network drive, its name and the rights of the MI1C service, then try again.",
    }
