/** What can go wrong, told apart by `code`: docs/problems.md explains each. */
export class KelisimError extends Error {
  /** @param {string} code @param {string} detail */
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/** The field of the form holds nothing that can be confirmed: refuse the form and show it again. */
export class FieldError extends KelisimError {}

/** The service refuses it, or the signature does: refuse the form and show it again. */
export class RefusedError extends KelisimError {}

/** The service cannot be reached, or cannot answer now. */
export class UnavailableError extends KelisimError {}
