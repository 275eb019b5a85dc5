"""The Prefect block type ``mi1c-link``: one block a link, edited in the Prefect UI."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from foundation.errors import Fault, Faults, NotFound
from foundation.settings import LinkSettings, link_settings

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


_schemas: Final[dict[Hashable, dict[str, Any]]] = {}


class LinkBlock(LinkSettings, Block):
    """Связь MI1C: база 1С дистрибутора и веб-сервис производителя."""

    _block_type_name = "Связь MI1C"
    _block_type_slug = "mi1c-link"
    _description = "База 1С дистрибутора и веб-сервис производителя: адреса, пароли, склады, правила обменов."

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the schema; made once, for Prefect asks for it four times a field whenever a block is stored."""
        key = (cls, args, tuple(kwargs.items()))
        if key not in _schemas:
            _schemas[key] = super().model_json_schema(*args, **kwargs)
        return deepcopy(_schemas[key])


def load_link(name: str) -> LinkSettings:
    """Return the settings of a link; raises :class:`NotFound` where there is no such block."""
    try:
        block: LinkBlock = LinkBlock.load(name, _sync=True)  # type: ignore[call-arg, assignment]  # prefect adds _sync
    except (ValueError, ObjectNotFound):
        raise NotFound(
            f"Связи «{name}» нет.",
            en=f"There is no link {name!r}.",
            todo="Заведите её: mi1c link add, или блоком «Связь MI1C» в Prefect (Blocks → +).",
            todo_en="Make it: mi1c link add, or a block «Связь MI1C» in the Prefect UI.",
            link=name,
        ) from None
    return block


def save_link(name: str, values: Mapping[str, Any], *, overwrite: bool = True) -> LinkSettings:
    """Check the values and store the link's block; raises Faults with everything that is wrong."""
    if not name or not all(c.isascii() and (c.isalnum() or c == "-") for c in name) or name != name.lower():
        raise Faults(
            "Имя связи не подходит.",
            [Fault("name", "нужны латинские строчные буквы, цифры и дефис", "lower-case letters, digits and dashes")],
            en="The link's name does not fit.",
            todo="Назовите связь, например, baltika-msk.",
            todo_en="Name it, for example, baltika-msk.",
        )
    link_settings(values)
    LinkBlock.register_type_and_schema(_sync=True)  # type: ignore[call-arg]  # prefect's sync_compatible adds _sync
    block = LinkBlock(**values)
    block.save(name, overwrite=overwrite, _sync=True)  # type: ignore[call-arg]  # see above
    return block


def link_names() -> list[str]:
    """Return the names of all links, sorted."""
    with get_client(sync_client=True) as client:
        try:
            slug = {"slug": LinkBlock.get_block_type_slug()}
            answer = client.request("GET", "/block_types/slug/{slug}/block_documents", path_params=slug)
        except ObjectNotFound:
            return []
        return sorted(document["name"] for document in answer.json())
