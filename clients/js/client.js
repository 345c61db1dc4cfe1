import { createHash, randomUUID } from "node:crypto";
import { RefusedError, UnavailableError } from "./errors.js";
import { readField } from "./field.js";
import { readKeys, readToken } from "./offline.js";
import { Spool } from "./spool.js";

/**
 * @typedef {object} Outcome What became of a form
 * @property {Record<string, boolean>} granted The answer to each box
 * @property {Record<string, any> | null} consent The record with its receipt; null while it waits in the spool
 * @property {boolean} isSigned It came with a token; else it rests on the word of this site
 */

/** What the server of one site needs. */
export class Client {
  #secretKey;
  #spool;
  #timeout;
  /** @type {import("./offline.js").Keys} */
  #keys = new Map();

  /** @param {{ baseUrl: string, secretKey: string, siteKey: string, spool?: string, timeout?: number }} settings */
  constructor({ baseUrl, secretKey, siteKey, spool, timeout = 5000 }) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.siteKey = siteKey;
    this.#secretKey = secretKey;
    this.#spool = spool ? new Spool(spool) : null;
    this.#timeout = timeout;
  }

  /**
   * Fetch the published keys, by which tokens are read while the service is away; call it at each start.
   * Where they cannot be fetched, those that the spool has from before are used.
   */
  async refreshKeys() {
    let jwks;
    try {
      jwks = await this.#ask("GET", "/.well-known/jwks.json");
      await this.#spool?.keepKeys(jwks);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      jwks = (await this.#spool?.knownKeys()) ?? { keys: [] };
    }
    this.#keys = readKeys(jwks);
  }

  /**
   * Return what a form shows, for `fallbackHtml`; with `since`, what changed for this person.
   * @param {string} form
   * @param {string} language
   * @param {string[]} [since]
   */
  async form(form, language, since = []) {
    const path = `/api/v1/sites/${encodeURIComponent(this.siteKey)}/forms/${encodeURIComponent(form)}`;
    const query = new URLSearchParams([["lang", language], ...since.map((one) => ["since", one])]);
    return this.#ask("GET", `${path}?${query}`);
  }

  /**
   * Return the versions that bind a person, as `document@version`: the value of `since`; none for a new one.
   * @param {string} subjectRef
   * @returns {Promise<string[]>}
   */
  async since(subjectRef) {
    try {
      const { items } = await this.#ask("GET", `/api/v1/subjects/${encodeURIComponent(subjectRef)}/standing`);
      return items.filter((one) => one.version).map((one) => `${one.document.split("/")[1]}@${one.version}`);
    } catch (error) {
      if (error instanceof RefusedError && error.code === "not-found") return [];
      throw error;
    }
  }

  /**
   * Confirm what a form brought under the name of the field, and bind it to a person.
   * @param {string | string[] | undefined} values
   * @param {string} subjectRef Your own opaque reference of the person: no name, no address
   * @param {{ form: string, identifiers?: Record<string, string>, declarations?: Record<string, boolean> }} about
   * @returns {Promise<Outcome>}
   */
  async confirm(values, subjectRef, { form, identifiers, declarations }) {
    const field = readField(values);
    const receivedAt = new Date();
    const late = { received_at: receivedAt.toISOString() };
    const body = { subject: { ref: subjectRef, ...(identifiers && { identifiers }) }, ...(declarations && { declarations }) };
    let waiting;
    let now;
    let granted = {};
    if (field.token === null) {
      const said = field.displayed;
      if (said.site_key !== this.siteKey || said.form !== form) {
        throw new RefusedError("field-other-form", "The field is of another form or site.");
      }
      granted = said.answers;
      waiting = now = { ...body, displayed: said, ...late };
    } else {
      now = { ...body, token: field.token, site_key: this.siteKey, form };
      // If the first try arrives and a late one too, the second says that the token is used up: nothing is lost.
      waiting = { ...now, ...late };
    }
    const isSigned = field.token !== null;
    try {
      const consent = await this.#ask("POST", "/api/v1/consents", now);
      return { granted: grantedIn(consent), consent, isSigned };
    } catch (error) {
      if (!(error instanceof UnavailableError) || !this.#spool || (isSigned && !this.#keys.size)) throw error;
      if (isSigned) granted = readToken(field.token, this.#keys, { at: receivedAt, siteKey: this.siteKey, form }).answers;
      await this.#spool.keep(waiting);
      return { granted, consent: null, isSigned };
    }
  }

  /**
   * Send what waits; return how many were taken, and why others never will be: those are given up.
   * @returns {Promise<{ done: number, refused: RefusedError[] }>}
   */
  async sendWaiting() {
    let done = 0;
    const refused = [];
    for await (const one of this.#spool?.waiting() ?? []) {
      try {
        await this.#ask("POST", "/api/v1/consents", one.waiting);
        done += 1;
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (error.code === "token-replayed") done += 1; // the try before had arrived after all
        else refused.push(error);
      }
      await one.done();
    }
    return { done, refused };
  }

  /**
   * Say for each purpose whether data of the person may be processed for it now; where that cannot be asked, they may not.
   * @param {string} subjectRef
   * @param {...string} purposes
   * @returns {Promise<Record<string, boolean>>}
   */
  async may(subjectRef, ...purposes) {
    const query = new URLSearchParams([["subject", subjectRef], ...purposes.map((one) => ["purpose", one])]);
    const { items } = await this.#ask("GET", `/api/v1/permissions?${query}`);
    return Object.fromEntries(purposes.map((one, place) => [one, items[place].allowed]));
  }

  /**
   * Withdraw for some purposes, or for all of a document; the answer says from when and what is owed.
   * @param {string} subjectRef
   * @param {string} document
   * @param {...string} purposes
   * @returns {Promise<Record<string, any>>}
   */
  async withdraw(subjectRef, document, ...purposes) {
    const body = { subject: subjectRef, document, channel: "platform", ...(purposes.length && { purposes }) };
    return this.#ask("POST", "/api/v1/withdrawals", body, randomUUID());
  }

  /**
   * Return the address of the person's own page: send their browser there at once, and keep it nowhere.
   * Ask only for who is signed in: the address opens the page for whoever has it, for an hour.
   * @param {string} subjectRef
   * @returns {Promise<string>}
   */
  async ownPage(subjectRef) {
    return (await this.#ask("POST", "/api/v1/preference-links", { subject: subjectRef }, randomUUID())).url;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [sent]
   * @param {string} [once] Without a key of its own, the same sent twice is one request
   * @returns {Promise<any>}
   */
  async #ask(method, path, sent, once) {
    const body = sent && JSON.stringify(sent);
    const key = body && (once ?? createHash("sha256").update(body).digest("hex"));
    let answer;
    let said;
    try {
      answer = await fetch(this.baseUrl + path, {
        method,
        headers: {
          Authorization: `Bearer ${this.#secretKey}`,
          ...(sent && { "Content-Type": "application/json", "Idempotency-Key": key }),
        },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(this.#timeout),
      });
      said = await answer.json();
    } catch (error) {
      if (answer?.ok === false) said = {};
      else throw new UnavailableError("unreachable", "The service cannot be reached.");
    }
    if (answer.ok) return said;
    const isAway = answer.status >= 500 || [401, 403, 429].includes(answer.status);
    const Fault = isAway ? UnavailableError : RefusedError;
    throw new Fault(said.code ?? "error", said.detail ?? `The answer has the status ${answer.status}.`);
  }
}

/** @param {Record<string, any>} consent */
function grantedIn(consent) {
  const granted = {};
  for (const record of [consent, ...(consent.further ?? [])]) {
    for (const choice of record.choices) granted[`${record.document.split("/")[1]}#${choice.purpose}`] = choice.granted;
  }
  for (const one of consent.informed ?? []) granted[one.document] = one.ticked;
  return granted;
}
