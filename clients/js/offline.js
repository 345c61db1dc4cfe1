import { createPublicKey, verify } from "node:crypto";
import { RefusedError } from "./errors.js";

const KIND = "consent-intent+jwt";
const ALGORITHM = "Ed25519";
const SKEW = 60_000;

/** @typedef {Map<string, import("node:crypto").KeyObject>} Keys */

/**
 * Read the keys of `/.well-known/jwks.json`.
 * @param {{ keys: Record<string, any>[] }} jwks
 * @returns {Keys}
 */
export function readKeys(jwks) {
  const known = jwks.keys.filter((key) => key.kty === "OKP" && key.crv === ALGORITHM);
  const opened = ({ kid, kty, crv, x }) => [kid, createPublicKey({ key: { kty, crv, x }, format: "jwk" })];
  return new Map(known.map(opened));
}

/**
 * Read a token without asking the service.  Whether it was used already, the service alone knows.
 * @param {string} token
 * @param {Keys} keys
 * @param {{ at?: Date, siteKey?: string, form?: string }} [expected]
 * @returns {Record<string, any>} Its claims
 */
export function readToken(token, keys, { at = new Date(), siteKey, form } = {}) {
  const { head, said, signature, signed } = parts(token);
  if (head.typ !== KIND) throw new RefusedError("token-malformed", "This is no token of a form.");
  const key = keys.get(head.kid);
  if (!key) throw new RefusedError("token-unknown-key", "None of the keys that are known signed the token.");
  if (head.alg !== ALGORITHM || !verify(null, signed, key, signature)) {
    throw new RefusedError("token-edited", "The token was altered.");
  }
  if (at.getTime() < said.iat * 1000 - SKEW || at.getTime() > said.exp * 1000 + SKEW) {
    throw new RefusedError("token-expired", "The token was not good when the form was received.");
  }
  if (siteKey !== undefined && siteKey !== said.aud) {
    throw new RefusedError("token-other-site", "The token was given to a page of another site.");
  }
  if (form !== undefined && form !== said.form) {
    throw new RefusedError("token-other-form", "The token was given for another form.");
  }
  return said;
}

/** @param {string} token */
function parts(token) {
  const [head, said, signature, more] = String(token).split(".");
  try {
    if (signature === undefined || more !== undefined) throw new TypeError();
    const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
    const opened = { head: read(head), said: read(said) };
    if (Object(opened.head) !== opened.head || Object(opened.said) !== opened.said) throw new TypeError();
    return { ...opened, signature: Buffer.from(signature, "base64url"), signed: Buffer.from(`${head}.${said}`) };
  } catch {
    throw new RefusedError("token-malformed", "This is no token of a form.");
  }
}
