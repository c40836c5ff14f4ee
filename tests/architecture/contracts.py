"""Two kinds of import contract that import-linter does not bring: reach and doors."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Found = list[tuple[str, str]]


def within(module: str, expressions: list[str]) -> bool:
    """Whether `module` is, or lies under, one of the names; `**.rules` means any rules module."""
    for expression in expressions:
        if expression.startswith("**."):
            if expression[3:] in module.split("."):
                return True
        elif module == expression or module.startswith(f"{expression}."):
            return True
    return False


def found_in(check: ContractCheck) -> Found:
    found: Found = check.metadata["found"]
    return found


class Reach(Contract):
    """Sources may reach, through any chain of imports, only what is allowed.

    `allowed` and the sources themselves are project modules or distributions; of the standard
    library everything but `denied` may be used. `direct`, if given, narrows what the sources may
    name themselves: the rest of `allowed` is only passed through.
    """

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    denied = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    direct = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        sources: list[str] = self.source_modules  # type: ignore[assignment]
        denied: list[str] = self.denied  # type: ignore[assignment]
        permitted = [*sources, *self.allowed]  # type: ignore[misc]
        found: Found = []
        for source in sorted(graph.modules):
            if not within(source, sources) or source.partition(".")[0] in sys.stdlib_module_names:
                continue
            for reached in sorted(graph.find_upstream_modules(source)):
                top = reached.partition(".")[0]
                standard = top in sys.stdlib_module_names
                good = top not in denied if standard else within(reached, permitted)
                if not good:
                    found.append((source, " -> ".join(_chain(graph, source, reached))))
            found += self._named(graph, source)
        return ContractCheck(kept=not found, metadata={"found": found})

    def _named(self, graph: ImportGraph, source: str) -> Found:
        direct: list[str] = self.direct  # type: ignore[assignment]
        if not direct:
            return []
        return [
            (source, f"{source} -> {named} (not to be named here)")
            for named in sorted(graph.find_modules_directly_imported_by(source))
            if named.partition(".")[0] not in sys.stdlib_module_names
            and not within(named, [*self.source_modules, *direct])  # type: ignore[misc]
        ]

    def render_broken_contract(self, check: ContractCheck) -> None:
        for _, chain in found_in(check):
            output.print_error(chain)


class Doors(Contract):
    """A package is entered from outside only through its doors.

    `doors` are open to everyone, `composition` modules may also use `assembly`, and `readers` (the
    offline check) the package's rules, which are pure.
    """

    package = fields.StringField()
    doors = fields.ListField(subfield=fields.StringField())
    assembly = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    composition = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    readers = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        package: str = self.package  # type: ignore[assignment]
        doors: list[str] = self.doors  # type: ignore[assignment]
        inside = {name for name in graph.modules if within(name, [package])}
        found: Found = []
        for module in sorted(inside - set(doors) - {package}):
            for importer in sorted(graph.find_modules_that_directly_import(module)):
                assembled = module in self.assembly and importer in self.composition  # type: ignore[operator]
                read = within(module, ["**.rules"]) and within(importer, self.readers)  # type: ignore[arg-type]
                if importer not in inside and not assembled and not read:
                    found.append((importer, module))
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, module in found_in(check):
            output.print_error(f"{importer} imports {module}, which is not a door")


def _chain(graph: ImportGraph, source: str, reached: str) -> tuple[str, ...]:
    return graph.find_shortest_chain(importer=source, imported=reached) or (source, reached)
