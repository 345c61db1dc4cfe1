import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const KEYS = "published.keys";

/** A folder of requests that wait: one file each, whole or not there, for its own account alone. */
export class Spool {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {object} waiting */
  async keep(waiting) {
    await this.#write(`${randomUUID()}.json`, waiting);
  }

  /** @param {object} jwks */
  async keepKeys(jwks) {
    await this.#write(KEYS, jwks);
  }

  /** @returns {Promise<any>} The keys that were kept last, null where there are none */
  async knownKeys() {
    try {
      return JSON.parse(await readFile(join(this.folder, KEYS), "utf8"));
    } catch {
      return null;
    }
  }

  /** Yield what waits, the oldest first, each with how to be done with it. */
  async *waiting() {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => name.endsWith(".json"));
    const places = await Promise.all(
      names.map(async (name) => ({ place: join(this.folder, name), at: (await stat(join(this.folder, name))).mtimeMs })),
    );
    for (const { place } of places.sort((one, other) => one.at - other.at)) {
      yield { waiting: JSON.parse(await readFile(place, "utf8")), done: () => rm(place, { force: true }) };
    }
  }

  /** @param {string} name @param {object} said */
  async #write(name, said) {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const fresh = join(this.folder, `.${randomUUID()}`);
    const file = await open(fresh, "wx", 0o600);
    try {
      await file.writeFile(JSON.stringify(said));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, join(this.folder, name));
  }
}
