"""The life of one operation: its own context, the checks before it runs, its snapshot closed at its end."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import cached_property
from hashlib import sha256
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from api.cache.key import document_digest
from api.errors import AmbiguousOperationError, CipError, ForbiddenError
from api.graphql.context import Context
from api.graphql.documents import Documents
from api.graphql.errors import present
from api.graphql.freshness import Freshnesses
from api.graphql.limits import MAXIMUM_TOKENS, check_size
from api.graphql.observed import note_errors, note_kind
from api.graphql.permissions import PermissionMap, Requirement, refusal
from api.graphql.plain import PlainExecutor

COMPILED_DOCUMENTS = 512


class CipSchema(strawberry.Schema):
    """A Strawberry schema that refuses to be made with an undeclared permission, and shows no unexpected error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(extensions=[OperationExtension], execution_context_class=PlainExecutor, **kwargs)
        self.permissions = PermissionMap(self)
        if undeclared := self.permissions.undeclared():
            raise RuntimeError(f"without a declared permission: {', '.join(undeclared)}")
        self._compiled: OrderedDict[bytes, frozenset[Requirement]] = OrderedDict()
        self.documents = Documents()
        self.freshnesses = Freshnesses(self._schema, self.permissions.declared_fields, self.permissions.compile)

    @cached_property
    def digest(self) -> bytes:
        """Of all that clients can see of this schema."""
        return document_digest(self.as_str())

    def needs(self, query: str, document: DocumentNode) -> frozenset[Requirement]:
        """What a document needs; kept by the hash of its text alone, since it does not depend on who asks."""
        key = sha256(query.encode()).digest()
        if (known := self._compiled.get(key)) is not None:
            self._compiled.move_to_end(key)
            return known
        needs = self._compiled[key] = self.permissions.compile(document)
        if len(self._compiled) > COMPILED_DOCUMENTS:
            self._compiled.popitem(last=False)
        return needs

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        context = execution_context.context if execution_context else None
        present(errors, context.request_id if isinstance(context, Context) else "-")
        note_errors(errors)


class OperationExtension(SchemaExtension):
    async def on_operation(self) -> AsyncIterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAXIMUM_TOKENS
        outer = self.execution_context.context
        context = outer.for_operation()
        self.execution_context.context = context
        if (known := self._documents().get(self.execution_context.query or "")) is not None:
            self.execution_context.graphql_document = known
            self.execution_context.validation_rules = ()
        try:
            yield
        finally:
            await context.renew()

    async def on_validate(self) -> AsyncIterator[None]:
        try:
            await self._check()
        except CipError as error:
            self.execution_context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield
        self._keep_valid()

    def _keep_valid(self) -> None:
        """After validation. Whoever has not logged in fills no memory."""
        execution = self.execution_context
        document, found = execution.graphql_document, execution.pre_execution_errors
        if not found and execution.validation_rules and execution.context.maybe_caller is not None:
            assert document is not None
            self._documents().put(execution.query or "", document)

    def _documents(self) -> Documents:
        schema = self.execution_context.schema
        assert isinstance(schema, CipSchema)
        return schema.documents

    async def _check(self) -> None:
        document = self.execution_context.graphql_document
        schema = self.execution_context.schema
        context = self.execution_context.context
        assert document is not None
        assert isinstance(schema, CipSchema)
        check_size(document, self.execution_context.variables or {})
        if self.execution_context._provided_operation_name is None and _operations(document) > 1:
            raise AmbiguousOperationError  # Strawberry would run the first
        note_kind(_kind(document, self.execution_context.operation_name))
        needs = schema.needs(self.execution_context.query or "", document)
        refused = refusal(context.maybe_caller, needs)
        if isinstance(refused, ForbiddenError):
            await context.services.record_denial(context.caller, refused.message)
        if refused is not None:
            raise refused


def _kind(document: DocumentNode, name: str | None) -> str:
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and name in (None, node.name.value if node.name else None):
            return node.operation.value
    return "invalid"


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
