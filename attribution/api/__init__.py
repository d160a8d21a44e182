"""The evidence over REST."""

from attribution.api.orders import OrderViewSet, ReportView
from attribution.api.tracking import CountsView, PixelViewSet, ShopViewSet, SourceKeyViewSet

__all__ = ["CountsView", "OrderViewSet", "PixelViewSet", "ReportView", "ShopViewSet", "SourceKeyViewSet"]
