/* The System Health page's subscription: each message is a whole state, which the server draws. */
(function () {
  "use strict";
  const POLL_AFTER_MS = 8000, OFFLINE_MS = 60000, RETRY_MS = 4000, FINAL_CODES = [4400, 4401, 4403];
  const BADGES = {
    connecting: ["neutral", "hourglass", "Connecting", "The live connection is being opened"],
    live: ["good", "broadcast", "Live", "Measured again every 5 s"],
    reconnecting: ["warn", "arrow-clockwise", "Reconnecting", "Connection lost; figures keep their time"],
    polling: ["info", "arrow-repeat", "Every 30 s", "No live connection: the page asks again every 30 s"],
    offline: ["bad", "wifi-off", "Offline", "No answer for 60 s; figures are stale"],
  };
  const element = (id) => document.getElementById(id), now = () => performance.now();
  let client = null, stop = null, latest = 0, opened = 0, ended = 0, shown = "", polling = false;

  const setProps = (id, props) => { if (element("health")) window.dash_clientside.set_props(id, props); };

  function socketClient() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return globalThis.graphqlWs.createClient({
      url: `${scheme}//${location.host}/graphql`,
      lazy: true,
      keepAlive: 10000,
      retryAttempts: Infinity,
      shouldRetry: (event) => !(event && FINAL_CODES.includes(event.code)),
      retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(8000, 250 * 2 ** retries))),
      on: {
        closed: (event) => {
          if (event && (event.code === 4401 || event.code === 4403)) {
            location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
          }
        },
      },
    });
  }

  function subscribe(query) {
    client = client || socketClient();
    opened = now();
    const mine = {}, present = () => stop && stop.mine === mine;
    const end = client.subscribe({query}, {
      next: ({data}) => {
        if (!data || !present()) return;
        latest = now();
        if (!document.hidden) setProps("health-frame", {data: data.systemHealth});
      },
      error: (error) => {
        console.info("The live subscription ended:", error);
        if (present()) { stop = null; ended = now(); }
      },
      complete: () => { if (present()) { stop = null; ended = now(); } },
    });
    stop = {mine, end};
  }

  function unsubscribe() {
    const {end} = stop;
    stop = null;
    latest = 0;
    shown = "";
    polling = false;
    end();
  }

  function badge() {
    const silent = now() - (latest || opened);
    const name = silent > OFFLINE_MS ? "offline" : silent > 2 * POLL_AFTER_MS ? "polling" : !latest ? "connecting" : silent > POLL_AFTER_MS ? "reconnecting" : "live";
    const ask = name === "polling" || name === "offline";
    if (ask !== polling) { polling = ask; setProps("health-poll", {disabled: !ask}); }
    if (shown === name || !element("live-badge")) return;
    shown = name;
    const [tone, icon, word, title] = BADGES[name];
    setProps("live-badge", {className: `badge badge-${tone}`, title});
    setProps("live-icon", {className: `bi bi-${icon}`});
    setProps("live-word", {children: word});
  }

  addEventListener("DOMContentLoaded", () => setInterval(() => {
    const place = element("health-live");
    if (!place) { if (stop) unsubscribe(); return; }
    if (!window.dash_clientside || !window.dash_clientside.set_props) return;
    if (!stop && now() - ended > RETRY_MS) subscribe(place.getAttribute("data-subscription"));
    badge();
  }, 500));
})();
