"use strict";
/* The workplace's only script: keys of the matching, claims, messages. Everything works with the mouse without it. */
(() => {
  const $ = (selector, inside = document) => inside.querySelector(selector);
  const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const csrf = () => document.body.dataset.csrf || "";
  const list = () => $("#worklist");
  let current = null;
  let claiming = 0;
  let waiting = false;

  const toast = (text) => {
    const place = $("#toast");
    if (!place) return;
    place.textContent = text;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => { place.textContent = ""; }, 7000);
  };
  /* -- a table that does not fit is told card by card -- */
  const fit = () => $$(".scroll > table").forEach((table) => {
    const heads = $$("thead th", table).map((head) => head.textContent.trim());
    if (heads.length < 2) return;
    table.classList.remove("stack");
    if (table.scrollWidth <= table.parentElement.clientWidth) return;
    $$("tbody tr", table).forEach((line) => [...line.cells].forEach((cell, place) => {
      if (heads[place]) cell.dataset.label = heads[place];
      cell.classList.toggle("void", !cell.textContent.trim() && !cell.children.length);
    }));
    table.classList.add("stack");
  });
  const typing = (element) => element && (element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select") || element.isContentEditable);

  /* -- requests that fail say why -- */
  document.addEventListener("htmx:responseError", (event) => {
    const parsed = new DOMParser().parseFromString(event.detail.xhr.responseText || "", "text/html");
    const told = $("[data-said]", parsed);
    toast(told ? told.textContent.replace(/\s+/g, " ").trim() : document.body.dataset.failed);
    const row = event.detail.target && event.detail.target.closest ? event.detail.target.closest(".work") : null;
    if (row) { row.classList.remove("busy"); focusRow(row); }
  });
  document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline));

  /* -- rows of the list -- */
  const rows = () => (list() ? $$(".work", list()) : []);
  const free = (row) => !row.classList.contains("busy") && !row.classList.contains("claimed");
  const focusRow = (row) => { if (row) { row.focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); } };
  const step = (from, way) => {
    const all = rows();
    let place = from ? all.indexOf(from) : -1;
    for (place += way; place >= 0 && place < all.length; place += way) if (free(all[place])) return all[place];
    return null;
  };
  const chosen = (row) => $('.cand[aria-pressed="true"]', row);
  const choose = (row, button) => {
    $$(".cand", row).forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
    const confirm = $("[data-do=pair]", row);
    if (confirm) confirm.disabled = false;
    const factor = $("[name=factor]", row);
    const unit = $("[name=their_unit]", row);
    if (factor) factor.value = button.dataset.factor || "1";
    if (unit && unit.tagName === "SELECT") {
      unit.replaceChildren(...JSON.parse(button.dataset.units || "[]").map(([id, name]) => new Option(name ? `${name} (${id})` : id, id, false, id === button.dataset.unit)));
    }
  };
  const decide = (row, action) => {
    if (!list().dataset.may) return;
    if (!free(row)) { toast(row.dataset.taken || document.body.dataset.wait); return; }
    const button = chosen(row);
    if (action === "pair" && !button) { toast(list().dataset.nothing); return; }
    const unit = $("[name=their_unit]", row);
    const factor = $("[name=factor]", row);
    const values = { our_id: row.dataset.our, scope: row.dataset.scope, seen: row.dataset.queue, action };
    if (action === "pair") {
      values.their_id = button.dataset.their;
      values.their_unit = unit ? unit.value : button.dataset.unit || "";
      values.factor = factor ? factor.value : "1";
    }
    row.classList.add("busy");
    const next = step(row, 1) || step(row, -1);
    window.htmx.ajax("POST", `${list().dataset.base}/decide`, { source: row, target: row, swap: "outerHTML", values });
    if (next) focusRow(next); else waiting = true; /* the next page is on its way */
  };
  const claim = (row) => {
    clearTimeout(claiming);
    if (!list().dataset.may) return;
    claiming = setTimeout(async () => {
      const body = new URLSearchParams({ our_id: row.dataset.our, scope: row.dataset.scope });
      const answer = await fetch(`${list().dataset.base}/claim`, { method: "POST", body, headers: { "x-csrf": csrf(), "hx-request": "true" } }).catch(() => null);
      if (!answer || answer.status !== 409) return;
      const told = $("[data-said]", new DOMParser().parseFromString(await answer.text(), "text/html"));
      row.dataset.taken = told ? told.textContent.replace(/\s+/g, " ").trim() : "";
      row.classList.add("claimed");
      toast(row.dataset.taken);
      if (document.activeElement === row) focusRow(step(row, 1) || step(row, -1));
    }, 200);
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest ? event.target.closest(".work") : null;
    if (!row || row === current) return;
    current = row;
    if (free(row)) claim(row);
    if (!step(row, 1)) { const more = $("#more"); if (more) window.htmx.trigger(more, "click"); }
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, [data-open]");
    if (!target) return;
    const row = target.closest(".work");
    if (row && target.classList.contains("cand")) { choose(row, target); focusRow(row); }
    else if (row && target.dataset.do) decide(row, target.dataset.do);
    else if (row && target.dataset.find !== undefined) find(row);
    else if (target.dataset.undo !== undefined) undo();
    else if (target.dataset.open) { const dialog = $(`#${target.dataset.open}`); if (dialog) dialog.showModal(); }
    else if (target.dataset.close !== undefined) target.closest("dialog").close();
  });
  /* Enter takes the first that was found for what is typed: an answer to half a word is waited out. */
  const pick = (finder) => {
    const found = $("[data-asked]", finder);
    if (finder.dataset.pick === undefined || !found || found.dataset.asked !== $("input", finder).value) return;
    delete finder.dataset.pick;
    const row = finder.closest(".work");
    const first = $(".cand", found);
    if (first) { choose(row, first); focusRow(row); }
  };
  document.addEventListener("input", (event) => { const finder = event.target.closest(".finder"); if (finder) delete finder.dataset.pick; });
  const find = (row) => { const finder = $(".finder", row); finder.hidden = false; $("input", finder).focus(); };
  const undo = () => {
    if (!list() || !list().dataset.may) return;
    window.htmx.ajax("POST", `${list().dataset.base}/undo`, { source: list(), target: list(), swap: "afterbegin", values: {} });
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    /* The row that comes back takes the place of what said that it was decided. */
    const back = /data-back="([^"]+)"/.exec(event.detail.xhr.responseText || "");
    const old = back ? document.getElementById(back[1]) : null;
    if (old) { event.detail.target = old; event.detail.swapOverride = "outerHTML"; }
  });
  document.addEventListener("htmx:afterSettle", () => {
    fit();
    $$(".finder[data-pick]").forEach(pick);
    const back = $(".work[data-back]");
    if (back) { back.removeAttribute("data-back"); focusRow(back); return; }
    if (waiting && rows().some(free)) { waiting = false; focusRow(step(null, 1)); }
  });

  /* -- keys -- */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const help = $("#help");
    if (event.key === "Escape" && typing(event.target) && event.target.closest(".work")) {
      const row = event.target.closest(".work");
      const finder = event.target.closest(".finder");
      if (finder) finder.hidden = true;
      focusRow(row); event.preventDefault(); return;
    }
    if (event.key === "Enter" && typing(event.target) && event.target.closest(".work")) {
      const row = event.target.closest(".work");
      const finder = event.target.closest(".finder");
      if (finder) { finder.dataset.pick = ""; pick(finder); } else decide(row, "pair");
      event.preventDefault(); return;
    }
    if (typing(event.target) || (help && help.open)) return;
    if (event.key === "?" && help) { help.showModal(); event.preventDefault(); return; }
    if (event.key === "/") { const search = $("#search"); if (search) { search.focus(); search.select(); event.preventDefault(); } return; }
    const audit = event.target.closest ? event.target.closest("[data-audit]") || $("[data-audit]") : null;
    if (audit) { auditKey(audit, event); return; }
    if (!list()) return;
    const row = event.target.closest(".work") || current && current.isConnected && current || rows()[0];
    const key = event.code.startsWith("Key") ? event.code.slice(3) : event.key; /* letters by place: any layout */
    if (key === "ArrowDown" || key === "J") { focusRow(event.target.closest(".work") ? step(row, 1) : rows()[0]); }
    else if (key === "ArrowUp" || key === "K") { focusRow(step(row, -1)); }
    else if (key === "U") undo();
    else if (!row) return;
    else if (key === "Enter" && event.target.closest("button:not(.cand), a, summary")) return;
    else if (key === "Enter") decide(row, "pair");
    else if (/^[1-5]$/.test(event.key)) { const button = $(`.cand[data-rank="${event.key}"]`, row); if (button) choose(row, button); }
    else if (key === "N") decide(row, "no_pair");
    else if (key === "S") decide(row, "later");
    else if (key === "F") find(row);
    else if (key === "E") { const factor = $("[name=factor]", row); if (factor) { factor.focus(); factor.select(); } else return; }
    else if (key === "A") { const twins = $$("[data-twins]").pop(); if (twins) twins.click(); else return; }
    else return;
    event.preventDefault();
  });
  const auditKey = (row, event) => {
    const key = event.code.startsWith("Key") ? event.code.slice(3) : event.key;
    const verdict = key === "Enter" || key === "Y" ? "right" : key === "N" ? "wrong" : key === "S" ? "unsure" : "";
    const button = verdict && !event.target.closest("button, a") ? $(`button[value="${verdict}"]`, row) : null;
    if (button) { button.click(); event.preventDefault(); }
  };

  /* -- small comforts -- */
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });
  window.addEventListener("resize", fit);
  document.addEventListener("DOMContentLoaded", () => {
    fit();
    const first = rows()[0];
    if (first && !location.hash) first.focus({ preventScroll: true });
    const tab = $(".tabs [aria-current]");
    if (tab) tab.scrollIntoView({ block: "nearest", inline: "center" });
  });
})();
