/* How numbers and times are written in live updates: the twin of ui/formats.py, ui/comparison.py and ui/figures. */
(function () {
  "use strict";
  const MINUS = "\u2212", ABSENT = "\u2013", SYMBOLS = {GBP: "£", EUR: "€", USD: "$"};
  const VERBS = {up: "rose", down: "fell", flat: "did not change", new: "rose"};
  const ICONS = {up: "arrow-up-right", down: "arrow-down-right", flat: "dash", new: "plus"};
  const STEPS = [1, 2, 2.5, 5, 10], MOST_INTERVALS = 4, TICKS = 5;
  const WIDTH = 200, HEIGHT = 34, PAD = 2;

  const halfUp = (value) => (value < 0 ? -1 : 1) * Math.floor(Math.abs(value) + 0.5);
  const signed = (magnitude, value) => (value < 0 ? MINUS + magnitude : magnitude);
  const grouped = (whole) => String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const symbol = (currency) => SYMBOLS[currency] || currency + " ";

  function integer(value) {
    const rounded = halfUp(value);
    return signed(grouped(Math.abs(rounded)), rounded);
  }

  function money(minor, currency) {
    const whole = halfUp(minor / 100);
    return signed(symbol(currency) + grouped(Math.abs(whole)), whole);
  }

  function quantity(value, currency, unit = "COUNT") {
    if (value === null) return ABSENT;
    if (currency) return money(value, currency);
    if (unit === "RATIO") return signed(percent(value), value);
    if (unit === "SECONDS") return duration(value);
    return unit === "COUNT" ? integer(value) : tenth(value);
  }

  function interval(n, low, high, unit) {
    if (n === null || low === null || high === null) return "";
    return `95% sure: ${quantity(low, null, unit)} to ${quantity(high, null, unit)} · n ${grouped(n)}`;
  }

  function duration(seconds) {
    const whole = halfUp(seconds), two = (number) => String(number).padStart(2, "0"), part = (of, unit) => Math.floor(of / unit);
    if (seconds < 10 && seconds !== whole) return `${tenth(seconds)} s`;
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return whole % 60 ? `${part(whole, 60)} min ${two(whole % 60)} s` : `${part(whole, 60)} min`;
    if (whole < 86400) return `${part(whole, 3600)} h ${two(part(whole % 3600, 60))} min`;
    return `${part(whole, 86400)} d ${part(whole % 86400, 3600)} h`;
  }

  function beside(n, low, high, p95, unit) {
    if (low !== null && high !== null) return interval(n, low, high, unit);
    return [p95 === null ? "" : `p95 ${quantity(p95, null, unit)}`, n === null ? "" : `n ${grouped(n)}`].filter(Boolean).join(" · ");
  }

  function tenth(value) {
    const tenths = halfUp(Math.abs(value) * 10);
    return signed(grouped(Math.floor(tenths / 10)) + "." + (tenths % 10), tenths ? value : 0);
  }

  function compact(value, currency) {
    const magnitude = Math.abs(value);
    const [scale, suffix] = magnitude >= 1e6 ? [1e6, "m"] : magnitude >= 1e3 ? [1e3, "k"] : [1, ""];
    const digits = (magnitude / scale).toFixed(2).replace(/0+$/, "").replace(/\.$/, "");
    return signed((currency ? symbol(currency) : "") + digits + suffix, value);
  }

  function percent(share) {
    const magnitude = Math.abs(share) * 100;
    if (magnitude >= 100) return grouped(halfUp(magnitude)) + "%";
    const tenths = halfUp(magnitude * 10);
    return Math.floor(tenths / 10) + "." + (tenths % 10) + "%";
  }

  function compare(total, previous, good, currency, unit = "COUNT") {
    if (total === null || previous === null) {
      return {direction: "flat", size: "", tone: "neutral", change: "nothing to compare", origin: "before " + quantity(previous, currency, unit), icon: ICONS.flat};
    }
    if (previous === 0) {
      const direction = total === 0 ? "flat" : "new";
      const nothing = quantity(0, currency, unit), origin = (total === 0 ? "from " : "was ") + nothing;
      return {direction, size: total === 0 ? "" : "from " + nothing, tone: "neutral", change: total === 0 ? "no change" : "new,", origin, icon: ICONS[direction]};
    }
    const share = (total - previous) / Math.abs(previous), origin = "from " + quantity(previous, currency, unit);
    if (Math.abs(share) < 0.005) return {direction: "flat", size: "", tone: "neutral", change: "no change", origin, icon: ICONS.flat};
    const direction = share > 0 ? "up" : "down", weight = share * good;
    const tone = weight === 0 ? "neutral" : weight > 0 ? "good" : "bad";
    const crossing = total < 0 || previous < 0, size = crossing ? quantity(Math.abs(total - previous), currency, unit) : percent(share);
    return {direction, size: crossing ? "by " + size : size, tone, change: (share > 0 ? "+" : MINUS) + size + " " + direction, origin, icon: ICONS[direction]};
  }

  function sentence(shown) {
    if (shown.every((one) => one.total === 0 && one.previousTotal === 0)) return "Nothing was received in this range or the one before.";
    const both = shown.filter((one) => one.total !== null && one.previousTotal !== null);
    if (!both.length) return "There is nothing to compare with.";
    const parts = both.map((one) => {
      const delta = compare(one.total, one.previousTotal, one.good, one.currency, one.unit);
      return `${one.name} ${VERBS[delta.direction]} ${delta.size}`.trimEnd();
    });
    return parts.map((part, index) => (index ? part[0].toLowerCase() + part.slice(1) : part)).join("; ") + ".";
  }

  function axis(values, whole) {
    const low = Math.min(0, ...values), high = Math.max(0, ...values);
    if (low === high) return {ticks: [0, 1], low: 0, high: 1};
    const step = axisStep((high - low) / MOST_INTERVALS, whole), ticks = [];
    for (let index = Math.floor(low / step); index <= Math.ceil(high / step); index++) ticks.push(index * step);
    return {ticks, low: ticks[0], high: ticks[ticks.length - 1]};
  }

  function axisStep(atLeast, whole) {
    if (whole && atLeast <= 1) return 1;
    const power = 10 ** Math.floor(Math.log10(atLeast));
    return STEPS.map((factor) => factor * power).find((step) => step >= atLeast * (1 - 1e-9) && (!whole || step === Math.floor(step)));
  }

  function sparkline(values, colour) {
    const low = Math.min(0, ...values), high = Math.max(0, ...values) || (low ? 0 : 1), height = high - low, width = Math.max(values.length - 1, 1);
    const tenth = (value) => { const tenths = halfUp(value * 10); return Math.floor(tenths / 10) + "." + (tenths % 10); };
    const line = values.map((value, index) => tenth(index * WIDTH / width) + "," + tenth(PAD + (HEIGHT - 2 * PAD) * (high - value) / height)).join(" ");
    const zero = tenth(PAD + (HEIGHT - 2 * PAD) * high / height);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">` +
      `<polygon points="0,${zero} ${line} ${WIDTH},${zero}" fill="${colour}" fill-opacity="0.1"/>` +
      `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>`;
    return "data:image/svg+xml," + encodeURIComponent(svg);
  }

  const zones = new Map();
  function parts(moment, zone) {
    if (!zones.has(zone)) {
      zones.set(zone, new Intl.DateTimeFormat("en-GB", {timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit"}));
    }
    return Object.fromEntries(zones.get(zone).formatToParts(moment).map((part) => [part.type, part.value]));
  }
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  function dateTime(moment, zone) {
    const at = parts(moment, zone);
    return `${Number(at.day)} ${MONTHS[at.month - 1]} ${at.year}, ${at.hour}:${at.minute}`;
  }

  function wallClock(moment, zone) {
    const at = parts(moment, zone);
    return `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}`;
  }

  const day = (moment, zone) => { const at = parts(moment, zone); return `${Number(at.day)} ${MONTHS[at.month - 1]}`; };
  const clock = (moment, zone) => { const at = parts(moment, zone); return `${at.hour}:${at.minute}`; };
  const label = (moment, zone, bucket) => (bucket === "HOUR" || bucket === "DAY" ? day(moment, zone) : clock(moment, zone));

  /* Writes a window whose end is exclusive, naming only what differs. */
  function span(start, end, zone) {
    const from = parts(start, zone), last = parts(end - 1000, zone), month = (at) => MONTHS[at.month - 1];
    const first = Number(from.day), final = Number(last.day);
    if (end - start <= 86400000) {
      const until = clock(end, zone);
      if (from.day === last.day && from.month === last.month) return `${first} ${month(from)} ${from.year}, ${from.hour}:${from.minute}–${until}`;
      return `${first} ${month(from)}, ${from.hour}:${from.minute} – ${final} ${month(last)} ${last.year}, ${until}`;
    }
    if (from.year !== last.year) return `${first} ${month(from)} ${from.year} – ${final} ${month(last)} ${last.year}`;
    return from.month === last.month ? `${first}–${final} ${month(last)} ${last.year}` : `${first} ${month(from)} – ${final} ${month(last)} ${last.year}`;
  }

  function timeTicks(starts, zone, bucket) {
    if (bucket === "HOUR") {
      const midnights = starts.filter((start) => parts(start, zone).hour === "00"), every = Math.ceil(midnights.length / TICKS) || 1;
      return midnights.filter((_, index) => index % every === 0);
    }
    const count = Math.min(TICKS, starts.length);
    if (count < 2) return starts;
    return Array.from({length: count}, (_, index) => starts[halfUp(index * (starts.length - 1) / (count - 1))]);
  }

  globalThis.cipFormats = {day, clock, label, span, timeTicks, integer, money, quantity, interval, duration, beside, tenth, compact, percent, compare, sentence, axis, sparkline, dateTime, wallClock};
})();
