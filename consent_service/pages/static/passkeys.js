/* Lets the browser make a passkey, or answer with one, before its form goes. */
"use strict";
const supported = window.PublicKeyCredential && "parseRequestOptionsFromJSON" in PublicKeyCredential;
const ASK = {
  create: (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!supported) continue;
  const failed = form.querySelector("[role=alert]");
  form.hidden = false;
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const token = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      const answer = await fetch(form.dataset.options, { method: "POST", body: token });
      if (answer.status === 403) return void form.submit(); // the page that comes asks who it is, or for a fresh form
      const made = await ASK[form.dataset.passkey](await answer.json());
      form.elements.answer.value = JSON.stringify(made);
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
