"""The documents and the program say the same: commands, settings, errors; links lead somewhere, pictures are there."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from docs import tables
from foundation import errors
from foundation.settings import LinkSettings, ProcessSettings
from mi1c.cli import app
from mi1c.cli.wording import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
MANUAL = DOCS / "ru" / "manual"
GUIDES = [
    *sorted((DOCS / "ru").rglob("*.md")),
    *sorted((DOCS / "en").glob("*.md")),
    ROOT / "README.md",
    ROOT / "README.ru.md",
]
LONGEST = 300
LARGEST = 150_000
LINKED = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TYPED = re.compile(r"mi1c ((?:[a-z]+ ?)+)([^`\n]*)")


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def guide(path: Path) -> str:
    return str(path.relative_to(ROOT))


# -- commands ----------------------------------------------------------------------------------------------------------


def typed(text: str) -> Iterator[tuple[str, str]]:
    """Yield every command that a text tells the reader to type, in code: its longest known words, its options."""
    known = {each.name for each in tables.commands()}
    groups = {name.split()[0] for name in known}
    code = re.findall(r"`(mi1c [^`]+)`", text) + re.findall(
        r"^ {4,}(?:sudo )?(?:\S*[/\\])?(mi1c .*)$", text, re.MULTILINE
    )
    for line in code:
        words = re.match(r"mi1c((?: [a-z]+)*)", line.split("#")[0])
        assert words is not None
        parts = words[1].split()
        fits = [" ".join(parts[:count]) for count in (2, 1) if " ".join(parts[:count]) in known]
        if not fits and parts and parts[0] in groups and len(parts) == 1:
            continue  # a group as a whole: `mi1c orders`
        yield (fits[0] if fits else " ".join(parts)), line.split("#")[0]


@pytest.mark.parametrize("path", GUIDES, ids=guide)
def test_every_command_that_a_guide_names_exists_with_its_options(path: Path) -> None:
    known = {each.name: {name for given in each.parameters for name in given.names} for each in tables.commands()}
    wrong = []
    for name, line in typed(text_of(path)):
        if name not in known:
            if not line.removeprefix("mi1c").strip().startswith("--"):
                wrong.append(line)
            continue
        options = set(re.findall(r"(?<=\s)--[a-z-]+", re.sub(r'"[^"]*"', "", line)))
        wrong += [f"{line}: {each}" for each in options - known[name] - {"--help"}]
    assert wrong == []


def test_every_command_is_documented_and_none_that_is_not_there() -> None:
    told = tables.described_commands()
    assert set(told) == {each.name for each in tables.commands()}
    for name, about in told.items():
        assert f"### `mi1c {name}`" in text_of(MANUAL / f"commands-{about['page']}.md")


def test_every_example_is_one_that_the_program_takes() -> None:
    import shlex

    for name, about in tables.described_commands().items():
        words = shlex.split(" ".join(about["run"].split()))
        assert words[: 1 + len(name.split())] == ["mi1c", *name.split()]
        command, bound, unused = app.parse_known_args(words[1:])[:3]
        assert command is not None
        assert unused == []
        assert bound is not None


def test_every_parameter_of_a_command_says_what_it_is() -> None:
    silent = [
        f"{command.name} {each.name}"
        for command in tables.commands()
        for each in command.parameters
        if not each.parameter.help and each.name.lstrip("-").lower() not in COMMON
    ]
    assert silent == []


# -- settings ----------------------------------------------------------------------------------------------------------


def test_every_setting_of_a_link_is_documented_once_with_advice() -> None:
    told = [(name, advice) for group in tables.described_settings()["link"] for name, advice in group["fields"].items()]
    assert sorted(name for name, _ in told) == sorted(LinkSettings.model_fields)
    assert [name for name, advice in told if not advice] == []


def test_every_setting_of_a_process_is_documented() -> None:
    told = tables.described_settings()["process"]
    assert set(told) == set(ProcessSettings.model_fields)
    assert all(about["means"] and about["advice"] for about in told.values())


@pytest.mark.parametrize("path", GUIDES, ids=guide)
def test_every_variable_that_a_guide_names_is_a_setting(path: Path) -> None:
    known = {f"MI1C_{name.upper()}" for name in ProcessSettings.model_fields}
    known |= {"MI1C_ONEC_PASSWORD", "MI1C_CRM_PASSWORD", "MI1C_USER_PASSWORD", "MI1C_ENV_FILE"}
    assert set(re.findall(r"MI1C_[A-Z_]+[A-Z]", text_of(path))) - known == set()


def test_a_profile_that_adds_no_parameters_says_whose_it_has() -> None:
    told = tables.profile_table()
    assert "Комплексная автоматизация 2.5\n\nПараметры те же, что у `ut11`.\n" in told
    assert "| `address_kind` |" in told


def test_a_base_that_was_changed_is_described_as_the_manual_says(tmp_path: Path) -> None:
    import yaml

    from mappings.profiles.profile import load_profile

    page = text_of(MANUAL / "bases.md").split("## База доработана")[1].split("\n## ")[0]
    blocks = [textwrap.dedent(each) for each in re.findall(r"(?:^ {4}.*\n)+", page, re.MULTILINE)]
    overrides, own = blocks[:2]
    assert load_profile("ut11", yaml.safe_load(overrides)["profile_overrides"]).entities["goods"].fields["article"] == (
        "АртикулПоставщика"
    )
    (tmp_path / "romashka.yaml").write_text(own, "utf-8")
    changed = load_profile(str(tmp_path / "romashka.yaml"))
    assert changed.entities["goods"].fields["article"] == "АртикулПоставщика"
    assert changed.entities["stock"] == load_profile("ut11").entities["stock"]


@pytest.mark.parametrize("kind", ["v77", "files"])
def test_a_base_without_a_web_server_is_chosen_as_the_manual_says(kind: str) -> None:
    import yaml

    from foundation.settings import link_settings
    from mappings.profiles.profile import load_profile

    found = re.search(rf"(?:^ {{4}}onec_kind: {kind}\n)(?:^ {{4}}.*\n)+", text_of(MANUAL / "bases.md"), re.MULTILINE)
    assert found is not None
    values = yaml.safe_load(textwrap.dedent(found[0]))
    link = link_settings({**values, "crm_url": "https://crm.example.ru/x.asmx", "crm_user": "DS108"})
    assert (link.onec_kind, load_profile(link.profile).name) == (kind, values["profile"])


def test_the_first_link_of_the_manual_is_one_that_the_program_takes() -> None:
    import yaml

    from foundation.settings import link_settings

    example = re.search(r"```yaml\n(.*?)```", text_of(MANUAL / "first-link.md"), re.DOTALL)
    assert example is not None
    values = yaml.safe_load(example[1])
    assert set(values) <= set(LinkSettings.model_fields)
    assert link_settings(values).warehouses == {"Основной склад": "W01", "Склад магазина": "W02"}


@pytest.mark.parametrize("path", tables.pages(), ids=guide)
def test_the_tables_are_what_the_program_says(path: Path) -> None:
    assert tables.renewed(text_of(path)) == text_of(path), "make docs"


def test_a_page_that_is_behind_is_named() -> None:
    behind = "<!-- begin process-settings -->\nold\n<!-- end process-settings -->\n"
    assert "MI1C_DATABASE_URL" in tables.renewed(behind)
    assert tables.renewed(tables.renewed(behind)) == tables.renewed(behind)


def test_numbers_and_defaults_are_shown_as_people_read_them() -> None:
    fields = LinkSettings.model_fields
    assert tables.default_of(fields["page_rows"]) == "4\N{NO-BREAK SPACE}000"
    assert tables.default_of(fields["crm_own_wsdl"]) == "нет"
    assert tables.default_of(fields["crm_url"]) == "обязательно"
    assert tables.default_of(fields["onec_password"]) == "пусто"
    assert tables.limits(fields["connections"]) == "От 1 до 16"
    assert "`cp866`" in tables.limits(fields["onec_code_page"])
    assert tables.limits(fields["order_agreement"]) == "", "its description names every value"
    assert tables.limits(fields["price_conflict"]) == ""


# -- bases -------------------------------------------------------------------------------------------------------------


def rows_of(text: str, name: str) -> list[list[str]]:
    """Return the cells of the table between a pair of marks."""
    found = re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", text, re.DOTALL)
    assert found is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


def table_of_bases() -> list[list[str]]:
    lines = text_of(DOCS / "bases.md").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def test_the_readmes_say_of_the_bases_what_the_tests_have_written() -> None:
    told = table_of_bases()
    assert rows_of(text_of(ROOT / "README.ru.md"), "bases") == told
    assert rows_of(text_of(MANUAL / "bases.md"), "bases") == told
    back = {english: russian for russian, english in tables.ENGLISH.items()}
    english = rows_of(text_of(ROOT / "README.md"), "bases-en")
    assert [[back.get(cell, cell) for cell in row] for row in english] == told
    assert len(told) == 10
    assert {len(row) for row in told} == {7}


def test_the_english_table_leaves_no_russian_but_names_of_configurations() -> None:
    from tests.profiles import bases_table

    words = {*bases_table.EXCHANGES.values(), "да", "нет", bases_table.FAILED}
    assert words <= set(tables.ENGLISH)
    assert len(set(tables.ENGLISH.values())) == len(tables.ENGLISH)


def test_a_readme_that_is_behind_the_tests_is_renewed() -> None:
    behind = "<!-- begin bases-en -->\n| base | `goods` |\n<!-- end bases-en -->"
    assert tables.renewed(behind).splitlines()[1].startswith("| base | `goods` | `stock` |")


# -- errors ------------------------------------------------------------------------------------------------------------


def test_every_error_is_documented_and_none_that_is_not_there() -> None:
    classes = {
        name
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, errors.MI1CError) and each is not errors.MI1CError
    }
    page = text_of(MANUAL / "errors.md")
    assert set(re.findall(r"^### `(\w+)`$", page, re.MULTILINE)) == classes


def test_every_error_says_what_to_do() -> None:
    page = text_of(MANUAL / "errors.md")
    for name, section in re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL):
        assert len(section.strip()) > 60, name


def test_the_terminal_names_an_error_by_the_code_of_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    from mi1c.console import show_error

    show_error(errors.AccessDenied("1С не пустила.", en="1C denied access.", todo="Проверьте пароль."))
    assert capsys.readouterr().err.startswith("Ошибка AccessDenied. 1С не пустила.")


# -- pages -------------------------------------------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page as a forge makes them of its headings."""
    heads = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", [*tables.pages(), ROOT / "deploy" / "README.md"], ids=guide)
def test_links_lead_somewhere(path: Path) -> None:
    wrong = []
    for link in LINKED.findall(text_of(path)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        place, _, anchor = unquote(link).partition("#")
        target = (path.parent / place).resolve() if place else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


def shown_in(folder: Path) -> set[Path]:
    """Return the pictures of a folder that the pages show."""
    links = {
        (path.parent / link).resolve()
        for path in tables.pages()
        for link in LINKED.findall(text_of(path))
        if link.endswith((".svg", ".png"))
    }
    return {link for link in links if link.parent == folder.resolve()}


def test_every_picture_is_shown_and_is_small() -> None:
    there = set((MANUAL / "pictures").resolve().iterdir())
    assert {path.name for path in there ^ shown_in(MANUAL / "pictures")} == set()
    assert [path.name for path in there if path.stat().st_size > LARGEST] == []


def test_every_screen_of_the_workplace_is_shown() -> None:
    from tests.workplace.screens import SCREENS

    wide = {f"{name}-1280.png" for name in ("login", *SCREENS)}
    assert wide - {path.name for path in shown_in(DOCS / "screens")} == set()


def test_pictures_hold_nothing_of_the_machine_that_made_them() -> None:
    machine = re.compile(r"/(?:tmp|work|home|root)/|https?://(?!127\.0\.0\.1|www\.w3\.org)")
    told = {path.name: machine.findall(text_of(path)) for path in (MANUAL / "pictures").glob("*.svg")}
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize("path", GUIDES, ids=guide)
def test_pages_are_short_and_plain(path: Path) -> None:
    text = text_of(path)
    assert len(text.splitlines()) <= LONGEST
    if path.is_relative_to(DOCS / "ru"):
        prose = re.sub(r"<!-- letter -->.*<!-- /letter -->", "", text, flags=re.DOTALL)
        assert re.findall(r"\b(?:Вы|Вам|Вас|Ваш\w*)\b", prose) == []


def test_the_tool_ends_with_one_where_a_page_is_behind(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "docs.tables", "--check"], cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []
