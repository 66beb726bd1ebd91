"""The life of one operation: its own context, the checks before it runs, its snapshot closed at its end."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLInputObjectType, OperationDefinitionNode, OperationType, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from api.cache.key import document_digest
from api.errors import AmbiguousOperationError, CipError, ForbiddenError
from api.graphql.attempts import Attempts
from api.graphql.context import NOBODY, Context
from api.graphql.documents import Documents
from api.graphql.errors import present
from api.graphql.freshness import Freshnesses
from api.graphql.limits import MAXIMUM_TOKENS, MAXIMUM_VALIDATION_ERRORS, check_length, check_size
from api.graphql.measuring import Size, objects_in
from api.graphql.observed import note_errors, note_kind
from api.graphql.permissions import PermissionMap, Requirement, refusal
from api.graphql.plain import PlainExecutor

COMPILED_DOCUMENTS = 512
OWN_RULES: Final = (MaybeNullValidationRule, OneOfInputValidationRule)
"""Strawberry's, beside those of the specification."""


class CipSchema(strawberry.Schema):
    """A Strawberry schema that refuses to be made with an undeclared permission, and shows no unexpected error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(extensions=[OperationExtension], execution_context_class=PlainExecutor, **kwargs)
        self._tell_of_one_of()
        self.permissions = PermissionMap(self)
        if undeclared := self.permissions.undeclared():
            raise RuntimeError(f"without a declared permission: {', '.join(undeclared)}")
        self._compiled: OrderedDict[bytes, frozenset[Requirement]] = OrderedDict()
        self.documents = Documents()
        self.freshnesses = Freshnesses(self._schema, self.permissions.declared_fields, self.permissions.compile)

    def _tell_of_one_of(self) -> None:
        """Strawberry checks and prints @oneOf, but leaves it out of introspection."""
        for named in self._schema.type_map.values():
            if isinstance(named, GraphQLInputObjectType):
                definition = named.extensions.get("strawberry-definition")
                named.is_one_of = bool(definition is not None and definition.is_one_of)

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

    def faults(self, document: DocumentNode, rules: tuple[Any, ...], *, hide_suggestions: bool) -> list[GraphQLError]:
        """Why a document does not fit the schema."""
        return validate(
            self._schema,
            document,
            (*rules, *OWN_RULES),
            max_errors=MAXIMUM_VALIDATION_ERRORS,
            hide_suggestions=hide_suggestions,
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        context = execution_context.context if execution_context else None
        present(errors, context.request_id if isinstance(context, Context) else "-")
        note_errors(errors)


class OperationExtension(SchemaExtension):
    """One operation's: Strawberry makes an instance for each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._attempts = Attempts()
        self._known: DocumentNode | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAXIMUM_TOKENS
        outer = self.execution_context.context
        context = outer.for_operation()
        self.execution_context.context = context
        query = self.execution_context.query or ""
        self._known = self._documents().get(query)
        if self._known is not None:
            self.execution_context.graphql_document = self._known
        try:
            check_length(query)
            yield
        finally:
            await context.renew()
            self._settle(context)
            await self._attempts.end(self.execution_context, context)

    async def on_validate(self) -> AsyncIterator[None]:
        try:
            self.execution_context.pre_execution_errors = await self._check()
        except CipError as error:
            self.execution_context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield

    def _documents(self) -> Documents:
        schema = self.execution_context.schema
        assert isinstance(schema, CipSchema)
        return schema.documents

    async def _check(self) -> list[GraphQLError]:
        document = self.execution_context.graphql_document
        schema = self.execution_context.schema
        context = self.execution_context.context
        assert document is not None
        assert isinstance(schema, CipSchema)
        operation_name = self.execution_context._provided_operation_name
        size = check_size(document, self.execution_context.variables or {}, operation_name)
        if operation_name is None and _operations(document) > 1:
            raise AmbiguousOperationError  # Strawberry would run the first
        note_kind(_kind(document, self.execution_context.operation_name))
        query = self.execution_context.query or ""
        needs = schema.needs(query, document)
        refused = refusal(context.maybe_caller, needs)
        if isinstance(refused, ForbiddenError):
            await context.services.record_denial(context.caller, refused.message)
        if refused is not None:
            raise refused
        faults = [] if document is self._known else self._validate(schema, document)
        if not faults:
            await self._charge(context, size)
            await self._attempts.begin(self.execution_context, context, size)
        return faults

    def _validate(self, schema: CipSchema, document: DocumentNode) -> list[GraphQLError]:
        """Whoever has not logged in fills no memory, and is told no names that would have fitted."""
        execution = self.execution_context
        anonymous = execution.context.maybe_caller is None
        faults = schema.faults(document, execution.validation_rules, hide_suggestions=anonymous)
        if not faults and not anonymous:
            schema.documents.put(execution.query or "", document)
        return faults

    async def _charge(self, context: Context, size: Size) -> None:
        """What is shared by many subscribers is nobody's."""
        context.size = size
        caller = context.maybe_caller
        if caller is not None and caller.spender != NOBODY:
            await context.services.limiter.charge(caller.tenant_id, caller.spender, size.cost - context.paid)
            context.charged = True

    def _settle(self, context: Context) -> None:
        """A subscription pays once, when it begins."""
        caller, size = context.maybe_caller, context.size
        if caller is None or not context.charged or size.kind is OperationType.SUBSCRIPTION:
            return
        result = self.execution_context.result
        data = getattr(result, "data", None)
        context.actual_cost = replace(size, objects=objects_in(data)).cost
        context.services.limiter.settle(caller.tenant_id, caller.spender, size.cost - context.actual_cost)


def _kind(document: DocumentNode, name: str | None) -> str:
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and name in (None, node.name.value if node.name else None):
            return node.operation.value
    return "invalid"


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
