/** A form with the field, on Express. */
import { randomUUID } from "node:crypto";
import express from "express";
import { Client, KelisimError, UnavailableError } from "../../clients/js/index.js";

const { KELISIM_URL, KELISIM_SECRET_KEY, KELISIM_SITE_KEY, KELISIM_FORM, PORT, SPOOL } = process.env;
const client = new Client({
  baseUrl: KELISIM_URL,
  secretKey: KELISIM_SECRET_KEY,
  siteKey: KELISIM_SITE_KEY,
  spool: SPOOL,
});
await client.refreshKeys();
const app = express();
app.use(express.urlencoded({ extended: false }));

app.get("/", (_request, response) => {
  response.send(`<!doctype html><html lang="kk"><meta charset="utf-8"><title>Express</title>
<script src="${KELISIM_URL}/w/1.0.0/k.js"
  integrity="sha384-MqIet4kwliehHssA3X8Aizmwk73KtOoemMsP6iv5sCl36nWabMTiC+Iyk2h5tS2k"
  crossorigin="anonymous" async></script>
<form method="post"><k-field site="${KELISIM_SITE_KEY}" form-id="${KELISIM_FORM}" name="agreement"></k-field>
<button>Send</button></form></html>`);
});

// Without the required consent there is no account.
app.post("/", async (request, response) => {
  try {
    const outcome = await client.confirm(request.body.agreement, `user-${randomUUID()}`, { form: KELISIM_FORM });
    response.json({ granted: outcome.granted, recorded: outcome.consent !== null });
  } catch (error) {
    if (!(error instanceof KelisimError)) throw error;
    if (error instanceof UnavailableError) response.status(503).json({ error: "unavailable" });
    else response.status(422).json({ error: error.code });
  }
});

// A timer of yours would do this every minute.
app.post("/waiting", async (_request, response) => {
  const { done, refused } = await client.sendWaiting();
  response.json({ done, refused: refused.map((error) => error.code) });
});

app.listen(Number(PORT), "127.0.0.1");
