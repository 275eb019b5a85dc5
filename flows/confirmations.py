"""Подтверждения: the manufacturer's words on what was sent are gathered, and the runs that wait for them go on."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.links import open_link
from tasks.report import report_checked
from tasks.running import run_id
from tasks.verdicts import ask_service, remind, resume_runs, take_answers


@flow(
    name="confirmations",
    flow_run_name="Подтверждения · {link}",
    description="Собирает подтверждения производителя, напоминает о сроках и продолжает запуски, которые их ждут.",
    persist_result=False,
)
def confirmations(link: str) -> dict[str, object]:
    """Run it for a link; returns the parcels by what happened to them. A run that begins again finds the rest."""
    opened = open_link(link)
    with Ledger(opened.database, opened.id).hold(Exchange.CONFIRMATIONS, run_id()):
        checked = take_answers(opened) + ask_service(opened) + remind(opened) + resume_runs(opened)
        report_checked(opened, asdict(checked))
    return asdict(checked)
