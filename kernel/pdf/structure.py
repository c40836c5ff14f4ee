"""The tag tree of a PDF (ISO 32000-1 §14.7): which marks on which page form which element."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString


@dataclass(slots=True, eq=False)
class Node:
    """An element: its children in reading order, and its marks as (page, number on the page)."""

    kind: str
    actual: str | None = None
    content: list[Node | tuple[int, int]] = field(default_factory=list)

    def child(self, kind: str, *, actual: str | None = None) -> Node:
        """A new last child."""
        node = Node(kind, actual)
        self.content.append(node)
        return node

    def mark(self, page: int, number: int) -> None:
        """Add one piece of drawn content."""
        self.content.append((page, number))


def write_structure(document: Any, root: Node, marks: list[list[Node]]) -> None:
    """Add the structure tree, its parent tree and the page keys to an open document."""
    pages = document.Pages.pages
    references: dict[int, Any] = {}
    tree = PDFDictionary({"Type": PDFName("StructTreeRoot")})
    tree_reference = document.Reference(tree, "StructTreeRoot")
    _number(document, root, references)
    _write(document, root, references, parent=tree_reference, pages=pages)
    parents: list[Any] = []
    for index, nodes in enumerate(marks):
        parents += [index, PDFArray([references[id(node)] for node in nodes])]
        page = pages[index]
        # The library writes only the page keys it lists; these two are younger than its list.
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = index
        page.Tabs = PDFName("S")
    tree.dict["K"] = references[id(root)]
    tree.dict["ParentTree"] = document.Reference(
        PDFDictionary({"Nums": PDFArray(parents)}), "StructParentTree"
    )
    document.Catalog.StructTreeRoot = tree_reference
    document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})


def _number(document: Any, node: Node, references: dict[int, Any]) -> None:
    """Reserve an object per element first: parents and children refer to each other."""
    references[id(node)] = document.Reference(PDFDictionary({}), f"Struct{len(references)}")
    for item in node.content:
        if isinstance(item, Node):
            _number(document, item, references)


def _write(
    document: Any, node: Node, references: dict[int, Any], *, parent: Any, pages: list[Any]
) -> None:
    reference = references[id(node)]
    kids: list[Any] = []
    for item in node.content:
        if isinstance(item, Node):
            kids.append(references[id(item)])
            _write(document, item, references, parent=reference, pages=pages)
        else:
            page, number = item
            kids.append(
                PDFDictionary(
                    {
                        "Type": PDFName("MCR"),
                        "Pg": document.Reference(pages[page]),
                        "MCID": number,
                    }
                )
            )
    element = {
        "Type": PDFName("StructElem"),
        "S": PDFName(node.kind),
        "P": parent,
        "K": PDFArray(kids),
    }
    if node.actual is not None:
        element["ActualText"] = PDFString(node.actual)
    if node.kind == "TH":
        element["A"] = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName("Column")})
    document.idToObject[reference.name].dict.update(element)
