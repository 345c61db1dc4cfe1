/*! Kelisim form field 1.0.0, Apache-2.0 */
(() => {
  "use strict";
  const TAG = "k-field";
  const able = "attachInternals" in HTMLElement.prototype && "adoptedStyleSheets" in Document.prototype;
  if (!able || customElements.get(TAG)) return; // what stands inside the element is used as it is

  const SCRIPT = "1.0.0";
  const PATIENCE = 1500; // how long a form waits for its token, in ms
  const SLOW = 10000; // how long what stands inside the element is shown while the form is asked for
  const EARLY = 300000; // a token is renewed so long before its end
  const LANGUAGES = ["kk", "ru", "en"];
  const HOME = (document.currentScript?.src || "").replace(/\/w\/[^/]*\/k\.js.*$/, "");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; }
    :host([hidden]) { display: none; }
    .all, .part { display: grid; gap: var(--k-gap, 0.75rem); }
    label { display: grid; grid-template-columns: auto 1fr; gap: 0.6rem; align-items: start; }
    input { box-sizing: border-box; width: var(--k-size, 1.5rem); height: var(--k-size, 1.5rem);
      min-width: 24px; min-height: 24px; margin: 0; accent-color: var(--k-accent, auto); }
    input:focus-visible, a:focus-visible { outline: 3px solid var(--k-focus, currentcolor); outline-offset: 2px; }
    a { display: inline-block; min-height: 24px; color: var(--k-link, inherit); overflow-wrap: anywhere; }
    p, ul { margin: 0; }
    ul { padding-inline-start: 1.2rem; overflow-wrap: anywhere; }
    .changes { display: grid; gap: 0.4rem; border-inline-start: 4px solid currentcolor; padding-inline-start: 0.75rem; }
    .changes p { font-weight: 600; }
    .text { overflow-wrap: anywhere; padding-top: 0.1em; }
    .error { margin-inline-start: calc(var(--k-size, 1.5rem) + 0.6rem); color: var(--k-error, #b3261e); font-weight: 600; }
    .error:empty, .note:empty { display: none; }
    @supports (color: light-dark(red, red)) { .error { color: var(--k-error, light-dark(#b3261e, #ffb4ab)); } }
    @media (forced-colors: active) { .error { color: CanvasText; } }
  `);

  const make = (tag, part, text = "") => {
    const made = document.createElement(tag);
    made.part = made.className = part;
    made.textContent = text;
    return made;
  };

  const link = (url, text) => {
    const made = make("a", "link", text);
    made.href = url;
    made.target = "_blank";
    made.rel = "noopener";
    return made;
  };

  const ask = async (url, wait, body) => {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      body: body && JSON.stringify(body),
      credentials: "omit",
      signal: AbortSignal.timeout(wait),
    });
    const said = await answer.json();
    if (!answer.ok) throw said;
    return said;
  };

  const once = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

  // A form is held back until its fields have their tokens, at most PATIENCE, and then sent on as it was.
  const known = new WeakSet();
  const held = new WeakSet();
  const letGo = new WeakSet();
  let sentAt = new WeakMap(); // a second click at once sends nothing: it would take a token of its own
  addEventListener("pagehide", () => { sentAt = new WeakMap(); }); // whoever came back is not clicking twice
  const hold = (event) => {
    const form = event.currentTarget;
    const now = performance.now();
    if (!letGo.has(form) && now - sentAt.get(form) < 500) {
      event.preventDefault();
      return event.stopImmediatePropagation();
    }
    const fields = Array.from(form.elements).filter((one) => one instanceof Field);
    const waiting = fields.filter((one) => one.wants);
    if (letGo.has(form) || !waiting.length) {
      sentAt.set(form, now);
      return fields.forEach((one) => one.sent());
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (held.has(form)) return;
    held.add(form);
    const by = event.submitter?.form === form ? event.submitter : undefined;
    Promise.all(waiting.map((one) => one.token())).finally(() => {
      held.delete(form);
      letGo.add(form);
      form.requestSubmit(by);
      letGo.delete(form);
    });
  };

  class Field extends HTMLElement {
    static formAssociated = true;
    static observedAttributes = ["lang", "site", "form-id", "since"];
    #in = this.attachInternals();
    #shown = null;
    #answers = {};
    #boxes = new Map();
    #kept = {}; // ticks from before there were boxes
    #before = new Map(); // versions that were shown here until others came
    #nonce = once();
    #asked = "";
    #token = null;
    #until = 0;
    #spent = false;
    #signing = null;
    #round = 0;
    #told = false;
    #changed = false;
    #disabled = false;
    #value = null;
    #tell;
    ready = new Promise((tell) => (this.#tell = tell));

    constructor() {
      super();
      this.addEventListener("invalid", () => {
        this.#told = true;
        this.#update();
      });
      this.addEventListener("focusin", () => this.#freshen());
    }

    connectedCallback() {
      watch.observe(document.documentElement, { attributeFilter: ["lang"] });
      inside.observe(this, { childList: true, subtree: true });
      all.add(this);
      this.refresh();
    }

    disconnectedCallback() {
      all.delete(this);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.refresh();
    }

    formAssociatedCallback(form) {
      if (!form || known.has(form)) return;
      known.add(form);
      form.addEventListener("submit", hold, true);
    }

    formDisabledCallback(disabled) {
      this.#disabled = disabled;
      this.#update();
    }

    formResetCallback() {
      this.#told = this.#changed = false;
      this.#kept = {};
      this.#nonce = once();
      this.#answer(() => false);
    }

    // Back brings back what the person ticked; nothing else ticks a box.
    formStateRestoreCallback(state, mode) {
      if (mode !== "restore") return;
      this.#kept = JSON.parse(state);
      this.#answer((id) => this.#answers[id] || this.#kept[id] === true);
    }

    get form() { return this.#in.form; }
    get name() { return this.getAttribute("name"); }
    get type() { return TAG; }
    get value() { return this.#value; }
    get answers() { return { ...this.#answers }; }
    get validity() { return this.#in.validity; }
    get validationMessage() { return this.#in.validationMessage; }
    get willValidate() { return this.#in.willValidate; }
    checkValidity() { return this.#in.checkValidity(); }
    reportValidity() { return this.#in.reportValidity(); }

    // Whether a token has to be fetched before the form can go.
    get wants() { return !!this.#shown && this.#in.validity.valid && !this.#disabled && !this.#isGood(); }

    // The value to send: a token, or after PATIENCE the same unsigned; null where what stands inside is used.
    async token() {
      await this.ready;
      if (this.wants) await this.#sign();
      return this.#value;
    }

    sent() { this.#spent = true; }

    // Show the form in the language of the page, if it is shown in another or not at all.
    async refresh(anew) {
      const lang = (this.closest("[lang]") || document.documentElement).lang.slice(0, 2).toLowerCase();
      const wanted = LANGUAGES.includes(lang) ? lang : LANGUAGES[0];
      for (const { document, version } of (anew && this.#shown?.documents) || []) {
        if (!this.#before.has(document)) this.#before.set(document, version);
      }
      const form = encodeURIComponent(this.getAttribute("form-id"));
      const url = `${this.#home}/forms/${form}?lang=${wanted}${this.#since()}`;
      if (url === this.#asked && !anew) return;
      this.#asked = url;
      try {
        const shown = await ask(url, SLOW);
        if (this.#asked === url) this.#show(shown);
      } catch {
        if (this.#asked === url) this.#asked = "";
      }
      this.#tell(this.#shown);
    }

    // Since which versions to say what changed: those that the site names, else those that were shown here before.
    #since() {
      const since = new Map(this.#before);
      for (const one of (this.getAttribute("since") || "").split(/\s+/)) if (one) since.set(...one.split("@"));
      return Array.from(since, (one) => `&since=${encodeURIComponent(one.join("@"))}`).join("");
    }

    get #home() {
      return `${this.getAttribute("home") ?? HOME}/api/v1/sites/${encodeURIComponent(this.getAttribute("site"))}`;
    }

    #show(shown) {
      const before = this.#shown;
      const versions = (form) => Object.fromEntries(form.documents.map((one) => [one.document, one.version]));
      const old = before && versions(before);
      const now = versions(shown);
      const same = (box) => !old || old[box.document] === now[box.document];
      const ticked = { ...this.#kept, ...this.#answers };
      if (before && shown.boxes.some((box) => ticked[box.box] && !same(box))) this.#changed = true;
      if (!before) this.#inside((one) => one.checked && (ticked[one.value.slice(1)] = true));
      this.#shown = shown;
      const focused = this.shadowRoot?.activeElement?.value;
      this.#build(shown);
      this.#answers = {};
      this.#answer((id) => ticked[id] === true && same(shown.boxes.find((box) => box.box === id)));
      this.#kept = {};
      this.disableInside();
      this.#boxes.get(focused)?.input.focus();
    }

    #build(shown) {
      const root = this.shadowRoot || this.attachShadow({ mode: "open", delegatesFocus: true });
      root.adoptedStyleSheets = [sheet];
      const group = make("div", "all");
      group.role = "group";
      group.ariaLabel = shown.words.group;
      group.lang = shown.language;
      const note = make("p", "note", this.#changed ? shown.words.changed : "");
      note.role = "status";
      group.append(note);
      this.#boxes.clear();
      for (const one of shown.documents) {
        const part = make("div", "part");
        if (one.since) part.append(this.#changes(one.since, shown.words));
        part.append(link(one.url, `${one.title}, ${one.version} (${shown.words.opens})`));
        for (const box of shown.boxes) if (box.document === one.document) part.append(this.#box(box, shown.words));
        group.append(part);
      }
      root.replaceChildren(group);
    }

    #changes(since, words) {
      const made = make("div", "changes");
      const lines = make("ul", "lines");
      for (const line of since.lines) lines.append(make("li", "line", line));
      made.append(make("p", "since", since.title), ...(since.lines.length ? [lines] : []));
      made.append(link(since.url, `${since.link} (${words.opens})`));
      return made;
    }

    #box(box, words) {
      const made = make("div", "box");
      const label = make("label", "label");
      const input = make("input", "input"); // autocomplete stays on: WebKit unticks the others when it comes Back
      input.type = "checkbox";
      input.value = box.box;
      input.required = box.required;
      const text = make("span", "text", `${box.label} (${box.required ? words.required : words.optional})`);
      const error = make("p", "error");
      error.id = `e${this.#boxes.size}`;
      error.role = "alert";
      input.setAttribute("aria-describedby", error.id);
      input.addEventListener("change", () => {
        this.#changed = false;
        this.#answer((id) => (id === box.box ? input.checked : this.#answers[id]));
        this.dispatchEvent(new Event("change", { bubbles: true, composed: true }));
        this.#freshen();
      });
      label.append(input, text);
      made.append(label, error);
      this.#boxes.set(box.box, { input, error, required: box.required });
      return made;
    }

    #answer(of) {
      const answers = {};
      for (const id of this.#boxes.keys()) answers[id] = of(id);
      if (JSON.stringify(answers) !== JSON.stringify(this.#answers)) this.#token = null;
      this.#answers = answers;
      this.#round++;
      this.#update();
    }

    #update() {
      let missing;
      for (const [id, box] of this.#boxes) {
        const lacks = box.required && !this.#answers[id];
        if (lacks) missing ||= box.input;
        box.input.checked = this.#answers[id];
        box.input.disabled = this.#disabled;
        box.input.ariaInvalid = String(lacks && this.#told);
        const says = lacks && this.#told ? this.#shown.words.missing : "";
        if (box.error.textContent !== says) box.error.textContent = says;
      }
      if (!this.#shown) return;
      if (missing) this.#in.setValidity({ valueMissing: true }, this.#shown.words.missing, missing);
      else this.#in.setValidity({});
      this.#value = this.#token || JSON.stringify(this.#displayed());
      this.#in.setFormValue(this.#value, JSON.stringify(this.#answers));
    }

    #displayed() {
      const { site_key, form, edition, language, documents } = this.#shown;
      const texts = documents.map(({ document, version, sha256, since }) => {
        return { document, version, sha256, ...(since && { since: since.version }) };
      });
      return { site_key, form, edition, language, documents: texts, answers: this.#answers };
    }

    #isGood() { return this.#token && !this.#spent && Date.now() < this.#until; }

    // Have a token ready before it is needed.
    #freshen() {
      const touched = Object.values(this.#answers).includes(true);
      if (touched && this.wants && !document.hidden) this.#sign();
    }

    #sign() {
      const round = this.#round;
      if (this.#signing?.round === round) return this.#signing.done;
      const { site_key, ...displayed } = this.#displayed();
      const page = location.origin + location.pathname;
      const body = { ...displayed, nonce: this.#nonce, page: page.slice(0, 500), script: SCRIPT };
      const done = ask(`${this.#home}/intents`, PATIENCE, body)
        .then((given) => {
          if (this.#round !== round) return;
          this.#token = given.token;
          this.#until = Date.now() + given.expires_in * 1000 - EARLY;
          this.#spent = false;
          setTimeout(() => this.isConnected && this.#freshen(), given.expires_in * 1000 - EARLY);
          this.#update();
        })
        .catch((fault) => {
          if (this.#round === round) this.#token = null; // the same goes unsigned
          this.#update();
          if (fault?.code === "version-changed" || fault?.code === "not-found") return this.refresh(true);
        })
        .finally(() => {
          if (this.#signing?.done === done) this.#signing = null;
        });
      this.#signing = { round, done };
      return done;
    }

    // What stands inside for pages without scripts neither blocks the form nor is sent beside the boxes.
    disableInside() {
      if (this.#shown) this.#inside((one) => (one.disabled = true));
    }

    #inside(act) {
      this.querySelectorAll("input, select, textarea, button").forEach(act);
    }
  }

  const all = new Set();
  const watch = new MutationObserver(() => all.forEach((one) => one.refresh()));
  const inside = new MutationObserver(() => all.forEach((one) => one.disableInside()));
  customElements.define(TAG, Field);
})();
