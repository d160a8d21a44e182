{% autoescape off %}const KEY = "{{ key }}";
const COLLECTOR = "{{ collector }}";

// Shopify's own banner decides; without an answer yet, the pixel's consent policy does.
let allowed = init.customerPrivacy ? init.customerPrivacy.analyticsProcessingAllowed : null;
api.customerPrivacy.subscribe("visitorConsentCollected", (event) => {
  allowed = event.customerPrivacy.analyticsProcessingAllowed;
});

// 128 random bits, kept on this browser by Shopify and only once that is allowed.
async function visitor() {
  if (!allowed) return "";
  let id = await browser.localStorage.getItem("kolhub_visitor");
  if (!id) {
    id = crypto.randomUUID();
    await browser.localStorage.setItem("kolhub_visitor", id);
  }
  return id;
}

// The signed click id that a creator's link adds to the landing page; it lasts as long as the visit does.
async function click(url) {
  const here = new URL(url).searchParams.get("khc") || "";
  if (!allowed) return here;
  let kept = {};
  try { kept = JSON.parse(await browser.localStorage.getItem("kolhub_khc")) || {}; } catch {}
  const khc = here || (Date.now() - kept.at < 30 * 60 * 1000 ? kept.khc : "");
  if (khc) await browser.localStorage.setItem("kolhub_khc", JSON.stringify({ khc, at: Date.now() }));
  return khc;
}

async function send(name, event, more) {
  const page = event.context.document;
  const told = {
    id: crypto.randomUUID(), name, visitor: await visitor(), url: page.location.href, referrer: page.referrer,
    khc: await click(page.location.href), consent: allowed, at: Date.parse(event.timestamp), ...more,
  };
  const body = JSON.stringify({
    key: KEY, tz: Intl.DateTimeFormat().resolvedOptions().timeZone, events: [told],
  });
  // The same id again is counted once, so trying again can do no harm.
  for (const pause of [0, 2000, 8000]) {
    await new Promise((go) => setTimeout(go, pause));
    try {
      const answer = await fetch(`${COLLECTOR}/e`, { method: "POST", body, keepalive: true });
      if (answer.status < 500 && answer.status !== 429) return;
    } catch {}
  }
}

analytics.subscribe("page_viewed", (event) => send("page_view", event));
analytics.subscribe("product_added_to_cart", (event) => send("add_to_cart", event));
analytics.subscribe("checkout_started", (event) => send("checkout", event));
analytics.subscribe("checkout_completed", (event) => {
  // The order webhook names the order by its number alone, without gid://shopify/….
  const order = String((event.data.checkout.order || {}).id || "").split("/").pop();
  send("purchase", event, order ? { order_ref: order } : {});
});{% endautoescape %}
