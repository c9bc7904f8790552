"""Pages of rows: ``?limit=&offset=``, answered with ``{"items": [...], "count": n}``."""

from collections.abc import Callable
from typing import Any

from ninja.pagination import LimitOffsetPagination


class Mapped(LimitOffsetPagination):
    """`row` makes an answer of each row of the page, and of no other."""

    def __init__(self, row: Callable[[Any], Any], **more: Any) -> None:
        super().__init__(**more)
        self._row = row

    def paginate_queryset(self, queryset: Any, pagination: Any, **params: Any) -> Any:
        page = super().paginate_queryset(queryset, pagination, **params)
        return {**page, "items": [self._row(row) for row in page["items"]]}
