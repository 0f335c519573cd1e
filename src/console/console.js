// Makes quicker what works without it: keys on lists, and the search box from anywhere.
"use strict";
(() => {
  const typing = (element) => element && element.matches("input, select, textarea");
  const search = document.querySelector("[role=search] input");
  // The box into which a scan goes that comes while none has the focus: on the check sheet and the hand-over its own.
  const command = document.getElementById("command"), box = command || document.getElementById("box") || search;
  const rows = [...document.querySelectorAll("[data-rows] tbody tr:not(.group)")];
  let here = -1, from = 0, last = "", lastAt = 0;
  // Without script a scan is lost unless the search box has the focus; with it a scan goes there by itself, and the page's keys come
  // first. Browsers set the focus late, so until the page stands still, that box has it only for those without script.
  let unasked = search && search.autofocus && !("stays" in search.dataset);
  const leave = () => { if (unasked && document.activeElement === search) search.blur(); };
  const asked = () => { leave(); unasked = false; };
  if (unasked) {
    search.removeAttribute("autofocus");
    leave();
    addEventListener("pointerdown", () => { unasked = false; }, { capture: true, once: true });
    addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(asked)));
  }
  const go = (to) => {
    if (to < 0 || to >= rows.length) return;
    if (here >= 0) rows[here].classList.remove("here");
    here = to;
    rows[here].classList.add("here");
    rows[here].scrollIntoView({ block: "nearest" });
  };
  // Where opening the first row is what the page is for, the keys begin there.
  if (document.querySelector('[data-rows="first"]')) go(0);
  // A scanner types faster than people and ends with Enter. In a field that isn't for scans it leaves nothing behind: what was scanned
  // goes into the page's own box, or else into the search, and the field holds again what it held.
  const own = document.querySelector("input[data-scans], [data-scans] input:not([type=hidden])") || search;
  // What other codes are scanned into keeps them; only the number of a case is none of its.
  const asksCode = (field) => "code" in field.dataset;
  const isCase = (read) => /^\d{12,17}$|\/progress\/?\?/i.test(read);
  let scan = null;
  const wasScanned = (event, field) => {
    // A list of words takes no scan by itself, also where the fields around it do.
    const isList = field.matches("select"), around = field.closest("[data-scans]");
    if (!own || field === search || field.type === "password" || (around && !isList)) return false;
    const goesOn = scan && scan.field === field && event.timeStamp - scan.last < 250;
    if (event.key.length === 1) {
      if (!goesOn) scan = { field, held: field.value, read: "", began: event.timeStamp };
      scan.read += event.key;
      scan.last = event.timeStamp;
    }
    if (event.key !== "Enter" || !goesOn) return false;
    const { read, held, began } = scan;
    scan = null;
    const isTyped = read.length < 8 || /\s/.test(read) || event.timeStamp - began > 70 * read.length;
    if (isTyped || (asksCode(field) && !isCase(read))) return false;
    event.preventDefault();
    field.value = held;
    if (around && around.matches("form")) {
      const scanned = Object.assign(document.createElement("input"), { type: "hidden", name: "scanned", value: read });
      around.append(scanned);
      if (around.requestSubmit) around.requestSubmit(); else around.submit();
      return true;
    }
    own.value = own.id === "command" ? own.value + read : read;
    if (own.form.requestSubmit) own.form.requestSubmit();
    else own.form.submit();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    // Enter that is held down was meant for the page before: it opens and sends nothing more.
    if (event.key === "Enter" && event.repeat && !event.target.matches("textarea")) { event.preventDefault(); return; }
    const target = unasked && event.target === search ? document.body : event.target;
    asked();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isField = typing(target) && target.type !== "checkbox" && target.type !== "radio";
    if (isField && wasScanned(event, target)) return;
    if (event.key === "F2" || (event.key === "/" && !typing(target))) {
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    // Out of a box, to the keys of the page.
    if (event.key === "Escape" && typing(target)) { target.blur(); return; }
    // Chosen whom to give it to: on to the button, which a second Enter presses; a scan has but one.
    if (event.key === "Enter" && target.matches(".assign select")) { event.preventDefault(); target.form.querySelector(".primary").focus(); return; }
    // Where Enter sends nothing by itself it leads to the button, which says what is done.
    if (event.key === "Enter" && isField && target.matches("[data-then] input")) {
      event.preventDefault();
      target.form.querySelector(".primary").focus();
      return;
    }
    // In a row of the check sheet Enter saves, and confirms nothing; a digit is of no use to a list of words, so it begins a scan.
    if (command && target.matches(".rows input, .rows select")) {
      if (event.key === "Enter") { event.preventDefault(); target.form.querySelector("[name=save]").click(); return; }
      if (target.matches("select") && /^[0-9]$/.test(event.key)) { command.focus(); return; }
    }
    const tick = (row) => rows[row] && rows[row].querySelector("input[type=checkbox]");
    if (isField) return;
    // A scanner types faster than people: what it began with a letter that moves between rows is the beginning of a code.
    const rowKey = /^[jkxX]$/.test(event.key) && rows.length > 0, began = event.timeStamp - lastAt < 100 && !event.repeat ? last : "";
    last = rowKey ? began + event.key : "";
    lastAt = event.timeStamp;
    const isKey = began.length === 1 && /[a-z]/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (began && search && !rowKey && !isKey && /^[0-9A-Za-z-]$/.test(event.key)) { search.focus(); search.value = began; return; }
    // Where no row was gone to, x begins at the first.
    if (event.key === "x" && here < 0 && tick(0)) go(0);
    if (event.key === "x" && tick(here)) { tick(here).checked = !tick(here).checked; from = here; }
    else if (event.key === "X" && tick(here)) for (let row = Math.min(from, here); row <= Math.max(from, here); row++) tick(row).checked = true;
    else if (event.key === "x" && document.querySelector('[data-key="x"]')) document.querySelector('[data-key="x"]').click();
    else if (event.key === "j") go(here + 1);
    else if (event.key === "k") go(Math.max(here - 1, 0));
    else if (event.key === "Enter") {
      if (target !== document.body) return; // a link or button does what it says
      const link = here >= 0 ? rows[here].querySelector("a") : document.querySelector('[data-key="Enter"]');
      if (link) link.click();
    }
    // Digits and letters may be a scan: they go into the search box, which a scan's Enter then sends. One alone, and then nothing, is a key.
    else if (/^[0-9A-Za-z]$/.test(event.key)) {
      const key = event.key, at = document.querySelector(`[data-key="${key}"]`);
      // Where nothing is scanned a key is a key.
      if (!box) { if (at) at.click(); return; }
      if (box !== search) { box.focus(); return; }
      search.focus();
      search.value = "";
      const open = () => {
        const way = document.querySelector(`[data-key="${key}"]`);
        if (search.value !== key || !way) return;
        if (navigator.scheduling && navigator.scheduling.isInputPending && navigator.scheduling.isInputPending()) setTimeout(open, 50);
        else { search.value = ""; search.blur(); way.click(); }
      };
      setTimeout(open, /[0-9]/.test(key) ? 400 : 150);
    }
  });
  // Hand-over: whose digit stands in the box is chosen on the page, as its Enter will have it; without it who was chosen before.
  const people = [...document.querySelectorAll(".choice kbd")];
  if (people.length && box.id === "box") {
    let before, shown;
    box.addEventListener("input", () => {
      const one = people.find((kbd) => kbd.textContent === box.value.normalize("NFKC").trim());
      if (!shown) before = document.querySelector(".choice :checked");
      if (shown) { shown.checked = false; if (before) before.checked = true; }
      shown = one && one.parentElement.querySelector("input");
      if (shown) shown.checked = true;
    });
  }
  // A box for a day is a calendar; without script it is a line of text, where a scan is known for what it is.
  for (const day of document.querySelectorAll("[data-day]")) day.type = "date";
  // What was wrong with a form comes first.
  const told = document.querySelector("section[role=alert][tabindex]");
  if (told) told.focus();
  // The box that the page begins at is typed over.
  const begins = document.querySelector("[autofocus]");
  const typesOver = begins && begins.matches("input") && begins.value === begins.defaultValue;
  // What was sent before and is shown on the page stands in its box again: only here, as without script a scan would run into it.
  for (const box of document.querySelectorAll("[data-before]")) {
    if (box.value === box.defaultValue) box.value = box.dataset.before;
  }
  if (typesOver) {
    begins.focus();
    begins.select();
  }
  // A narrow screen puts the cells of a row below one another: each says its column.
  for (const table of document.querySelectorAll("main table")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr")) {
      if (row.cells.length === heads.length) [...row.cells].forEach((cell, at) => { if (heads[at]) cell.dataset.label = heads[at]; });
    }
  }
  // The check sheet: what the verdict would be, while rows and a command are typed, and what Enter does now.
  const verdict = document.getElementById("verdict"), enters = document.getElementById("enters"), saves = document.querySelector(".command [name=save]");
  if (command && verdict) {
    let waiting, turns = 0;
    const preview = () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const turn = ++turns;
        const answer = await fetch(`${command.form.action}/preview`, { method: "POST", body: new URLSearchParams(new FormData(command.form)) });
        if (!answer.ok || answer.redirected) return;
        const said = await answer.json();
        // An answer that was overtaken by a later one says nothing any more.
        if (turn !== turns) return;
        // What is told below already isn't said twice.
        if (![...document.querySelectorAll(".dock .fault li")].some((told) => told.textContent.trim() === said.text)) verdict.textContent = said.text;
        verdict.classList.toggle("ok", said.is_complete);
        verdict.classList.toggle("open", said.is_open);
        enters.textContent = said.enters;
        // Where Enter only saves, no second button does.
        saves.hidden = !said.confirms;
      }, 150);
    };
    command.form.addEventListener("input", preview);
    // A verdict that was just made stands on the screen for a second before Enter confirms it: what was pressed until then was
    // pressed unseen.
    const shown = command.form.elements.shown_at;
    const ready = () => { if (shown) shown.remove(); command.form.dataset.ready = ""; };
    // Whoever types has read it.
    command.form.addEventListener("input", ready, { once: true });
    command.form.addEventListener("submit", (event) => {
      const isPlain = command.value.trim() === "" && !(event.submitter && event.submitter.name);
      if (isPlain && !("ready" in command.form.dataset)) event.preventDefault();
    });
    if (shown) requestAnimationFrame(() => setTimeout(ready, 1000));
    else ready();
    // What came back as it was typed isn't saved.
    if (document.querySelector(".dock .fault")) preview();
  }
  // A double click sends once. What was typed or scanned in between is something else, and goes.
  let sent = "";
  addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    const submitter = event.submitter, button = submitter && submitter.name ? `${submitter.name}=${submitter.value}` : "";
    const now = `${event.target.action} ${button} ${new URLSearchParams(new FormData(event.target))}`;
    if (now === sent) { event.preventDefault(); return; }
    sent = now;
    setTimeout(() => { sent = ""; }, 2000);
  });
  // What is shown once may be printed; without script the browser's own command does the same.
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // Another language, or the latest of what others did, opens the page anew: what was typed goes along, once, and no secret of it. With a
  // row of the check sheet goes what it showed, by which the service knows what others changed.
  const KEPT = "typed", goes = (it) => it.name && !/^(password|file|submit)$/.test(it.type) && (it.type !== "hidden" || it.name.startsWith("shown."));
  const fields = () => [...document.querySelectorAll("main form[method=post]")].flatMap((form) =>
    [...form.elements].filter(goes).map((it) => ({ it, of: form.getAttribute("action") })));
  const ticks = (it) => it.type === "checkbox" || it.type === "radio";
  for (const link of document.querySelectorAll('a[href^="/console/language/"], [data-watch] a')) {
    link.addEventListener("click", () => {
      const typed = fields().map(({ it, of }) => [of, it.name, it.value, it.checked]);
      sessionStorage.setItem(KEPT, JSON.stringify(typed));
    });
  }
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
  sessionStorage.removeItem(KEPT);
  // The page that answers a form may stand elsewhere than the page of that form: what tells is where the form goes. Of a page that has
  // changed meanwhile, what is still there.
  const now = kept.length > 0 ? fields() : [], most = now.length;
  for (const [goesTo, name, value, checked] of kept) {
    const at = now.findIndex(({ it, of }) => of === goesTo && it.name === name && (!ticks(it) || it.value === value));
    if (at < 0) continue;
    const [{ it }] = now.splice(at, 1);
    if (ticks(it)) it.checked = checked;
    else it.value = value;
  }
  if (now.length < most && command) command.form.dispatchEvent(new Event("input"));
  // What goes on by itself: how far it is, until it is done.
  if (document.querySelector("[data-going]")) {
    const following = setInterval(async () => {
      const answer = await fetch(location.href, { headers: { "X-Look": "1" } });
      if (!answer.ok || answer.redirected) return clearInterval(following);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-going]");
      if (!next) { clearInterval(following); location.reload(); }
      else document.querySelector("[data-going] [role=status]").textContent = next.querySelector("[role=status]").textContent;
    }, 3000);
  }
  // An open case: whether somebody else changed it, and who else has its check sheet open. Such a look keeps nobody signed in.
  const watch = document.querySelector("[data-watch]"), others = document.getElementById("others");
  if (watch) {
    const look = async () => {
      const answer = await fetch(watch.dataset.watch, { headers: { "X-Look": "1" } });
      if (!answer.ok || answer.redirected) return clearInterval(looking);
      const [version, ...there] = (await answer.text()).split("\n");
      if (version !== watch.dataset.version) watch.hidden = false;
      if (others && others.textContent !== there.join(" · ")) others.textContent = there.join(" · ");
    };
    const looking = setInterval(look, 15000);
    addEventListener("focus", look);
    if (others) look();
  }
})();
