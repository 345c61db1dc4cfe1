/* Looks again, every few seconds, at the part of a page where something goes on: focus and place stay as they are. */
"use strict";
const EVERY = 3000;
const look = () => {
  const shown = document.querySelector("[data-live]");
  if (!shown) return;
  const again = () => setTimeout(look, EVERY);
  if (document.hidden) return void again();
  const asked = new XMLHttpRequest();
  asked.open("GET", location.href);
  asked.responseType = "document"; // read as a page without running anything of it
  asked.onload = () => {
    const now = asked.status === 200 && asked.response ? asked.response.getElementById(shown.id) : null;
    if (now && !now.isEqualNode(shown)) {
      const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
      shown.replaceWith(now);
      if (focused) document.getElementById(focused)?.focus();
    }
    again();
  };
  asked.onerror = again;
  asked.send();
};
setTimeout(look, EVERY);
