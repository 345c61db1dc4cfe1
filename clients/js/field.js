import { FieldError } from "./errors.js";

const MOST_CHARACTERS = 16_384;
const DISPLAYED = ["site_key", "form", "edition", "language", "documents", "answers"];

/**
 * @typedef {object} Field
 * @property {string | null} token The token, or null
 * @property {Record<string, any> | null} displayed What was displayed and ticked, where there is no token
 */

/**
 * Read all values that a form brought under the name of the field.
 * @param {string | string[] | undefined} values
 * @returns {Field}
 */
export function readField(values) {
  const given = values === undefined ? [] : [values].flat().map(String);
  if (!given.length || given.join("").length > MOST_CHARACTERS) {
    throw new FieldError("field-missing", "The form came without the field, or with too much in it.");
  }
  const first = given.find((one) => !one.startsWith("+")) ?? "";
  if (!first.startsWith("{")) return { token: first, displayed: null };
  let displayed;
  try {
    const said = JSON.parse(first);
    displayed = Object.fromEntries(DISPLAYED.map((name) => [name, said[name]]));
  } catch {
    displayed = {};
  }
  if (DISPLAYED.some((name) => displayed[name] === undefined) || typeof displayed.answers !== "object") {
    throw new FieldError("field-malformed", "The field holds neither a token nor what was displayed.");
  }
  // A page without scripts sends each ticked box by itself, after what it displayed.
  const ticked = given.filter((one) => one.startsWith("+")).map((one) => one.slice(1));
  const answers = Object.fromEntries(
    Object.entries(displayed.answers ?? {}).map(([box, answer]) => [box, ticked.includes(box) || answer === true]),
  );
  return { token: null, displayed: { ...displayed, answers } };
}

/** @param {unknown} text */
const escape = (text) =>
  String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

/** @param {string} url @param {string} words */
const link = (url, words) => `<p><a href="${escape(url)}" target="_blank" rel="noopener">${escape(words)}</a></p>`;

/**
 * Return what stands inside the element: shown where scripts do not run, and sent by the form itself.
 * @param {Record<string, any>} shown What `Client.form` returns
 * @param {string} [name]
 */
export function fallbackHtml(shown, name = "agreement") {
  const { site_key, form, edition, language } = shown;
  const documents = shown.documents.map(({ document, version, sha256, since }) => {
    return { document, version, sha256, ...(since && { since: since.version }) };
  });
  const answers = Object.fromEntries(shown.boxes.map((box) => [box.box, false]));
  const hidden = JSON.stringify({ site_key, form, edition, language, documents, answers });
  const lines = [`<input type="hidden" name="${escape(name)}" value="${escape(hidden)}">`];
  for (const one of shown.documents) {
    if (one.since) {
      const told = one.since.lines.map((line) => `<li>${escape(line)}</li>`).join("");
      lines.push(`<p>${escape(one.since.title)}</p>${told && `<ul>${told}</ul>`}`);
      lines.push(link(one.since.url, `${one.since.link} (${shown.words.opens})`));
    }
    lines.push(link(one.url, `${one.title}, ${one.version} (${shown.words.opens})`));
    for (const box of shown.boxes.filter((each) => each.document === one.document)) {
      const told = escape(`${box.label} (${box.required ? shown.words.required : shown.words.optional})`);
      const input = `<input type="checkbox" name="${escape(name)}" value="${escape(`+${box.box}`)}"`;
      lines.push(`<p><label>${input}${box.required ? " required" : ""}> ${told}</label></p>`);
    }
  }
  return `<div lang="${escape(language)}">${lines.join("")}</div>`;
}
