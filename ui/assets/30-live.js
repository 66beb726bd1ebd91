/* One subscription moves the numbers and charts of the Real-time page: buffered, at most four redraws a second. */
(function () {
  "use strict";
  const SUBSCRIPTION = "subscription MetricUpdates($metrics: [String!]!, $range: RangeInput!, $bucket: Bucket, $resumeFrom: String) {" +
    " metricUpdates(metrics: $metrics, range: $range, bucket: $bucket, resumeFrom: $resumeFrom) {" +
    " metric revision asOf rangeStart rangeEnd total previousTotal figure { n low high parts { name value } } buckets { start value } cursor } }";
  const REDRAW_MS = 250, NEWEST_MS = 2000, BEHIND_MS = 1100, REFRESH_MS = 15000, HASTY_REFRESH_MS = 3000, QUIET_MS = 30000, POLL_AFTER_MS = 5000, OFFLINE_MS = 60000;
  const FINAL_CODES = [4400, 4401, 4403];
  const BADGES = {
    connecting: ["neutral", "hourglass", "Connecting", "The live connection is being opened"],
    live: ["good", "broadcast", "Live", "Connection open, last message under 30 s ago"],
    quiet: ["neutral", "pause", "Live, quiet", "Connection open, no message for 30 s or more"],
    reconnecting: ["warn", "arrow-clockwise", "Reconnecting", "Connection lost; numbers keep their as-of time"],
    polling: ["info", "arrow-repeat", "Every 30 s", "No live connection: the page asks again every 30 s"],
    past: ["neutral", "clock", "Historical data", "The range ends in the past, so nothing in it moves"],
    stale: ["warn", "clock", "Stale", "The last refresh failed; numbers are from this time"],
    offline: ["bad", "wifi-off", "Offline", "No answer for 60 s; numbers are stale"],
  };
  const state = globalThis.cipLive = {socket: "connecting", messages: 0, redraws: 0, settings: null, series: new Map()};
  const formats = globalThis.cipFormats;
  const now = () => performance.now();
  const element = (id) => document.getElementById(id);
  let client = null, stop = null, subscription = null, key = "", dirty = new Set(), busy = false;
  let lastRedraw = 0, lastMessage = 0, lastAnswer = 0, lostAt = 0, lastNewest = 0, lastRefresh = 0, lastUpdate = 0, newestDue = false, refreshDue = false, hasty = false, shownBadge = "", lastText = null, polling = false;

  function setProps(id, props) {
    // Dash fails on an id that is not on the page.
    if (element(id)) window.dash_clientside.set_props(id, props);
  }

  /* The id of the live page that is open; its other ids begin with it. */
  const livePlace = () => document.querySelector("[data-page]");
  const pageName = () => { const place = livePlace(); return place ? place.dataset.page : ""; };

  /* Stores and intervals have no element of their own; they are there when their page is. */
  function trigger(part, props) {
    const page = pageName();
    if (page && element(page)) window.dash_clientside.set_props(part ? `${page}-${part}` : page, props);
  }

  function toLogin() {
    location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
  }

  function socketClient() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return globalThis.graphqlWs.createClient({
      url: `${scheme}//${location.host}/graphql`,
      lazy: true,
      lazyCloseTimeout: 3000,
      keepAlive: 10000,
      retryAttempts: Infinity,
      shouldRetry: (event) => !(event && FINAL_CODES.includes(event.code)),
      retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(8000, 250 * 2 ** retries) * (0.5 + Math.random() / 2))),
      on: {
        connected: () => {
          if (lostAt) { refreshDue = true; lastRefresh = -REFRESH_MS; }
          state.socket = "live";
          lastMessage = now();
          lostAt = 0;
        },
        closed: (event) => {
          if (event && (event.code === 4401 || event.code === 4403)) toLogin();
          if (stop && !lostAt) { lostAt = now(); state.socket = "reconnecting"; }
        },
      },
    });
  }

  function subscribe(settings) {
    client = client || socketClient();
    // An ended subscription may still report; only the present one may say anything.
    const mine = {}, present = () => subscription === mine;
    subscription = mine;
    // After a drop the client asks again with these same variables: then only what it has missed comes, if that is known.
    const variables = {metrics: settings.metrics, range: settings.range, bucket: settings.bucket, resumeFrom: null};
    stop = client.subscribe({query: SUBSCRIPTION, variables}, {
      next: ({data}) => {
        if (!data || !present()) return;
        fold(data.metricUpdates);
        variables.resumeFrom = data.metricUpdates.cursor || variables.resumeFrom;
      },
      error: (error) => {
        if (!present()) return;
        console.info("The live subscription ended:", error);
        state.socket = "reconnecting";
        lostAt = now();
        stop = null;
      },
      complete: () => { if (present()) { lostAt = lostAt || now(); stop = null; } },
    });
  }

  function unsubscribe() {
    const end = stop;
    stop = subscription = null;
    key = "";
    state.series.clear();
    dirty.clear();
    end();
  }

  /* Upsert by start, then drop what lies before the range. */
  function fold(update) {
    state.messages++;
    state.socket = "live";
    lastMessage = lastAnswer = now();
    lostAt = 0;
    const known = state.series.get(update.metric);
    const buckets = known ? known.buckets : new Map();
    for (const bucket of update.buckets) buckets.set(Date.parse(bucket.start), bucket.value);
    const from = Date.parse(update.rangeStart);
    for (const start of buckets.keys()) if (start < from) buckets.delete(start);
    const series = {buckets, from, to: Date.parse(update.rangeEnd), asOf: Date.parse(update.asOf), total: update.total, previousTotal: update.previousTotal, figure: update.figure};
    state.series.set(update.metric, series);
    dirty.add(update.metric);
    lastUpdate = now();
    if (known) newestDue = true;
    // The table twin is the server's.
    if (known && document.querySelector('.chart[data-view=table]')) refreshDue = hasty = true;
    const settings = state.settings.series[update.metric];
    // A window that moved, or a metric that had no data until now, needs what only the server knows.
    const moved = settings ? from - Date.parse(settings.rangeStart) : 0;
    if (settings ? moved : update.total) refreshDue = true;
    // The ghost of the previous period is the server's: a window that has moved far has lost part of it.
    if (moved * 8 > series.to - from) hasty = true;
  }

  function sync() {
    const place = livePlace(), text = place && place.getAttribute("data-settings");
    if (text && text === lastText) return;
    lastText = text;
    lastAnswer = now();
    if (!text) {
      if (stop) unsubscribe();
      if (!place) { shownBadge = ""; polling = false; }
      return;
    }
    state.settings = JSON.parse(text);
    if (state.settings.past) {
      if (stop) unsubscribe();
      state.socket = "past";
      lostAt = 0;
      return;
    }
    const wanted = JSON.stringify([state.settings.page, state.settings.metrics, state.settings.range, state.settings.bucket]);
    if (wanted !== key || !stop) {
      if (stop) unsubscribe();
      key = wanted;
      subscribe(state.settings);
    } else {
      // The page was just written by the server: only what is newer than that is drawn over it.
      const written = Date.parse(state.settings.asOf);
      for (const [metric, series] of state.series) if (series.asOf > written) dirty.add(metric);
    }
  }

  function drawKpi(metric, series, settings) {
    const delta = formats.compare(series.total, series.previousTotal, settings.good, settings.currency, settings.unit);
    const value = formats.quantity(series.total, settings.currency, settings.unit), card = element(`kpi-${metric}-value`);
    if (!card) return;
    const changed = card.textContent !== value;
    setProps(`kpi-${metric}-value`, {children: value});
    setProps(`kpi-${metric}-icon`, {className: `bi bi-${delta.icon}`});
    setProps(`kpi-${metric}-change`, {children: delta.change});
    setProps(`kpi-${metric}-tone`, {className: `delta delta-${delta.tone}`});
    setProps(`kpi-${metric}-origin`, {children: delta.origin});
    setProps(`kpi-${metric}-interval`, {children: beside(series.figure, settings)});
    setProps(`trend-${metric}-total`, {children: value});
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--c-1").trim();
    setProps(`kpi-${metric}-line`, {src: formats.sparkline(ordered(series).map(([, one]) => one).filter((one) => one !== null), colour)});
    const starts = ordered(series).map(([start]) => start), zone = state.settings.zone;
    setProps(`kpi-${metric}-first`, {children: formats.label(starts[0], zone, settings.bucket)});
    setProps(`kpi-${metric}-last`, {children: formats.label(starts[starts.length - 1], zone, settings.bucket)});
    if (changed) element(`kpi-${metric}`).animate([{backgroundColor: "var(--c-accent-soft)"}, {backgroundColor: "var(--c-surface)"}], {duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 600});
  }

  function beside({n, low, high, parts}, {counted, unit}) {
    const p95 = (parts || []).find((part) => part.name === "p95");
    return formats.beside(counted && low === null ? null : n, low, high, p95 ? p95.value : null, unit);
  }

  const ordered = (series) => [...series.buckets].sort((one, other) => one[0] - other[0]);

  /* What a click on each bucket leads to: the twin of drill_of in ui/figures/trend.py. */
  function behind(rows, series, {acts}) {
    const utc = (moment) => new Date(moment).toISOString().replace(".000Z", "Z");
    return rows.map(([start], index) => (acts ? `acted=${acts}&actedGte=${utc(start)}&actedLt=${utc(index + 1 < rows.length ? rows[index + 1][0] : series.to)}` : null));
  }

  async function drawTrend(metric, series, settings) {
    const graph = document.querySelector(`#trend-${metric} .js-plotly-plot`);
    if (!graph || !graph.data || graph.data.length !== 3 || !window.Plotly) return;
    const zone = state.settings.zone, {scale, suffix} = settings, rows = ordered(series);
    const x = rows.map(([start]) => formats.wallClock(start, zone)), y = rows.map(([, value]) => (value === null ? null : value / scale));
    const before = Array.from(graph.data[0].y).filter((one) => one !== null && !Number.isNaN(one)).map(Number), axis = formats.axis([...y.filter((one) => one !== null), ...before], settings.unit === "COUNT");
    const open = series.to > series.asOf, ticks = formats.timeTicks(rows.map(([start]) => start), zone, settings.bucket);
    await window.Plotly.update(
      graph,
      {x: [x, open ? x.slice(-1) : []], y: [y, open ? y.slice(-1) : []], customdata: [behind(rows, series, settings), null]},
      {
        "xaxis.range": [x[0], x[x.length - 1]],
        "xaxis.tickvals": ticks.map((tick) => formats.wallClock(tick, zone)),
        "xaxis.ticktext": ticks.map((tick) => formats.label(tick, zone, settings.bucket)),
        "yaxis.range": [axis.low, axis.high], "yaxis.tickvals": axis.ticks, "yaxis.ticktext": axis.ticks.map((tick) => formats.compact(tick, settings.currency) + suffix),
      },
      [1, 2],
    );
  }

  async function redraw() {
    const metrics = [...dirty];
    dirty = new Set();
    for (const metric of metrics) {
      const series = state.series.get(metric), settings = state.settings && state.settings.series[metric];
      if (!series || !settings) continue;
      drawKpi(metric, series, settings);
      await drawTrend(metric, series, settings);
    }
    const all = [...state.series.values()];
    if (!all.length) return;
    const latest = Math.max(Date.parse(state.settings.asOf), ...all.map((series) => series.asOf)), moment = formats.dateTime(latest, state.settings.zone);
    setProps(`${state.settings.page}-asof-time`, {children: moment});
    setProps("chart-trends-asof", {children: moment});
    setProps("clock-time", {children: moment});
    const [sample, seen] = [state.settings.series[metrics[0]], state.series.get(metrics[0])];
    if (sample && seen) {
      const moved = seen.from - Date.parse(sample.rangeStart), zone = state.settings.zone;
      setProps("legend-current", {children: formats.span(seen.from, seen.to, zone)});
      setProps("legend-previous", {children: formats.span(Date.parse(sample.previousStart) + moved, Date.parse(sample.previousEnd) + moved, zone)});
    }
    const shown = state.settings.shown.filter((metric) => state.series.has(metric));
    if (shown.length && shown.length === state.settings.shown.length) {
      setProps("trends-sentence", {children: formats.sentence(shown.map((metric) => ({...state.settings.series[metric], ...state.series.get(metric)})))});
    }
    state.redraws++;
  }

  function badge() {
    const silent = now() - lastMessage, lost = lostAt ? now() - lostAt : 0, stale = document.querySelector(`#${pageName() || "none"}.is-stale`);
    let name = state.socket;
    if (name === "live" && silent > QUIET_MS) name = "quiet";
    if (lost > POLL_AFTER_MS) name = "polling";
    if (stale) name = "stale";
    if (lost && now() - lastAnswer > OFFLINE_MS) {
      name = "offline";
      if (!stale) trigger("", {className: "page is-stale"});
    }
    if (polling !== lost > POLL_AFTER_MS) { polling = lost > POLL_AFTER_MS; trigger("poll", {disabled: !polling}); }
    if (stale) refreshDue = true;
    const word = name === "stale" ? `Stale since ${stale.dataset.since || ""}`.trim() : BADGES[name][2];
    if (shownBadge === word || !element("live-badge")) return;
    shownBadge = word;
    const [tone, icon, , title] = BADGES[name];
    setProps("live-badge", {className: `badge badge-${tone}`, title});
    setProps("live-icon", {className: `bi bi-${icon}`});
    setProps("live-word", {children: word});
  }

  async function frame(time) {
    requestAnimationFrame(frame);
    if (busy || document.hidden || !dirty.size || time - lastRedraw < REDRAW_MS) return;
    busy = true;
    lastRedraw = time;
    try { await redraw(); } finally { busy = false; }
  }

  function slow() {
    if (!livePlace() || !window.dash_clientside || !window.dash_clientside.set_props) return;
    badge();
    if (document.hidden) return;
    if (!stop && key && now() - lostAt > POLL_AFTER_MS) { state.series.clear(); subscribe(state.settings); }
    // Nothing moves under a pointer or a keyboard that is choosing a row.
    if (document.querySelector(".newest-body:hover, .newest-body:focus-within")) return;
    // An answer may be a second behind a stream of batches: what is read so soon after an update is read once more.
    const settled = now() - lastUpdate > BEHIND_MS;
    if (newestDue && now() - lastNewest > NEWEST_MS) { newestDue = !settled; lastNewest = now(); trigger("newest", {data: Date.now()}); }
    if (refreshDue && now() - lastRefresh > (hasty ? HASTY_REFRESH_MS : REFRESH_MS)) { refreshDue = hasty = hasty && !settled; lastRefresh = now(); trigger("refresh", {data: Date.now()}); }
  }

  addEventListener("DOMContentLoaded", () => {
    new MutationObserver((changes) => {
      if (changes.some((change) => change.type === "childList" || change.target.dataset.page)) sync();
    }).observe(document.documentElement, {childList: true, subtree: true, attributes: true, attributeFilter: ["data-settings"]});
    requestAnimationFrame(frame);
    setInterval(slow, 500);
  });
})();
