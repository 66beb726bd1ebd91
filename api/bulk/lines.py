"""One line of a file: the mutation run with it, and what is said of that."""

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from api.auth.permissions import Permission
from api.bulk.contracts import BulkRecord, ErrorPolicy
from api.bulk.written import Written, went_well
from api.errors import CipError, UnavailableError
from api.graphql.context import Context, Services
from api.graphql.operation import CipSchema
from api.webhooks.principal import ServicePrincipal, service
from models.one_transaction import OneTransaction

KEY: Final = "idempotencyKey"


class Status(StrEnum):
    """ERRORS: what could be done is done. FAILED: nothing of it is. UNDONE: it went well, but another did not."""

    DONE = "DONE"
    ERRORS = "ERRORS"
    FAILED = "FAILED"
    UNDONE = "UNDONE"


@dataclass(frozen=True, slots=True)
class Outcome:
    line: int
    status: Status
    data: dict[str, Any] | None = None
    errors: tuple[Any, ...] = ()

    @property
    def failed(self) -> bool:
        return self.status in (Status.ERRORS, Status.FAILED)

    def text(self) -> bytes:
        shown: dict[str, Any] = {"line": self.line, "status": self.status.value}
        if self.status is not Status.UNDONE:
            shown["data"] = self.data
        if self.errors:
            shown["errors"] = self.errors
        return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE, default=str)

    def undone(self) -> "Outcome":
        """When all lines are undone because one has failed."""
        return self if self.failed else replace(self, status=Status.UNDONE, data=None)


@dataclass(frozen=True, slots=True)
class Writer(ServicePrincipal):
    """Writes in the name of whoever asked for it, with the permissions that the mutation takes and no others."""

    asker: str = ""

    @property
    def actor(self) -> str:
        return self.asker


class LineFailedError(Exception):
    """Undoes what a line has done."""


class Lines:
    """The lines of one operation, run in a transaction that is its owner's."""

    def __init__(
        self, schema: CipSchema, services: Services, record: BulkRecord, query: Written, tenant_id: UUID
    ) -> None:
        self._schema = schema
        self._services = services
        self._record = record
        self._query = query
        nobody = service(tenant_id, frozenset(map(Permission, record.needs)))
        known = {name: getattr(nobody, name) for name in ServicePrincipal.__dataclass_fields__}
        self._writer = Writer(**known, asker=record.created_by)
        self._policy = ErrorPolicy(record.error_policy or ErrorPolicy.REJECT_EVERYTHING)

    async def run(self, within: OneTransaction, number: int, line: bytes) -> Outcome:
        if self._policy is ErrorPolicy.IGNORE_FAILED:
            return await self._execute(within, number, line, Status.ERRORS)
        outcome = Outcome(number, Status.FAILED)
        with suppress(LineFailedError):
            async with within.unit_of_work(self._writer.tenant_id):
                outcome = await self._execute(within, number, line, Status.FAILED)
                if outcome.failed:
                    raise LineFailedError
        return outcome

    async def _execute(self, within: OneTransaction, number: int, line: bytes, otherwise: Status) -> Outcome:
        variables = {**self._record.variables, **orjson.loads(line)}
        context = Context(replace(self._services, database=within), self._writer, f"{self._record.id}-{number}")
        key = variables.pop(KEY, None)
        if key is not None and not isinstance(key, str):
            fault = {"message": "An idempotency key is a text.", "extensions": {"code": "BAD_USER_INPUT"}}
            return Outcome(number, Status.FAILED, None, (fault,))
        context.idempotency_key = key
        result = await self._schema.execute(self._query.text, variable_values=variables, context_value=context)
        errors = tuple(error.formatted for error in result.errors or ())
        if any(error.get("extensions", {}).get("code") == UnavailableError.code for error in errors):
            raise UnavailableError
        if result.data is None or errors:
            return Outcome(number, Status.FAILED, None, errors)
        payload: Any = result.data[self._query.name]
        well = went_well(payload)
        return Outcome(number, Status.DONE if well else otherwise, result.data)


class LinesMissingError(CipError):
    """They were deleted with all files, because a person was erased."""

    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("The lines are gone.", hint="Send them again; the file tells what is done.")
