"""System Health in words: names, units, durations, sizes, and the one sentence above everything."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ui import formats
from ui.pages.health.data import Check, Incident, ModelInUse, SystemHealth

NAMES = {
    "API_LATENCY": ("API latency, p95", "your tenant's operations, 5 s windows"),
    "API_ERRORS": ("API errors", "your tenant's operations that failed"),
    "POSTGRES_LATENCY": ("Postgres", "a trivial statement"),
    "REDIS_LATENCY": ("Redis", "a ping"),
    "STREAM_LAG": ("Stream lag", "oldest entry without effect"),
}
UNITS = {
    "API_LATENCY": "ms",
    "API_ERRORS": "%",
    "POSTGRES_LATENCY": "ms",
    "REDIS_LATENCY": "ms",
    "STREAM_LAG": "s",
}
SUBJECTS = {
    "API_LATENCY": "API latency",
    "API_ERRORS": "API errors",
    "POSTGRES_LATENCY": "Postgres",
    "REDIS_LATENCY": "Redis",
    "STREAM_LAG": "Stream lag",
}
STATES = {
    "OK": ("good", "check-circle-fill", "OK"),
    "OVER_LIMIT": ("warn", "exclamation-triangle-fill", "Over limit"),
    "NO_ANSWER": ("bad", "x-octagon-fill", "No answer"),
    "NO_DATA": ("neutral", "dash-circle", "No data"),
}
HAPPENINGS = {
    "STOPPED_ANSWERING": ("bad", "x-octagon-fill", "{} stopped answering"),
    "ANSWERS_AGAIN": ("good", "check-circle-fill", "{} answers again"),
    "OVER_LIMIT": ("warn", "exclamation-triangle-fill", "{}: over its limit"),
    "WITHIN_LIMIT": ("good", "check-circle-fill", "{}: within its limit again"),
}
MODELS = {"CHURN": "Churn", "CLV": "Value", "CONVERSION": "Conversion"}
KIBI = 1024
TEN, HUNDRED = 10, 100
MINUTE, HOUR, DAY = 60, 3600, 86400


def figure(value: float | None) -> str:
    """One decimal under a hundred, two under one."""
    if value is None:
        return "–"
    if 0 < value < 1:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < HUNDRED else formats.integer(value)


def measured(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{figure(value)} {unit}"


def duration(seconds: float) -> str:
    """The two largest units."""
    whole = round(seconds)
    if seconds < TEN and seconds != whole:
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s" if whole % MINUTE else f"{whole // MINUTE} min"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def size(count: int) -> str:
    """Binary units, one decimal."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < KIBI:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= KIBI
    return f"{value:.1f} TB"


def share(rate: float | None) -> str:
    return "–" if rate is None else formats.percent(rate)


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def limit_line(check: Check) -> str:
    unit = UNITS[check.measure]
    parts = [f"limit {check.limit:g}{'%' if unit == '%' else f' {unit}'}"]
    if check.over_seconds:
        parts.append(f"over for {duration(check.over_seconds)}")
    if check.unanswered_seconds:
        parts.append(f"no answer for {duration(check.unanswered_seconds)}")
    return " · ".join(parts)


def happened(incident: Incident) -> tuple[str, str, str]:
    """Tone, icon and words."""
    tone, symbol, template = HAPPENINGS[incident.happening]
    return tone, symbol, template.format(SUBJECTS[incident.measure])


DRIFTS: Mapping[str, str] = {
    "STABLE": "no drift",
    "MOVED": "has moved a little",
    "DRIFTED": "has drifted: train it again",
    "INSUFFICIENT_DATA": "drift not measured",
}


def model(one: ModelInUse) -> str:
    return f"{MODELS[one.kind]}, {one.horizon_days} days, version {one.version}"


def summary(health: SystemHealth) -> tuple[str, str, str]:
    """Tone, a sentence for now, and one for the ten minutes."""
    wrong = [check for check in health.checks if check.state in ("NO_ANSWER", "OVER_LIMIT")]
    stopped = [name for process in health.processes or () for name in process.stopped]
    silent = [process for process in health.processes or () if process.state == "SILENT"]
    known = [check for check in health.checks if check.state != "NO_DATA"]
    sentences = [_wrong(check) for check in wrong]
    sentences += [f"The background task {name} has stopped." for name in stopped]
    if silent:
        sentences.append(f"{_count(len(silent), 'process does', 'processes do')} not report any more.")
    tone = "bad" if stopped or any(check.state == "NO_ANSWER" for check in wrong) else "warn"
    if not sentences:
        return "good", f"All {len(known)} measured parts are within their limits now.", _earlier(health.checks)
    return tone, " ".join(sentences), _earlier([check for check in health.checks if check not in wrong])


def _wrong(check: Check) -> str:
    subject, unit = SUBJECTS[check.measure], UNITS[check.measure]
    if check.state == "NO_ANSWER":
        return "The streams cannot be read." if check.measure == "STREAM_LAG" else f"{subject} does not answer."
    return f"{subject} is over its limit: {measured(check.now, unit)}, limit {check.limit:g} {unit}."


def _earlier(checks: Sequence[Check]) -> str:
    told = [
        f"{SUBJECTS[check.measure]} did not answer for {duration(check.unanswered_seconds)}"
        for check in checks
        if check.unanswered_seconds and check.measure != "STREAM_LAG"
    ]
    told += [
        f"{SUBJECTS[check.measure]} was over the limit for {duration(check.over_seconds)}"
        for check in checks
        if check.over_seconds
    ]
    return f"In the last 10 minutes: {'; '.join(told)}." if told else ""


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
