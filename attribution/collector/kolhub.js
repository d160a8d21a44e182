/* KolHub: tells a shop's visits and purchases to its own hit server. docs/tracking.md */
(function (w, d, n) {
  "use strict";
  var script = d.currentScript || d.querySelector("script[data-kolhub],script[src*='/kolhub.js']");
  if (!script || (w.kolhub && w.kolhub.ready)) return;
  var told = script.dataset;
  var home = told.collector || new URL(script.src).origin;
  var waiting = (w.kolhub && w.kolhub.q) || [];
  var YEAR = 34560000, HALF_HOUR = 18e5, STORE = "kolhub";
  var unsent = {}, tries = 0, timer = 0, shown = "";
  // What the visitor said: true, false, or null for nothing yet. A refusal by the browser is a refusal.
  var consent = told.consent === "granted" ? true : told.consent === "denied" ? false : null;
  if (n.globalPrivacyControl || n.doNotTrack === "1") consent = false;

  function read() {
    try { return JSON.parse(w.localStorage.getItem(STORE)) || {}; } catch (e) { return {}; }
  }
  function write(state) {
    try { w.localStorage.setItem(STORE, JSON.stringify(state)); } catch (e) { /* private mode: the cookie will do */ }
    d.cookie = "kolhub_visitor=" + state.v + ";path=/;max-age=" + YEAR + ";samesite=lax" +
      (w.location.protocol === "https:" ? ";secure" : "");
  }
  function forget() {
    try { w.localStorage.removeItem(STORE); } catch (e) { /* nothing was kept */ }
    d.cookie = "kolhub_visitor=;path=/;max-age=0";
  }
  function cookie() {
    var found = /(?:^|; )kolhub_visitor=([\w-]+)/.exec(d.cookie);
    return found && found[1];
  }
  // UUIDv7: sorts by time, and the same id goes out again with every retry.
  function uuid() {
    var bytes = w.crypto.getRandomValues(new Uint8Array(16)), now = Date.now(), i, hex = "";
    for (i = 5; i >= 0; i--) { bytes[i] = now % 256; now = Math.floor(now / 256); }
    bytes[6] = (bytes[6] & 15) | 112;
    bytes[8] = (bytes[8] & 63) | 128;
    for (i = 0; i < 16; i++) hex += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + (bytes[i] + 256).toString(16).slice(1);
    return hex;
  }
  // The click id of the landing page; taken out of the address, so that a shared link names nobody.
  var clicked = "";
  (function () {
    var here = new URL(w.location.href);
    clicked = here.searchParams.get("khc") || "";
    if (clicked && w.history.replaceState) {
      here.searchParams.delete("khc");
      w.history.replaceState(w.history.state, "", here.href);
    }
  })();

  function mayKeep() { return consent === true || (consent === null && told.consent === "implied"); }
  function me() {
    if (!mayKeep()) return { v: "", khc: clicked };
    var state = read(), now = Date.now();
    state.v = state.v || cookie() || uuid();
    if (clicked) { state.khc = clicked; state.at = now; }
    if (state.khc && now - state.at > HALF_HOUR) delete state.khc;
    if (state.khc) state.at = now;
    write(state);
    return { v: state.v, khc: state.khc || "" };
  }
  function body(events) {
    var zone = "";
    try { zone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch (e) { /* very old browsers */ }
    return JSON.stringify({ key: told.key, tz: zone, events: events });
  }
  function all() { return Object.keys(unsent).map(function (id) { return unsent[id]; }).slice(0, 50); }
  function remember() {
    if (!mayKeep()) return;
    var state = read();
    if (state.v) { state.out = all(); write(state); }
  }
  function send() {
    w.clearTimeout(timer);
    var events = all();
    if (!events.length) return;
    remember();
    w.fetch(home + "/e", { method: "POST", body: body(events), keepalive: true, credentials: "omit", headers: { "content-type": "text/plain" } })
      .then(function (answer) {
        // Whatever was understood is done with; only a server in trouble is asked again.
        if (answer.status >= 500 || answer.status === 429) throw answer;
        events.forEach(function (event) { delete unsent[event.id]; });
        tries = 0;
        remember();
      })
      .catch(function () {
        if (++tries < 8) timer = w.setTimeout(send, Math.min(6e4, 500 * Math.pow(2, tries)));
      });
  }
  function tell(name, more) {
    var who = me(), event = { id: uuid(), name: name, url: w.location.href, referrer: d.referrer, consent: consent, at: Date.now() };
    if (who.v) event.visitor = who.v;
    if (who.khc && consent !== false) event.khc = who.khc;
    if (more && more.order_ref) event.order_ref = String(more.order_ref);
    if (more && more.customer && consent !== false) event.customer = more.customer;
    unsent[event.id] = event;
    send();
    return event.id;
  }
  function hashed(text) {
    var plain = String(text).trim().toLowerCase();
    if (/^[0-9a-f]{64}$/.test(plain) || !w.crypto.subtle) return Promise.resolve(plain.length === 64 ? plain : "");
    return w.crypto.subtle.digest("SHA-256", new TextEncoder().encode(plain)).then(function (bytes) {
      return Array.from(new Uint8Array(bytes), function (b) { return (b + 256).toString(16).slice(1); }).join("");
    });
  }
  // Shopify hands cart attributes on to the order, and so to its webhook.
  function cart() {
    var who = me();
    if (!w.Shopify || !who.v) return;
    w.fetch("/cart/update.js", {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ attributes: { kolhub_visitor: who.v, kolhub_khc: who.khc } })
    }).catch(function () { /* the order is still known by its pixel */ });
  }
  function page() {
    if (shown === w.location.href) return;
    shown = w.location.href;
    tell("page_view");
    cart();
  }
  function kolhub(name, more) {
    if (name === "consent") {
      var before = consent;
      if (n.globalPrivacyControl || n.doNotTrack === "1") more = false;
      consent = more === null ? null : !!more;
      if (consent === false) { forget(); unsent = {}; }
      // The page was counted without its visitor: now it may be counted with.
      if (consent && before !== true) { shown = ""; page(); }
    } else if (name === "page_view") {
      shown = "";
      page();
    } else if (more && more.customer) {
      hashed(more.customer).then(function (hash) { tell(name, { order_ref: more.order_ref, customer: hash }); });
    } else {
      tell(name, more);
    }
  }
  kolhub.ready = true;
  kolhub.visitor = function () { return me().v; };
  kolhub.click = function () { return me().khc; };
  w.kolhub = kolhub;

  if (mayKeep()) (read().out || []).forEach(function (event) { unsent[event.id] = event; });
  var push = w.history.pushState;
  w.history.pushState = function () { var done = push.apply(w.history, arguments); w.setTimeout(page, 0); return done; };
  w.addEventListener("popstate", page);
  w.addEventListener("online", send);
  w.addEventListener("pagehide", function () {
    var events = all();
    if (events.length && n.sendBeacon) n.sendBeacon(home + "/e", new Blob([body(events)], { type: "text/plain" }));
  });
  waiting.forEach(function (call) { if (call[0] === "consent") kolhub.apply(null, call); });
  if (told.page !== "manual") page();
  waiting.forEach(function (call) { if (call[0] !== "consent") kolhub.apply(null, call); });
})(window, document, navigator);
