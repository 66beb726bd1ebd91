"""Making, changing and removing rule segments, and asking for new versions of the methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sklearn
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import BadInputError, ConflictError, NotFoundError
from api.jobs.queue import enqueue
from api.segments import repository
from api.segments.contracts import (
    MAXIMUM_NAME,
    MAXIMUM_RULES,
    REFRESH_JOB,
    RUN_JOB,
    RunRequest,
    SegmentationRecord,
    SegmentRecord,
)
from api.segments.definition import clusters_named, parse, referred
from api.segments.features_repository import DEFAULT_FEATURES, FEATURES
from models.base import new_id, sort_key
from models.database import Database

CODE_VERSION: Final = f"segments-1 scikit-learn {sklearn.__version__}"
FEWEST_CLUSTERS: Final = 2
MOST_CLUSTERS: Final = 12
SEEDS: Final = 2**31


@dataclass(frozen=True, slots=True)
class Asked:
    """What was made or changed, and the job that works it out."""

    id: UUID
    job_id: UUID


class Segments:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def create(
        self, tenant_id: UUID, name: str, mode: str, definition: Mapping[str, Any], *, actor: str
    ) -> Asked:
        checked = _name(name)
        rule = parse(definition)
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.lock(session, tenant_id)
            rules = await self._rules(session, tenant_id)
            if len(rules) >= MAXIMUM_RULES:
                raise ConflictError(f"A tenant has at most {MAXIMUM_RULES} rule segments.")
            _check_references(rules, None, referred(rule))
            await self._check_clusters(session, tenant_id, clusters_named(rule))
            record = SegmentRecord(
                id=new_id(),
                segmentation_id=None,
                kind="rule",
                mode=mode,
                name=checked,
                name_key=sort_key(checked),
                position=None,
                definition=dict(definition),
                traits=None,
                previous_id=None,
                needs_full=True,
                as_of=None,
                last_error=None,
                created_by=actor,
                created_at=now,
                updated_at=now,
            )
            if not await repository.insert_segment(session, tenant_id, record):
                raise _taken(checked)
            job = await self._ask(session, tenant_id, record.id, actor, now)
            await self._note(session, tenant_id, "segment.create", record.id, actor, now)
        return Asked(record.id, job)

    async def update(
        self,
        tenant_id: UUID,
        segment_id: UUID,
        *,
        name: str | None,
        mode: str | None,
        definition: Mapping[str, Any] | None,
        actor: str,
    ) -> Asked:
        """What is None stays. A static segment is worked out anew by any change of its rule or its mode."""
        now = self._now()
        values: dict[str, object] = {"updated_at": now, "needs_full": True}
        if name is not None:
            values |= {"name": _name(name), "name_key": sort_key(_name(name))}
        if mode is not None:
            values["mode"] = mode
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.lock(session, tenant_id)
            found = await self._get(session, tenant_id, segment_id)
            if definition is not None:
                rule = parse(definition)
                _check_references(await self._rules(session, tenant_id), found.id, referred(rule))
                await self._check_clusters(session, tenant_id, clusters_named(rule))
                values["definition"] = dict(definition)
            if name is not None and await repository.name_is_taken(session, tenant_id, name, found.id):
                raise _taken(_name(name))
            if definition is None and mode in (None, found.mode):
                values.pop("needs_full")
            await repository.update_segments(session, tenant_id, [found.id], **values)
            job = await self._ask(session, tenant_id, found.id, actor, now)
            await self._note(session, tenant_id, "segment.update", found.id, actor, now)
        return Asked(found.id, job)

    async def delete(self, tenant_id: UUID, segment_id: UUID, *, actor: str) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.lock(session, tenant_id)
            found = await self._get(session, tenant_id, segment_id)
            rules = await self._rules(session, tenant_id)
            built = sorted(record.name for record in rules.values() if found.id in referred(parse(record.definition)))
            if built:
                raise ConflictError(f"Other segments build on this one: {', '.join(built)}.", path=("id",))
            await repository.delete_segment(session, tenant_id, found.id)
            await self._note(session, tenant_id, "segment.delete", found.id, actor, self._now())

    async def run(self, tenant_id: UUID, request: RunRequest, *, actor: str) -> Asked:
        _check_run(request)
        now = self._now()
        parameters: dict[str, Any] = {}
        if request.method == "kmeans":
            parameters = {"k": request.k, "features": list(request.features or DEFAULT_FEATURES)}
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.lock(session, tenant_id)
            record = SegmentationRecord(
                id=new_id(),
                method=request.method,
                number=await repository.next_number(session, tenant_id, request.method),
                state="queued",
                current=False,
                parameters=parameters,
                model=None,
                quality=None,
                outcome=None,
                seed=request.seed,
                cutoff=None,
                n=None,
                data_hash=None,
                code_version=CODE_VERSION,
                created_by=actor,
                created_at=now,
                finished_at=None,
            )
            await repository.insert_segmentation(session, tenant_id, record)
            job = await enqueue(session, tenant_id, RUN_JOB, record.id, actor=actor, now=now)
            details = {"segmentation": str(record.id), "method": request.method}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="segmentation.run", details=details)
        return Asked(record.id, job)

    async def _rules(self, session: AsyncSession, tenant_id: UUID) -> dict[UUID, SegmentRecord]:
        kept = await repository.list_kept(session, tenant_id)
        return {record.id: record for record in kept if record.kind == "rule"}

    async def _check_clusters(self, session: AsyncSession, tenant_id: UUID, wanted: frozenset[str]) -> None:
        """Those of the current version: a later one may call its clusters otherwise, and the segment then says so."""
        if not wanted:
            return
        kept = await repository.list_kept(session, tenant_id)
        known = sorted(record.name for record in kept if record.kind == "kmeans" and record.mode == "dynamic")
        unknown = ", ".join(sorted(wanted - set(known)))
        if unknown:
            there = f"there are {'; '.join(known)}" if known else "K-means has not been run yet"
            raise BadInputError(f"There is no cluster called {unknown}: {there}.", path=("definition", "cluster"))

    async def _get(self, session: AsyncSession, tenant_id: UUID, segment_id: UUID) -> SegmentRecord:
        found = await repository.get_segment(session, tenant_id, segment_id)
        if found is None:
            raise no_such_segment()
        if found.kind != "rule":
            raise BadInputError("A group of a method changes by a new run of the method only.", path=("id",))
        return found

    async def _ask(self, session: AsyncSession, tenant_id: UUID, segment_id: UUID, actor: str, now: datetime) -> UUID:
        return await enqueue(session, tenant_id, REFRESH_JOB, segment_id, actor=actor, now=now)

    async def _note(
        self, session: AsyncSession, tenant_id: UUID, action: str, segment_id: UUID, actor: str, now: datetime
    ) -> None:
        details = {"segment": str(segment_id)}
        await insert_entry(session, tenant_id, at=now, actor=actor, action=action, details=details)


def no_such_segment() -> NotFoundError:
    return NotFoundError("There is no such segment.", path=("id",))


def _check_references(rules: Mapping[UUID, SegmentRecord], mine: UUID | None, wanted: frozenset[UUID]) -> None:
    """Every segment that a rule builds on is a rule of this tenant, and none of them builds on the rule itself."""
    unknown = wanted - rules.keys()
    if unknown:
        raise BadInputError(
            'A rule can build on rule segments only; for groups of a method use {"rfm": [...]} or {"cluster": [...]}.',
            path=("definition", "segment"),
        )
    if mine is None:
        return
    pending: list[tuple[UUID, tuple[UUID, ...]]] = [(key, (key,)) for key in sorted(wanted)]
    seen: set[UUID] = set()
    while pending:
        key, way = pending.pop()
        if key == mine:
            names = " → ".join(rules[step].name for step in (mine, *way))
            raise BadInputError(f"The rules would build on each other in a circle: {names}.", path=("definition",))
        if key not in seen:
            seen.add(key)
            pending += [(other, (*way, other)) for other in sorted(referred(parse(rules[key].definition)))]


def _check_run(request: RunRequest) -> None:
    if request.k is not None and not FEWEST_CLUSTERS <= request.k <= MOST_CLUSTERS:
        limits = f"{FEWEST_CLUSTERS} to {MOST_CLUSTERS}"
        raise BadInputError(f"There can be {limits} clusters, not {request.k}.", path=("k",))
    if request.method == "rfm" and (request.k is not None or request.features):
        raise BadInputError("RFM has neither a number of clusters nor features to choose.", path=("k",))
    unknown = sorted(set(request.features) - set(FEATURES))
    if unknown:
        raise BadInputError(f"There is no feature {unknown[0]}; there are {', '.join(FEATURES)}.", path=("features",))
    if len(set(request.features)) != len(request.features) or len(request.features) == 1:
        raise BadInputError("Name at least two features, and each once.", path=("features",))
    if not 0 <= request.seed < SEEDS:
        raise BadInputError(f"A seed is a whole number from 0 and below {SEEDS}.", path=("seed",))


def _name(name: str) -> str:
    if not name.strip() or len(name) > MAXIMUM_NAME or "\0" in name:
        raise BadInputError(f"A name has 1 to {MAXIMUM_NAME} characters.", path=("name",))
    return name.strip()


def _taken(name: str) -> ConflictError:
    return ConflictError(f"There is a segment called {name} already.", path=("name",))
