/* Does the work that a code is asked for with, before its form goes; where that fails the form goes without it. */
"use strict";
for (const form of document.querySelectorAll("form[data-work]")) {
  const solver = window.plibow;
  const field = form.elements.work;
  form.addEventListener("submit", (event) => {
    if (field.value || !solver || !window.crypto.subtle) return;
    event.preventDefault();
    const challenge = JSON.parse(atob(form.dataset.work));
    const send = () => form.requestSubmit(event.submitter);
    solver
      .solveChallenge({ challenge, deriveKey: solver.pbkdf2.deriveKey, timeout: 20000 })
      .then((solution) => {
        field.value = solution ? btoa(JSON.stringify({ challenge, solution })) : "-";
      })
      .catch(() => {
        field.value = "-";
      })
      .then(send);
  });
}
