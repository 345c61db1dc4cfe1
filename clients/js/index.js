/**
 * Confirm what a Kelisim form field says, from the server of a site.  Node's own fetch and crypto, nothing else.
 *
 *     const client = new Client({ baseUrl, secretKey, siteKey, spool: "/var/lib/shop/confirmations" });
 *     const outcome = await client.confirm(body.agreement, "user-77", { form: "sign-up" });
 *     if (outcome.granted["privacy-policy#newsletter"]) …
 *
 * A form is never lost for the service's sake: what cannot be confirmed now is checked with published keys, kept in
 * the spool, and sent by `sendWaiting()`, which a timer should call every minute.
 */
export { Client } from "./client.js";
export { KelisimError, FieldError, RefusedError, UnavailableError } from "./errors.js";
export { readField, fallbackHtml } from "./field.js";
export { readKeys, readToken } from "./offline.js";
