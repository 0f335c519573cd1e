"use strict";
// Opens the browser's print window: by the button, and at once after a print was recorded. Without script Ctrl+P does the same.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
if (location.hash === "#print") {
  history.replaceState(null, "", location.pathname);
  window.print();
}
