"use strict";
// Opens the browser's print window: by the button, and at once after a print was recorded. Without script Ctrl+P does the same.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
if (location.hash === "#print") {
  history.replaceState(null, "", location.pathname + location.search);
  window.print();
}
// A scan opens what was scanned, as on every page: digits and letters go into the search box.
const search = document.querySelector("[role=search] input");
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.repeat) { event.preventDefault(); return; }
  if (search && (event.key === "F2" || (event.key === "/" && event.target !== search))) {
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  if (!search || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target === search) return;
  if (/^[0-9A-Za-z]$/.test(event.key)) { search.focus(); search.value = ""; }
});
